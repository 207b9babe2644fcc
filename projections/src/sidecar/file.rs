//! A sidecar's file: a projection's tables, with its own checkpoint beside them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use retold_core::{Head, Log, LogId, Position};
use rusqlite::{Connection, OpenFlags, params};

use super::lock::Identity;
use super::subject::Subject;
use crate::Error;
use crate::engine::{Host, Refusal, Step, StepKind, is_of};
use crate::error::sqlite;

const OPEN: &str = "open a projection's file";
const SEAL: &str = "make a projection's file safe";
pub(super) const BUSY: Duration = Duration::from_secs(5);
const CACHE_KIB: i32 = 16 * 1024;
/// While it is filled, at many places at once.
const CACHE_BUILDING_KIB: i32 = 40 * 1024;
/// Statements that are kept prepared.
const STATEMENTS: usize = 256;

/// What a file was made by, and from what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) log: LogId,
    pub(crate) version: u32,
    /// A digest of the projection's code.
    pub(crate) digest: [u8; 32],
}

/// What a file says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    pub(crate) origin: Origin,
    /// The last event taken in.
    pub(crate) head: Head,
    /// Bodies that were gone from the log when the filling began.
    pub(crate) redactions: u64,
    /// Which run of the machine fills it; `None` once the disk has it.
    boot: Option<String>,
    /// A digest of its tables, once they are full.
    schema: Option<[u8; 32]>,
}

impl Checkpoint {
    /// Returns whether it was filled to the end and made safe.
    pub(crate) fn is_sealed(&self) -> bool {
        self.schema.is_some()
    }
}

/// An open file.
pub(crate) struct SidecarFile {
    pub(crate) connection: Connection,
    pub(crate) path: PathBuf,
    identity: Option<Identity>,
}

impl SidecarFile {
    /// Makes a file with the projection's tables, to be filled.
    pub(crate) fn create(path: &Path, subject: &mut Subject, redactions: u64) -> Result<Self, Error> {
        remove(path)?;
        create_private(path)?;
        Self::begin(path, subject, redactions)
    }

    /// Makes the projection's tables in an empty file, to be filled.
    pub(crate) fn begin(path: &Path, subject: &mut Subject, redactions: u64) -> Result<Self, Error> {
        let act = sqlite("create a projection's file");
        let mut file = Self::connect(path)?;
        file.set_up_building()?;
        let Origin { log, version, digest } = subject.origin;
        subject.projection.configure(&mut file.connection).map_err(&act)?;
        let tx = file.connection.unchecked_transaction().map_err(&act)?;
        let begun = || -> rusqlite::Result<()> {
            tx.execute_batch(include_str!("../../sql/sidecar/checkpoint_table.sql"))?;
            tx.execute_batch(include_str!("../../sql/sidecar/skipped_table.sql"))?;
            subject.projection.create(&tx)?;
            tx.execute(
                include_str!("../../sql/sidecar/begin.sql"),
                params![
                    log,
                    subject.name,
                    version,
                    digest,
                    redactions.cast_signed(),
                    boot().unwrap_or_default()
                ],
            )?;
            Ok(())
        };
        begun().map_err(&act)?;
        tx.commit().map_err(&act)?;
        Ok(file)
    }

    /// Opens a file that is being filled, where it can be gone on with.
    pub(crate) fn reopen(path: &Path, subject: &mut Subject, redactions: u64) -> Result<Option<Self>, Error> {
        let Some(file) = Self::open(path, subject)? else { return Ok(None) };
        file.set_up_building()?;
        let checkpoint = file.checkpoint()?;
        // After power loss a file that nobody waited for may be anything.
        let is_whole = checkpoint.is_sealed() || checkpoint.boot.as_deref() == boot().as_deref();
        Ok((checkpoint.origin == subject.origin && checkpoint.redactions == redactions && is_whole)
            .then_some(file))
    }

    /// Opens a file to keep it up to date; `None` where there is none.
    pub(crate) fn open(path: &Path, subject: &mut Subject) -> Result<Option<Self>, Error> {
        if !path.exists() {
            return Ok(None);
        }
        let mut file = Self::connect(path)?;
        subject.projection.configure(&mut file.connection).map_err(sqlite(OPEN))?;
        Ok(Some(file))
    }

    /// Opens a file to look at it, and waits for nobody; `None` where there is none.
    pub(crate) fn look(path: &Path) -> Result<Option<Self>, Error> {
        let file = Self::open_beside(path)?;
        if let Some(file) = &file {
            file.connection.busy_timeout(Duration::ZERO).map_err(sqlite(OPEN))?;
        }
        Ok(file)
    }

