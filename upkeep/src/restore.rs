//! A backup, put in the place of a store.

use std::path::{Path, PathBuf};

use retold_core::files::{in_the_way, is_same_file, sync_folder_of};
use retold_core::raw::ancestors;
use retold_core::{
    Ancestor, Error, Head, Log, LogId, OnProgress, Options, real_store_path, remove_sidecars, time,
};
use rusqlite::backup::{Backup as Copy, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::backup::{Backup, back_up, begin, check, copy_into, settle};

const RESTORE: &str = "restore the store";
const RESTORE_FROM: &str = "restore from";

/// What a restoration did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restored {
    /// The id that the log has from now on.
    pub log: LogId,
    /// The log that it goes on from.
    pub parent: Ancestor,
    /// Where the store is now that was there before; `None` where there was none.
    pub aside: Option<PathBuf>,
}

/// Puts a backup in the place of the store at `store`, as a log with an id of its own.
///
/// The backup is verified first. The events in it keep their hashes under their log's id, which the new one remembers, so
/// that two logs that go on from one backup are never taken for one. A store that is there is backed up into `aside` first,
/// and replaced in one transaction: other programs that have it open see the new one at their next look, and cannot append
/// to it before they have opened it again. One that is so damaged that it cannot be backed up is moved to `aside` as it is,
/// with its `-wal`; nobody may have it open then.
///
/// # Errors
/// [`Error::WouldLose`] where the store has events that the backup lacks, unless `overwrite`; [`Error::Damaged`] where the
/// backup does not verify; [`Error::PartOfLog`] where it holds a part of a log; [`Error::Io`] where it is the store itself; [`Error::Busy`] where another process holds the store
/// for longer than the timeout; otherwise where a file cannot be read or written. The store is as it was in all these cases.
pub fn restore(
    backup: &Path,
    store: &Path,
    aside: &Path,
    overwrite: bool,
    progress: impl OnProgress + Clone + Send + 'static,
) -> Result<Restored, Error> {
    // A link leads to the store; it is not what is replaced.
    let store = &real_store_path(store);
    if is_same_file(backup, store) {
        let source = std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is the store itself");
        return Err(Error::Io { act: RESTORE_FROM, path: backup.to_owned(), source });
    }
    let (_, head) = check(backup, &progress)?;
    let source = Options::new().read_only(true).open(backup)?;
    if source.reader()?.part()?.is_some() {
        return Err(Error::PartOfLog { act: RESTORE_FROM, path: backup.to_owned() });
    }
    let there = Existing::look(store, &source, overwrite)?;
    let partial = begin(store)?;
    copy_into(&source, partial.path(), progress.clone())?;
    let (log, parent) = go_on(partial.path(), head)?;
    check(partial.path(), &progress)?;
    if !matches!(there, Existing::Nothing) {
        make_folder_of(aside)?;
    }
    let aside = match there {
        Existing::Nothing => {
            if in_the_way(store).is_some() {
                // What SQLite kept beside a store that is gone is none of this one's.
                make_folder_of(aside)?;
                move_aside(store, aside)?;
            }
            settle(partial, store)?;
            None
        }
        Existing::Log(existing) => {
            let Backup { path, .. } = back_up(&existing, aside, progress)?;
            replace(partial.path(), &existing)?;
            Some(path)
        }
        Existing::Damaged => {
            move_aside(store, aside)?;
            settle(partial, store)?;
            Some(aside.to_owned())
        }
    };
    remove_sidecars(store)?;
    Ok(Restored { log, parent, aside })
}

/// What is where the backup is to go.
enum Existing {
    Nothing,
    Log(Log),
    Damaged,
}

impl Existing {
    /// Looks whether anything would be lost.
    fn look(store: &Path, backup: &Log, overwrite: bool) -> Result<Self, Error> {
        let existing = match Options::new().open(store) {
            Ok(existing) => existing,
            Err(Error::NoStore { .. }) => return Ok(Self::Nothing),
            // What cannot be read may hold anything.
            Err(Error::Damaged { .. }) if overwrite => return Ok(Self::Damaged),
            Err(error) => return Err(error),
        };
        let lost = lost(&existing, backup)?;
        if lost > 0 && !overwrite {
            return Err(Error::WouldLose { path: store.to_owned(), events: lost });
        }
        Ok(Self::Log(existing))
    }
}

/// Returns how many events a log has that a backup lacks.
fn lost(log: &Log, backup: &Log) -> Result<u64, Error> {
    let (log, backup) = (log.reader()?, backup.reader()?);
    let end = log.head()?.position;
    let shared = end.min(backup.head()?.position);
    // Where the last event that both have is the same, all before it are.
    let is_one_history = log.hash_at(shared)? == backup.hash_at(shared)?;
    Ok(if is_one_history { end.get() - shared.get() } else { end.get() })
}

/// Gives a copy an id of its own, and lets it remember whose it was.
fn go_on(path: &Path, head: Head) -> Result<(LogId, Ancestor), Error> {
    let act = Error::sqlite(RESTORE);
    let mut connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(&act)?;
    connection.pragma_update(None, "synchronous", "full").map_err(&act)?;
    let log = LogId::random();
    let now = time::to_micros(jiff::Timestamp::now());
    let tx = connection.transaction().map_err(&act)?;
    tx.execute(include_str!("../sql/insert_lineage.sql"), (head.position, head.hash, now)).map_err(&act)?;
    tx.execute(include_str!("../sql/new_log_id.sql"), [log]).map_err(&act)?;
    tx.commit().map_err(&act)?;
    let parent = ancestors(&connection)?
        .pop()
        .ok_or_else(|| Error::Damaged { act: RESTORE, found: "a log that goes on from none".to_owned() })?;
    Ok((log, parent))
}

/// Writes a copy over a store, all pages in one transaction: <https://sqlite.org/c3ref/backup_finish.html>.
fn replace(from: &Path, store: &Log) -> Result<(), Error> {
    let act = Error::sqlite(RESTORE);
    let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(&act)?;
    let mut target = store.open_writer()?;
    let begun = std::time::Instant::now();
    let copy = Copy::new(&source, &mut target).map_err(&act)?;
    loop {
        match copy.step(-1).map_err(&act)? {
            StepResult::Done => return Ok(()),
            _ if begun.elapsed() >= store.raw().busy_timeout() => return Err(Error::Busy { act: RESTORE }),
            // Another process writes.
            _ => std::thread::sleep(std::time::Duration::from_millis(10)),
        }
    }
}

/// Makes the folder of a file, for its owner alone.
fn make_folder_of(file: &Path) -> Result<(), Error> {
    let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|source| Error::Io {
        act: "create the folder",
        path: folder.to_owned(),
        source,
    })
}

fn move_aside(store: &Path, aside: &Path) -> Result<(), Error> {
    for ending in ["", "-wal", "-journal", "-shm"] {
        let with = |path: &Path| {
            let mut name = path.as_os_str().to_owned();
            name.push(ending);
            PathBuf::from(name)
        };
        match std::fs::rename(with(store), with(aside)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(Error::Io { act: "move aside", path: store.to_owned(), source }),
            Ok(()) => {}
        }
    }
    sync_folder_of(store).map_err(|source| Error::Io { act: "move aside", path: store.to_owned(), source })
}
