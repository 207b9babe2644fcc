//! Events as they are read, a page at a time.

use super::commit::Meta;
use crate::{Erasure, Event, EventHash, EventType, Position, Revision, StreamId};

/// How much a page may hold. At least one event is given, whatever its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// At most this many events.
    pub rows: u32,
    /// At most this many bytes of bodies, unpacked; long texts do not count.
    pub bytes: usize,
}

impl Default for Limit {
    fn default() -> Self {
        Self { rows: 10_000, bytes: 8 * 1024 * 1024 }
    }
}

/// Some events in order.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The events.
    pub events: Vec<Recorded>,
    /// Whether there were more when the page was read.
    pub more: bool,
}

/// An event as the log holds it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Recorded {
    /// Its place in the log.
    pub position: Position,
    /// Its stream.
    pub stream: StreamId,
    /// Its place in the stream.
    pub revision: Revision,
    /// Which event it is.
    pub kind: EventType,
    /// The version of its body's schema, as stored.
    pub schema_version: u16,
    /// The position of the first event of its commit.
    pub commit_first: Position,
    /// When the log got it, in microseconds since 1970.
    pub recorded_at: i64,
    /// When it happened, in microseconds since 1970.
    pub occurred_at: i64,
    /// Its hash.
    pub hash: EventHash,
    /// Where its commit came from; on the first event of a commit only.
    pub meta: Option<Meta>,
    /// The body's bytes in the store.
    pub stored_bytes: u64,
    /// What happened; `None` where the body is gone.
    pub event: Option<Event>,
    /// Why the body is gone, where it is.
    pub erasure: Option<Erasure>,
}

impl Recorded {
    /// Returns what happened, or why that is not known any more.
    ///
    /// # Errors
    /// Why the body is gone.
    pub fn what(self) -> Result<Event, Erasure> {
        self.event.ok_or(self.erasure.unwrap_or(Erasure::Redacted))
    }
}
