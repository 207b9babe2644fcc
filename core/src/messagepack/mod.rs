//! MessagePack in memory, read through serde.
//!
//! Accepts what `rmp_serde` accepts and gives the same values: a property and a fuzz target compare the two. It is faster
//! because it knows that all bytes are there: no reader, no error of a device at each byte, no marker that is kept for later,
//! and UTF-8 is validated with SIMD.

mod access;
mod refused;
#[cfg(test)]
mod tests;

use rmp_serde::decode::Error;
use serde::de::value::SeqDeserializer;
use serde::de::{Deserialize, Deserializer, Visitor};

use access::{Entries, Extension, Variant};
pub(crate) use refused::is_within_elements;
use refused::{ELEMENTS_MAX, KNOWN_PAIRS_MAX, mismatch, no_marker, not_utf8, too_many, too_short};

/// Reads one value from the beginning of `bytes`, which may nest at most `depth` - 1 deep; what follows the value is ignored.
///
/// The memory it takes is bounded by the bytes that are there, whatever lengths they claim, and the stack by `depth`.
///
/// # Errors
/// Where the bytes are not MessagePack, or not a `T`.
pub(crate) fn from_slice<'de, T: Deserialize<'de>>(bytes: &'de [u8], depth: u16) -> Result<T, Error> {
    T::deserialize(&mut SliceReader { rest: bytes, depth, room: ELEMENTS_MAX })
}

/// What is left to be read.
struct SliceReader<'de> {
    rest: &'de [u8],
    /// How many more containers may be opened, and one.
    depth: u16,
    /// How many more elements there may be.
    room: usize,
}

/// The first byte of a value: <https://github.com/msgpack/msgpack/blob/master/spec.md#overview>.
mod marker {
    pub(super) const NIL: u8 = 0xc0;
    pub(super) const FALSE: u8 = 0xc2;
    pub(super) const TRUE: u8 = 0xc3;
    pub(super) const BIN8: u8 = 0xc4;
    pub(super) const BIN16: u8 = 0xc5;
    pub(super) const BIN32: u8 = 0xc6;
    pub(super) const EXT8: u8 = 0xc7;
    pub(super) const EXT16: u8 = 0xc8;
    pub(super) const EXT32: u8 = 0xc9;
    pub(super) const F32: u8 = 0xca;
    pub(super) const F64: u8 = 0xcb;
    pub(super) const U8: u8 = 0xcc;
    pub(super) const U16: u8 = 0xcd;
    pub(super) const U32: u8 = 0xce;
    pub(super) const U64: u8 = 0xcf;
    pub(super) const I8: u8 = 0xd0;
    pub(super) const I16: u8 = 0xd1;
    pub(super) const I32: u8 = 0xd2;
    pub(super) const I64: u8 = 0xd3;
    pub(super) const FIXEXT1: u8 = 0xd4;
    pub(super) const FIXEXT16: u8 = 0xd8;
    pub(super) const STR8: u8 = 0xd9;
    pub(super) const STR16: u8 = 0xda;
    pub(super) const STR32: u8 = 0xdb;
    pub(super) const ARRAY16: u8 = 0xdc;
    pub(super) const ARRAY32: u8 = 0xdd;
    pub(super) const MAP16: u8 = 0xde;
    pub(super) const MAP32: u8 = 0xdf;
}

impl<'de> SliceReader<'de> {
    #[inline]
    fn marker(&mut self) -> Result<u8, Error> {
        let (&first, rest) = self.rest.split_first().ok_or_else(no_marker)?;
        self.rest = rest;
        Ok(first)
    }

