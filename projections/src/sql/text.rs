//! The text that an event brought, as a function of SQL.

use parking_lot::Mutex;
use retold_core::{Decoder, Error, Position};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{Connection, ffi};

const NAME: &str = "retold_text";

/// Harmless on any argument: it reads the log and nothing else, so views may use it although the schema is not trusted
/// (<https://sqlite.org/c3ref/c_deterministic.html>). An event never changes; only its body may leave.
pub(super) const FLAGS: FunctionFlags = FunctionFlags::SQLITE_DETERMINISTIC
    .union(FunctionFlags::SQLITE_INNOCUOUS)
    .union(FunctionFlags::SQLITE_UTF8);

/// Adds `retold_text(position)`, which reads through `reader`: a function may not use the connection it is called on.
///
/// Null where there is no such event or where it brings no text; empty where its body was redacted.
pub(crate) fn add_function(connection: &Connection, reader: Connection) -> rusqlite::Result<()> {
    let texts = Mutex::new((reader, Decoder::default()));
    connection.create_scalar_function(NAME, 1, FLAGS, move |context: &Context<'_>| {
        let position: Option<i64> = context.get(0)?;
        let position = position.and_then(|position| Position::new(u64::try_from(position).ok()?));
        let Some(position) = position else { return Ok(None) };
        let (reader, decoder) = &mut *texts.lock();
        decoder.text_at(reader, position).map_err(refusal)
    })
}

/// Damage keeps its code, for whoever asked to tell it from a question that was wrong.
pub(super) fn refusal(error: Error) -> rusqlite::Error {
    match error {
        Error::Damaged { .. } | Error::Body { .. } => {
            rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CORRUPT), None)
        }
        error => rusqlite::Error::UserFunctionError(error.into()),
    }
}
