//! Marks: moments that somebody gave a name.

use std::fmt;
use std::str::FromStr;

use retold_core::{EventHash, Head, Log, Position, Reader};
use rusqlite::{OptionalExtension, Row, params};

use crate::Error;
use crate::error::sqlite;

/// The longest name, in bytes.
const NAME_BYTES_MAX: usize = 100;

/// A mark's name: letters, digits, `_`, `.` and `-`, beginning with a letter, and not ending in what reads as an offset.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MarkName(String);

/// A text that cannot be a mark's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("mark {name:?}: {reason}")]
pub struct NotAMarkName {
    /// The text.
    pub name: String,
    /// Why not.
    pub reason: &'static str,
}

/// A moment with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The name.
    pub name: String,
    /// The moment.
    pub head: Head,
    /// When it was made, in microseconds since 1970.
    pub created_at: i64,
}

impl MarkName {
    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MarkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for MarkName {
    type Err = NotAMarkName;

    fn from_str(text: &str) -> Result<Self, NotAMarkName> {
        let refused = |reason| Err(NotAMarkName { name: text.to_owned(), reason });
        if !text.starts_with(char::is_alphabetic) {
            return refused("a name begins with a letter");
        }
        if text.len() > NAME_BYTES_MAX {
            return refused("a name has at most 100 bytes");
        }
        if !text.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '.' | '-')) {
            return refused("a name holds letters, digits, _, . and -");
        }
        if text.contains("..") {
            return refused("two dots make a range");
        }
        if crate::point::ends_in_offset(text) {
            return refused("its end reads as an offset, so that mark:NAME would mean another moment");
        }
        Ok(Self(text.to_owned()))
    }
}

/// Gives a moment a name, for good: a mark says of which history it is. With `replace` one that has the name moves.
///
/// # Errors
/// [`Error::MarkExists`]; otherwise where the store cannot be written.
pub fn mark(log: &Log, name: &MarkName, head: Head, created_at: i64, replace: bool) -> Result<(), Error> {
    let act = sqlite("write a mark");
    let mut connection = log.open_writer()?;
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(&act)?;
    let find = include_str!("../sql/mark.sql");
    let there = transaction.query_row(find, [name.as_str()], read).optional().map_err(&act)?;
    if let Some(mark) = there.filter(|_| !replace) {
        return Err(Error::MarkExists { name: mark.name, position: mark.head.position });
    }
    let row = params![name.as_str(), head.position, head.hash, created_at];
    transaction.execute(include_str!("../sql/write_mark.sql"), row).map_err(&act)?;
    transaction.commit().map_err(&act)
}

/// Takes a mark away. The moment stays.
///
/// # Errors
/// [`Error::NoMark`]; otherwise where the store cannot be written.
pub fn unmark(log: &Log, name: &str) -> Result<(), Error> {
    let sql = include_str!("../sql/delete_mark.sql");
    match log.open_writer()?.execute(sql, [name]).map_err(sqlite("write a mark"))? {
        0 => Err(Error::NoMark { name: name.to_owned() }),
        _ => Ok(()),
    }
}

/// Returns the marks, in the order of their positions.
///
/// # Errors
/// Where the store cannot be read.
pub fn marks(reader: &Reader<'_>) -> Result<Vec<Mark>, Error> {
    let act = sqlite("read the marks");
    let mut statement = reader.connection().prepare_cached(include_str!("../sql/marks.sql")).map_err(&act)?;
    let rows = statement.query_map([], read);
    rows.and_then(Iterator::collect).map_err(&act)
}

/// Returns the mark of this name.
pub(crate) fn find(reader: &Reader<'_>, name: &MarkName) -> Result<Option<Mark>, Error> {
    reader
        .connection()
        .prepare_cached(include_str!("../sql/mark.sql"))
        .and_then(|mut statement| statement.query_row([name.as_str()], read).optional())
        .map_err(sqlite("read a mark"))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Mark> {
    let head = Head { position: row.get::<_, Position>(1)?, hash: row.get::<_, EventHash>(2)? };
    Ok(Mark { name: row.get(0)?, head, created_at: row.get(3)? })
}