    /// Opens a file to read it, beside whoever writes to it; `None` where there is none.
    pub(crate) fn open_beside(path: &Path) -> Result<Option<Self>, Error> {
        if !path.exists() {
            return Ok(None);
        }
        Self::set_up(path, || Ok(retold_core::open_read_only(path, BUSY)?.0)).map(Some)
    }

    fn connect(path: &Path) -> Result<Self, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Self::set_up(path, || Connection::open_with_flags(path, flags))
    }

    fn set_up(path: &Path, open: impl FnOnce() -> rusqlite::Result<Connection>) -> Result<Self, Error> {
        let connect = || -> rusqlite::Result<Connection> {
            let connection = open()?;
            connection.busy_timeout(BUSY)?;
            connection.set_prepared_statement_cache_capacity(STATEMENTS);
            connection.pragma_update(None, "trusted_schema", false)?;
            connection.pragma_update(None, "synchronous", "normal")?;
            connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
            Ok(connection)
        };
        let connection = connect().map_err(sqlite(OPEN))?;
        Ok(Self { connection, path: path.to_owned(), identity: Identity::at(path) })
    }

    /// A killed process leaves a journal, which the next one undoes; power loss leaves a file that is begun again: so
    /// nothing waits for the disk. <https://sqlite.org/pragma.html#pragma_journal_mode>
    pub(crate) fn set_up_building(&self) -> Result<(), Error> {
        let set = |name: &str, value: &dyn rusqlite::ToSql| {
            self.connection.pragma_update(Some("main"), name, value).map_err(sqlite(OPEN))
        };
        set("journal_mode", &"truncate")?;
        set("synchronous", &"off")?;
        set("cache_size", &-CACHE_BUILDING_KIB)
    }

    pub(crate) fn checkpoint(&self) -> Result<Checkpoint, Error> {
        read_checkpoint(&self.connection, "").map_err(sqlite("read a projection's checkpoint"))
    }

    /// Returns the events that could not be taken in.
    pub(crate) fn skipped(&self) -> Result<Vec<(Position, String)>, Error> {
        self.connection
            .prepare(include_str!("../../sql/sidecar/skipped.sql"))
            .and_then(|mut statement| {
                statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
            })
            .map_err(sqlite(OPEN))
    }

    /// Makes a full file safe to power loss and open to readers beside its writer, and closes it.
    pub(crate) fn seal(self) -> Result<(), Error> {
        self.close(true)
    }

    /// Makes a full file safe to power loss, for readers alone, and closes it.
    pub(crate) fn finish(self) -> Result<(), Error> {
        self.close(false)
    }

    fn close(self, has_writer: bool) -> Result<(), Error> {
        let Self { connection, path, .. } = self;
        let seal = || -> rusqlite::Result<()> {
            let schema = schema_digest(&connection)?;
            connection.execute(include_str!("../../sql/sidecar/seal.sql"), params![schema])?;
            // Without a schema it would change those of attached files too.
            let mode = if has_writer { "wal" } else { "delete" };
            connection.pragma_update(Some("main"), "journal_mode", mode)
        };
        seal().map_err(sqlite(SEAL))?;
        connection.close().map_err(|(_, error)| sqlite(SEAL)(error))?;
        sync(&path)
    }

    /// Whether its path still leads to it: the folder may be deleted at any time.
    pub(crate) fn is_there(&self) -> bool {
        self.identity.is_some() && Identity::at(&self.path) == self.identity
    }

    /// Says what is wrong with the file where it is of another log or history, filled by other code, or changed in its
    /// tables since.
    pub(crate) fn check(&self, log: &Log, checkpoint: &Checkpoint, origin: Origin) -> Result<(), Error> {
        if checkpoint.origin.log != origin.log || !is_of(log.reader()?.connection(), checkpoint.head)? {
            let position = checkpoint.head.position;
            return Err(self.unusable(format!("it stands for position {position} of another history")));
        }
        if checkpoint.origin != origin {
            return Err(self.unusable("other code has filled it".to_owned()));
        }
        self.check_schema(checkpoint)
    }

    /// Says what is wrong with the file where somebody changed its tables.
    pub(crate) fn check_schema(&self, checkpoint: &Checkpoint) -> Result<(), Error> {
        let found = schema_digest(&self.connection).map_err(sqlite(OPEN))?;
        match checkpoint.schema {
            Some(expected) if expected != found => {
                Err(self.unusable("its tables are not the ones that were declared".to_owned()))
            }
            Some(_) => Ok(()),
            None => Err(self.unusable("it was not filled to the end".to_owned())),
        }
    }
}

