//! Events of a team's logs, as a log's own reader would return them.

use std::collections::HashMap;

use postgres::types::Type;
use postgres::{Row, Transaction};
use retold_core::event::Upcasters;
use retold_core::raw::{RawBody, RawEvent};
use retold_core::{
    BODY_BYTES_MAX, BlobRef, Event, EventHash, EventType, Position, Recorded, Revision, StreamId,
    TEXT_BYTES_MAX, Text,
};

use crate::pack::Unpacking;
use crate::receiver::{Error, Typed};

/// What is read of an event. Its body and what became of that are asked for apart: of a join PostgreSQL may know nothing yet, and begin at
/// the wrong end.
const COLUMNS: &str = "select e.stream, e.position, e.revision, e.type, e.schema_version, e.commit_first, e.recorded_at, e.occurred_at,
    e.hash, e.body_commit, e.log from retold.event e";
const BODIES: &str = "select b.position, b.codec, b.salt, b.body from retold.body b where b.tenant = $1 and b.log = $2 and b.position";
const GONE: &str = "select g.position, g.why, g.by_position from retold.gone g where g.tenant = $1 and g.log = $2 and g.position";

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
        let range: [Typed<'_>; 4] =
            [(&tenant, Type::INT8), (&log, Type::INT4), (&first, Type::INT8), (&last, Type::INT8)];
        let between = "between $3 and $4";
        let events = format!(
            "{COLUMNS} where e.tenant = $1 and e.log = $2 and e.position {between} order by e.position"
        );
        let bodies = BodiesOf::read(client, between, &range)?;
        for row in client.query_typed(&events, &range)? {
            let event = self.known(&row, bodies.of(&row));
            into.entry(row.get(0)).or_default().push(event);
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
        let events = format!(
            "{COLUMNS} where e.tenant = $1 and e.stream = $2 and e.revision > $3 and e.position <= $4 order by e.revision limit $5"
        );
        let asked: [Typed<'_>; 5] =
            [&tenant, &stream, &after, &until, &limit].map(|number| (number as _, Type::INT8));
        let rows = client.query_typed(&events, &asked)?;
        let Some(log) = rows.first().map(|row| row.get::<_, i32>(10)) else { return Ok(Vec::new()) };
        let positions: Vec<i64> = rows.iter().map(|row| row.get(1)).collect();
        let these: [Typed<'_>; 3] =
            [(&tenant, Type::INT8), (&log, Type::INT4), (&positions, Type::INT8_ARRAY)];
        let bodies = BodiesOf::read(client, "= any ($3)", &these)?;
        Ok(rows.iter().map(|row| self.known(row, bodies.of(row))).collect())
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

    /// Returns the event that a row has: the columns of events, of its body from [`BODY`] on, and of what became of that.
    pub(crate) fn event(&mut self, row: &Row) -> Known {
        self.known(row, BodyOf::in_row(row))
    }

    fn known(&mut self, row: &Row, body: BodyOf<'_>) -> Known {
        let event = self.raw(row, body).ok_or(Left::Unreadable)?;
        let stream = StreamId::of_number(row.get(0));
        let recorded = event.recorded(stream, &self.upcasters).map_err(|_| Left::Unreadable)?;
        recorded.ok_or(Left::Unknown)
    }

    /// Returns the event that a row has with its meta; where its body cannot be read, without it. `None` for one of which nothing is known here.
    pub(crate) fn header_or_event(&mut self, row: &Row, meta: Option<Vec<u8>>) -> Option<Recorded> {
        let stream = StreamId::of_number(row.get(0));
        let raw = self.raw(row, BodyOf::in_row(row))?;
        let without = |raw: &RawEvent| RawEvent { body: RawBody::Withheld, meta: None, ..raw.clone() };
        let with_meta = RawEvent { meta, ..raw.clone() };
        let ways = [with_meta, raw.clone(), without(&raw)];
        ways.into_iter().find_map(|raw| raw.recorded(stream, &self.upcasters).ok().flatten())
    }

    /// Returns the event as its row has it; `None` where that is not one.
    fn raw(&mut self, row: &Row, body: BodyOf<'_>) -> Option<RawEvent> {
        let number = |at: usize| u64::try_from(row.get::<_, i64>(at)).ok();
        let small = |at: usize| u16::try_from(row.get::<_, i32>(at)).ok();
        let body = match (body.there, body.gone) {
            (_, Some((why, by))) => {
                RawBody::Gone { is_redacted: why == 0, by: Position::new(u64::try_from(by).ok()?)? }
            }
            (Some((body, at)), None) => {
                let codec = u8::try_from(body.get::<_, i16>(at)).ok()?;
                let salt = body.get::<_, &[u8]>(at + 1).try_into().ok()?;
                let plain = self.unpacking.unpack(codec, body.get(at + 2), BODY_BYTES_MAX).ok()?;
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

/// Where the codec, the salt and the bytes of a body are in a row that has all of an event, and after them why it is gone and by what.
const BODY: usize = 10;

/// The body of an event: its row, and where it begins in that; why it is gone, and by what.
#[derive(Clone, Copy)]
struct BodyOf<'r> {
    there: Option<(&'r Row, usize)>,
    gone: Option<(i16, i64)>,
}

impl<'r> BodyOf<'r> {
    fn in_row(row: &'r Row) -> Self {
        let has_body = row.get::<_, Option<&[u8]>>(BODY + 2).is_some();
        let why: Option<i16> = row.get(BODY + 3);
        Self { there: has_body.then_some((row, BODY)), gone: why.map(|why| (why, row.get(BODY + 4))) }
    }
}

/// The bodies of events, by their positions.
struct BodiesOf {
    bodies: HashMap<i64, Row>,
    gone: HashMap<i64, (i16, i64)>,
}

impl BodiesOf {
    /// Reads the bodies of the events of a log whose positions meet a condition.
    fn read(client: &mut Transaction<'_>, condition: &str, asked: &[Typed<'_>]) -> Result<Self, Error> {
        let bodies = client.query_typed(&format!("{BODIES} {condition}"), asked)?;
        let gone = client.query_typed(&format!("{GONE} {condition}"), asked)?;
        Ok(Self {
            bodies: bodies.into_iter().map(|row| (row.get(0), row)).collect(),
            gone: gone.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect(),
        })
    }

    fn of(&self, row: &Row) -> BodyOf<'_> {
        let at: i64 = row.get(1);
        BodyOf { there: self.bodies.get(&at).map(|row| (row, 1)), gone: self.gone.get(&at).copied() }
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
