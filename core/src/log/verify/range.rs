//! A range of positions, read against its hashes. Each event is checked by what stands before it, so ranges can be
//! read side by side.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Context, Fault, Faults, VERIFY, note};
use crate::event::Upcasters;
use crate::hash::{Header, body_commit, meta_digest};
use crate::log::decode::learn;
use crate::log::prepare::BODY_BYTES_MAX;
use crate::log::read::{PooledReader, Reader};
use crate::pack::Unpacker;
use crate::{Error, Event, EventHash, EventType, Position, Text};

/// How often the progress is told, in events.
const STEP: u64 = 4096;

pub(super) struct Range<'a> {
    context: &'a Context,
    connection: &'a Connection,
    unpacker: &'a mut Unpacker,
    range: RangeInclusive<u64>,
    faults: Faults,
    previous: Previous,
    /// The last revision and hash of each stream met.
    streams: HashMap<i64, (u64, EventHash)>,
    buffer: Vec<u8>,
}

struct Previous {
    position: u64,
    hash: EventHash,
    recorded_at: i64,
}

impl<'a> Range<'a> {
    pub(super) fn new(
        context: &'a Context,
        reader: &'a mut Reader<'_>,
        range: RangeInclusive<u64>,
    ) -> Result<Self, Error> {
        let PooledReader { connection, decoder } = reader.pooled_mut();
        let unpacker = &mut decoder.unpacker;
        let position = range.start() - 1;
        let hash = connection
            .query_row(include_str!("../../../sql/hash_of_position.sql"), [Position(position)], |row| {
                row.get(0)
            })
            .optional()
            .map_err(Error::sqlite(VERIFY))?
            .unwrap_or(EventHash::ZERO);
        Ok(Self {
            context,
            connection,
            unpacker,
            range,
            faults: Faults::new(),
            previous: Previous { position, hash, recorded_at: i64::MIN },
            streams: HashMap::new(),
            buffer: Vec::new(),
        })
    }

    pub(super) fn check(mut self, advance: &dyn Fn(u64)) -> Result<Faults, Error> {
        let act = Error::sqlite(VERIFY);
        let mut statement =
            self.connection.prepare_cached(include_str!("../../../sql/verify_range.sql")).map_err(&act)?;
        let bounds = (Position(*self.range.start()), Position(*self.range.end()));
        let mut rows = statement.query(params![bounds.0, bounds.1]).map_err(&act)?;
        let mut untold = 0;
        while let Some(row) = rows.next().map_err(&act)? {
            self.event(row)?;
            untold += 1;
            if untold == STEP {
                advance(std::mem::take(&mut untold));
            }
        }
        advance(untold);
        if self.previous.position < *self.range.end() {
            note(&mut self.faults, Fault::PositionGap, Position(*self.range.end() + 1));
        }
        Ok(self.faults)
    }

    fn event(&mut self, row: &Row<'_>) -> Result<(), Error> {
        let act = Error::sqlite(VERIFY);
        let position: Position = row.get(0).map_err(&act)?;
        let stream: i64 = row.get(1).map_err(&act)?;
        let (number, schema_version): (u16, u16) = (row.get(3).map_err(&act)?, row.get(4).map_err(&act)?);
        let commit_first: Position = row.get(5).map_err(&act)?;
        let recorded_at: i64 = row.get(6).map_err(&act)?;
        let stored: EventHash = row.get(8).map_err(&act)?;
        let meta = row.get_ref(9).map_err(&act)?.as_blob_or_null().map_err(|error| act(error.into()))?;
        let revision = row.get::<_, Position>(2).map_err(&act)?.get();

        if position.get() != self.previous.position + 1 {
            note(&mut self.faults, Fault::PositionGap, position);
        }
        let commit_is_placed = commit_first <= position && (meta.is_none() || commit_first == position);
        if !commit_is_placed || recorded_at < self.previous.recorded_at {
            note(&mut self.faults, Fault::Commit, position);
        }
        let previous_in_stream = self.previous_in_stream(stream, revision, position)?;
        let kind = EventType::from_number(number.into());
        let commit =
            match row.get_ref(12).map_err(&act)?.as_blob_or_null().map_err(|error| act(error.into()))? {
                Some(body) => {
                    let salt: [u8; 16] = row.get(11).map_err(&act)?;
                    self.body(position, kind, row.get(10).map_err(&act)?, &salt, body)
                }
                None => self.redaction(position)?,
            };
        let key = self.context.stream_keys.get(&stream);
        if key.is_none() || kind.is_none() {
            note(&mut self.faults, Fault::Unknown, position);
        }
        let sound = key.zip(commit).is_some_and(|(stream_key, body_commit)| {
            let header = Header {
                log: self.context.log,
                position: position.get(),
                stream_key,
                revision,
                kind: number,
                schema_version,
                commit_first: commit_first.get(),
                recorded_at,
                occurred_at: row.get(7).unwrap_or(0),
                meta_digest: &meta_digest(meta),
                body_commit: &body_commit,
                previous: self.previous.hash,
                previous_in_stream,
            };
            header.hash() == stored
        });
        if !sound {
            note(&mut self.faults, Fault::Hash, position);
        }
        self.previous = Previous { position: position.get(), hash: stored, recorded_at };
        self.streams.insert(stream, (revision, stored));
        Ok(())
    }

