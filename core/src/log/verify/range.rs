//! A range of positions, read against its hashes. Each event is checked by what is before it, so ranges can be
//! read side by side.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;

use rusqlite::{Connection, OptionalExtension, Row};

use super::absent::{Absent, withheld};
use super::blobs;
use super::bodies::{gone, is_carried_out, is_pruned_out, is_unpruned};
use super::context::Context;
use super::found::{Advance, Fault, Faults, VERIFY, note};
use super::pending::{Commitment, Pending};
use super::readable::next_readable;
use super::stored::Stored;
use crate::hash::{Header, meta_digest};
use crate::log::decode::{Body, Decoder, erasure};
use crate::log::dictionary::learn;
use crate::log::erasure::{Pruning, pruning, text_of};
use crate::log::pool::PooledReader;
use crate::log::prepare::BODY_BYTES_MAX;
use crate::{Erasure, Error, Event, EventHash, EventType, Position, StreamId};

const READ: &str = include_str!("../../../sql/verify_range.sql");

/// How often the progress is told, in events.
const STEP: u64 = 4096;

pub(super) struct Range<'a> {
    context: &'a Context,
    connection: &'a Connection,
    decoder: &'a mut Decoder,
    range: RangeInclusive<u64>,
    redacted: HashSet<Position>,
    pruned: HashSet<Position>,
    absent: Absent,
    withheld: HashMap<Position, [u8; 32]>,
    faults: Faults,
    previous: Previous,
    /// The last revision and hash of each stream met.
    streams: HashMap<i64, (u64, EventHash)>,
    buffer: Vec<u8>,
    pending: Pending,
    /// Events read that the progress was not told of.
    untold: u64,
}

struct Previous {
    position: u64,
    hash: EventHash,
    recorded_at: i64,
}

impl<'a> Range<'a> {
    pub(super) fn new(
        context: &'a Context,
        reader: &'a mut PooledReader,
        range: RangeInclusive<u64>,
    ) -> Result<Self, Error> {
        let PooledReader { connection, decoder } = reader;
        let act = Error::sqlite(VERIFY);
        let absent = Absent::near(connection, &range).map_err(&act)?;
        // A stretch that is absent may begin before the range.
        let position = absent.from(range.start() - 1).min(*range.end());
        let hash = connection
            .query_row(include_str!("../../../sql/hash_of_position.sql"), [Position(position)], |row| {
                Ok(row.get(0).unwrap_or(EventHash::ZERO))
            })
            .optional()
            .map_err(&act)?
            .unwrap_or(EventHash::ZERO);
        let gone = |sql| gone(connection, sql, &range).map_err(&act);
        let redacted = gone(include_str!("../../../sql/redacted.sql"))?;
        let pruned = gone(include_str!("../../../sql/pruned.sql"))?;
        let withheld = withheld(connection, &range).map_err(&act)?;
        Ok(Self {
            context,
            connection,
            decoder,
            range,
            redacted,
            pruned,
            absent,
            withheld,
            faults: Faults::new(),
            previous: Previous { position, hash, recorded_at: i64::MIN },
            streams: HashMap::new(),
            buffer: Vec::new(),
            pending: Pending::default(),
            untold: 0,
        })
    }

    pub(super) fn check(mut self, advance: &Advance<'_>) -> Result<Faults, Error> {
        self.read(advance)?;
        self.compare();
        Ok(self.faults)
    }

    fn read(&mut self, advance: &Advance<'_>) -> Result<(), Error> {
        let start = self.range.start().cast_signed();
        // The first range takes in what somebody may have put before the beginning.
        let mut from = if start == 1 { i64::MIN } else { start };
        loop {
            match self.check_from(from, advance) {
                Ok(()) => break,
                Err(Error::Damaged { .. }) => {
                    note(&mut self.faults, Fault::Unreadable, Position(self.previous.position + 1));
                    let bad = (self.previous.position + 1).cast_signed();
                    let end = self.range.end().cast_signed();
                    let Some(next) = next_readable(self.connection, READ, bad, end)? else {
                        return advance(self.untold);
                    };
                    self.previous.position = next.cast_unsigned() - 1;
                    from = next;
                }
                Err(other) => return Err(other),
            }
        }
        advance(self.untold)?;
        if self.absent.from(self.previous.position) < *self.range.end() {
            note(&mut self.faults, Fault::PositionGap, Position(*self.range.end() + 1));
        }
        Ok(())
    }

    /// Compares the hashes of the events that wait for it.
    fn compare(&mut self) {
        let faults = &mut self.faults;
        self.pending.compare(|position| note(faults, Fault::Hash, position));
    }

