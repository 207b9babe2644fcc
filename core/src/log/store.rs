//! The store's file: what it is, how it begins, and how connections to it are set up.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use crate::hash::FORMAT;
use crate::pack::FIRST_DICTIONARY;
use crate::reading::{Access, open_read_only};
use crate::{Error, EventType, LogId};

/// The dictionary that new stores begin with, trained on sessions such as the examples.
pub const BUILT_IN_DICTIONARY: &[u8] = include_bytes!("../../dictionary.zdict");

/// Earlier releases can lose a commit in WAL mode: <https://sqlite.org/wal.html#walresetbug>.
const SQLITE_VERSION_MIN: i32 = 3_051_003;

/// Pages in the WAL before a commit also carries them over into the file: 16 MiB.
const WAL_PAGES_MAX: u32 = 4096;
/// What is left of a WAL that once grew beyond it.
const WAL_BYTES_KEPT: u32 = 64 * 1024 * 1024;
/// A connection's page cache.
const CACHE_KIB: i32 = 16 * 1024;

/// How well an acknowledged commit is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// It survives power loss (`synchronous = FULL`).
    #[default]
    Full,
    /// It survives a crash of the process, not of the machine (`synchronous = NORMAL`).
    Normal,
}

/// What is at the path, as far as its first 100 bytes tell.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// A file without a byte.
    Empty,
    /// What says that it is a store.
    Store,
}

/// Looks at the file without SQLite, so that a foreign one is not touched at all.
/// The header's fields are at fixed offsets: <https://sqlite.org/fileformat2.html#the_database_header>.
///
/// # Errors
/// [`Error::NotAStore`], [`Error::Newer`], [`Error::Damaged`] for what it is instead; [`Error::Io`].
pub fn look(path: &Path) -> Result<Found, Error> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(source) => return Err(Error::Io { act: "open", path: path.to_owned(), source }),
    };
    let mut header = Vec::with_capacity(100);
    let io = |source| Error::Io { act: "read", path: path.to_owned(), source };
    if file.metadata().map_err(io)?.is_dir() {
        return Err(not_a_store(path, "a folder"));
    }
    file.take(100).read_to_end(&mut header).map_err(io)?;
    if header.is_empty() {
        return Ok(Found::Empty);
    }
    if !header.starts_with(b"SQLite format 3\0") {
        return Err(not_a_store(path, "a file that is no SQLite database"));
    }
    let number =
        |at: usize| header.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(i32::from_be_bytes);
    let (Some(user_version), Some(application_id)) = (number(60), number(68)) else {
        return Err(Error::Damaged { act: "open the store", found: "its header is cut short".to_owned() });
    };
    if application_id != retold_migrations::APPLICATION_ID {
        return Err(not_a_store(path, "another program's SQLite database"));
    }
    check_schema(path, user_version).map(|()| Found::Store)
}

/// Refuses a schema that a newer release made.
pub(super) fn check_schema(path: &Path, user_version: i32) -> Result<(), Error> {
    let (found, known) = (user_version.cast_unsigned(), retold_migrations::latest());
    if found > known {
        return Err(Error::Newer { path: path.to_owned(), found, known });
    }
    Ok(())
}

fn not_a_store(path: &Path, found: &str) -> Error {
    Error::NotAStore { path: path.to_owned(), found: found.to_owned() }
}

/// Makes the file, readable by its owner alone; the WAL beside it takes the same mode from it.
pub(super) fn create_file(path: &Path) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(source) => Err(Error::Io { act: "create the store", path: path.to_owned(), source }),
    }
}

/// Gives a new store its beginning, and an older one the newest schema. Nothing is written where both are there.
pub(super) fn up_to_date(path: &Path, durability: Durability, busy: Duration) -> Result<(), Error> {
    let act = Error::sqlite("open the store");
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, busy)?;
    if version(path, &connection)? == 0 {
        begin_file(&mut connection).map_err(&act)?;
    }
    if version(path, &connection)? < retold_migrations::latest() {
        connection.pragma_update(None, "secure_delete", true).map_err(&act)?;
        retold_migrations::up(&mut connection, retold_migrations::latest())
            .map_err(|error| migrate_error(path, error))?;
    }
    let begun: bool = connection
        .query_row(
            "select exists (select 1 from log) and (select count(*) from event_type) >= ?1",
            [i64::from(EventType::ALL[EventType::ALL.len() - 1].number())],
            |row| row.get(0),
        )
        .map_err(&act)?;
    if !begun {
        begin_log(&mut connection).map_err(&act)?;
        // The header is on disk by now, before WAL mode hides later changes of it: `look` relies on it.
        set_up_writer(&connection, durability, busy)?;
    }
    Ok(())
}

