//! Who is at work: a lock on a file, which ends with the process that holds it, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use retold_core::{make_sidecar_folder, sidecar_folder};

use crate::Error;

/// What only one process does at a time, for each projection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Filling a new file.
    Build,
    /// Keeping the file that is read up to date.
    Keep,
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
    /// Takes the right to do `work` for the projection `name`.
    ///
    /// # Errors
    /// [`Error::AtWork`] where another has it.
    pub(crate) fn take(store: &Path, name: &str, work: Work) -> Result<Self, Error> {
        make_sidecar_folder(store)?;
        let path = path(store, name, work);
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
                    return Err(Error::AtWork { name: name.to_owned(), process: process(&mut file) });
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

/// Returns the process that has the right to do `work`, 0 where it is not known which; `None` where nobody has it.
pub(crate) fn holder(store: &Path, name: &str, work: Work) -> Option<u32> {
    let mut file = File::open(path(store, name, work)).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(process(&mut file)),
        _ => None,
    }
}

fn process(file: &mut File) -> u32 {
    let mut text = String::new();
    let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_string(&mut text));
    read.ok().and_then(|_| text.trim().parse().ok()).unwrap_or(0)
}

fn path(store: &Path, name: &str, work: Work) -> PathBuf {
    let ending = match work {
        Work::Build => "build",
        Work::Keep => "keep",
    };
    sidecar_folder(store).join(format!("{name}.{ending}.lock"))
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

    /// Returns which file stands at a path now.
    pub(crate) fn at(path: &Path) -> Option<Self> {
        std::fs::metadata(path).ok().map(|metadata| Self::of(&metadata))
    }
}
