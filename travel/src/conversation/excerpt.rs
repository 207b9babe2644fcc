//! The two ends of a text, and where the whole of it is.

use std::fmt::Display;

use retold_core::{Erasure, Position, Reader, Text};
use serde::{Serialize, Serializer};

use super::Extent;
use crate::Error;

/// A longer text is not loaded for its end.
const LOADED_MAX: u64 = 1024 * 1024;

/// A text, or its two ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Excerpt {
    /// The whole text where it is short, otherwise its beginning.
    pub head: String,
    /// Its end, where the beginning is not all; empty where it is too long to be loaded for that.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tail: String,
    /// How long the text is, in bytes.
    pub bytes: u64,
    /// The event that has it.
    pub position: Position,
    /// `redacted` or `pruned`, where it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erased: Option<&'static str>,
}

impl Excerpt {
    /// Takes the ends of a text.
    pub(super) fn of(
        reader: &mut Reader<'_>,
        text: &Text,
        position: Position,
        extent: &Extent,
    ) -> Result<Self, Error> {
        let bytes = text.len();
        if bytes > LOADED_MAX {
            let head = reader.beginning(text, extent.head)?;
            return Ok(Self { head, tail: String::new(), bytes, position, erased: None });
        }
        let whole = match text.as_str() {
            Some(text) => return Ok(Self::of_whole(text, position, extent)),
            None => reader.beginning(text, usize::try_from(LOADED_MAX).unwrap_or(usize::MAX))?,
        };
        Ok(Self::of_whole(&whole, position, extent))
    }

    fn of_whole(text: &str, position: Position, extent: &Extent) -> Self {
        let bytes = text.len() as u64;
        if text.len() <= extent.head.saturating_add(extent.tail) {
            return Self { head: text.to_owned(), tail: String::new(), bytes, position, erased: None };
        }
        let head = text[..text.floor_char_boundary(extent.head)].to_owned();
        let tail = text[text.ceil_char_boundary(text.len() - extent.tail)..].to_owned();
        Self { head, tail, bytes, position, erased: None }
    }

    pub(super) fn erased(erasure: Erasure, position: Position) -> Self {
        Self { position, erased: Some(erasure.word()), ..Self::default() }
    }

    /// Whether `head` is the whole text.
    pub fn is_whole(&self) -> bool {
        self.head.len() as u64 == self.bytes
    }

    /// Whether there is nothing in it, and never was.
    pub fn is_empty(&self) -> bool {
        self.bytes == 0 && self.erased.is_none()
    }

    /// Returns how many bytes are between the two ends.
    pub fn left_out(&self) -> u64 {
        self.bytes.saturating_sub((self.head.len() + self.tail.len()) as u64)
    }

    /// Returns at most `bytes` bytes of the text from its beginning: what is here, or what the store has.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn load(&self, reader: &mut Reader<'_>, bytes: usize) -> Result<String, Error> {
        if self.is_whole() || self.erased.is_some() || self.head.len() >= bytes {
            return Ok(self.head[..self.head.floor_char_boundary(bytes)].to_owned());
        }
        let event = reader.event_at(self.position)?.and_then(|recorded| recorded.event);
        match event.as_ref().and_then(retold_core::Event::long_text) {
            Some(text) => Ok(reader.beginning(text, bytes)?),
            None => Ok(String::new()),
        }
    }
}

pub(super) fn as_text<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
