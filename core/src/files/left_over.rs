//! What killed processes left.

use std::fs::{File, TryLockError};
use std::io::Result;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::partial::{ENDING, SQLITE_ENDINGS, folder_of, is_at, open_folder, real_path, remove, with_ending};

/// Where a lock says nothing, what nobody has written to for as long belongs to nobody.
const AGE_MIN: Duration = Duration::from_secs(24 * 60 * 60);

/// An unfinished file or folder of a process that lives no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOver {
    /// Where it is.
    pub path: PathBuf,
    /// The bytes in it.
    pub bytes: u64,
    /// Whether an older release made it: [`sweep`] leaves it alone, for it has no lock to tell whose it is.
    pub is_of_older_release: bool,
}

/// Returns what killed processes left in `folder`, in the order of names. One that is being written is not among it.
///
/// # Errors
/// Where the folder cannot be read.
pub fn left_over(folder: &Path) -> Result<Vec<LeftOver>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_of_older_release = is_older_name(&name);
        let is_ours = is_own_name(&name);
        let path = entry.path();
        let is_left = if is_ours { abandoned(&path).is_some() } else { is_of_older_release && is_old(&path) };
        if is_left {
            found.push(LeftOver { bytes: bytes_of(&path), path, is_of_older_release });
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// Removes what killed processes left in `folder`, and returns it. What cannot be removed stays, and is not returned.
///
/// # Errors
/// Where the folder cannot be read.
pub fn sweep(folder: &Path) -> Result<Vec<LeftOver>> {
    sweep_those(left_over(folder)?)
}

/// Removes what killed processes left of one file or folder that was meant for `place`, and of nothing else beside it.
///
/// # Errors
/// Where the folder cannot be read.
pub fn sweep_of(place: &Path) -> Result<Vec<LeftOver>> {
    let mut start = std::ffi::OsString::from(".");
    start.push(place.file_name().unwrap_or_default());
    start.push(".");
    let mut found = left_over(folder_of(place))?;
    found.retain(|left| {
        let name = left.path.file_name().unwrap_or_default();
        name.as_encoded_bytes().starts_with(start.as_encoded_bytes())
    });
    sweep_those(found)
}

fn sweep_those(mut found: Vec<LeftOver>) -> Result<Vec<LeftOver>> {
    found.retain(|left| {
        // The lock is held until it is gone, so that no other process takes it for its own.
        let Some(_lock) = abandoned(&left.path).filter(|_| !left.is_of_older_release) else { return false };
        for ending in SQLITE_ENDINGS {
            let _none = std::fs::remove_file(with_ending(&left.path, ending));
        }
        remove(&left.path).is_ok()
    });
    Ok(found)
}

/// Removes what killed processes left beside a file that is about to be written. Where the folder cannot be read, the writing
/// tells.
pub fn sweep_beside(place: &Path) {
    if let Ok(place) = real_path(place) {
        let _nothing_to_do = sweep(folder_of(&place));
    }
}

/// Returns the lock on an unfinished file where nobody else has it.
fn abandoned(path: &Path) -> Option<File> {
    let about = path.symlink_metadata().ok()?;
    let file = if about.is_dir() { open_folder(path) } else { File::open(path) }.ok()?;
    if !cfg!(unix) {
        return is_old(path).then_some(file);
    }
    match file.try_lock() {
        Ok(()) if is_at(&file, path) => Some(file),
        Ok(()) | Err(TryLockError::WouldBlock | TryLockError::Error(_)) => None,
    }
}

fn is_old(path: &Path) -> bool {
    let age = path.symlink_metadata().and_then(|about| about.modified()).map(|at| at.elapsed());
    matches!(age, Ok(Ok(age)) if age >= AGE_MIN)
}

/// The name that an unfinished file has: `.NAME.RANDOM.partial`, where RANDOM is 16 hexadecimal digits. Other programs call theirs
/// `.partial` too.
fn is_own_name(name: &str) -> bool {
    let random = name.strip_suffix(ENDING).and_then(|rest| rest.rsplit_once('.')).map(|(_, random)| random);
    name.starts_with('.')
        && random.is_some_and(|random| {
            random.len() == 16 && random.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        })
}

/// Names that releases up to 0.1 gave to what they were writing.
fn is_older_name(name: &str) -> bool {
    let before = |start: &str, end: &str| name.starts_with(start) && name.ends_with(end);
    before(".export-", "")
        || before(".archive-", ".tar.zst")
        || before(".restore-", "")
        || before(".mirror-", "")
        || before("making-", ".db")
        || (!name.starts_with('.')
            && name.strip_suffix(ENDING).and_then(|rest| rest.rsplit_once('.')).is_some_and(
                |(_, process)| !process.is_empty() && process.bytes().all(|byte| byte.is_ascii_digit()),
            ))
}

fn bytes_of(path: &Path) -> u64 {
    let Ok(about) = path.symlink_metadata() else { return 0 };
    if !about.is_dir() {
        return about.len();
    }
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| bytes_of(&entry.path())).sum()
}

