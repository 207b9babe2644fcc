//! The damaged store: through SQLite as far as that reads it, and its pages.

use std::fs::File;
use std::path::{Path, PathBuf};

use retold_core::raw::{Found, InUse, look, open_reader_anywhere};
use retold_core::{Error, Options, real_store_path};
use rusqlite::Connection;

use super::loss::RECOVER;
use super::pages::{self, Pages};
use super::schema::{self, Object};
use super::tables;

/// The tables of the read models, which are made from the log.
const DERIVED: [&str; 7] = [
    "projection",
    "projection_skip",
    "workspaces",
    "sessions",
    "instances",
    "chat_messages",
    "output_chunks",
];

/// A store that is read and never written to.
pub(super) struct Source {
    /// Where SQLite can read its list of tables.
    pub(super) connection: Option<Connection>,
    /// After the connection: closing them would take its locks from it.
    pub(super) pages: Option<Pages>,
    /// Its tables, as SQLite lists them or the pages do.
    pub(super) objects: Vec<Object>,
    /// The number of its schema, as its header has it.
    pub(super) header: Option<u32>,
    /// What speaks against it being a store at all.
    pub(super) doubt: Option<Error>,
    _in_use: InUse,
}

impl Source {
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let path = &real_store_path(path);
        let (mut doubt, mut pages) = (None, None);
        // Where this process has the store open, nothing but SQLite may look at it.
        let in_use = InUse::begin(path, || {
            match look(path) {
                Ok(Found::Store) => {}
                Ok(Found::Nothing | Found::Empty) => return Err(Error::NoStore { path: path.to_owned() }),
                Err(error @ Error::Io { .. }) => return Err(error),
                Err(error) => doubt = Some(error),
            }
            let io = |source| Error::Io { act: "read", path: path.to_owned(), source };
            let file = File::open(path).map_err(io)?;
            if file.metadata().map_err(io)?.is_dir() {
                return Err(doubt.take().unwrap_or(Error::NoStore { path: path.to_owned() }));
            }
            let wal = match File::open(beside(path, "-wal")) {
                Ok(wal) => Some(wal),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                Err(source) => return Err(Error::Io { act: "read", path: beside(path, "-wal"), source }),
            };
            pages = Some(Pages::open(file, wal).map_err(io)?);
            Ok(())
        })?;
        let mut source =
            Self { connection: None, pages, objects: Vec::new(), header: None, doubt, _in_use: in_use };
        match connect(path) {
            Ok((connection, objects, header)) => {
                (source.connection, source.objects, source.header) =
                    (Some(connection), objects, Some(header));
            }
            Err(error @ Error::Busy { .. }) => return Err(error),
            Err(error) if source.pages.is_none() => return Err(error),
            Err(_unreadable) => {}
        }
        if !source.objects.iter().any(|object| object.name == "event")
            && let Some(pages) = &mut source.pages
        {
            source.objects = pages::objects(pages);
        }
        Ok(source)
    }

    /// Whether its tables are those of the newest schema that this release knows, and those that are made from them: then a
    /// header that names a newer one is wrong.
    pub(super) fn is_of_known_schema(&self) -> bool {
        let is_known = |object: &Object| {
            let name = object.name.trim_end_matches("_next").trim_end_matches("_old");
            // The counters of sessions have the number of their generation in the name.
            let is_counters = name.strip_prefix("session_counts_").is_some_and(|n| n.parse::<u32>().is_ok());
            tables::role(&object.name).is_some() || DERIVED.contains(&name) || is_counters
        };
        let tables = || {
            self.objects.iter().filter(|object| {
                object.is_table && !object.is_damaged() && !object.name.starts_with("sqlite_")
            })
        };
        let number = schema::number(&self.objects, self.connection.is_some(), None);
        tables().all(is_known)
            && number.is_ok_and(|number| number == retold_migrations::latest())
            && schema::has_no_other(&self.objects).unwrap_or(false)
    }

    /// Whether SQLite finds nothing wrong with the file, nor with the log's indexes, and reads the write-ahead log to its end.
    pub(super) fn is_whole(&self) -> bool {
        let is_wal_damaged = self.pages.as_ref().is_some_and(Pages::is_wal_damaged);
        let checked = self.connection.as_ref().is_some_and(|connection| {
            let is_ok = |sql: &str| {
                let found = connection.query_row(sql, [], |row| row.get::<_, String>(0));
                found.is_ok_and(|found| found == "ok")
            };
            // The tree of an empty table in the place of the log's is as sound as any: but the indexes are another's.
            is_ok("pragma quick_check(1)") && is_ok("pragma integrity_check(event)")
        });
        checked && !is_wal_damaged && self.doubt.is_none()
    }
}

/// Opens a connection that holds on to one moment of the store, and reads the list of its tables.
fn connect(path: &Path) -> Result<(Connection, Vec<Object>, u32), Error> {
    let act = Error::sqlite(RECOVER);
    let (connection, _) = open_reader_anywhere(path, Options::BUSY)?;
    connection.execute_batch("begin").map_err(&act)?;
    let objects = schema::objects(&connection).map_err(&act)?;
    let header: i64 = connection.query_row("pragma user_version", [], |row| row.get(0)).map_err(&act)?;
    Ok((connection, objects, u32::try_from(header).unwrap_or(u32::MAX)))
}

/// Returns a file that SQLite keeps beside a database.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
