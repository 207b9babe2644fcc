//! Rows of the store, made events again.

use std::sync::Arc;

use rusqlite::{Connection, Row, params};

use super::commit::Meta;
use super::dictionary::unpack_body;
use super::page::{Limit, Page, Recorded};
use crate::event::{RecordsKept, Upcasters};
use crate::pack::Unpacker;
use crate::{
    Erasure, Error, Event, EventType, Kept, Position, Revision, SessionState, StreamId, Text, messagepack,
};

const READ: &str = "read the log";

/// How deep a meta may nest. Known ones go down to three.
const META_DEPTH_MAX: u16 = 1024;

/// What it takes to read events through a connection: unpacking, and upcasting to the schema of today.
///
/// For code that is handed a connection, such as a read model inside an append's transaction; everybody else reads
/// through a [`Reader`](super::Reader).
#[derive(Default)]
pub struct Decoder {
    pub(super) unpacker: Unpacker,
    buffer: Vec<u8>,
    /// Where blobs are unpacked.
    pub(super) blob_buffer: Vec<u8>,
    upcasters: Upcasters,
    /// Whether the bytes of files that were kept are left empty.
    leaves_out_kept: bool,
}

impl Decoder {
    /// Returns what unpacks, with the dictionaries that it has learned so far.
    pub fn unpacker(&mut self) -> &mut Unpacker {
        &mut self.unpacker
    }

    /// Returns the events after `position`, in order.
    ///
    /// # Errors
    /// Those of [`Reader::events_after`](super::Reader::events_after).
    pub fn events_after(
        &mut self,
        connection: &Connection,
        position: Position,
        limit: Limit,
    ) -> Result<Page, Error> {
        let rows = limit.rows.saturating_add(1);
        self.page(connection, include_str!("../../sql/events_after.sql"), params![position, rows], limit)
    }

    /// The same, with the bytes of files that were kept left out: they are most of what a log of transcripts holds.
    ///
    /// # Errors
    /// As [`events_after`](Self::events_after).
    pub(super) fn events_after_but_kept(
        &mut self,
        connection: &Connection,
        position: Position,
        limit: Limit,
    ) -> Result<Page, Error> {
        self.leaves_out_kept = true;
        let page = self.events_after(connection, position, limit);
        self.leaves_out_kept = false;
        page
    }

    /// Returns the event at a position; `None` where the log has none there.
    ///
    /// # Errors
    /// Those of [`Reader::events_after`](super::Reader::events_after).
    pub fn event_at(
        &mut self,
        connection: &Connection,
        position: Position,
    ) -> Result<Option<Recorded>, Error> {
        let Some(before) = position.get().checked_sub(1).and_then(Position::new) else { return Ok(None) };
        let page = self.events_after(connection, before, Limit { rows: 1, bytes: 0 })?;
        Ok(page.events.into_iter().next().filter(|event| event.position == position))
    }

    /// Returns the long text that the event at a position brought, in one piece: empty where its body is gone; `None` where
    /// there is no such event, or where it brings none.
    ///
    /// # Errors
    /// Those of [`event_at`](Self::event_at) and [`resolve`](Self::resolve).
    pub fn text_at(&mut self, connection: &Connection, position: Position) -> Result<Option<String>, Error> {
        let Some(recorded) = self.event_at(connection, position)? else { return Ok(None) };
        let Some(mut event) = recorded.event else { return Ok(Some(String::new())) };
        let Some(text) = event.long_text_mut() else { return Ok(None) };
        self.resolve(connection, text)?;
        match text {
            Text::Inline(text) => Ok(Some(std::mem::take(Arc::make_mut(text)))),
            Text::Blob(_) | Text::Joined(_) => unreachable!("a text that was loaded is in one piece"),
        }
    }

    /// Returns the events of a stream after `revision`, up to position `at`, in order.
    ///
    /// # Errors
    /// Those of [`Reader::events_after`](super::Reader::events_after).
    pub fn stream_events_after(
        &mut self,
        connection: &Connection,
        stream: StreamId,
        revision: Revision,
        at: Position,
        limit: Limit,
    ) -> Result<Page, Error> {
        let rows = limit.rows.saturating_add(1);
        self.page(
            connection,
            include_str!("../../sql/stream_events.sql"),
            params![stream, revision, at, rows],
            limit,
        )
    }