    fn check_from(&mut self, from: i64, advance: &Advance<'_>) -> Result<(), Error> {
        let act = Error::sqlite(VERIFY);
        let mut statement = self.connection.prepare_cached(READ).map_err(&act)?;
        let mut rows = statement.query((from, self.range.end().cast_signed())).map_err(&act)?;
        while let Some(row) = rows.next().map_err(&act)? {
            self.event(row)?;
            self.untold += 1;
            if self.untold == STEP {
                advance(std::mem::take(&mut self.untold))?;
            }
        }
        Ok(())
    }

    fn event(&mut self, row: &Row<'_>) -> Result<(), Error> {
        let number: i64 = row.get(0).map_err(Error::sqlite(VERIFY))?;
        let position = Position(u64::try_from(number).unwrap_or(0));
        if position == Position::ZERO {
            // The log begins at 1: nothing that is before was ever hashed.
            note(&mut self.faults, Fault::Hash, position);
            return Ok(());
        }
        if position.get() != self.previous.position + 1 {
            match self.absent.between(self.previous.position, position.get()) {
                Some(hash) => self.previous.hash = hash,
                None => note(&mut self.faults, Fault::PositionGap, position),
            }
        }
        match Stored::read(row) {
            Ok(stored) => self.stored(position, &stored),
            // A column holds what no release writes, so the hash cannot be that of the row.
            Err(_) => {
                note(&mut self.faults, Fault::Hash, position);
                let hash = row.get(8).unwrap_or(EventHash::ZERO);
                self.previous = Previous { position: position.get(), hash, ..self.previous };
                Ok(())
            }
        }
    }

    fn stored(&mut self, position: Position, stored: &Stored<'_>) -> Result<(), Error> {
        let &Stored { stream, revision, commit_first, recorded_at, meta, .. } = stored;
        let commit_is_placed = commit_first <= position && (meta.is_none() || commit_first == position);
        if !commit_is_placed || recorded_at < self.previous.recorded_at {
            note(&mut self.faults, Fault::Commit, position);
        }
        let previous_in_stream = self.previous_in_stream(stream, (revision.get(), stored.hash), position)?;
        let kind = EventType::from_number(stored.kind.into());
        let redacted = self.redaction(position)?;
        let pruned = self.pruning(position, stored, kind)?;
        let gone = redacted.or(pruned).or_else(|| self.withheld.get(&position).copied());
        let commit = match (stored.body, stored.salt) {
            (Some(body), Some(salt)) => {
                for (fault, _) in [(Fault::Redaction, redacted), (Fault::Pruning, pruned)]
                    .into_iter()
                    .filter(|(_, gone)| gone.is_some())
                {
                    note(&mut self.faults, fault, position);
                }
                self.body(position, kind, stored, &salt, body)
            }
            (None, None) => {
                if gone.is_none() {
                    note(&mut self.faults, Fault::MissingBody, position);
                }
                if redacted.is_some() && pruned.is_some() {
                    note(&mut self.faults, Fault::Pruning, position);
                }
                gone.map(Commitment::Known)
            }
            // Neither there nor gone.
            (Some(_), None) | (None, Some(_)) => {
                note(&mut self.faults, Fault::Redaction, position);
                gone.map(Commitment::Known)
            }
        };
        let key = self.context.stream_keys.get(&stream);
        if key.is_none() || kind.is_none() {
            note(&mut self.faults, Fault::Unknown, position);
        }
        if let Some((stream_key, commitment)) = key.zip(commit) {
            let header = Header {
                log: self.context.lineage.at(position.get()),
                position: position.get(),
                stream_key,
                revision: revision.get(),
                kind: stored.kind,
                schema_version: stored.schema_version,
                commit_first: commit_first.get(),
                recorded_at,
                occurred_at: stored.occurred_at,
                meta_digest: &meta_digest(meta),
                body_commit: &[0; 32],
                previous: self.previous.hash,
                previous_in_stream,
            };
            self.pending.event(&header, commitment, stored.hash);
        } else {
            note(&mut self.faults, Fault::Hash, position);
        }
        if self.pending.is_full() {
            self.compare();
        }
        self.previous = Previous { position: position.get(), hash: stored.hash, recorded_at };
        Ok(())
    }

