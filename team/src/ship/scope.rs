//! What may leave: by level, and by workspace.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use retold_core::hash::stream_key;
use retold_core::{EventType, Reader, StreamId};
use serde_bytes::ByteArray;

use super::ShipError;
use crate::receiver::{Level, StreamNames};

/// What may leave of a log.
#[derive(Clone, Debug)]
pub struct Scope {
    /// How much of an event.
    pub level: Level,
    /// The workspaces of which nothing leaves, by their keys.
    pub private: BTreeSet<String>,
}

impl Scope {
    /// Whether an event's body may leave. A type that this release does not know counts as content.
    pub fn lets_body(&self, kind: u16) -> bool {
        match self.level {
            Level::None | Level::Headers => false,
            Level::Facts => EventType::from_number(kind.into()).is_some_and(|kind| !kind.is_content()),
            Level::All => true,
        }
    }

    /// Whether the names of streams and the metas of commits may leave.
    pub fn lets_names(&self) -> bool {
        self.level >= Level::Facts
    }
}

/// The streams of a log, as far as they were met.
#[derive(Debug, Default)]
pub(super) struct Streams(HashMap<StreamId, Rc<Stream>>);

/// A stream that was met.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) workspace: String,
    /// Its name, whether it may leave or not.
    pub(super) names: StreamNames,
}

impl Streams {
    /// Returns a stream.
    pub(super) fn get(&mut self, reader: &Reader<'_>, stream: StreamId) -> Result<Rc<Stream>, ShipError> {
        if let Some(known) = self.0.get(&stream) {
            return Ok(Rc::clone(known));
        }
        let name = reader.name(stream)?;
        let names = StreamNames {
            key: ByteArray::new(stream_key(&name)),
            name: Some((name.workspace.clone(), name.session_id, name.ordinal)),
        };
        let found = Rc::new(Stream { workspace: name.workspace, names });
        self.0.insert(stream, Rc::clone(&found));
        Ok(found)
    }
}
