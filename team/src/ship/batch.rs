//! From rows of the log to a shipment.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use retold_core::hash::meta_digest;
use retold_core::raw::{
    RAW, RawBody, RawEvent, each_raw_event, packed_text_bytes, pruned_of_stream, references, text_of,
};
use retold_core::{Decoder, Error as CoreError, Event, EventType, Log, Position, Reader, StreamId};
use serde_bytes::{ByteArray, ByteBuf};

use super::ShipError;
use super::scope::{Scope, Stream, Streams};
use crate::pack::Packing;
use crate::receiver::{Absent, Body, Erased, Level, Shipment, ShippedEvent, Text, Why};

/// How much goes into a shipment: it ends with the commit in which one of them is reached.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) events: u64,
    pub(super) bytes: usize,
}

/// A shipment, and what has to follow it.
#[derive(Debug)]
pub(super) struct Built {
    pub(super) shipment: Shipment,
    /// Bodies that came back from an archive: their streams, and the event before which they are.
    pub(super) restored: Vec<(StreamId, Position)>,
}

/// Builds shipments of one log.
pub(super) struct Builder<'l> {
    log: &'l Log,
    scope: Scope,
    packing: Packing,
    streams: Streams,
    decoder: Decoder,
}

impl<'l> Builder<'l> {
    pub(super) fn new(log: &'l Log, scope: Scope) -> Result<Self, ShipError> {
        let packing = Packing::new().map_err(ShipError::Packing)?;
        Ok(Self { log, scope, packing, streams: Streams::default(), decoder: Decoder::default() })
    }

    /// Builds what begins at `first` and ends at `last` at the latest, at the end of a commit where the limits are reached before.
    pub(super) fn build(&mut self, first: u64, last: u64, limits: Limits) -> Result<Built, ShipError> {
        // What is read is of one moment: a body that is erased meanwhile is there with all that belongs to it, or gone with it.
        let mut reader = self.log.reader()?;
        let names = self.log.reader()?;
        reader.begin()?;
        let before = Position::new(first - 1).unwrap_or(Position::ZERO);
        let previous = hash_at(&reader, before)?;
        let mut batch = Batch {
            events: Vec::new(),
            absent: Vec::new(),
            streams: Vec::new(),
            number_of: HashMap::new(),
            gone: Vec::new(),
            restored: Vec::new(),
            texts: BTreeSet::new(),
            end: (before.get(), previous),
            count: 0,
            bytes: 0,
        };
        let range = (position(first), position(last));
        let (connection, decoder) = reader.raw();
        let (scope, streams, own, packing) =
            (&self.scope, &mut self.streams, &mut self.decoder, &mut self.packing);
        each_raw_event(connection, decoder.unpacker(), range, |of_stream, raw| {
            let is_full = batch.count >= limits.events || batch.bytes >= limits.bytes;
            if is_full && raw.commit_first == raw.position {
                return Ok(false);
            }
            if raw.position.get() != batch.end.0 + 1 {
                let found = format!("position {} is missing", batch.end.0 + 1);
                return Err(ShipError::Core(CoreError::Damaged { act: "ship", found }));
            }
            batch.count += 1;
            batch.end = (raw.position.get(), *raw.hash.as_bytes());
            batch.erasures(connection, own, (of_stream, &raw), scope)?;
            let stream = streams.get(&names, of_stream)?;
            if scope.level == Level::None || scope.private.contains(&stream.workspace) {
                batch.hold_back(&raw);
                return Ok(true);
            }
            let texts = batch.texts(connection, &raw, scope)?;
            batch.push(raw, (of_stream, &stream), scope, packing, texts);
            Ok(true)
        })?;
        let mut texts = Vec::with_capacity(batch.texts.len());
        for hash in &batch.texts {
            let text = reader.text_of_hash(*hash)?;
            let (codec, bytes) = self.packing.pack(text.as_bytes());
            texts.push(Text { hash: ByteArray::new(*hash), codec, size: text.len() as u64, bytes });
        }
        let (last, last_hash) = batch.end;
        let shipment = Shipment {
            first,
            last,
            previous: ByteArray::new(previous),
            last_hash: ByteArray::new(last_hash),
            level: self.scope.level,
            whole: batch.absent.is_empty() || self.scope.level == Level::None,
            streams: batch.streams.iter().map(|stream| self.named(stream)).collect(),
            events: batch.events,
            absent: batch.absent,
            texts,
            gone: batch.gone,
        };
        Ok(Built { shipment, restored: batch.restored })
    }

    /// Returns the ranges of positions whose bodies an archive gave back, those that are near each other together.
    pub(super) fn ranges_of(&self, stream: StreamId, before: Position) -> Result<Vec<(u64, u64)>, ShipError> {
        let mut reader = self.log.reader()?;
        let (connection, decoder) = reader.raw();
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        retold_core::raw::each_content(connection, decoder.unpacker(), stream, |position, _, _| {
            let at = position.get();
            match ranges.last_mut() {
                _ if position >= before => {}
                Some((_, last)) if at - *last <= NEAR => *last = at,
                _ => ranges.push((at, at)),
            }
        })?;
        Ok(ranges)
    }

    fn named(&self, stream: &Rc<Stream>) -> crate::receiver::StreamNames {
        let mut names = stream.names.clone();
        names.name = names.name.filter(|_| self.scope.lets_names());
        names
    }
}

/// Positions that are no farther apart are supplied together.
const NEAR: u64 = 64;

struct Batch {
    events: Vec<ShippedEvent>,
    absent: Vec<Absent>,
    streams: Vec<Rc<Stream>>,
    number_of: HashMap<StreamId, u32>,
    gone: Vec<Erased>,
    restored: Vec<(StreamId, Position)>,
    texts: BTreeSet<[u8; 32]>,
    end: (u64, [u8; 32]),
    count: u64,
    bytes: usize,
}