#[cfg(test)]
mod tests {
    use super::super::{Partial, Privacy};
    use super::*;

    #[test]
    fn what_is_being_written_is_not_left_over_and_what_was_dropped_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a.json");
        let partial = Partial::file_for(&place, Privacy::Usual).unwrap();
        assert_eq!(left_over(folder.path()).unwrap(), []);
        assert_eq!(sweep(folder.path()).unwrap(), []);
        assert!(partial.path().exists());
        drop(partial);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn what_lost_its_process_is_swept_with_what_sqlite_put_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let names =
            [".a.db.0123456789abcdef.partial", ".a.db.0123456789abcdef.partial-wal", ".film.mkv.partial"];
        let [file, wal, other] = names.map(|name| folder.path().join(name));
        for path in [&file, &wal, &other] {
            std::fs::write(path, "half").unwrap();
        }
        let left = LeftOver { path: file, bytes: 4, is_of_older_release: false };
        assert_eq!(left_over(folder.path()).unwrap(), std::slice::from_ref(&left));
        assert_eq!(sweep(folder.path()).unwrap(), [left]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(other.exists());
    }

    #[test]
    fn the_name_of_another_program_is_not_ours() {
        for name in ["film.mp4.partial", "a.partial", ".a.db.partial~", "sessions.json"] {
            assert!(!is_older_name(name), "{name}");
        }
        for name in ["s.db.4711.partial", ".export-x7Yq.json", "making-7-0.db"] {
            assert!(is_older_name(name), "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_replaced_file_keeps_its_mode_and_a_link_stays_a_link() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let [real, link] = ["real.json", "link.json"].map(|name| folder.path().join(name));
        std::fs::write(&real, "old").unwrap();
        std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("real.json", &link).unwrap();
        let mut partial = Partial::file_for(&link, Privacy::Usual).unwrap();
        std::io::Write::write_all(partial.file(), b"newer").unwrap();
        assert_eq!(partial.replace().unwrap(), 5);
        assert_eq!(std::fs::read(&real).unwrap(), b"newer");
        assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(link.symlink_metadata().unwrap().is_symlink());
    }

    #[test]
    fn a_folder_takes_the_place_of_another_which_goes() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("months");
        std::fs::create_dir(&place).unwrap();
        std::fs::write(place.join("old"), "old").unwrap();
        let partial = Partial::folder_for(&place, Privacy::Usual).unwrap();
        std::fs::write(partial.path().join("new"), "new").unwrap();
        partial.replace_folder().unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let names: Vec<_> =
            std::fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["new"]);
    }

    #[test]
    fn what_is_settled_takes_no_place_that_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a.db");
        let first = Partial::file_for(&place, Privacy::Owner).unwrap();
        let second = Partial::file_for(&place, Privacy::Owner).unwrap();
        first.settle().unwrap();
        assert_eq!(second.settle().unwrap_err().kind(), std::io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
