//! A file or a folder under a name of its own until it is whole.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

/// What every unfinished file's name ends in.
pub(super) const ENDING: &str = ".partial";
/// What SQLite puts beside a database.
pub(super) const SQLITE_ENDINGS: [&str; 3] = ["-wal", "-shm", "-journal"];
/// How often another process may take a new file for a left-over one before it is locked.
const TRIES_MAX: u32 = 16;

/// Who may read a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privacy {
    /// Its owner alone: mode 0600.
    Owner,
    /// Whoever may read the user's other files: what the process's mask leaves of mode 0666.
    Usual,
}

/// An unfinished file or folder: `.NAME.RANDOM.partial` beside the place that it is meant for.
///
/// It is locked while this value lives (`flock`; elsewhere than on Unix it is told by its age), and removed where it is
/// dropped unfinished, together with what SQLite put beside it.
#[derive(Debug)]
pub struct Partial {
    path: PathBuf,
    place: PathBuf,
    /// Holds the lock.
    file: File,
    is_finished: bool,
}

impl Partial {
    /// Makes an empty file beside `place`. Where `place` is a link, the place is what it leads to, also where nothing is
    /// there yet.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn file_for(place: &Path, privacy: Privacy) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        if privacy == Privacy::Owner {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        #[cfg(not(unix))]
        let _folders_decide = privacy;
        Self::make(place, |path| options.open(path))
    }

    /// Makes an empty folder beside `place`, as [`file_for`](Self::file_for) does a file.
    ///
    /// # Errors
    /// Where the folder that it is to be in cannot be written.
    pub fn folder_for(place: &Path, privacy: Privacy) -> Result<Self> {
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        if privacy == Privacy::Owner {
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        }
        #[cfg(not(unix))]
        let _folders_decide = privacy;
        Self::make(place, |path| builder.create(path).and_then(|()| open_folder(path)))
    }

    fn make(place: &Path, open: impl Fn(&Path) -> Result<File>) -> Result<Self> {
        let place = real_path(place)?;
        for _ in 0..TRIES_MAX {
            let path = hidden_name(&place)?;
            let file = match open(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                opened => opened?,
            };
            // Another process may have swept it away before it was locked.
            lock(&file)?;
            if is_at(&file, &path) {
                return Ok(Self { path, place, file, is_finished: false });
            }
        }
        Err(Error::new(ErrorKind::AlreadyExists, "every name for an unfinished file is taken"))
    }

    /// Returns where it is written.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the place that it is meant for, links resolved.
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// Returns the file to write into. (A folder's handle is for nothing but its lock.)
    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Makes the file durable, with the mode and the owner of what it is to replace: nothing but the rename is left to do.
    /// Who has to look at the old file as late as possible looks between this and [`replace`](Self::replace).
    ///
    /// # Errors
    /// As [`replace`](Self::replace).
    pub fn make_ready(&self) -> Result<()> {
        if let Ok(before) = std::fs::metadata(&self.place) {
            take_over(&self.file, &before)?;
        }
        self.file.sync_all()
    }

    /// Puts the file, made durable, in the place of what is there, whose mode and owner it takes over; returns its size.
    /// A reader sees the old file or the new one.
    ///
    /// # Errors
    /// Where the disk refuses: what was there stays. Where the owner may not be kept, the file is the user's.
    pub fn replace(mut self) -> Result<u64> {
        self.make_ready()?;
        let bytes = self.file.metadata()?.len();
        std::fs::rename(&self.path, &self.place)?;
        self.is_finished = true;
        sync_folder(&self.place)?;
        Ok(bytes)
    }

    /// Puts the folder, whose files must be durable already, in the place of one that is there, which is removed.
    ///
    /// Where the system can exchange two names there is the old folder or the new one at any moment; elsewhere there is
    /// none for a moment.
    ///
    /// # Errors
    /// Where the disk refuses: what was there stays.
    pub fn replace_folder(self) -> Result<()> {
        sync_folder(&self.path.join("any"))?;
        match exchange(&self.path, &self.place) {
            // What has the hidden name now is the old folder: it goes when this is dropped.
            Ok(true) => return sync_folder(&self.place),
            Ok(false) => {}
            Err(error) => return Err(error),
        }
        let old = Self::folder_for(&self.place, Privacy::Owner)?;
        let aside = old.path.join("old");
        std::fs::rename(&self.place, &aside)?;
        let place = self.place.clone();
        match self.settle() {
            Ok(_) => Ok(()),
            Err(error) => {
                std::fs::rename(&aside, &place)?;
                Err(error)
            }
        }
    }

    /// Gives the file, made durable, its name, where nothing is yet; returns its size.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] where something is there by now; otherwise where the disk refuses.
    pub fn settle(mut self) -> Result<u64> {
        self.file.sync_all()?;
        let about = self.file.metadata()?;
        rename_to_nothing(&self.path, &self.place)?;
        self.is_finished = true;
        sync_folder(&self.place)?;
        Ok(about.len())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.is_finished {
            // What cannot be removed is seen by its name.
            let _left = remove(&self.path);
        }
        for ending in SQLITE_ENDINGS {
            let _left = std::fs::remove_file(with_ending(&self.path, ending));
        }
        // A child that is being started has every open file until it is another program.
        let _closed_instead = self.file.unlock();
    }
}

