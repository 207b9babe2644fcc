//! The moment that an answer stands for.

use jiff::Timestamp;
use retold_core::{Clock, EventHash, Head, Position, Reader, StreamId};
use retold_projections::Happenings;
use retold_travel::{Moment, Resolved};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::Failure;

/// The moment that an answer stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// The last event that counts; for a time that no position stands for, the end of the log that was read.
    pub position: Position,
    /// The hash of that event.
    pub hash: EventHash,
    /// Which events count.
    pub moment: Moment,
    /// The time that was asked for, and by which clock; `None` where the answer is as of a position.
    pub time: Option<(Clock, Timestamp)>,
    /// The number of the last shipment that counts, where a team's server answers: it has many logs, and no position stands for the answer.
    pub shipment: Option<u64>,
}

impl AsOf {
    /// An answer of a team's server, up to a shipment.
    pub fn shipment(number: u64) -> Self {
        let nothing = Head { position: Position::ZERO, hash: EventHash::ZERO };
        Self { shipment: Some(number), ..nothing.into() }
    }

    /// Returns it as a point came to it.
    pub fn resolved(self) -> Resolved {
        Resolved { moment: self.moment, head: self.head(), time: self.time, said: String::new() }
    }

    /// Returns the moment of any session: for a time by when things happened the time itself, with what was corrected since.
    pub fn happening(self) -> Moment {
        Moment::from(&self.resolved())
    }

    /// Returns the position up to which the events of a stream count, whichever session the point was one of.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn of(self, reader: &Reader<'_>, stream: StreamId) -> Result<Position, Failure> {
        Ok(Happenings::of(reader).stream_at(stream, self.happening())?)
    }

    /// Returns the moment that an answer stands for which knows no event after `last`: an earlier one, where that is not enough.
    pub fn limited_to(self, last: Head) -> Self {
        if last.position >= self.position {
            return self;
        }
        let moment = match self.moment {
            Moment::Recorded(_) => Moment::Recorded(last.position),
            occurred @ Moment::Occurred(_) => occurred,
        };
        Self { position: last.position, hash: last.hash, moment, ..self }
    }

    /// Returns the event that it names.
    pub fn head(self) -> Head {
        Head { position: self.position, hash: self.hash }
    }
}

impl From<Head> for AsOf {
    fn from(Head { position, hash }: Head) -> Self {
        Self { position, hash, moment: Moment::Recorded(position), time: None, shipment: None }
    }
}

impl From<&Resolved> for AsOf {
    fn from(Resolved { moment, head, time, .. }: &Resolved) -> Self {
        Self { position: head.position, hash: head.hash, moment: *moment, time: *time, shipment: None }
    }
}

/// `clock` and `moment` are there where a time was asked for, and only there; of a team's server `shipment` alone.
impl Serialize for AsOf {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(shipment) = self.shipment {
            map.serialize_entry("shipment", &shipment)?;
            return map.end();
        }
        if let Some((clock, time)) = self.time {
            map.serialize_entry("clock", clock.word())?;
            map.serialize_entry("moment", &time.to_string())?;
        }
        map.serialize_entry("position", &self.position)?;
        map.serialize_entry("hash", &self.hash.to_string())?;
        map.end()
    }
}
