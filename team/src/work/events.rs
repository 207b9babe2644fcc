//! Events of a team's logs, as a log's own reader would return them.

use std::collections::HashMap;

use postgres::{Row, Transaction};
use retold_core::event::Upcasters;
use retold_core::raw::{RawBody, RawEvent};
use retold_core::{
    BODY_BYTES_MAX, BlobRef, Event, EventHash, EventType, Position, Recorded, Revision, StreamId,
    TEXT_BYTES_MAX, Text,
};

use crate::pack::Unpacking;
use crate::receiver::Error;

/// What is read of an event.
const COLUMNS: &str = "e.stream, e.position, e.revision, e.type, e.schema_version, e.commit_first, e.recorded_at, e.occurred_at,
    e.hash, e.body_commit, b.codec, b.salt, b.body, g.why, g.by_position";
const JOINS: &str =
    "left join retold.body b on b.tenant = e.tenant and b.log = e.log and b.position = e.position
    left join retold.gone g on g.tenant = e.tenant and g.log = e.log and g.position = e.position";

/// What makes events of rows.
pub(crate) struct Reading {
    unpacking: Unpacking,
    upcasters: Upcasters,
}

/// An event, or why its stream is left as it was before it.
pub(crate) type Known = Result<Recorded, Left>;

/// Why a stream is left.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Left {
    /// This release does not know the event's type, or a version so new of its body.
    Unknown,
    /// The event cannot be read: whoever ships directly may have written anything.
    Unreadable,
}

impl Left {
    /// Returns what a worker has to know more than to go on with the stream.
    pub(super) fn waits_for(self) -> i32 {
        match self {
            Self::Unknown => known(),
            Self::Unreadable => i32::MAX,
        }
    }
}

/// How much this release knows of events: it rises with each type and each version.
pub(super) fn known() -> i32 {
    EventType::ALL.iter().map(|kind| 1 + i32::from(kind.schema_version())).sum()
}

impl Reading {
    pub(crate) fn new() -> Result<Self, Error> {
        let unpacking = Unpacking::new().map_err(|error| Error::Target(error.to_string()))?;
        Ok(Self { unpacking, upcasters: Upcasters::default() })
    }

    /// Returns the events of a log from `first` to `last`, by their streams, in order.
    pub(super) fn range(
        &mut self,
        client: &mut Transaction<'_>,
        (tenant, log): (i64, i32),
        (first, last): (i64, i64),
        into: &mut HashMap<i64, Vec<Known>>,
    ) -> Result<(), Error> {
        let sql = format!(
            "select {COLUMNS} from retold.event e {JOINS}
            where e.tenant = $1 and e.log = $2 and e.position between $3 and $4 order by e.position"
        );
        for row in client.query(&sql, &[&tenant, &log, &first, &last])? {
            let stream: i64 = row.get(0);
            let event = self.event(&row);
            into.entry(stream).or_default().push(event);
        }
        Ok(())
    }

    /// Returns the events of a stream after a revision and up to a position, in order.
    pub(super) fn stream(
        &mut self,
        client: &mut Transaction<'_>,
        (tenant, stream): (i64, i64),
        (after, until): (i64, i64),
        limit: i64,
    ) -> Result<Vec<Known>, Error> {
        let sql = format!(
            "select {COLUMNS} from retold.event e {JOINS}
            where e.tenant = $1 and e.stream = $2 and e.revision > $3 and e.position <= $4 order by e.revision limit $5"
        );
        let rows = client.query(&sql, &[&tenant, &stream, &after, &until, &limit])?;
        Ok(rows.iter().map(|row| self.event(row)).collect())
    }

    /// Puts the long texts into events of a log that refer to them; a text that is not there is an empty one.
    pub(super) fn resolve(
        &mut self,
        client: &mut Transaction<'_>,
        (tenant, log): (i64, i32),
        events: &mut [Recorded],
    ) -> Result<(), Error> {
        let positions = referring(events);
        if positions.is_empty() {
            return Ok(());
        }
        let rows = client.query(
            "select r.position, b.hash, b.codec, b.size, b.bytes from retold.blob_ref r
            join retold.blob b on b.tenant = r.tenant and b.log = r.log and b.hash = r.hash
            where r.tenant = $1 and r.log = $2 and r.position = any ($3)",
            &[&tenant, &log, &positions],
        )?;
        for event in events {
            self.put_text(&rows, event);
        }
        Ok(())
    }