/// Returns where a link leads, also where nothing is there yet; any other path as it is.
///
/// # Errors
/// Where links lead in a circle.
pub fn real_path(path: &Path) -> Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..40 {
        match std::fs::read_link(&path) {
            Ok(target) => path = path.parent().unwrap_or(Path::new("")).join(target),
            Err(_) => return Ok(path),
        }
    }
    Err(Error::other("links that lead in a circle"))
}

/// Returns what is in the way of a new database at `path`: itself, or what SQLite kept beside one that is gone and would take
/// for this one's.
pub fn in_the_way(path: &Path) -> Option<PathBuf> {
    let others = ["-wal", "-journal"].map(|ending| with_ending(path, ending));
    std::iter::once(path.to_owned()).chain(others).find(|path| path.symlink_metadata().is_ok())
}

/// Returns whether two paths are one file, by whatever names and links; also where there is none yet.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let of = |path: &Path| std::fs::metadata(path).map(|found| (found.dev(), found.ino()));
        if let (Ok(one), Ok(other)) = (of(one), of(other)) {
            return one == other;
        }
    }
    let of = |path: &Path| {
        let path = real_path(path).ok()?;
        let folder = folder_of(&path).canonicalize().ok()?;
        Some(folder.join(path.file_name()?))
    };
    matches!((of(one), of(other)), (Some(one), Some(other)) if one == other)
}

/// Takes an exclusive lock; one that looks whether it is held has a shared one for a moment.
fn lock(file: &File) -> Result<()> {
    if cfg!(unix) { file.lock() } else { Ok(()) }
}

/// Returns whether the file that is open is still the one at `path`.
#[cfg(unix)]
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let key = |about: &Metadata| (about.dev(), about.ino());
    matches!((file.metadata(), path.symlink_metadata()), (Ok(a), Ok(b)) if key(&a) == key(&b))
}

/// Nothing is swept there but by its age.
#[cfg(not(unix))]
pub(super) fn is_at(_file: &File, path: &Path) -> bool {
    path.exists()
}

/// Gives a file the mode and the owner that another had.
#[cfg(unix)]
fn take_over(file: &File, before: &Metadata) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let now = file.metadata()?;
    if (now.uid(), now.gid()) != (before.uid(), before.gid()) {
        // Only root may give a file away; a user may pick among their groups.
        let _kept_by_the_user = std::os::unix::fs::fchown(file, Some(before.uid()), Some(before.gid()))
            .or_else(|_| std::os::unix::fs::fchown(file, None, Some(before.gid())));
    }
    file.set_permissions(before.permissions())
}

#[cfg(not(unix))]
fn take_over(file: &File, before: &Metadata) -> Result<()> {
    file.set_permissions(before.permissions())
}

/// Renames, unless something is at `to`: in one step where the system can do that.
fn rename_to_nothing(from: &Path, to: &Path) -> Result<()> {
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // A file system that cannot do it says so in one of these ways.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
            renamed => return renamed.map_err(Error::from),
        }
    }
    if to.symlink_metadata().is_ok() {
        return Err(Error::from(ErrorKind::AlreadyExists));
    }
    std::fs::rename(from, to)
}

/// Exchanges two names in one step; false where the system cannot.
fn exchange(one: &Path, other: &Path) -> Result<bool> {
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Ok(false),
            exchanged => exchanged.map(|()| true).map_err(Error::from),
        }
    }
    #[cfg(not(any(target_os = "linux", target_os = "macos")))]
    {
        let _neither = (one, other);
        Ok(false)
    }
}

fn hidden_name(place: &Path) -> Result<PathBuf> {
    let name = place.file_name().ok_or_else(|| Error::new(ErrorKind::InvalidInput, "it names no file"))?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    // A name may have 255 bytes; the end tells more than the middle.
    if hidden.len() > 200 {
        hidden = ".long".into();
    }
    hidden.push(format!(".{:016x}{ENDING}", rand::random::<u64>()));
    Ok(place.with_file_name(hidden))
}

pub(super) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

pub(super) fn remove(path: &Path) -> Result<()> {
    if path.symlink_metadata()?.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) }
}

#[cfg(unix)]
pub(super) fn open_folder(path: &Path) -> Result<File> {
    File::open(path)
}

/// Windows opens folders for whoever asks for it.
#[cfg(not(unix))]
pub(super) fn open_folder(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(windows)]
    std::os::windows::fs::OpenOptionsExt::custom_flags(&mut options, 0x0200_0000);
    options.open(path)
}

/// Makes a new name in a folder survive power loss.
///
/// # Errors
/// Where the folder cannot be opened, or the disk refuses.
#[cfg(unix)]
pub fn sync_folder(path: &Path) -> Result<()> {
    File::open(folder_of(path))?.sync_all()
}

/// Elsewhere a folder cannot be opened, and its journal sees to it.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn sync_folder(_path: &Path) -> Result<()> {
    Ok(())
}

/// Returns the folder that a path's last name is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