/// Returns the number of the store's schema.
pub(super) fn version(path: &Path, connection: &Connection) -> Result<u32, Error> {
    retold_migrations::current(connection).map_err(|error| match error {
        // Nothing is brought up to date yet.
        retold_migrations::Error::Sqlite(source) => Error::sqlite("open the store")(source),
        other => migrate_error(path, other),
    })
}

/// Whether the store, which is up to date, holds a part of a log that is written elsewhere.
pub(super) fn is_part(connection: &Connection) -> Result<bool, Error> {
    connection
        .query_row("select exists (select 1 from part)", [], |row| row.get(0))
        .map_err(Error::sqlite("append"))
}

/// Opens a connection that writes, to a store that is up to date.
pub(super) fn open_writer(path: &Path, durability: Durability, busy: Duration) -> Result<Connection, Error> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, busy)?;
    set_up_writer(&connection, durability, busy)?;
    Ok(connection)
}

fn set_up_writer(connection: &Connection, durability: Durability, busy: Duration) -> Result<(), Error> {
    let set = |name: &str, value: &dyn rusqlite::ToSql| {
        connection.pragma_update(None, name, value).map_err(Error::sqlite("open the store"))
    };
    enter_wal_mode(connection, busy)?;
    set(
        "synchronous",
        match durability {
            Durability::Full => &"full",
            Durability::Normal => &"normal",
        },
    )?;
    set("secure_delete", &true)?;
    set("recursive_triggers", &true)?;
    set("wal_autocheckpoint", &WAL_PAGES_MAX)?;
    set("journal_size_limit", &WAL_BYTES_KEPT)?;
    set("cache_size", &-CACHE_KIB)
}

/// A store enters WAL mode once, at its creation. SQLite needs it alone for that moment, and where another process
/// looks at it says so at once, whatever the busy timeout.
fn enter_wal_mode(connection: &Connection, busy: Duration) -> Result<(), Error> {
    let begun = Instant::now();
    loop {
        match connection.pragma_update(None, "journal_mode", "wal").map_err(Error::sqlite("open the store")) {
            Err(Error::Busy { .. }) if begun.elapsed() < busy => std::thread::sleep(Duration::from_millis(1)),
            outcome => return outcome,
        }
    }
}

/// Opens a connection that cannot write, to a store that this process writes.
pub(super) fn open_reader(path: &Path, busy: Duration) -> Result<Connection, Error> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY, busy)?;
    refuse_writes(&connection)?;
    Ok(connection)
}

/// Opens a connection that cannot write, wherever the store is, and says how it reads.
///
/// # Errors
/// Where it cannot be opened.
pub fn open_reader_anywhere(path: &Path, busy: Duration) -> Result<(Connection, Access), Error> {
    check_sqlite()?;
    let (connection, access) = open_read_only(path, busy).map_err(|error| open_error(path, error))?;
    set_up(&connection, busy)?;
    refuse_writes(&connection)?;
    Ok((connection, access))
}

/// The oldest schema that is read as it is: what later ones have besides is empty in it.
pub(super) const READABLE: u32 = 7;
const STAND_INS: &str = "
    create temp table part (source text, taken_at integer, position integer, hash blob);
    create temp table absent (first integer primary key, last integer, hash blob);
    create temp table withheld (position integer primary key, body_commit blob)";

fn refuse_writes(connection: &Connection) -> Result<(), Error> {
    // One that does not say which schema it is of is not asked again.
    if retold_migrations::current(connection).is_ok_and(|found| found == READABLE) {
        connection.execute_batch(STAND_INS).map_err(Error::sqlite("open the store"))?;
    }
    connection.pragma_update(None, "query_only", true).map_err(Error::sqlite("open the store"))
}

fn connect(path: &Path, flags: OpenFlags, busy: Duration) -> Result<Connection, Error> {
    check_sqlite()?;
    // No SQLITE_OPEN_URI: a path with `?` or `%` is a path.
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| open_error(path, error))?;
    set_up(&connection, busy)?;
    // SQLite opens what it may not write to read it, and says no at the first write.
    if flags.contains(OpenFlags::SQLITE_OPEN_READ_WRITE)
        && connection.is_readonly("main").map_err(Error::sqlite("open the store"))?
    {
        return Err(Error::ReadOnly { act: "open the store for writing" });
    }
    Ok(connection)
}

