//! Which file a store is: its real path, and what tells it from every other.

use std::path::{Path, PathBuf};

use super::{beside, has_index};
use crate::{Error, files};

/// Returns the one path that everything of a store is named by: absolute, with all links resolved, also where there is no
/// file yet. What cannot be resolved stays as it is: who opens it is told why.
pub fn real_store_path(path: &Path) -> PathBuf {
    let real = files::real_path(path).unwrap_or_else(|_| path.to_owned());
    let absolute = std::path::absolute(&real).unwrap_or(real);
    if let Ok(found) = std::fs::canonicalize(&absolute) {
        return simple(found);
    }
    match (absolute.parent().and_then(|folder| std::fs::canonicalize(folder).ok()), absolute.file_name()) {
        (Some(folder), Some(name)) => simple(folder).join(name),
        _ => absolute,
    }
}

/// Windows returns a form of paths that other programs do not read.
fn simple(path: PathBuf) -> PathBuf {
    match path.to_str().and_then(|text| text.strip_prefix(r"\\?\")) {
        Some(rest) if cfg!(windows) && !rest.starts_with("UNC") => PathBuf::from(rest),
        _ => path,
    }
}

/// Refuses a store that another program could write to under another name.
///
/// SQLite names the WAL by the database's path: under two names there are two of them, and each process overwrites what it
/// does not know (<https://sqlite.org/howtocorrupt.html#_multiple_links_to_the_same_file>). One look at the file.
///
/// # Errors
/// [`Error::ManyNames`] and [`Error::MountedAlone`]; nothing where there is no file.
#[cfg(unix)]
pub fn check_one_name(path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::MetadataExt;
    let Ok(about) = std::fs::metadata(path) else { return Ok(()) };
    match about.nlink() {
        names @ 2.. => Err(Error::ManyNames { path: path.to_owned(), names }),
        _ if is_mounted_by_itself(path) => Err(Error::MountedAlone { path: path.to_owned() }),
        _ => Ok(()),
    }
}

/// Links cannot be counted there.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn check_one_name(_path: &Path) -> Result<(), Error> {
    Ok(())
}

/// Whether a file was mounted without its folder, as containers do: its WAL would be another one here.
#[cfg(target_os = "linux")]
fn is_mounted_by_itself(path: &Path) -> bool {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
    // Kernels before 5.8 do not tell.
    statx(CWD, path, AtFlags::empty(), StatxFlags::BASIC_STATS)
        .is_ok_and(|found| found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
}

#[cfg(all(unix, not(target_os = "linux")))]
fn is_mounted_by_itself(_path: &Path) -> bool {
    false
}

/// What a file that nobody locks looks like. Whoever reads it without locks compares: where it changed, what was read may be
/// of two moments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    database: Option<About>,
    wal: Option<About>,
    /// Somebody has it open once there is one.
    has_index: bool,
}

type About = (u64, u64, u64, Option<std::time::SystemTime>);

impl Stamp {
    pub(crate) fn of(path: &Path) -> Self {
        Self {
            database: about(path),
            wal: about(&beside(path, "-wal")).filter(|about| about.2 > 0),
            has_index: has_index(path),
        }
    }
}

fn about(path: &Path) -> Option<About> {
    let about = std::fs::metadata(path).ok()?;
    let (device, number) = numbers(&about);
    Some((device, number, about.len(), about.modified().ok()))
}

#[cfg(unix)]
fn numbers(about: &std::fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (about.dev(), about.ino())
}

#[cfg(not(unix))]
fn numbers(_about: &std::fs::Metadata) -> (u64, u64) {
    (0, 0)
}
