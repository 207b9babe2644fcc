//! Events page by page, in either direction. Positions and revisions are gap-free, so either is counted off.

use retold_core::{Limit, Position, Reader, Recorded, Revision, StreamId};
use retold_projections::Found;
use rusqlite::params;

use crate::failure::Failure;

/// Events that are held at once.
const PAGE: u64 = 1000;

/// The events of the log or of one session up to a position, page by page.
pub(super) struct Pages {
    stream: Option<StreamId>,
    at: Position,
    /// What is left to give: positions, or revisions of the stream, after the first and up to the second.
    left: (u64, u64),
    reverse: bool,
}

impl Pages {
    /// Begins with the last `number` events up to `at`, or all of them.
    pub(super) fn new(
        reader: &Reader<'_>,
        session: Option<&Found>,
        at: Position,
        number: Option<u64>,
        reverse: bool,
    ) -> Result<Self, Failure> {
        let stream = session.map(|session| session.stream);
        let last = match stream {
            None => at.get(),
            Some(stream) => revision_at(reader, stream, at)?,
        };
        let before = number.map_or(0, |number| last.saturating_sub(number));
        Ok(Self { stream, at, left: (before, last), reverse })
    }

    /// Returns the next events, in the order they are to be shown; `None` behind the last.
    pub(super) fn next(&mut self, reader: &mut Reader<'_>) -> Result<Option<Vec<Recorded>>, Failure> {
        let (before, last) = self.left;
        if before >= last {
            return Ok(None);
        }
        if self.reverse {
            let from = last.saturating_sub(PAGE).max(before);
            let mut events = self.between(reader, from, last)?;
            events.reverse();
            self.left = (before, from);
            return Ok(Some(events));
        }
        let to = before.saturating_add(PAGE).min(last);
        let events = self.between(reader, before, to)?;
        self.left = (to, last);
        Ok(Some(events))
    }

    fn between(&self, reader: &mut Reader<'_>, after: u64, to: u64) -> Result<Vec<Recorded>, Failure> {
        let (mut after, mut events) = (after, Vec::new());
        while after < to {
            let rows = u32::try_from(to - after).unwrap_or(u32::MAX);
            let limit = Limit { rows, ..Limit::default() };
            let page = match self.stream {
                None => reader.events_after(Position::ZERO.plus(after), limit)?,
                Some(stream) => {
                    reader.stream_events_after(stream, Revision::ZERO.plus(after), self.at, limit)?
                }
            };
            let number = |event: &Recorded| match self.stream {
                None => event.position.get(),
                Some(_) => event.revision.get(),
            };
            // In a damaged log a number may be missing: the next one may lie behind the end of this page.
            let Some(last) = page.events.last().map(number) else { break };
            events.extend(page.events.into_iter().filter(|event| number(event) <= to));
            after = last;
        }
        Ok(events)
    }
}

/// Returns the revision that a stream was at when the log was at `at`.
fn revision_at(reader: &Reader<'_>, stream: StreamId, at: Position) -> Result<u64, Failure> {
    let revision: Option<Revision> = reader
        .connection()
        .query_row(include_str!("../../../sql/revision_at.sql"), params![stream, at], |row| row.get(0))
        .map_err(retold_core::Error::sqlite("read the log"))?;
    Ok(revision.map_or(0, Revision::get))
}
