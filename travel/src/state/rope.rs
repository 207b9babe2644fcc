//! An output: a text in pieces that its copies share.

use retold_core::{BlobRef, Decoder, Error, Text};
use rusqlite::Connection;
use serde::{Serialize, Serializer};

use super::list::Rows;

/// A piece grows to this many bytes; then the next one begins.
const PIECE_BYTES: usize = 16 * 1024;
/// A text up to this length is written out as JSON.
const SHOWN_BYTES_MAX: u64 = 4 * 1024;

/// A text in pieces. A copy shares them, and what is written on goes to the last; a piece that is in the store's blobs
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
                let Some(Text::Inline(last)) = self.pieces.last() else {
                    return self.push(Text::Inline(inline));
                };
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

    /// Whether the two are the same text. Blobs are compared by their hashes; where pieces lie otherwise around a blob, both
    /// texts are loaded.
    ///
    /// # Errors
    /// [`Error::Damaged`] for a blob that is missing or not what its hash says.
    pub fn is_same(&self, other: &Self, connection: &Connection) -> Result<bool, Error> {
        if self.bytes != other.bytes {
            return Ok(false);
        }
        match Cursor::new(self).common(&mut Cursor::new(other)) {
            Stop::End(common) => Ok(common == self.bytes),
            Stop::Different => Ok(false),
            Stop::Unknown => Ok(self.load(connection)? == other.load(connection)?),
        }
    }

    /// Returns what `longer` has after this text, where it begins with it.
    pub(crate) fn suffix_of(&self, longer: &Self, connection: &Connection) -> Result<Option<Text>, Error> {
        if longer.bytes <= self.bytes {
            return Ok(None);
        }
        let (mut own, mut other) = (Cursor::new(self), Cursor::new(longer));
        match own.common(&mut other) {
            Stop::End(common) => Ok(if common == self.bytes { other.rest() } else { None }),
            Stop::Different => Ok(None),
            Stop::Unknown => {
                let (own, longer) = (self.load(connection)?, longer.load(connection)?);
                Ok(longer.strip_prefix(own.as_str()).map(Text::from))
            }
        }
    }
}

/// By their pieces' texts and hashes: two that are not equal may still be [the same](Rope::is_same).
impl PartialEq for Rope {
    fn eq(&self, other: &Self) -> bool {
        let same = Cursor::new(self).common(&mut Cursor::new(other));
        self.bytes == other.bytes && matches!(same, Stop::End(common) if common == self.bytes)
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
    /// Bytes of the piece that are after.
    at: usize,
}

/// Why a common walk ended.
enum Stop {
    /// One of the two is at its end, after this many bytes.
    End(u64),
    /// What is ahead differs.
    Different,
    /// A blob is ahead of one, and something else of the other.
    Unknown,
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

    /// Walks both on while they are the same.
    fn common(&mut self, other: &mut Self) -> Stop {
        let shared = self.pieces.chunks().iter().zip(other.pieces.chunks());
        let shared = shared.take_while(|(own, other)| std::sync::Arc::ptr_eq(own, other)).count();
        let mut common: u64 = self.pieces.iter().take(shared).map(Text::len).sum();
        (self.piece, other.piece) = (shared, shared);
        loop {
            match (self.ahead(), other.ahead()) {
                (Ahead::Inline(own), Ahead::Inline(others)) => {
                    let all = own.len().min(others.len());
                    if own.as_bytes()[..all] != others.as_bytes()[..all] {
                        return Stop::Different;
                    }
                    common += all as u64;
                    self.advance(all);
                    other.advance(all);
                }
                (Ahead::Blob(own), Ahead::Blob(others)) if own == others => {
                    common += own.bytes;
                    (self.piece, other.piece) = (self.piece + 1, other.piece + 1);
                }
                (Ahead::Blob(own), Ahead::Blob(others)) if own.bytes == others.bytes => {
                    return Stop::Different;
                }
                (Ahead::End, _) | (_, Ahead::End) => return Stop::End(common),
                _ => return Stop::Unknown,
            }
        }
    }

    fn ahead(&mut self) -> Ahead<'a> {
        loop {
            match self.pieces.get(self.piece) {
                None => return Ahead::End,
                Some(Text::Inline(text)) if text.len() == self.at => {
                    (self.piece, self.at) = (self.piece + 1, 0)
                }
                // Both are at the same byte of the same text, which is the beginning of a character.
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
        // No text here is in a blob: nothing is asked of it.
        let connection = Connection::open_in_memory().unwrap();
        let suffix =
            |text: &[&str], longer: &[&str]| rope(text).suffix_of(&rope(longer), &connection).unwrap();
        assert_eq!(suffix(&["ab"], &["a", "bcé"]), Some(Text::from("cé")));
        assert_eq!(suffix(&["ab"], &["ab"]), None);
        assert_eq!(suffix(&["ab"], &["xbc"]), None);
        assert_eq!(suffix(&[], &["x"]), Some(Text::from("x")));
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
