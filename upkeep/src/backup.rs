//! Copies that are whole: made beside running writers, and verified before they count.

use std::fs::File;
use std::path::{Path, PathBuf};

use retold_core::files::{Partial, Privacy, in_the_way, sweep_beside};
use retold_core::{Error, Head, Log, LogId, OnProgress, Options, Progress, Unit, time};
use rusqlite::types::{ToSqlOutput, ValueRef};

const BACK_UP: &str = "back up the store";

/// SQLite's steps between two looks at whether to stop: some milliseconds.
const STEPS: i32 = 100_000;

/// A backup that was made and verified.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backup {
    /// Where it is.
    pub path: PathBuf,
    /// The log that it is of.
    pub log: LogId,
    /// The end of the log in it.
    pub head: Head,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Writes a copy of the store as it is now to `path`, where nothing is yet, and verifies it. Writers and readers go on
/// meanwhile; the copy is of one moment, has no free pages, and needs no `-wal` beside it.
///
/// SQLite writes it (`VACUUM INTO`, <https://sqlite.org/lang_vacuum.html#vacuuminto>); it is on disk, and every hash of
/// it was checked, before it gets its name. Where this log can be written, it takes note of the backup.
/// `progress` gets the bytes written, and then the events verified.
///
/// # Errors
/// [`Error::Io`] where the path is taken or cannot be written; [`Error::Full`]; [`Error::Damaged`] where the store
/// cannot be copied or the copy does not verify; [`Error::Stopped`] where `progress` said so. Nothing is left at the path.
pub fn back_up(
    log: &Log,
    path: impl AsRef<Path>,
    progress: impl OnProgress + Clone + Send + 'static,
) -> Result<Backup, Error> {
    let path = path.as_ref();
    if let Some(path) = in_the_way(path) {
        let source = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
        return Err(Error::Io { act: BACK_UP_TO, path, source });
    }
    let partial = begin(path)?;
    copy_into(log, partial.path(), progress.clone())?;
    let (id, head) = check(partial.path(), &progress)?;
    let backup = Backup { path: path.to_owned(), log: id, head, bytes: settle(partial, path)? };
    if !log.raw().is_read_only() {
        note(log, &backup)?;
    }
    Ok(backup)
}

fn note(log: &Log, backup: &Backup) -> Result<(), Error> {
    let path = std::path::absolute(&backup.path).unwrap_or_else(|_| backup.path.clone());
    let made_at = time::to_micros(log.raw().now());
    log.open_writer()?
        .execute(
            include_str!("../sql/insert_backup.sql"),
            (
                path.display().to_string(),
                made_at,
                backup.head.position,
                backup.head.hash,
                backup.bytes.cast_signed(),
            ),
        )
        .map(drop)
        .map_err(Error::sqlite("take note of a backup"))
}

pub(crate) const BACK_UP_TO: &str = "back up to";

/// Has SQLite write a whole copy of the store into an empty file.
pub(crate) fn copy_into(
    log: &Log,
    path: &Path,
    progress: impl OnProgress + Send + 'static,
) -> Result<(), Error> {
    let mut connection = log.open_reader()?;
    let copy = path.to_owned();
    let is_stopped = move || {
        let bytes = std::fs::metadata(&copy).map_or(0, |metadata| metadata.len());
        !progress(Progress::new(Unit::Bytes, bytes, None))
    };
    connection.progress_handler(STEPS, Some(is_stopped)).map_err(Error::sqlite(BACK_UP))?;
    // The store is open for reading only; what is written is another file.
    connection.pragma_update(None, "query_only", false).map_err(Error::sqlite(BACK_UP))?;
    let copied = connection.execute(include_str!("../sql/copy_into.sql"), [PathText(path)]);
    match copied {
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted) => {
            Err(Error::Stopped { act: BACK_UP })
        }
        copied => copied.map(drop).map_err(Error::sqlite(BACK_UP)),
    }?;
    // SQLite leaves it to the system when the copy reaches the disk.
    let sync = || File::open(path)?.sync_all();
    sync().map_err(|source| Error::Io { act: BACK_UP_TO, path: path.to_owned(), source })
}

/// A path as a value of SQL: byte for byte, whatever its encoding, where paths are bytes.
struct PathText<'a>(&'a Path);

impl rusqlite::ToSql for PathText<'_> {
    #[cfg(unix)]
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        use std::os::unix::ffi::OsStrExt;
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(self.0.as_os_str().as_bytes())))
    }

    #[cfg(not(unix))]
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.to_string_lossy().into_owned().into())
    }
}

/// Verifies a copy, and returns whose it is and where it ends.
pub(crate) fn check(path: &Path, progress: &dyn OnProgress) -> Result<(LogId, Head), Error> {
    let copy = Options::new().read_only(true).open(path)?;
    let verified = copy.verify(progress)?;
    if let Some((fault, (position, _))) = verified.faults.iter().next() {
        let found = format!("{fault}, position {position}");
        return Err(Error::Damaged { act: "verify the backup", found });
    }
    Ok((copy.id(), verified.head))
}

/// Makes the empty file that a copy is written into until it is whole; what killed processes left there goes.
pub(crate) fn begin(path: &Path) -> Result<Partial, Error> {
    sweep_beside(path);
    let io = |source| Error::Io { act: BACK_UP_TO, path: path.to_owned(), source };
    Partial::file_for(path, Privacy::Owner).map_err(io)
}

/// Gives a copy its name, where nothing is yet, and returns its size.
pub(crate) fn settle(partial: Partial, path: &Path) -> Result<u64, Error> {
    partial.settle().map_err(|source| Error::Io { act: BACK_UP_TO, path: path.to_owned(), source })
}
