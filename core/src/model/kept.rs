//! Bytes of another program's file, with references to the texts that the events beside them hold.
//!
//! Parts follow each other: the length of a literal and its bytes, then how many events back the text is that goes on there, 0 for
//! none; where it is one, how it is spelled, where in the text it begins and how many bytes of it there are. Numbers are LEB128.

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

use super::spelled::Spelling;

/// Bytes in parts: literal ones, and references to texts of events that were appended directly before, in the same commit. So no text
/// is in the log twice, and what takes a text out of an event takes it out of here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept(Vec<u8>);

/// A part of [`Kept`] bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptPart<'a> {
    /// Literal bytes.
    Literal(&'a [u8]),
    /// A piece of another event's long text.
    Text {
        /// How many positions before the event that keeps the bytes.
        back: u64,
        /// How it is spelled.
        spelling: Spelling,
        /// Where in the text it begins, in bytes.
        from: u64,
        /// How many bytes of the text it is.
        length: u64,
    },
}

/// What a span of a file is. Its number in [`SourceRead`](crate::event::SourceRead) never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpanKind {
    /// A record, with the white space after it.
    Record = 0,
    /// A write was cut short, and a whole record follows on the same line.
    TornBefore = 1,
    /// A last line without an end that does not parse: it may still be written.
    TornTail = 2,
    /// Zeros.
    Nul = 3,
    /// A byte order mark.
    ByteOrderMark = 4,
    /// No JSON object.
    NotAnObject = 5,
    /// Longer than any line may be.
    TooLong = 6,
    /// A record of something that is excluded: its bytes are not kept.
    Excluded = 7,
    /// White space.
    Blank = 255,
}

impl SpanKind {
    const ALL: [Self; 9] = [
        Self::Record,
        Self::TornBefore,
        Self::TornTail,
        Self::Nul,
        Self::ByteOrderMark,
        Self::NotAnObject,
        Self::TooLong,
        Self::Excluded,
        Self::Blank,
    ];

    /// Returns its number.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Returns what has this number; none for one that this release does not know.
    pub fn of_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// Returns the words for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::TornBefore => "torn before a whole record",
            Self::TornTail => "torn tail",
            Self::Nul => "nul",
            Self::ByteOrderMark => "byte order mark",
            Self::NotAnObject => "not an object",
            Self::TooLong => "too long",
            Self::Excluded => "excluded",
            Self::Blank => "blank",
        }
    }

    /// Whether it is to be reported: something is there that is not a record and should be one.
    pub const fn is_fault(self) -> bool {
        !matches!(self, Self::Record | Self::ByteOrderMark | Self::Blank)
    }
}

/// A literal's memory is used again up to this size.
const LITERAL_KEPT: usize = 1 << 20;

/// Puts [`Kept`] bytes together.
#[derive(Clone, Debug, Default)]
pub struct KeptBuilder {
    bytes: Vec<u8>,
    literal: Vec<u8>,
}

impl KeptBuilder {
    /// Adds bytes.
    pub fn literal(&mut self, bytes: &[u8]) {
        self.literal.extend_from_slice(bytes);
    }

    /// Adds bytes, without another copy of them where there are many.
    pub fn literal_owned(&mut self, bytes: Vec<u8>) {
        match self.literal.is_empty() {
            true => self.literal = bytes,
            false => self.literal(&bytes),
        }
    }

    /// Adds a piece of the text of the event `back` positions before.
    pub fn text(&mut self, back: u64, spelling: Spelling, from: u64, length: u64) {
        self.end_literal();
        number(back, &mut self.bytes);
        self.bytes.push(spelling as u8);
        number(from, &mut self.bytes);
        number(length, &mut self.bytes);
    }

    /// Returns how many bytes there are so far.
    pub fn len(&self) -> usize {
        self.bytes.len() + self.literal.len()
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the bytes.
    pub fn finish(mut self) -> Kept {
        if !self.literal.is_empty() {
            self.end_literal();
            number(0, &mut self.bytes);
        }
        Kept(self.bytes)
    }

    fn end_literal(&mut self) {
        number(self.literal.len() as u64, &mut self.bytes);
        self.bytes.append(&mut self.literal);
        if self.literal.capacity() > LITERAL_KEPT {
            self.literal = Vec::new();
        }
    }
}

impl Kept {
    /// Returns the parts, in order, up to the first that is damaged.
    pub fn parts(&self) -> impl Iterator<Item = KeptPart<'_>> {
        let mut rest = &self.0[..];
        let mut text = None;
        std::iter::from_fn(move || {
            loop {
                if let Some(part) = text.take() {
                    return Some(part);
                }
                if rest.is_empty() {
                    return None;
                }
                let length = usize::try_from(read(&mut rest)?).ok()?;
                let (literal, after) = rest.split_at_checked(length)?;
                rest = after;
                let back = read(&mut rest)?;
                if back > 0 {
                    let (spelling, after) = rest.split_first()?;
                    rest = after;
                    let spelling = *Spelling::ALL.get(usize::from(*spelling))?;
                    let (from, length) = (read(&mut rest)?, read(&mut rest)?);
                    text = Some(KeptPart::Text { back, spelling, from, length });
                }
                if !literal.is_empty() {
                    return Some(KeptPart::Literal(literal));
                }
            }
        })
    }

