//! SQLite files that are only read, wherever they are: also where nothing can be written beside them.
//!
//! A database in WAL mode needs its `-shm` file to be read, and SQLite makes it where it is not there. In a folder that
//! cannot be written it says no (<https://sqlite.org/wal.html#readonly>). What is then left is an [`Access`] without it.

mod identity;
mod uri;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

pub(crate) use identity::Stamp;
pub use identity::{check_one_name, real_store_path};
use uri::uri;

/// How an SQLite file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// With SQLite's locks, beside whoever writes to it.
    Shared,
    /// As a file that nobody changes (`immutable=1`, <https://sqlite.org/uri.html#uriimmutable>): it has no WAL, or an empty
    /// one. Costs nothing.
    Immutable,
    /// With its WAL, whose index is in this connection's own memory: SQLite builds it there for a connection that is alone
    /// (<https://sqlite.org/wal.html#noshm>). Each connection reads the whole WAL once as it is opened, and takes no lock
    /// (the VFS `unix-none`), for an exclusive one needs a file that can be written.
    PrivateIndex,
}

/// The VFS that SQLite takes by itself.
const VFS: &str = if cfg!(windows) { "win32" } else { "unix" };
/// The VFS that takes no locks: <https://sqlite.org/vfs.html#standard_unix_vfses>.
const VFS_WITHOUT_LOCKS: &str = if cfg!(windows) { "win32-none" } else { "unix-none" };
/// A WAL's index is made in pieces of this size: <https://sqlite.org/walformat.html#the_wal_index_file_format>.
const INDEX_BYTES_MIN: u64 = 32 * 1024;

/// Opens the database at `path` to read it, and says how that can be done where it is.
///
/// The ordinary way is tried first, and is the only one where the folder can be written or another process has the file
/// open. Otherwise nothing locks the file, and whoever goes on with what was read compares a stamp of it afterwards.
/// Reads the first page, and waits for `busy` at most where another process holds the file.
///
/// # Errors
/// What SQLite says the ordinary way, where there is no other.
pub fn open_read_only(path: &Path, busy: Duration) -> rusqlite::Result<(Connection, Access)> {
    let refused = match open_as(path, Access::Shared, busy) {
        Ok(connection) => return Ok((connection, Access::Shared)),
        Err(error) => error,
    };
    match without_locks(path, &refused) {
        Some(access) => {
            open_as(path, access, busy).map(|connection| (connection, access)).map_err(|_| refused)
        }
        None => Err(refused),
    }
}

/// Attaches the database at `path` as `schema`; nothing can be written to it through this connection. As
/// [`open_read_only`], it does so wherever the file is.
///
/// The path goes to SQLite as a URI, which says so and takes any bytes: a path need not be UTF-8. The SQLite that we
/// bring along reads URIs on every connection: <https://sqlite.org/uri.html>.
///
/// # Errors
/// As for [`open_read_only`].
pub fn attach_read_only(connection: &Connection, path: &Path, schema: &str) -> rusqlite::Result<()> {
    let refused = match attach_as(connection, path, schema, Access::Shared) {
        Ok(()) => return Ok(()),
        Err(error) => error,
    };
    match without_locks(path, &refused) {
        Some(access) => attach_as(connection, path, schema, access).map_err(|_| refused),
        None => Err(refused),
    }
}

/// Returns how a file can be read that SQLite refused to open with its locks, because it can write nothing beside it.
fn without_locks(path: &Path, refused: &rusqlite::Error) -> Option<Access> {
    let is_about_writing = lacks_room(refused)
        || matches!(refused.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly));
    // Whoever has it open keeps an index beside it, and then the ordinary way is the only sound one. A journal has
    // to be played back by somebody who can write.
    if !is_about_writing || has_index(path) || bytes(path, "-journal").unwrap_or(0) > 0 {
        return None;
    }
    match bytes(path, "-wal") {
        None | Some(0) => Some(Access::Immutable),
        Some(_) => Some(Access::PrivateIndex),
    }
}

/// Returns whether there is no room on the disk for what SQLite was to write: on a full disk it cannot even make the index of a
/// WAL that it only reads (`SQLITE_IOERR_SHMSIZE`, <https://sqlite.org/rescode.html#ioerr_shmsize>).
pub(crate) fn lacks_room(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    code == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE)
        || error.sqlite_error_code() == Some(ErrorCode::DiskFull)
}

fn open_as(path: &Path, access: Access, busy: Duration) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match access {
        // No SQLITE_OPEN_URI: a path with `?` or `%` is a path.
        Access::Shared => Connection::open_with_flags(path, flags)?,
        other => Connection::open_with_flags(uri(path, other), flags | OpenFlags::SQLITE_OPEN_URI)?,
    };
    connection.busy_timeout(busy)?;
    if access == Access::PrivateIndex {
        connection.pragma_update(Some("main"), "locking_mode", "exclusive")?;
    }
    // SQLite opens a file as it reads it.
    connection.pragma_query_value(None, "schema_version", |_| Ok(()))?;
    Ok(connection)
}

fn attach_as(connection: &Connection, path: &Path, schema: &str, access: Access) -> rusqlite::Result<()> {
    // It holds for what is attached from now on; a database that has a WAL's index in memory keeps it.
    let lock_alone = |mode: &str| connection.pragma_update(None, "locking_mode", mode);
    if access == Access::PrivateIndex {
        lock_alone("exclusive")?;
    }
    let attached =
        connection.execute(include_str!("../../sql/attach.sql"), [uri(path, access).as_str(), schema]);
    if access == Access::PrivateIndex {
        lock_alone("normal")?;
    }
    attached?;
    let read = connection.pragma_query_value(Some(schema), "schema_version", |_| Ok(()));
    if read.is_err() {
        connection.execute(include_str!("../../sql/detach.sql"), [schema])?;
    }
    read
}

/// Returns whether somebody has the database open, as far as the index of its WAL tells. One that is not whole is one for which
/// there was no room.
fn has_index(path: &Path) -> bool {
    bytes(path, "-shm").unwrap_or(0) >= INDEX_BYTES_MIN
}

/// Returns the size of what SQLite keeps beside a database under this ending; `None` where there is nothing.
fn bytes(path: &Path, ending: &str) -> Option<u64> {
    std::fs::metadata(beside(path, ending)).ok().map(|about| about.len())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