    /// Returns the events of a stream that are of certain types.
    ///
    /// # Errors
    /// Those of [`Reader::events_after`](super::Reader::events_after).
    pub fn stream_events_of_types(
        &mut self,
        connection: &Connection,
        types: &[EventType],
        stream: StreamId,
        revision: Revision,
        at: Position,
        limit: Limit,
    ) -> Result<Page, Error> {
        // Types are few: https://sqlite.org/lang_expr.html shifts by up to 63.
        let bits = types.iter().fold(0_i64, |bits, kind| bits | 1_i64.wrapping_shl(kind.number().into()));
        let rows = limit.rows.saturating_add(1);
        let sql = include_str!("../../sql/stream_events_of_types.sql");
        self.page(connection, sql, params![stream, revision, at, rows, bits], limit)
    }

    /// Returns the [`FolderSeen`](crate::event::FolderSeen) events after `position`, in order. O(those events): they have an index.
    ///
    /// # Errors
    /// Those of [`Reader::events_after`](super::Reader::events_after).
    pub fn folders_seen_after(
        &mut self,
        connection: &Connection,
        position: Position,
        limit: Limit,
    ) -> Result<Page, Error> {
        let rows = limit.rows.saturating_add(1);
        self.page(connection, include_str!("../../sql/folders_seen.sql"), params![position, rows], limit)
    }

    /// Returns a session as it was at position `at`.
    ///
    /// # Errors
    /// Those of [`Reader::state`](super::Reader::state).
    pub fn state(
        &mut self,
        connection: &Connection,
        stream: StreamId,
        at: Position,
    ) -> Result<Option<SessionState>, Error> {
        let mut state = None;
        let act = Error::sqlite(READ);
        let mut statement =
            connection.prepare_cached(include_str!("../../sql/stream_bodies.sql")).map_err(&act)?;
        let mut rows = statement.query(params![stream, at]).map_err(&act)?;
        let mut last = Revision::ZERO;
        while let Some(row) = rows.next().map_err(&act)? {
            let position: Position = row.get(0).map_err(&act)?;
            let revision: Revision = row.get(5).map_err(&act)?;
            if revision != last.plus(1) {
                // What comes after a hole would happen to something else than it did.
                let found = format!("position {position}: revision {revision} follows revision {last}");
                return Err(Error::Damaged { act: READ, found });
            }
            last = revision;
            let kind = kind_of(row, 1, position)?;
            let body =
                Body { position, kind, version: row.get(2).map_err(&act)?, codec: row.get(3).map_err(&act)? };
            let bytes = row.get_ref(4).map_err(&act)?.as_blob_or_null().map_err(|error| act(error.into()))?;
            match self.event(connection, body, bytes)? {
                None => SessionState::apply_erased(&mut state, kind, erasure(connection, position)?),
                Some(event) => SessionState::apply_owned(&mut state, event).map_err(|misfit| {
                    Error::Damaged { act: READ, found: format!("position {position}: {misfit}") }
                })?,
            }
        }
        Ok(state)
    }

    /// Reads a body as its row in `event` has it, upcast to the schema of today; `None` where it is gone. Long
    /// texts are not loaded: see [`resolve`](Self::resolve). The connection is asked for at most one dictionary.
    ///
    /// # Errors
    /// [`Error::Body`] for one that cannot be read; [`Error::Damaged`] where it cannot be unpacked, or its type is
    /// not known.
    pub fn body(
        &mut self,
        connection: &Connection,
        position: Position,
        kind: i64,
        version: u16,
        codec: u32,
        bytes: Option<&[u8]>,
    ) -> Result<Option<Event>, Error> {
        let kind = known_kind(kind, position)?;
        self.event(connection, Body { position, kind, version, codec }, bytes)
    }