impl Host for SidecarFile {
    fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Who fills it holds its lock: nobody else moves it on.
    fn begin(&self, _: Head) -> Result<Step<'_>, Refusal> {
        Ok(Step::begin(&self.connection, StepKind::Deferred)?)
    }

    fn advance(&self, head: Head) -> Result<(), Refusal> {
        let mut statement = self.connection.prepare_cached(include_str!("../../sql/sidecar/advance.sql"))?;
        statement.execute(params![head.position, head.hash])?;
        Ok(())
    }

    fn skip(&self, position: Position, reason: &str) -> Result<(), Refusal> {
        let mut statement = self.connection.prepare_cached(include_str!("../../sql/sidecar/skip.sql"))?;
        statement.execute(params![position, reason])?;
        Ok(())
    }

    fn unusable(&self, reason: String) -> Error {
        let stem = self.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let name = stem.split('@').next().unwrap_or_default().to_owned();
        Error::Unusable { name, reason }
    }
}

/// Reads the checkpoint of the file that is attached as `schema.`, or of the main one.
pub(crate) fn read_checkpoint(connection: &Connection, schema: &str) -> rusqlite::Result<Checkpoint> {
    let sql = include_str!("../../sql/sidecar/read.sql");
    let sql = sql.replace("retold_checkpoint", &format!("{schema}retold_checkpoint"));
    connection.query_row(&sql, [], |row| {
        let redactions: i64 = row.get(5)?;
        Ok(Checkpoint {
            origin: Origin { log: row.get(0)?, version: row.get(1)?, digest: row.get(2)? },
            head: Head { position: row.get(3)?, hash: row.get(4)? },
            redactions: redactions.cast_unsigned(),
            boot: row.get(6)?,
            schema: row.get(7)?,
        })
    })
}

/// Returns how many bodies were redacted: a file from before may hold what was to be gone.
pub(crate) fn redactions(log: &Log) -> Result<u64, Error> {
    count(log, include_str!("../../sql/redactions.sql"))
}

/// Returns how often bodies went or came back, by whatever way: rows that were made before are others now.
pub(crate) fn moved_bodies(log: &Log) -> Result<u64, Error> {
    count(log, include_str!("../../sql/moved_bodies.sql"))
}

fn count(log: &Log, sql: &str) -> Result<u64, Error> {
    let count: i64 =
        log.reader()?.connection().query_row(sql, [], |row| row.get(0)).map_err(sqlite("read the log"))?;
    Ok(count.cast_unsigned())
}

fn schema_digest(connection: &Connection) -> rusqlite::Result<[u8; 32]> {
    let mut hasher = blake3::Hasher::new();
    let mut statement = connection.prepare(include_str!("../../sql/sidecar/schema.sql"))?;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        let sql: String = row.get(0)?;
        hasher.update(sql.as_bytes());
        hasher.update(b"\0");
    }
    Ok(*hasher.finalize().as_bytes())
}

/// Deletes a file with what SQLite keeps beside it, and its lock. Whoever has it open keeps what it has.
pub(crate) fn remove(path: &Path) -> Result<(), Error> {
    for ending in ["", "-wal", "-shm", "-journal", ".lock"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        match std::fs::remove_file(&name) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(retold_core::Error::Io { act: "delete", path: name.into(), source }.into());
            }
            _ => {}
        }
    }
    Ok(())
}

fn create_private(path: &Path) -> Result<(), Error> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let made = options.open(path);
    made.map(drop).map_err(|source| io("create", path, source))
}

fn sync(path: &Path) -> Result<(), Error> {
    let sync = |path: &Path| std::fs::File::open(path)?.sync_all();
    sync(path).map_err(|source| io("write out", path, source))?;
    // The name of a file is its folder's; systems that cannot sync a folder keep names by themselves.
    let _unsupported = path.parent().map(sync);
    Ok(())
}

fn io(act: &'static str, path: &Path, source: std::io::Error) -> Error {
    retold_core::Error::Io { act, path: path.to_owned(), source }.into()
}

/// Returns which run of the machine this is, where the system tells; otherwise no unfinished file is trusted.
fn boot() -> Option<String> {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(text.trim().to_owned())
}

/// Returns what is wrong with a file, in words, without the name of its projection.
pub(crate) fn reason(error: &Error) -> String {
    match error {
        Error::Unusable { reason, .. } => reason.clone(),
        error => error.to_string(),
    }
}