    /// Takes the next bytes, of a number that the type says.
    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or_else(too_short)?;
        self.rest = rest;
        Ok(*taken)
    }

    #[inline]
    fn take(&mut self, length: usize) -> Result<&'de [u8], Error> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(too_short)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Reads a length of one, two or four bytes.
    #[inline]
    fn length(&mut self, bytes: u32) -> Result<usize, Error> {
        Ok(match bytes {
            1 => usize::from(self.array::<1>()?[0]),
            2 => usize::from(u16::from_be_bytes(self.array()?)),
            _ => usize::try_from(u32::from_be_bytes(self.array()?))?,
        })
    }

    /// Reads the length of a text, if it is one.
    #[inline]
    fn text_length(&mut self, marker: u8) -> Result<Option<usize>, Error> {
        Ok(Some(match marker {
            0xa0..=0xbf => usize::from(marker & 0x1f),
            marker::STR8 => self.length(1)?,
            marker::STR16 => self.length(2)?,
            marker::STR32 => self.length(4)?,
            _ => return Ok(None),
        }))
    }

    /// Reads the number of a map's pairs, if it is one.
    #[inline]
    fn map_length(&mut self, marker: u8) -> Result<Option<usize>, Error> {
        Ok(Some(match marker {
            0x80..=0x8f => usize::from(marker & 0x0f),
            marker::MAP16 => self.length(2)?,
            marker::MAP32 => self.length(4)?,
            _ => return Ok(None),
        }))
    }

    /// Shows a text; bytes that are not UTF-8 are shown as bytes, which a visitor of text refuses.
    #[inline]
    fn text<V: Visitor<'de>>(&mut self, length: usize, visitor: V) -> Result<V::Value, Error> {
        let bytes = self.take(length)?;
        match simdutf8::basic::from_utf8(bytes) {
            Ok(text) => visitor.visit_borrowed_str(text),
            Err(_) => not_utf8(bytes, visitor),
        }
    }

    #[inline]
    fn map<V: Visitor<'de>>(&mut self, pairs: usize, visitor: V) -> Result<V::Value, Error> {
        self.make_room(pairs.saturating_sub(KNOWN_PAIRS_MAX))?;
        self.nested(|reader| {
            let mut entries = Entries { reader, left: pairs };
            let value = visitor.visit_map(&mut entries)?;
            entries.end(pairs, value)
        })
    }

    #[inline]
    fn sequence<V: Visitor<'de>>(&mut self, length: usize, visitor: V) -> Result<V::Value, Error> {
        self.make_room(length)?;
        self.nested(|reader| {
            let mut entries = Entries { reader, left: length };
            let value = visitor.visit_seq(&mut entries)?;
            entries.end(length, value)
        })
    }

    #[inline]
    fn make_room(&mut self, elements: usize) -> Result<(), Error> {
        self.room = self.room.checked_sub(elements).ok_or_else(too_many)?;
        Ok(())
    }

    #[inline]
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        self.depth = self.depth.saturating_sub(1);
        if self.depth == 0 {
            return Err(Error::DepthLimitExceeded);
        }
        let value = read(self)?;
        self.depth += 1;
        Ok(value)
    }

    /// Shows what is neither text nor bytes nor a container.
    #[inline]
    fn scalar<V: Visitor<'de>>(&mut self, marker: u8, visitor: V) -> Result<V::Value, Error> {
        match marker {
            0x00..=0x7f => visitor.visit_u8(marker),
            0xe0..=0xff => visitor.visit_i8(marker.cast_signed()),
            marker::NIL => visitor.visit_unit(),
            marker::FALSE => visitor.visit_bool(false),
            marker::TRUE => visitor.visit_bool(true),
            marker::U8 => visitor.visit_u8(u8::from_be_bytes(self.array()?)),
            marker::U16 => visitor.visit_u16(u16::from_be_bytes(self.array()?)),
            marker::U32 => visitor.visit_u32(u32::from_be_bytes(self.array()?)),
            marker::U64 => visitor.visit_u64(u64::from_be_bytes(self.array()?)),
            marker::I8 => visitor.visit_i8(i8::from_be_bytes(self.array()?)),
            marker::I16 => visitor.visit_i16(i16::from_be_bytes(self.array()?)),
            marker::I32 => visitor.visit_i32(i32::from_be_bytes(self.array()?)),
            marker::I64 => visitor.visit_i64(i64::from_be_bytes(self.array()?)),
            marker::F32 => visitor.visit_f32(f32::from_be_bytes(self.array()?)),
            marker::F64 => visitor.visit_f64(f64::from_be_bytes(self.array()?)),
            _ => Err(mismatch(marker)),
        }
    }

    /// Shows what follows. Bytes are a sequence of numbers to who asks for a sequence.
    fn any<V: Visitor<'de>>(&mut self, visitor: V, as_sequence: bool) -> Result<V::Value, Error> {
        let marker = self.marker()?;
        if let Some(length) = self.text_length(marker)? {
            return self.text(length, visitor);
        }
        if let Some(pairs) = self.map_length(marker)? {
            return self.map(pairs, visitor);
        }
        let length = match marker {
            0x90..=0x9f => return self.sequence(usize::from(marker & 0x0f), visitor),
            marker::ARRAY16 => {
                let length = self.length(2)?;
                return self.sequence(length, visitor);
            }
            marker::ARRAY32 => {
                let length = self.length(4)?;
                return self.sequence(length, visitor);
            }
            marker::EXT8..=marker::EXT32 | marker::FIXEXT1..=marker::FIXEXT16 => {
                return self.extension(marker, visitor);
            }
            marker::BIN8 => self.length(1)?,
            marker::BIN16 => self.length(2)?,
            marker::BIN32 => self.length(4)?,
            _ => return self.scalar(marker, visitor),
        };
        let bytes = self.take(length)?;
        match as_sequence {
            true => visitor.visit_seq(SeqDeserializer::new(bytes.iter().copied())),
            false => visitor.visit_borrowed_bytes(bytes),
        }
    }

    #[cold]
    fn extension<V: Visitor<'de>>(&mut self, marker: u8, visitor: V) -> Result<V::Value, Error> {
        let length = match marker {
            marker::EXT8 => self.length(1)?,
            marker::EXT16 => self.length(2)?,
            marker::EXT32 => self.length(4)?,
            fixed => 1 << (fixed - marker::FIXEXT1),
        };
        self.nested(|reader| visitor.visit_newtype_struct(Extension::new(reader, length)))
    }
}