    /// Returns the hash of the event before this one in its stream, and keeps this one's for the next.
    fn previous_in_stream(
        &mut self,
        stream: i64,
        (revision, hash): (u64, EventHash),
        position: Position,
    ) -> Result<EventHash, Error> {
        let met = match self.streams.entry(stream) {
            Entry::Occupied(mut met) => Some(met.insert((revision, hash))),
            Entry::Vacant(new) => {
                new.insert((revision, hash));
                None
            }
        };
        let before = match met {
            Some(before) => Some(before),
            None if revision <= 1 => Some((0, EventHash::ZERO)),
            None => self
                .connection
                .prepare_cached(include_str!("../../../sql/hash_of_revision.sql"))
                .and_then(|mut statement| {
                    let read = |row: &Row<'_>| {
                        Ok((row.get::<_, Position>(0)?, row.get(1).unwrap_or(EventHash::ZERO)))
                    };
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

    /// Returns what the event commits to of its body; `None` where it cannot be unpacked.
    fn body(
        &mut self,
        position: Position,
        kind: Option<EventType>,
        stored: &Stored<'_>,
        salt: &[u8; 16],
        packed: &[u8],
    ) -> Option<Commitment> {
        let codec = stored.codec;
        let unpacker = &mut self.decoder.unpacker;
        let unpacked = learn(self.connection, unpacker, codec)
            .ok()
            .and_then(|()| unpacker.unpack(codec, packed, BODY_BYTES_MAX, &mut self.buffer).ok());
        let Some(body) = unpacked else {
            note(&mut self.faults, Fault::Body, position);
            return None;
        };
        // A reference to a blob is MessagePack `bin 8` of 40 bytes; nothing else need be decoded.
        let may_refer = memchr::memchr_iter(0xc4, body).any(|at| body.get(at + 1) == Some(&40));
        let commit = self.pending.body(salt, body);
        if kind == Some(EventType::BodyRedacted) && !is_carried_out(self.connection, position, body) {
            note(&mut self.faults, Fault::Redaction, position);
        }
        let of_archive = match kind {
            Some(EventType::BodiesPruned) => is_pruned_out(self.connection, stored),
            Some(EventType::BodiesRestored) => is_unpruned(self.connection, position, stored, body),
            _ => true,
        };
        if !of_archive {
            note(&mut self.faults, Fault::Pruning, position);
        }
        if let Some(hash) = kind.filter(|_| may_refer).and_then(|kind| text_of(kind, body)) {
            self.text(position, &hash);
        }
        Some(commit)
    }

    /// Whether the text that a body refers to is there; and where not all blobs are read anyway, what its hash says.
    fn text(&mut self, position: Position, hash: &[u8; 32]) {
        if !self.context.has_blob(self.connection, hash) {
            note(&mut self.faults, Fault::MissingBlob, position);
        } else if self.context.resolves
            && !blobs::is_sound_by_hash(self.connection, &mut self.decoder.unpacker, hash)
        {
            note(&mut self.faults, Fault::Blob, position);
        }
    }

    /// Returns what the body of `position` commits to by its redaction, where there is one.
    fn redaction(&mut self, position: Position) -> Result<Option<[u8; 32]>, Error> {
        if !self.redacted.contains(&position) {
            return Ok(None);
        }
        let act = Error::sqlite(VERIFY);
        let connection = self.connection;
        let mut statement =
            connection.prepare_cached(include_str!("../../../sql/redaction.sql")).map_err(&act)?;
        let mut rows = statement.query([position]).map_err(&act)?;
        let Some(row) = rows.next().map_err(&act)? else { return Ok(None) };
        if !self.is_borne_out(row, position).unwrap_or(false) {
            note(&mut self.faults, Fault::Redaction, position);
        }
        row.get(0).map(Some).map_err(&act)
    }

    /// Returns what the body of `position` commits to by its pruning, where there is one.
    fn pruning(
        &mut self,
        position: Position,
        stored: &Stored<'_>,
        kind: Option<EventType>,
    ) -> Result<Option<[u8; 32]>, Error> {
        if !self.pruned.contains(&position) {
            return Ok(None);
        }
        let found = pruning(self.connection, position).map_err(Error::sqlite(VERIFY))?;
        let Some(Pruning { commit, by, event }) = found else { return Ok(None) };
        let is_of_pruning = |(stream, kind): (StreamId, i64)| {
            stream.get() == stored.stream && kind == i64::from(EventType::BodiesPruned.number())
        };
        let is_borne_out = by > position && event.is_some_and(is_of_pruning);
        if !is_borne_out || !kind.is_none_or(EventType::is_content) {
            note(&mut self.faults, Fault::Pruning, position);
        }
        Ok(Some(commit))
    }

    /// Whether the event that a redaction names is a `BodyRedacted`, and speaks of this very position.
    fn is_borne_out(&mut self, row: &Row<'_>, position: Position) -> rusqlite::Result<bool> {
        let kind = EventType::BodyRedacted;
        if row.get::<_, Option<i64>>(1)? != Some(kind.number().into()) {
            return Ok(false);
        }
        let body = Body { position, kind, version: row.get(2)?, codec: row.get(3)? };
        let bytes = row.get_ref(4)?.as_blob_or_null()?;
        if bytes.is_none() {
            // A part of a log may lack what it says.
            let by: Position = row.get(5)?;
            return Ok(by > position && erasure(self.connection, by).ok() == Some(Erasure::Withheld));
        }
        let event = self.decoder.event(self.connection, body, bytes);
        Ok(matches!(event, Ok(Some(Event::BodyRedacted(body))) if body.position == position.get()))
    }
}