    /// Puts the long text into an event that refers to it. `rows`: positions, hashes, codecs, sizes and bytes of texts of its log.
    pub(crate) fn put_text(&mut self, rows: &[Row], event: &mut Recorded) {
        let Some(blob) = reference(event) else { return };
        let of = |row: &&Row| {
            row.get::<_, i64>(0) == event.position.get().cast_signed() && row.get::<_, &[u8]>(1) == blob.hash
        };
        let text = rows.iter().find(of).and_then(|row| {
            let codec = u8::try_from(row.get::<_, i16>(2)).ok()?;
            let size = usize::try_from(row.get::<_, i64>(3)).ok()?.min(TEXT_BYTES_MAX);
            let plain = self.unpacking.unpack(codec, row.get(4), size).ok()?;
            Some(String::from_utf8_lossy(plain).into_owned())
        });
        if let Some(place) = event.event.as_mut().and_then(Event::long_text_mut) {
            *place = text.unwrap_or_default().into();
        }
    }

    /// Returns the long text that an event of a log brought; an empty one where it has none that can be read.
    pub(super) fn text_at(
        &mut self,
        client: &mut Transaction<'_>,
        of: (i64, i32),
        position: Position,
    ) -> Result<String, Error> {
        let (mut found, at) = (HashMap::new(), position.get().cast_signed());
        self.range(client, of, (at, at), &mut found)?;
        let mut events: Vec<Recorded> = found.into_values().flatten().filter_map(Result::ok).collect();
        self.resolve(client, of, &mut events)?;
        let text = events.first().and_then(|event| event.event.as_ref()?.long_text()?.as_str());
        Ok(text.unwrap_or_default().to_owned())
    }

    /// Returns the event that a row has, in the order of the columns that are read here.
    pub(crate) fn event(&mut self, row: &Row) -> Known {
        let event = self.raw(row).ok_or(Left::Unreadable)?;
        let stream = StreamId::of_number(row.get(0));
        let recorded = event.recorded(stream, &self.upcasters).map_err(|_| Left::Unreadable)?;
        recorded.ok_or(Left::Unknown)
    }

    /// Returns the event that a row has with its meta; where its body cannot be read, without it. `None` for one of which nothing is known here.
    pub(crate) fn header_or_event(&mut self, row: &Row, meta: Option<Vec<u8>>) -> Option<Recorded> {
        let stream = StreamId::of_number(row.get(0));
        let raw = self.raw(row)?;
        let without = |raw: &RawEvent| RawEvent { body: RawBody::Withheld, meta: None, ..raw.clone() };
        let with_meta = RawEvent { meta, ..raw.clone() };
        let ways = [with_meta, raw.clone(), without(&raw)];
        ways.into_iter().find_map(|raw| raw.recorded(stream, &self.upcasters).ok().flatten())
    }

    /// Returns the event as its row has it; `None` where that is not one.
    fn raw(&mut self, row: &Row) -> Option<RawEvent> {
        let number = |at: usize| u64::try_from(row.get::<_, i64>(at)).ok();
        let small = |at: usize| u16::try_from(row.get::<_, i32>(at)).ok();
        let body = match (row.get::<_, Option<&[u8]>>(12), row.get::<_, Option<i16>>(13)) {
            (_, Some(why)) => RawBody::Gone { is_redacted: why == 0, by: Position::new(number(14)?)? },
            (Some(packed), None) => {
                let codec = u8::try_from(row.get::<_, i16>(10)).ok()?;
                let salt = row.get::<_, &[u8]>(11).try_into().ok()?;
                let plain = self.unpacking.unpack(codec, packed, BODY_BYTES_MAX).ok()?;
                RawBody::There { salt, plain: plain.to_vec() }
            }
            (None, None) => RawBody::Withheld,
        };
        Some(RawEvent {
            position: Position::new(number(1)?)?,
            revision: Revision::new(number(2)?)?,
            kind: small(3)?,
            schema_version: small(4)?,
            commit_first: Position::new(number(5)?)?,
            recorded_at: row.get(6),
            occurred_at: row.get(7),
            hash: EventHash::from_bytes(row.get::<_, &[u8]>(8).try_into().ok()?),
            meta: None,
            body_commit: row.get::<_, &[u8]>(9).try_into().ok()?,
            body,
        })
    }
}

/// Returns the long text that an event refers to.
fn reference(event: &Recorded) -> Option<BlobRef> {
    match event.event.as_ref()?.long_text()? {
        Text::Blob(blob) => Some(*blob),
        _ => None,
    }
}

/// Returns the positions of the events that refer to a long text.
pub(crate) fn referring(events: &[Recorded]) -> Vec<i64> {
    let refers = events.iter().filter(|event| reference(event).is_some());
    refers.map(|event| event.position.get().cast_signed()).collect()
}

/// When a stream moved last: when its last event happened, or what the session says of that where it is later, but not later than the
/// log got it. That bodies left or came back is no move. `updated`: what the session says.
pub(super) fn moved(last: &Recorded, updated: Option<i64>) -> i64 {
    match last.kind.is_of_bodies() {
        true => updated.unwrap_or(0),
        false => last.occurred_at.max(updated.unwrap_or(last.occurred_at)).min(last.recorded_at),
    }
}