/// Forwards to [`SliceReader::scalar`]: who asks for a number takes no text and no container for one.
macro_rules! scalars {
    ($($ask:ident)*) => {$(
        #[inline]
        fn $ask<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            let marker = self.marker()?;
            self.scalar(marker, visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for &mut SliceReader<'de> {
    type Error = Error;

    #[inline]
    fn is_human_readable(&self) -> bool {
        false
    }

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.any(visitor, false)
    }

    #[inline]
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        // Most texts are keys, and most keys are short.
        if let [marker @ 0xa0..=0xbf, rest @ ..] = self.rest {
            self.rest = rest;
            return self.text(usize::from(marker & 0x1f), visitor);
        }
        self.any(visitor, false)
    }

    #[inline]
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    #[inline]
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.rest {
            [] => Err(no_marker()),
            [marker::NIL, rest @ ..] => {
                self.rest = rest;
                visitor.visit_none()
            }
            _ => visitor.visit_some(self),
        }
    }

    #[inline]
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if let [marker @ 0x80..=0x8f, rest @ ..] = self.rest {
            self.rest = rest;
            return self.map(usize::from(marker & 0x0f), visitor);
        }
        self.any(visitor, false)
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if let [marker @ 0x80..=0x8f, rest @ ..] = self.rest {
            self.rest = rest;
            return self.map(usize::from(marker & 0x0f), visitor);
        }
        self.any(visitor, true)
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.any(visitor, true)
    }

    #[inline]
    fn deserialize_tuple<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Result<V::Value, Error> {
        self.any(visitor, true)
    }

    #[inline]
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.any(visitor, true)
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    /// A variant is a text, or a map of one pair: the variant and what it holds.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let is_map = matches!(self.rest.first(), Some(0x80..=0x8f | &marker::MAP16 | &marker::MAP32));
        if !is_map {
            return visitor.visit_enum(Variant::alone(self));
        }
        let marker = self.marker()?;
        match self.map_length(marker)? {
            Some(1) => visitor.visit_enum(Variant::with_value(self)),
            other => Err(Error::LengthMismatch(u32::try_from(other.unwrap_or(0))?)),
        }
    }

    scalars! {
        deserialize_bool
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_f32 deserialize_f64
    }

    serde::forward_to_deserialize_any! {
        char bytes byte_buf unit unit_struct ignored_any
    }
}
