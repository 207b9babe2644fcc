//! Who is at work: a lock on a file, which ends with the process that holds it, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use retold_core::{make_sidecar_folder, sidecar_folder};

use super::registry::FileName;
use crate::Error;

/// What only one process does at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work<'w> {
    /// Putting another file of a projection in the place of the one that is read, and filling it for that.
    Build(&'w str),
    /// Keeping a full file up to date.
    Keep(&'w FileName),
}

/// The right to work; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    path: PathBuf,
}

/// How long a lock is asked for: somebody may be looking whether it is held.
const PATIENCE: Duration = Duration::from_millis(100);

impl Lock {
    /// Takes the right to do `work`.
    ///
    /// # Errors
    /// [`Error::AtWork`] where another has it.
    pub(crate) fn take(store: &Path, work: Work<'_>) -> Result<Self, Error> {
        make_sidecar_folder(store)?;
        let path = path(store, work);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let io = |source| retold_core::Error::Io { act: "lock", path: path.clone(), source };
        let mut file = options.open(&path).map_err(io)?;
        let asked = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if asked.elapsed() < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(2));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(Error::AtWork { name: work.name().to_owned(), process: process(&mut file) });
                }
                Err(TryLockError::Error(source)) => return Err(io(source).into()),
            }
        }
        file.set_len(0).and_then(|()| write!(file, "{}", std::process::id())).map_err(io)?;
        Ok(Self { file, path })
    }

    /// Returns whether another process that asked would be refused: not so once the folder was deleted.
    pub(crate) fn is_held(&self) -> bool {
        self.file.metadata().ok().map(|held| Identity::of(&held)) == Identity::at(&self.path)
    }
}

impl Drop for Lock {
    /// Closing the file would leave the lock to a process that is being started just now: until it is another program, it
    /// has every open file of this one.
    fn drop(&mut self) {
        let _closed_instead = self.file.unlock();
    }
}

/// Returns the process that has the right to do `work`, 0 where it is not known which; `None` where nobody has it.
pub(crate) fn holder(store: &Path, work: Work<'_>) -> Option<u32> {
    holder_of(&path(store, work))
}

/// Returns whether a living process is at a file, wherever that is.
pub(crate) fn is_anyone_at(file: &Path) -> bool {
    holder_of(&beside(file)).is_some()
}

fn holder_of(lock: &Path) -> Option<u32> {
    let mut file = File::open(lock).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(process(&mut file)),
        _ => {
            let _closed_instead = file.unlock();
            None
        }
    }
}

fn process(file: &mut File) -> u32 {
    let mut text = String::new();
    let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_string(&mut text));
    read.ok().and_then(|_| text.trim().parse().ok()).unwrap_or(0)
}

impl Work<'_> {
    /// Returns the projection's name.
    fn name(&self) -> &str {
        match self {
            Self::Build(name) => name,
            Self::Keep(file) => &file.name,
        }
    }
}

fn path(store: &Path, work: Work<'_>) -> PathBuf {
    match work {
        Work::Build(name) => sidecar_folder(store).join(format!("{name}.build.lock")),
        Work::Keep(file) => beside(&file.path(store)),
    }
}

/// A file's lock goes with it.
fn beside(file: &Path) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(".lock");
    path.into()
}

/// Which file a name stood for when it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity(u64, u64);

impl Identity {
    #[cfg(unix)]
    fn of(metadata: &std::fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self(metadata.dev(), metadata.ino())
    }

    /// Without numbers of files, the time of its creation has to do.
    #[cfg(not(unix))]
    fn of(metadata: &std::fs::Metadata) -> Self {
        let created =
            metadata.created().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        Self(0, created.map_or(0, |age| u64::try_from(age.as_nanos()).unwrap_or(0)))
    }

    /// Returns which file is at a path now.
    pub(crate) fn at(path: &Path) -> Option<Self> {
        std::fs::metadata(path).ok().map(|metadata| Self::of(&metadata))
    }
}
