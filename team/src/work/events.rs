//! Events of a team's logs, as a log's own reader would return them.

use std::collections::HashMap;

use postgres::types::Type;
use postgres::{Row, Transaction};
use retold_core::event::Upcasters;
use retold_core::raw::{RawBody, RawEvent};
use retold_core::{BODY_BYTES_MAX, EventHash, EventType, Position, Recorded, Revision, StreamId};

use crate::pack::Unpacking;
use crate::receiver::{Error, Typed};

/// What is read of an event. Its body and what became of that are asked for apart: of a join PostgreSQL may know nothing yet, and begin at
/// the wrong end.
const COLUMNS: &str = "select e.stream, e.position, e.revision, e.type, e.schema_version, e.commit_first, e.recorded_at, e.occurred_at,
    e.hash, e.body_commit, e.log from retold.event e";
const BODIES: &str = "select b.position, b.codec, b.salt, b.body from retold.body b where b.tenant = $1 and b.log = $2 and b.position";
const GONE: &str = "select g.position, g.why, g.by_position from retold.gone g where g.tenant = $1 and g.log = $2 and g.position";

/// What makes events of rows.
pub(super) struct Reading {
    unpacking: Unpacking,
    upcasters: Upcasters,
}

/// An event, or why its stream is left as it was before it.
pub(super) type Known = Result<Recorded, Left>;

/// Why a stream is left.
#[derive(Clone, Copy, Debug)]
pub(super) enum Left {
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
    pub(super) fn new() -> Result<Self, Error> {
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
        let beside = Beside::read(client, between, &range)?;
        for row in client.query_typed(&events, &range)? {
            let event = self.event(&row, &beside);
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
        let beside = Beside::read(client, "= any ($3)", &these)?;
        Ok(rows.iter().map(|row| self.event(row, &beside)).collect())
    }

    fn event(&mut self, row: &Row, beside: &Beside) -> Known {
        let event = self.raw(row, beside).ok_or(Left::Unreadable)?;
        let stream = StreamId::of_number(row.get(0));
        let recorded = event.recorded(stream, &self.upcasters).map_err(|_| Left::Unreadable)?;
        recorded.ok_or(Left::Unknown)
    }

    /// Returns the event as its row has it; `None` where that is not one.
    fn raw(&mut self, row: &Row, beside: &Beside) -> Option<RawEvent> {
        let number = |at: usize| u64::try_from(row.get::<_, i64>(at)).ok();
        let small = |at: usize| u16::try_from(row.get::<_, i32>(at)).ok();
        let at: i64 = row.get(1);
        let body = match (beside.bodies.get(&at), beside.gone.get(&at)) {
            (_, Some((why, by))) => {
                RawBody::Gone { is_redacted: *why == 0, by: Position::new(u64::try_from(*by).ok()?)? }
            }
            (Some(body), None) => {
                let codec = u8::try_from(body.get::<_, i16>(1)).ok()?;
                let salt = body.get::<_, &[u8]>(2).try_into().ok()?;
                let plain = self.unpacking.unpack(codec, body.get(3), BODY_BYTES_MAX).ok()?;
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

/// What is beside events, by their positions.
struct Beside {
    bodies: HashMap<i64, Row>,
    gone: HashMap<i64, (i16, i64)>,
}

impl Beside {
    /// Reads what is beside the events of a log whose positions meet a condition.
    fn read(client: &mut Transaction<'_>, condition: &str, asked: &[Typed<'_>]) -> Result<Self, Error> {
        let bodies = client.query_typed(&format!("{BODIES} {condition}"), asked)?;
        let gone = client.query_typed(&format!("{GONE} {condition}"), asked)?;
        Ok(Self {
            bodies: bodies.into_iter().map(|row| (row.get(0), row)).collect(),
            gone: gone.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect(),
        })
    }
}

/// When a stream moved last: when its last event happened, or what the session says of that where it is later, but not later than the
/// log got it. That bodies left or came back is no move. `updated`: what the session says.
pub(super) fn moved(last: &Recorded, updated: Option<i64>) -> i64 {
    match last.kind.is_of_bodies() {
        true => updated.unwrap_or(0),
        false => last.occurred_at.max(updated.unwrap_or(last.occurred_at)).min(last.recorded_at),
    }
}
