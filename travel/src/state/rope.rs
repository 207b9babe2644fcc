//! An output: a text in pieces that its copies share.

use retold_core::{BlobRef, Decoder, Error, Text};
use rusqlite::Connection;
use serde::{Serialize, Serializer};

use super::list::Rows;

/// A piece grows to this many bytes; then the next one begins.
const PIECE_BYTES: usize = 16 * 1024;
/// A text up to this length is written out as JSON.
const SHOWN_BYTES_MAX: u64 = 4 * 1024;

/// A text in pieces. A copy shares them, and what is written on goes to the last; a piece that stands in the store's blobs
/// is named and not loaded.
#[derive(Clone, Debug)]
pub struct Rope {
    pub(crate) pieces: Rows<Text>,
    bytes: u64,
}

impl Rope {
    pub(crate) fn empty() -> Self {
        Self { pieces: Rows::new(1), bytes: 0 }
    }

    pub(crate) fn of_pieces(pieces: Rows<Text>) -> Self {
        let bytes = pieces.iter().map(Text::len).sum();
        Self { pieces, bytes }
    }

    /// Returns a rope of one text.
    pub fn of(text: Text) -> Self {
        let mut rope = Self::empty();
        rope.append(text);
        rope
    }

    /// Returns the length in bytes.
    pub fn len(&self) -> u64 {
        self.bytes
    }

    /// Returns whether there is not one byte.
    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// Returns the text as the log's own type, in pieces.
    pub fn to_text(&self) -> Text {
        match self.pieces.len() {
            0 => Text::from(""),
            1 => self.pieces.iter().next().cloned().unwrap_or_else(|| Text::from("")),
            _ => Text::Joined(self.pieces.iter().cloned().collect()),
        }
    }

    /// Loads the text, in one piece.
    ///
    /// # Errors
    /// [`Error::Damaged`] for a blob that is missing or not what its hash says.
    pub fn load(&self, connection: &Connection) -> Result<String, Error> {
        let mut text = self.to_text();
        Decoder::default().resolve(connection, &mut text)?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    pub(crate) fn append(&mut self, text: Text) {
        match text {
            Text::Joined(pieces) => pieces.into_iter().for_each(|piece| self.append(piece)),
            Text::Blob(_) => self.push(text),
            Text::Inline(inline) => {
                let Some(Text::Inline(last)) = self.pieces.last() else { return self.push(Text::Inline(inline)) };
                if last.len() + inline.len() > PIECE_BYTES {
                    return self.push(Text::Inline(inline));
                }
                let at = self.pieces.len() - 1;
                if let Some(Text::Inline(last)) = self.pieces.get_mut(at) {
                    self.bytes += inline.len() as u64;
                    std::sync::Arc::make_mut(last).push_str(&inline);
                }
            }
        }
    }

    fn push(&mut self, text: Text) {
        self.bytes += text.len();
        self.pieces.push(text);
    }

    /// Whether the two are the same text, as far as that can be told without loading: blobs are compared by their hash.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.bytes == other.bytes && Cursor::new(self).common(&mut Cursor::new(other)) == self.bytes
    }

    /// Returns what `longer` has behind this text, where it begins with it and all of that end is here.
    pub(crate) fn suffix_of(&self, longer: &Self) -> Option<Text> {
        let (mut own, mut other) = (Cursor::new(self), Cursor::new(longer));
        if longer.bytes <= self.bytes || own.common(&mut other) != self.bytes {
            return None;
        }
        other.rest()
    }
}

impl PartialEq for Rope {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other)
    }
}

impl Serialize for Rope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let text: Option<String> = self.pieces.iter().map(Text::as_str).collect();
        match text {
            Some(text) if self.bytes <= SHOWN_BYTES_MAX => serializer.serialize_str(&text),
            _ => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("bytes", &self.bytes)?;
                map.end()
            }
        }
    }
}

/// A place in a rope, walked from its beginning.
struct Cursor<'a> {
    pieces: &'a Rows<Text>,
    piece: usize,
    /// Bytes of the piece that are behind.
    at: usize,
}

