//! What an agent writes, piece by piece, held as its two ends.

use std::collections::VecDeque;

use retold_core::{Position, Reader, Text};

use super::{Excerpt, Extent};
use crate::Error;

/// What an agent wrote in a turn, while it goes on.
pub(super) struct Writing {
    head: String,
    last: VecDeque<Text>,
    last_bytes: u64,
    bytes: u64,
    pub(super) pieces: Vec<Position>,
}

impl Writing {
    pub(super) fn new() -> Self {
        Self { head: String::new(), last: VecDeque::new(), last_bytes: 0, bytes: 0, pieces: Vec::new() }
    }

    pub(super) fn take(
        &mut self,
        reader: &mut Reader<'_>,
        text: &Text,
        position: Position,
        extent: &Extent,
    ) -> Result<(), Error> {
        let room = extent.head.saturating_add(extent.tail).saturating_sub(self.head.len());
        // Beginnings join only as long as nothing is left out.
        if self.head.len() as u64 == self.bytes && room > 0 {
            self.head.push_str(&reader.beginning(text, room)?);
        }
        self.bytes = self.bytes.saturating_add(text.len());
        self.pieces.push(position);
        self.last_bytes = self.last_bytes.saturating_add(text.len());
        self.last.push_back(text.clone());
        while let Some(first) = self.last.front()
            && self.last_bytes - first.len() >= extent.tail as u64
        {
            self.last_bytes -= first.len();
            self.last.pop_front();
        }
        Ok(())
    }

    pub(super) fn finish(mut self, reader: &mut Reader<'_>, extent: &Extent) -> Result<Excerpt, Error> {
        if self.head.len() as u64 == self.bytes {
            return Ok(Excerpt { head: self.head, bytes: self.bytes, ..Excerpt::default() });
        }
        self.head.truncate(self.head.floor_char_boundary(extent.head));
        let mut end = String::new();
        for text in &self.last {
            let excerpt = Excerpt::of(reader, text, Position::ZERO, extent)?;
            match excerpt.is_whole() {
                true => end.push_str(&excerpt.head),
                false => end = excerpt.tail,
            }
        }
        let tail = end[end.ceil_char_boundary(end.len().saturating_sub(extent.tail))..].to_owned();
        Ok(Excerpt { head: self.head, tail, bytes: self.bytes, ..Excerpt::default() })
    }
}