    fn previous_in_stream(
        &mut self,
        stream: i64,
        revision: u64,
        position: Position,
    ) -> Result<EventHash, Error> {
        let before = match self.streams.get(&stream) {
            Some(before) => Some(*before),
            None if revision <= 1 => Some((0, EventHash::ZERO)),
            None => self
                .connection
                .prepare_cached(include_str!("../../../sql/hash_of_revision.sql"))
                .and_then(|mut statement| {
                    let read = |row: &Row<'_>| Ok((row.get::<_, Position>(0)?, row.get(1)?));
                    statement.query_row((stream, revision.cast_signed() - 1), read).optional()
                })
                .map_err(Error::sqlite(VERIFY))?
                .filter(|(before, _)| *before < position)
                .map(|(_, hash)| (revision - 1, hash)),
        };
        match before {
            Some((before, hash)) if before + 1 == revision => Ok(hash),
            _ => {
                note(&mut self.faults, Fault::RevisionGap, position);
                Ok(before.map_or(EventHash::ZERO, |(_, hash)| hash))
            }
        }
    }

    /// Returns what the body commits to; `None` where it cannot be unpacked.
    fn body(
        &mut self,
        position: Position,
        kind: Option<EventType>,
        codec: u32,
        salt: &[u8; 16],
        packed: &[u8],
    ) -> Option<[u8; 32]> {
        let unpacked = learn(self.connection, self.unpacker, codec)
            .ok()
            .and_then(|()| self.unpacker.unpack(codec, packed, BODY_BYTES_MAX, &mut self.buffer).ok());
        let Some(body) = unpacked else {
            note(&mut self.faults, Fault::Body, position);
            return None;
        };
        // A reference to a blob is MessagePack `bin 8` of 40 bytes; nothing else need be decoded.
        let may_refer = body.windows(2).any(|pair| pair == [0xc4, 40]);
        if may_refer && !blob_is_there(self.connection, kind, body) {
            note(&mut self.faults, Fault::MissingBlob, position);
        }
        Some(body_commit(salt, body))
    }

    /// Returns the commitment of a redacted body, where a `BodyRedacted` event answers for it.
    fn redaction(&mut self, position: Position) -> Result<Option<[u8; 32]>, Error> {
        let Some((commit, by)) = self.context.redactions.get(&position.get()) else {
            note(&mut self.faults, Fault::MissingBody, position);
            return Ok(None);
        };
        let kind: Option<i64> = self
            .connection
            .query_row("select type from event where position = ?1", [Position(*by)], |row| row.get(0))
            .optional()
            .map_err(Error::sqlite(VERIFY))?;
        if kind.and_then(EventType::from_number) != Some(EventType::BodyRedacted) {
            note(&mut self.faults, Fault::Redaction, position);
        }
        Ok(Some(*commit))
    }
}

fn blob_is_there(connection: &Connection, kind: Option<EventType>, body: &[u8]) -> bool {
    let Some(kind) = kind else { return true };
    let event = Upcasters::default().read(kind, kind.schema_version(), body);
    let Ok(mut event) = event else { return true };
    match Event::long_text_mut(&mut event) {
        Some(Text::Blob(blob)) => connection
            .prepare_cached("select 1 from blob where hash = ?1")
            .and_then(|mut statement| statement.exists([blob.hash]))
            .unwrap_or(false),
        _ => true,
    }
}