    /// Returns the literal bytes.
    pub fn literals(&self) -> impl Iterator<Item = &[u8]> {
        self.parts().filter_map(|part| match part {
            KeptPart::Literal(bytes) => Some(bytes),
            KeptPart::Text { .. } => None,
        })
    }

    /// Writes all of the bytes. `text_of` gives the long text of the event so many positions before.
    ///
    /// # Errors
    /// What `text_of` gives, and the first part that is none.
    pub fn write<'t, E>(
        &self,
        mut text_of: impl FnMut(u64) -> Result<&'t str, E>,
        into: &mut Vec<u8>,
        damaged: impl Fn() -> E,
    ) -> Result<(), E> {
        for part in self.parts() {
            match part {
                KeptPart::Literal(bytes) => into.extend_from_slice(bytes),
                KeptPart::Text { back, spelling, from, length } => {
                    let text = text_of(back)?;
                    let end = from.saturating_add(length);
                    let range = usize::try_from(from).ok().zip(usize::try_from(end).ok());
                    let piece = range.and_then(|(from, end)| text.get(from..end)).ok_or_else(&damaged)?;
                    spelling.write(piece, into);
                }
            }
        }
        Ok(())
    }
}

fn number(mut number: u64, into: &mut Vec<u8>) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            return into.push(low & 127);
        }
        into.push(low | 128);
    }
}

fn read(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for nth in 0..10 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 127).checked_shl(7 * nth)?;
        if byte & 128 == 0 {
            return Some(number);
        }
    }
    None
}

impl Serialize for Kept {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_bytes(&self.0);
        }
        let mut text = String::new();
        for part in self.parts() {
            match part {
                KeptPart::Literal(bytes) => text.push_str(&String::from_utf8_lossy(bytes)),
                KeptPart::Text { length, .. } => text.push_str(&format!("\u{2026}{length}\u{2026}")),
            }
        }
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Kept {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Kept;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }
            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Kept, E> {
                Ok(Kept(bytes.to_vec()))
            }
            fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Kept, E> {
                Ok(Kept(bytes))
            }
        }
        deserializer.deserialize_any(Bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_spelled_as_each_language_spells_it() {
        let text = "a\"\\\n\u{1}</é\u{2028}🎉";
        let spelled = |spelling: Spelling| {
            let mut bytes = Vec::new();
            spelling.write(text, &mut bytes);
            String::from_utf8(bytes).unwrap()
        };
        assert_eq!(spelled(Spelling::Json), "a\\\"\\\\\\n\\u0001</é\u{2028}🎉");
        assert_eq!(spelled(Spelling::JsonAscii), "a\\\"\\\\\\n\\u0001</\\u00e9\\u2028\\ud83c\\udf89");
        assert_eq!(spelled(Spelling::JsonHtml), "a\\\"\\\\\\n\\u0001\\u003c/é\\u2028🎉");
        assert_eq!(spelled(Spelling::Json), serde_json::to_string(text).unwrap().trim_matches('"'));
        for spelling in [Spelling::Json, Spelling::JsonAscii, Spelling::JsonHtml] {
            assert_eq!(Spelling::of(text, spelled(spelling).as_bytes()), Some(spelling));
        }
        assert_eq!(Spelling::of("/", b"\\/"), None);
    }

    proptest! {
        #![proptest_config(retold_trial::chance::properties(256))]

        #[test]
        fn what_is_kept_in_parts_is_written_whole(
            parts in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..9), ".{0,9}", 0_usize..4), 0..9),
        ) {
            let (mut builder, mut whole) = (KeptBuilder::default(), Vec::new());
            for (at, (literal, text, spelling)) in parts.iter().enumerate() {
                builder.literal(literal);
                whole.extend_from_slice(literal);
                let spelling = Spelling::ALL[*spelling];
                builder.text(at as u64 + 1, spelling, 0, text.len() as u64);
                spelling.write(text, &mut whole);
            }
            let kept = builder.finish();
            let mut written = Vec::new();
            let text_of = |back: u64| Ok(parts[usize::try_from(back).unwrap() - 1].1.as_str());
            kept.write(text_of, &mut written, || "damaged").unwrap();
            prop_assert_eq!(written, whole);
        }

        #[test]
        fn damaged_parts_end_and_do_not_crash(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let kept = Kept(bytes);
            let _ = kept.write(|_| Ok("text"), &mut Vec::new(), || ());
        }
    }
}
