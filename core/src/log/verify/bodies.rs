//! What the log says of bodies that are gone or back, and of texts outside of them.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use rusqlite::Connection;

use super::stored::Stored;
use crate::event::Upcasters;
use crate::event::with_types;
use crate::log::erasure::{redacted_by, stream_and_type};
use crate::{Event, EventType, Position};

/// The positions of a range whose bodies are gone. As a rule there are none, and no event need ask.
pub(super) fn gone(
    connection: &Connection,
    sql: &str,
    range: &RangeInclusive<u64>,
) -> rusqlite::Result<HashSet<Position>> {
    let mut statement = connection.prepare_cached(sql)?;
    let bounds = (range.start().cast_signed(), range.end().cast_signed());
    statement.query_map(bounds, |row| row.get(0))?.collect()
}

/// Whether the body that this one says is gone has a redaction.
pub(super) fn is_carried_out(connection: &Connection, position: Position, body: &[u8]) -> bool {
    let kind = EventType::BodyRedacted;
    let Ok(Event::BodyRedacted(body)) = Upcasters::default().read(kind, kind.schema_version(), body) else {
        return false;
    };
    Position::new(body.position).filter(|redacted| *redacted < position).is_some_and(|redacted| {
        redacted_by(connection, redacted).is_ok_and(|by| by.is_some_and(|by| by <= position))
    })
}

/// Whether what was said before a pruning is gone from its session, unless some is back.
pub(super) fn is_pruned_out(connection: &Connection, stored: &Stored<'_>) -> bool {
    connection
        .prepare_cached(&with_types(include_str!("../../../sql/is_pruned_out.sql")))
        .and_then(|mut statement| statement.query_row((stored.stream, stored.revision), |row| row.get(0)))
        .unwrap_or(false)
}

/// Whether the pruning that this one says is undone is an earlier one of its session, and is undone.
pub(super) fn is_unpruned(
    connection: &Connection,
    position: Position,
    stored: &Stored<'_>,
    body: &[u8],
) -> bool {
    let kind = EventType::BodiesRestored;
    let Ok(Event::BodiesRestored(body)) = Upcasters::default().read(kind, kind.schema_version(), body) else {
        return false;
    };
    let Some(by) = Position::new(body.position).filter(|by| *by < position) else { return false };
    let pruning = (stored.stream, i64::from(EventType::BodiesPruned.number()));
    let is_there = stream_and_type(connection, by);
    let is_still_pruned = connection
        .prepare_cached(include_str!("../../../sql/pruned_of_stream.sql"))
        .and_then(|mut statement| statement.exists((stored.stream, by)));
    is_there.is_ok_and(|found| found.is_some_and(|(stream, kind)| (stream.get(), kind) == pruning))
        && is_still_pruned.is_ok_and(|still| !still)
}
