//! A store that holds a part of a log.

use rusqlite::{Connection, OptionalExtension};

use super::inline::Head;
use super::read::READ;
use crate::{Error, Position, Reader};

/// What a store says that holds a part of a log, which is written elsewhere: nothing is appended to it.
///
/// Each event that is there hangs on the event before it in the log, or on the hash at the end of the stretch that is absent before
/// it, and on the event before it in its session. So a session that is there is there from its beginning, without a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartOfLog {
    /// Where it was taken from, where that is said.
    pub source: Option<String>,
    /// When, in microseconds since 1970.
    pub taken_at: i64,
    /// The end of the whole log at that time.
    pub head: Head,
    /// How many events of the log are not in the store.
    pub absent: u64,
    /// How many events of those that are in the store have a body that was not given.
    pub withheld: u64,
}

impl PartOfLog {
    /// Reads what the store says; `None` where it holds a whole log. O(stretches that are absent).
    pub(crate) fn read(connection: &Connection) -> Result<Option<Self>, Error> {
        let count = |count: i64| count.max(0).cast_unsigned();
        let read = |row: &rusqlite::Row<'_>| {
            let head = Head { position: row.get::<_, Position>(2)?, hash: row.get(3)? };
            let (absent, withheld) = (count(row.get(4)?), count(row.get(5)?));
            Ok(Self { source: row.get(0)?, taken_at: row.get(1)?, head, absent, withheld })
        };
        connection
            .prepare_cached(include_str!("../../sql/part.sql"))
            .and_then(|mut statement| statement.query_row([], read).optional())
            .map_err(Error::sqlite(READ))
    }
}

impl Reader<'_> {
    /// Returns what a store says that holds a part of a log; `None` where it holds a whole one. O(stretches that are absent).
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn part(&self) -> Result<Option<PartOfLog>, Error> {
        PartOfLog::read(self.connection())
    }
}