enum Ahead<'a> {
    Inline(&'a str),
    Blob(BlobRef),
    End,
}

impl<'a> Cursor<'a> {
    fn new(rope: &'a Rope) -> Self {
        Self { pieces: &rope.pieces, piece: 0, at: 0 }
    }

    /// Walks both on while they are the same, and returns by how many bytes.
    fn common(&mut self, other: &mut Self) -> u64 {
        let shared = self.pieces.chunks().iter().zip(other.pieces.chunks());
        let shared = shared.take_while(|(own, other)| std::sync::Arc::ptr_eq(own, other)).count();
        let mut common: u64 = self.pieces.iter().take(shared).map(Text::len).sum();
        (self.piece, other.piece) = (shared, shared);
        loop {
            match (self.ahead(), other.ahead()) {
                (Ahead::Inline(own), Ahead::Inline(others)) => {
                    let length = own.bytes().zip(others.bytes()).take_while(|(a, b)| a == b).count();
                    let all = own.len().min(others.len());
                    if length < all {
                        return common + length as u64;
                    }
                    common += all as u64;
                    self.advance(all);
                    other.advance(all);
                }
                (Ahead::Blob(own), Ahead::Blob(others)) if own == others && self.at == 0 && other.at == 0 => {
                    common += own.bytes;
                    (self.piece, other.piece) = (self.piece + 1, other.piece + 1);
                }
                _ => return common,
            }
        }
    }

    fn ahead(&mut self) -> Ahead<'a> {
        loop {
            match self.pieces.get(self.piece) {
                None => return Ahead::End,
                Some(Text::Inline(text)) if text.len() == self.at => (self.piece, self.at) = (self.piece + 1, 0),
                // Both stand at the same byte of the same text, which is the beginning of a character.
                Some(Text::Inline(text)) => return text.get(self.at..).map_or(Ahead::End, Ahead::Inline),
                Some(Text::Blob(blob)) => return Ahead::Blob(*blob),
                Some(Text::Joined(_)) => return Ahead::End,
            }
        }
    }

    fn advance(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Returns what is ahead.
    fn rest(&mut self) -> Option<Text> {
        let mut rest = Vec::new();
        match self.ahead() {
            Ahead::Inline(text) => rest.push(Text::from(text)),
            Ahead::Blob(blob) => rest.push(Text::Blob(blob)),
            Ahead::End => return None,
        }
        rest.extend(self.pieces.iter_from(self.piece + 1).cloned());
        Some(if rest.len() == 1 { rest.remove(0) } else { Text::Joined(rest) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rope(pieces: &[&str]) -> Rope {
        let mut rope = Rope::empty();
        pieces.iter().for_each(|piece| rope.push(Text::from(*piece)));
        rope
    }

    #[test]
    fn pieces_do_not_matter() {
        assert_eq!(rope(&["ab", "cd"]), rope(&["a", "", "bcd"]));
        assert_ne!(rope(&["ab", "cd"]), rope(&["abc"]));
        assert_ne!(rope(&["ab"]), rope(&["ac"]));
        assert_eq!(rope(&[]), rope(&["", ""]));
    }

    #[test]
    fn what_was_written_on_is_found() {
        assert_eq!(rope(&["ab"]).suffix_of(&rope(&["a", "bcé"])), Some(Text::from("cé")));
        assert_eq!(rope(&["ab"]).suffix_of(&rope(&["ab"])), None);
        assert_eq!(rope(&["ab"]).suffix_of(&rope(&["xbc"])), None);
        assert_eq!(rope(&[]).suffix_of(&rope(&["x"])), Some(Text::from("x")));
    }

    #[test]
    fn a_copy_keeps_what_it_was() {
        let mut text = rope(&["ab"]);
        let copy = text.clone();
        text.append(Text::from("c"));
        assert_eq!((text.len(), copy.len()), (3, 2));
        assert_eq!(copy, rope(&["ab"]));
    }
}
