//! Events as an application sees them: with the session that they are of, with times, with their texts.

use std::collections::HashMap;

use jiff::Timestamp;
use retold_core::{
    Erasure, Event, EventType, Position, Reader, Recorded, Revision, StreamId, StreamName, time,
};

use crate::Error;

/// An event of the log.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LogEvent {
    /// Its place in the whole log.
    pub position: Position,
    /// Its place among the events of its session.
    pub revision: Revision,
    /// The session; or a workspace's own stream, see [`StreamName::is_workspace`].
    pub session: StreamName,
    /// Which event it is.
    pub kind: EventType,
    /// When the log got it.
    pub recorded_at: Timestamp,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What happened, with its text; `None` where the body is erased.
    pub event: Option<Event>,
    /// Why the body is erased, where it is.
    pub erased: Option<Erasure>,
}

/// The names of streams, each looked up once.
#[derive(Debug, Default)]
pub(crate) struct Names(HashMap<StreamId, StreamName>);

/// Names that are remembered; above, all are let go.
const NAMES_MAX: usize = 10_000;

impl LogEvent {
    /// Makes one of what the log holds. Loads its text.
    pub(crate) fn of(recorded: Recorded, reader: &mut Reader<'_>, names: &mut Names) -> Result<Self, Error> {
        let Recorded { position, revision, kind, recorded_at, occurred_at, mut event, erasure, .. } =
            recorded;
        if let Some(event) = &mut event {
            reader.resolve_event(event)?;
        }
        let session = names.get(recorded.stream, reader)?;
        let (recorded_at, occurred_at) = (instant(recorded_at), instant(occurred_at));
        Ok(Self { position, revision, session, kind, recorded_at, occurred_at, event, erased: erasure })
    }
}

impl Names {
    fn get(&mut self, stream: StreamId, reader: &Reader<'_>) -> Result<StreamName, Error> {
        if let Some(name) = self.0.get(&stream) {
            return Ok(name.clone());
        }
        if self.0.len() >= NAMES_MAX {
            self.0.clear();
        }
        let name = reader.name(stream)?;
        self.0.insert(stream, name.clone());
        Ok(name)
    }
}

/// Returns the instant of a column of the store; the nearest one that there is, where it holds none.
pub(crate) fn instant(micros: i64) -> Timestamp {
    let nearest = if micros < 0 { Timestamp::MIN } else { Timestamp::MAX };
    time::from_micros(micros).unwrap_or(nearest)
}
