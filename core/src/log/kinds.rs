//! What kinds of events a stream has, without their bodies.

use rusqlite::params;

use super::decode::known_kind;
use super::read::Reader;
use crate::{Error, EventType, Position, Revision, StreamId};

/// An event, as far as it is known without its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventKind {
    /// Its place in the log.
    pub position: Position,
    /// Its place in the stream.
    pub revision: Revision,
    /// Its type.
    pub kind: EventType,
    /// Whether its body is erased.
    pub is_erased: bool,
}

impl Reader<'_> {
    /// Returns the kinds of the events of a stream after `revision`, up to position `at`, in order, `rows` of them at most.
    /// Some 0.1 us an event: nothing is unpacked.
    ///
    /// # Errors
    /// Where the store cannot be read, or has an event of a type that this release does not know.
    pub fn stream_kinds_after(
        &self,
        stream: StreamId,
        revision: Revision,
        at: Position,
        rows: u32,
    ) -> Result<Vec<EventKind>, Error> {
        let act = Error::sqlite("read the log");
        let mut statement =
            self.connection().prepare_cached(include_str!("../../sql/stream_kinds.sql")).map_err(&act)?;
        let mut rows = statement.query(params![stream, revision, at, rows]).map_err(&act)?;
        let mut kinds = Vec::new();
        while let Some(row) = rows.next().map_err(&act)? {
            let position = row.get(0).map_err(&act)?;
            kinds.push(EventKind {
                position,
                revision: row.get(1).map_err(&act)?,
                kind: known_kind(row.get(2).map_err(&act)?, position)?,
                is_erased: row.get(3).map_err(&act)?,
            });
        }
        Ok(kinds)
    }
}