    pub(super) fn page(
        &mut self,
        connection: &Connection,
        sql: &str,
        params: impl rusqlite::Params,
        limit: Limit,
    ) -> Result<Page, Error> {
        let act = Error::sqlite(READ);
        let mut statement = connection.prepare_cached(sql).map_err(&act)?;
        let mut rows = statement.query(params).map_err(&act)?;
        let mut page = Page::default();
        let mut bytes_so_far = 0;
        while let Some(row) = rows.next().map_err(&act)? {
            if page.events.len() >= limit.rows as usize
                || (bytes_so_far >= limit.bytes && !page.events.is_empty())
            {
                page.more = true;
                break;
            }
            let position: Position = row.get(0).map_err(&act)?;
            let kind = kind_of(row, 3, position)?;
            let schema_version = row.get(4).map_err(&act)?;
            let body = Body { position, kind, version: schema_version, codec: row.get(10).map_err(&act)? };
            let bytes =
                row.get_ref(11).map_err(&act)?.as_blob_or_null().map_err(|error| act(error.into()))?;
            let event = match bytes {
                Some(_) if self.leaves_out_kept && kind == EventType::RecordsKept => {
                    self.buffer.clear();
                    Some(RecordsKept { source: 0, bytes: Kept::default(), masks: Vec::new() }.into())
                }
                bytes => self.event(connection, body, bytes)?,
            };
            let erasure = event.is_none().then(|| erasure(connection, position)).transpose()?;
            bytes_so_far += self.buffer.len().max(bytes.map_or(0, <[u8]>::len));
            page.events.push(Recorded {
                position,
                stream: row.get(1).map_err(&act)?,
                revision: row.get(2).map_err(&act)?,
                kind,
                schema_version,
                commit_first: row.get(5).map_err(&act)?,
                recorded_at: row.get(6).map_err(&act)?,
                occurred_at: row.get(7).map_err(&act)?,
                hash: row.get(8).map_err(&act)?,
                meta: read_meta(row, 9, position)?,
                stored_bytes: bytes.map_or(0, <[u8]>::len) as u64,
                event,
                erasure,
            });
        }
        Ok(page)
    }

    /// Reads one body; `None` where it is gone.
    pub(super) fn event(
        &mut self,
        connection: &Connection,
        body: Body,
        bytes: Option<&[u8]>,
    ) -> Result<Option<Event>, Error> {
        let Some(bytes) = bytes else { return Ok(None) };
        let stored = (body.position, body.codec);
        let plain = unpack_body(connection, &mut self.unpacker, stored, bytes, &mut self.buffer)?;
        let event = self
            .upcasters
            .read(body.kind, body.version, plain)
            .map_err(|source| Error::Body { position: body.position, source })?;
        Ok(Some(event))
    }
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").finish_non_exhaustive()
    }
}

#[derive(Clone, Copy)]
pub(super) struct Body {
    pub(super) position: Position,
    pub(super) kind: EventType,
    pub(super) version: u16,
    pub(super) codec: u32,
}

/// Says why a body is gone. Only an event without one need ask.
///
/// # Errors
/// Where the store cannot be read.
pub fn erasure(connection: &Connection, position: Position) -> Result<Erasure, Error> {
    let is_in = |sql| {
        let found = connection.prepare_cached(sql).and_then(|mut statement| statement.exists([position]));
        found.map_err(Error::sqlite(READ))
    };
    if is_in(include_str!("../../sql/commit_of_pruned.sql"))? {
        return Ok(Erasure::Pruned);
    }
    let is_withheld = is_in(include_str!("../../sql/commit_of_withheld.sql"))?;
    Ok(if is_withheld { Erasure::Withheld } else { Erasure::Redacted })
}

fn kind_of(row: &Row<'_>, column: usize, position: Position) -> Result<EventType, Error> {
    known_kind(row.get(column).map_err(Error::sqlite(READ))?, position)
}

pub(super) fn known_kind(number: i64, position: Position) -> Result<EventType, Error> {
    EventType::from_number(number).ok_or_else(|| Error::Damaged {
        act: READ,
        found: format!("position {position} has event type {number}, which this release does not know"),
    })
}

fn read_meta(row: &Row<'_>, column: usize, position: Position) -> Result<Option<Meta>, Error> {
    let act = Error::sqlite(READ);
    let bytes = row.get_ref(column).map_err(&act)?.as_blob_or_null().map_err(|error| act(error.into()))?;
    bytes.map(|bytes| Meta::of_bytes(bytes, position)).transpose()
}

impl Meta {
    /// Reads a meta as the row of `event` at `position` has it.
    ///
    /// # Errors
    /// [`Error::Damaged`] where the bytes are none.
    pub fn of_bytes(bytes: &[u8], position: Position) -> Result<Self, Error> {
        messagepack::from_slice(bytes, META_DEPTH_MAX).map_err(|error| Error::Damaged {
            act: READ,
            found: format!("the meta at position {position}: {error}"),
        })
    }
}
