//! Rows that wait for their stream.

use retold_core::field::message;
use retold_core::{Document, Key, Message, Position, StreamId, Text, Value};

use super::apply::fits;
use super::columns::Binder;
use super::insert::WaitingRow;

/// A piece of an output, without its stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChunkRow {
    pub(super) instance: u32,
    pub(super) ordinal: u32,
    pub(super) position: Position,
    pub(super) bytes: u64,
}

impl WaitingRow for ChunkRow {
    fn bind(&self, row: &mut Binder<'_, '_>, stream: StreamId) -> rusqlite::Result<()> {
        row.add(stream)?;
        row.add(self.instance)?;
        row.add(self.ordinal)?;
        row.add(self.position)?;
        row.add(self.bytes.cast_signed())
    }
}

/// A message's row, without its stream.
#[derive(Clone, Debug)]
pub(crate) struct MessageRow {
    pub(crate) place: u32,
    /// Without its content.
    pub(crate) message: Message,
    pub(crate) content_position: Position,
    pub(crate) content_bytes: u64,
}

impl MessageRow {
    pub(crate) fn new(place: u32, message: &Message, position: Position) -> Self {
        let content_bytes = message.content.len();
        let mut message = message.own();
        message.content = Text::Joined(Vec::new());
        Self { place, message, content_position: position, content_bytes }
    }

    pub(crate) fn set(&mut self, key: Key, value: Value<'_>, position: Position) {
        match (key, value) {
            (Key::Known(message::content), Value::LongText(content)) => {
                (self.content_position, self.content_bytes) = (position, content.len());
            }
            (key, value) => fits(self.message.set_key(key, value)),
        }
    }
}

impl WaitingRow for MessageRow {
    fn bind(&self, row: &mut Binder<'_, '_>, stream: StreamId) -> rusqlite::Result<()> {
        row.add(stream)?;
        row.add(self.place)?;
        row.add_document(&self.message)?;
        row.add(self.content_position)?;
        row.add(self.content_bytes.cast_signed())
    }
}
