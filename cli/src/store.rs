//! Where the store is.

use std::path::{Path, PathBuf};
use std::time::Duration;

use retold_core::{Error, EventHash, Head, Options, Position};
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::exit::Exit;
use crate::failure::{Failure, io_words};
use crate::io::Io;
use crate::settings::{Settings, keys};

/// How long to wait for another process that holds the store.
const BUSY: Duration = Duration::from_secs(5);

/// The end of a log that has not begun.
pub(crate) const NO_HEAD: Head = Head { position: Position::ZERO, hash: EventHash::ZERO };

/// Returns where the store is: at the path that is named, else where it is set, else in the account's data folder.
pub(crate) fn place(named: Option<PathBuf>, settings: &Settings, io: &Io) -> Option<PathBuf> {
    let set = || settings.path(keys::STORE);
    named.or_else(set).or_else(|| Some(io.data_folder.as_ref()?.join("retold").join("sessions.db")))
}

/// Returns the store's path: `--store`, else the one that is set, else the platform's place for it.
pub(crate) fn path(named: Option<PathBuf>, settings: &Settings, io: &Io) -> Result<PathBuf, Failure> {
    place(named, settings, io).ok_or_else(|| {
        Failure::usage("find the store: this account has no data folder")
            .hint("name the store with --store or RETOLD_STORE")
    })
}

/// Whether a text is the address of a server.
pub(crate) fn is_address(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://") || is_http(text)
}

/// Whether it is that of a server of our own.
pub(crate) fn is_http(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

/// Returns the folder beside a store that its backups go to where no other is named.
pub(crate) fn backups_of(store: &Path) -> PathBuf {
    let store = &retold_core::real_store_path(store);
    let mut name = store.as_os_str().to_owned();
    name.push("-backups");
    name.into()
}

/// The folder beside a store that its archives go to where no other is named. That of the backups is another: those
/// are removed when there are newer ones.
pub(crate) fn archives_of(store: &Path) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push("-archives");
    name.into()
}

/// Makes the folder of a store that is about to be created.
///
/// # Errors
/// Where it cannot be made.
pub(crate) fn make_folder(path: &Path) -> Result<(), Failure> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    std::fs::create_dir_all(folder).map_err(|error| {
        Failure::new(Exit::Io, format!("create the folder {}: {}", folder.display(), io_words(&error)))
    })
}

/// Opens a connection of the program's own that only reads, to a store that may be of an older schema.
///
/// # Errors
/// Those of [`Options::open`], but for an older schema.
pub(crate) fn connect_to_read(path: &Path) -> Result<Connection, Failure> {
    look(path)?;
    let opened = retold_core::open_read_only(path, BUSY).and_then(|(connection, _)| set_up(connection));
    Ok(opened.map_err(Error::sqlite("open the store"))?)
}

/// Opens a connection of the program's own that writes, to a store that may be of an older schema.
///
/// # Errors
/// Those of [`Options::open`], but for an older schema.
pub(crate) fn connect_to_write(path: &Path) -> Result<Connection, Failure> {
    look(path)?;
    retold_core::check_one_name(path)?;
    // No SQLITE_OPEN_URI: a path with `?` or `%` is a path.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(path, flags).and_then(set_up);
    Ok(opened.map_err(Error::sqlite("open the store"))?)
}

/// Says what is wrong where no store is at the path.
fn look(path: &Path) -> Result<(), Failure> {
    match Options::new().read_only(true).open(path) {
        Ok(_) | Err(Error::Older { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn set_up(connection: Connection) -> rusqlite::Result<Connection> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

/// Returns the end of the log, as a connection of the program's own sees it.
///
/// # Errors
/// Where the store cannot be read.
pub(crate) fn head(connection: &Connection) -> Result<Head, Failure> {
    let head = connection
        .query_row(include_str!("../sql/head.sql"), [], |row| {
            Ok(Head { position: row.get(0)?, hash: row.get(1)? })
        })
        .optional()
        .map_err(Error::sqlite("read the log"))?;
    Ok(head.unwrap_or(NO_HEAD))
}