fn check_sqlite() -> Result<(), Error> {
    if rusqlite::version_number() < SQLITE_VERSION_MIN {
        let found =
            format!("SQLite {} can lose commits, 3.51.3 is the first that does not", rusqlite::version());
        return Err(Error::Damaged { act: "open the store", found });
    }
    Ok(())
}

fn open_error(path: &Path, error: rusqlite::Error) -> Error {
    match error.sqlite_error() {
        // Its own words would name the path once more.
        Some(&code) if code.code == rusqlite::ErrorCode::CannotOpen => {
            Error::Io { act: "open", path: path.to_owned(), source: std::io::Error::other(code) }
        }
        _ => Error::sqlite("open the store")(error),
    }
}

fn set_up(connection: &Connection, busy: Duration) -> Result<(), Error> {
    let act = Error::sqlite("open the store");
    connection.busy_timeout(busy).map_err(&act)?;
    connection.set_prepared_statement_cache_capacity(128);
    // A plan is made once. Otherwise a statement is prepared again whenever a value that SQLite looked at is bound
    // again: <https://sqlite.org/queryplanner-ng.html#qpstab>.
    connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(&act)?;
    connection.pragma_update(None, "trusted_schema", false).map_err(&act)
}

/// Lets SQLite look over the statistics that it chooses plans by, where they are missing or old. As a rule it finds nothing
/// to do: <https://sqlite.org/pragma.html#pragma_optimize>.
pub fn optimize(connection: &Connection) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("pragma optimize")?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

/// Gives an empty file its first page. Whatever process looks at it, and whenever this one dies, the file is either
/// empty or says that it is a store: the pragma alone would commit a page that is nobody's.
fn begin_file(connection: &mut Connection) -> rusqlite::Result<()> {
    // Takes effect where it is compiled (<https://sqlite.org/pragma.html>), and only before the first page is written.
    drop(connection.prepare("pragma auto_vacuum = incremental")?);
    let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    tx.pragma_update(None, "application_id", retold_migrations::APPLICATION_ID)?;
    tx.commit()
}

/// Gives a new store its id, its list of types and its first dictionary, once.
fn begin_log(connection: &mut Connection) -> rusqlite::Result<()> {
    let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let begun: bool = tx.query_row("select exists (select 1 from log)", [], |row| row.get(0))?;
    if !begun {
        let now = crate::time::to_micros(jiff::Timestamp::now());
        tx.execute(
            "insert into log (only, id, format, created_at) values (1, ?1, ?2, ?3)",
            (LogId::random(), FORMAT, now),
        )?;
        tx.execute(
            "insert into dictionary (id, bytes) values (?1, ?2)",
            (FIRST_DICTIONARY, BUILT_IN_DICTIONARY),
        )?;
    }
    for kind in EventType::ALL {
        tx.execute(
            "insert into event_type (id, name) values (?1, ?2) on conflict (id) do nothing",
            (kind.number(), kind.name()),
        )?;
    }
    tx.commit()
}

/// What stands for the id of a log that does not say whose it is: no log has it.
pub const NO_LOG: LogId = LogId([0; 16]);

pub(super) fn read_log_id(connection: &Connection) -> Result<LogId, Error> {
    find_log_id(connection)?.ok_or_else(|| Error::Damaged {
        act: "open the store",
        found: "it does not say any more whose log it holds".to_owned(),
    })
}

/// Reads the log's id; `None` where no row has one.
///
/// # Errors
/// Where the store cannot be read.
pub fn find_log_id(connection: &Connection) -> Result<Option<LogId>, Error> {
    let found = connection
        .prepare_cached(include_str!("../../sql/log_id.sql"))
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)));
    match found {
        Ok(id) => Ok(Some(id)),
        Err(rusqlite::Error::QueryReturnedNoRows | rusqlite::Error::FromSqlConversionFailure(..)) => Ok(None),
        Err(error) => Err(Error::sqlite("read the log's id")(error)),
    }
}

pub(super) fn migrate_error(path: &Path, error: retold_migrations::Error) -> Error {
    let act = "bring the schema up to date";
    match error {
        retold_migrations::Error::Newer { found, known } => {
            Error::Newer { path: path.to_owned(), found, known }
        }
        retold_migrations::Error::Sqlite(source) => Error::sqlite(act)(source),
        other => Error::Damaged { act, found: other.to_string() },
    }
}
