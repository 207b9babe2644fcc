//! What a question may do: read.

use rusqlite::Connection;
use rusqlite::limits::Limit;

/// Bytes of one value that a query makes or reads: the longest text that the log takes
/// (<https://sqlite.org/limits.html>).
const VALUE_BYTES_MAX: i32 = 512 * 1024 * 1024;
/// Bytes that SQLite may take in this process (<https://sqlite.org/pragma.html#pragma_hard_heap_limit>).
const HEAP_BYTES_MAX: i64 = 1536 * 1024 * 1024;

/// Lets a connection read and nothing else: [`retold_projections::allow_reading`].
///
/// One value has at most [`VALUE_BYTES_MAX`] bytes, and SQLite at most [`HEAP_BYTES_MAX`] of memory: what a query sorts,
/// groups or repeats beyond its cache goes to temporary files.
pub(in crate::command) fn keep(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX)?;
    connection.pragma_update(None, "hard_heap_limit", HEAP_BYTES_MAX)?;
    retold_projections::allow_reading(connection)
}
