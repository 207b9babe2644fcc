//! The commits of a log, from its end.

use retold_core::{EventType, Meta, Position, Reader};
use rusqlite::OptionalExtension;

use super::OperationName;
use crate::Error;
use crate::error::sqlite;

/// A commit, without its events.
#[derive(Debug)]
pub(super) struct CommitRow {
    pub(super) first: Position,
    pub(super) last: Position,
    /// In microseconds since 1970.
    pub(super) recorded_at: i64,
    /// The type of its first event, where this release knows it.
    pub(super) kind: Option<EventType>,
    pub(super) meta: Option<Meta>,
}

impl CommitRow {
    /// Returns which operation it belongs to.
    pub(super) fn operation(&self) -> OperationName {
        let operation = self.meta.as_ref().and_then(|meta| meta.operation.as_ref());
        operation.map_or(OperationName::Commit(self.first), |operation| OperationName::Id(operation.id))
    }

    /// Returns the commit that an event at a position is of; `None` where the log has none there.
    pub(super) fn of(reader: &Reader<'_>, position: Position) -> Result<Option<Self>, Error> {
        let act = sqlite("read the operations");
        let mut statement = reader
            .connection()
            .prepare_cached(include_str!("../../sql/operations/commit_of_position.sql"))
            .map_err(&act)?;
        let found = statement.query_row([position], |row| {
            let meta: Option<Vec<u8>> = row.get(3)?;
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, meta))
        });
        let Some((first, recorded_at, kind, meta)) = found.optional().map_err(&act)? else { return Ok(None) };
        let meta = meta.map(|bytes| Meta::of_bytes(&bytes, first)).transpose()?;
        let kind = EventType::from_number(kind);
        Ok(Some(Self { first, last: position, recorded_at, kind, meta }))
    }
}

/// Commits, the last first: two rows are read of each, however many events it has.
#[derive(Debug)]
pub(super) struct Commits {
    next: u64,
}

impl Commits {
    /// Begins with the one that ends before a position.
    pub(super) fn before(position: Position) -> Self {
        Self { next: position.get().saturating_sub(1) }
    }

    /// Returns the next one.
    pub(super) fn next(&mut self, reader: &Reader<'_>) -> Result<Option<CommitRow>, Error> {
        let position = Position::ZERO.plus(self.next);
        let found = CommitRow::of(reader, position)?;
        if let Some(commit) = &found {
            self.next = commit.first.get().saturating_sub(1);
        }
        Ok(found)
    }
}