impl Batch {
    fn hold_back(&mut self, raw: &RawEvent) {
        let (at, hash) = (raw.position.get(), ByteArray::new(*raw.hash.as_bytes()));
        match self.absent.last_mut() {
            Some(absent) if absent.last + 1 == at => (absent.last, absent.hash) = (at, hash),
            _ => self.absent.push(Absent { first: at, last: at, hash }),
        }
    }

    /// Notes what an event says of other bodies. Also that of a workspace that is held back now: it may have been shipped before.
    fn erasures(
        &mut self,
        connection: &rusqlite::Connection,
        decoder: &mut Decoder,
        (stream, raw): (StreamId, &RawEvent),
        scope: &Scope,
    ) -> Result<(), ShipError> {
        let Some(kind) = EventType::from_number(raw.kind.into()).filter(|kind| kind.is_of_bodies()) else {
            return Ok(());
        };
        let by = raw.position.get();
        if kind == EventType::BodiesPruned {
            let pruned =
                pruned_of_stream(connection, stream, raw.position).map_err(CoreError::sqlite("ship"))?;
            let gone = |(position, _): (Position, [u8; 32])| Erased {
                position: position.get(),
                by,
                why: Why::Pruned,
            };
            self.gone.extend(pruned.into_iter().map(gone));
            return Ok(());
        }
        let RawBody::There { plain, .. } = &raw.body else {
            let found = format!("position {by} says what is erased, and has no body");
            return Err(CoreError::Damaged { act: "ship", found }.into());
        };
        match decoder.body(connection, raw.position, raw.kind.into(), raw.schema_version, RAW, Some(plain))? {
            Some(Event::BodyRedacted(body)) => {
                self.gone.push(Erased { position: body.position, by, why: Why::Redacted });
            }
            Some(Event::BodiesRestored(body)) if scope.level == Level::All => {
                self.restored.extend(Position::new(body.position).map(|before| (stream, before)));
            }
            _ => {}
        }
        Ok(())
    }

    /// Notes the long texts that an event's body refers to; returns them.
    fn texts(
        &mut self,
        connection: &rusqlite::Connection,
        raw: &RawEvent,
        scope: &Scope,
    ) -> Result<Vec<[u8; 32]>, ShipError> {
        let texts = texts_of(connection, raw, scope)?;
        for hash in &texts {
            if self.texts.insert(*hash) {
                let bytes = packed_text_bytes(connection, hash)?.unwrap_or_default();
                self.bytes += usize::try_from(bytes).unwrap_or(usize::MAX);
            }
        }
        Ok(texts)
    }

    fn push(
        &mut self,
        raw: RawEvent,
        (id, stream): (StreamId, &Rc<Stream>),
        scope: &Scope,
        packing: &mut Packing,
        texts: Vec<[u8; 32]>,
    ) {
        let next = u32::try_from(self.streams.len()).unwrap_or(u32::MAX);
        let number = *self.number_of.entry(id).or_insert(next);
        if number == next {
            self.streams.push(Rc::clone(stream));
        }
        let body = match raw.body {
            RawBody::There { salt, plain } if scope.lets_body(raw.kind) => {
                let (codec, bytes) = packing.pack(&plain);
                self.bytes += bytes.len();
                let texts = texts.into_iter().map(ByteArray::new).collect();
                Some(Body { codec, salt: ByteArray::new(salt), bytes, texts })
            }
            _ => None,
        };
        let (meta, meta_digest) = match raw.meta {
            None => (None, None),
            Some(meta) if scope.lets_names() => (Some(ByteBuf::from(meta)), None),
            Some(meta) => (None, Some(ByteArray::new(meta_digest(Some(&meta))))),
        };
        self.events.push(ShippedEvent {
            position: raw.position.get(),
            stream: number,
            revision: raw.revision.get(),
            kind: raw.kind,
            schema_version: raw.schema_version,
            commit_first: raw.commit_first.get(),
            recorded_at: raw.recorded_at,
            occurred_at: raw.occurred_at,
            hash: ByteArray::new(*raw.hash.as_bytes()),
            body_commit: ByteArray::new(raw.body_commit),
            meta,
            meta_digest,
            body,
        });
    }
}

/// Returns the long texts that an event's body refers to, where they may leave. One that this release does not know how to read may
/// refer to any that is there.
pub(super) fn texts_of(
    connection: &rusqlite::Connection,
    raw: &RawEvent,
    scope: &Scope,
) -> Result<Vec<[u8; 32]>, ShipError> {
    let RawBody::There { plain, .. } = &raw.body else { return Ok(Vec::new()) };
    if scope.level != Level::All {
        return Ok(Vec::new());
    }
    let found: Vec<[u8; 32]> = match EventType::from_number(raw.kind.into()) {
        Some(kind) => text_of(kind, plain).into_iter().collect(),
        None => references(plain).collect(),
    };
    let mut there = Vec::new();
    for hash in found {
        if packed_text_bytes(connection, &hash)?.is_some() {
            there.push(hash);
        }
    }
    Ok(there)
}

pub(super) fn position(number: u64) -> Position {
    Position::new(number).unwrap_or(Position::ZERO)
}

/// Returns the hash at a position that the log has, zero among them.
pub(super) fn hash_at(reader: &Reader<'_>, at: Position) -> Result<[u8; 32], ShipError> {
    if at == Position::ZERO {
        return Ok([0; 32]);
    }
    let hash = reader.hash_at(at)?.ok_or_else(|| CoreError::Damaged {
        act: "ship",
        found: format!("there is no event at position {at}"),
    })?;
    Ok(*hash.as_bytes())
}
