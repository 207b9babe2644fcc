//! The parts of a value: elements, pairs, variants, and what an extension holds.

use rmp_serde::decode::Error;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};

use super::{SliceReader, marker, mismatch};

/// What is left of an array or a map.
pub(super) struct Entries<'a, 'de> {
    pub(super) reader: &'a mut SliceReader<'de>,
    /// Elements, or pairs.
    pub(super) left: usize,
}

impl Entries<'_, '_> {
    /// Returns the value, if the visitor took all.
    #[inline]
    pub(super) fn end<T>(&self, length: usize, value: T) -> Result<T, Error> {
        match self.left {
            0 => Ok(value),
            left => Err(Error::LengthMismatch(u32::try_from(length - left)?)),
        }
    }

    /// An entry takes a byte at least: a length that is a lie reserves no memory.
    #[inline]
    fn at_most(&self) -> Option<usize> {
        Some(self.left.min(self.reader.rest.len()))
    }
}

impl<'de> SeqAccess<'de> for Entries<'_, 'de> {
    type Error = Error;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(&mut *self.reader).map(Some)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.at_most()
    }
}

impl<'de> MapAccess<'de> for Entries<'_, 'de> {
    type Error = Error;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.next_element_seed(seed)
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(&mut *self.reader)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.at_most()
    }
}

/// A variant of an enum.
pub(super) struct Variant<'a, 'de> {
    reader: &'a mut SliceReader<'de>,
    has_value: bool,
}

impl<'a, 'de> Variant<'a, 'de> {
    /// One that is its name alone.
    pub(super) fn alone(reader: &'a mut SliceReader<'de>) -> Self {
        Self { reader, has_value: false }
    }

    /// One whose name is followed by what it holds.
    pub(super) fn with_value(reader: &'a mut SliceReader<'de>) -> Self {
        Self { reader, has_value: true }
    }

    fn value(self, expected: &'static str) -> Result<&'a mut SliceReader<'de>, Error> {
        match self.has_value {
            true => Ok(self.reader),
            false => Err(serde::de::Error::invalid_type(Unexpected::UnitVariant, &expected)),
        }
    }
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        Ok((seed.deserialize(&mut *self.reader)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match self.has_value.then(|| self.reader.marker()).transpose()? {
            None | Some(marker::NIL) => Ok(()),
            Some(other) => Err(mismatch(other)),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.value("newtype variant")?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        self.value("tuple variant")?.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.value("struct variant")?.deserialize_tuple(fields.len(), visitor)
    }
}

/// An extension: a sequence of its type and its bytes.
pub(super) struct Extension<'a, 'de> {
    reader: &'a mut SliceReader<'de>,
    length: usize,
    /// How many of the two were read.
    read: u8,
}

impl<'a, 'de> Extension<'a, 'de> {
    pub(super) fn new(reader: &'a mut SliceReader<'de>, length: usize) -> Self {
        Self { reader, length, read: 0 }
    }
}

impl<'de> Deserializer<'de> for Extension<'_, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(self)
    }

    serde::forward_to_deserialize_any! {
        bool u8 u16 u32 u64 i8 i16 i32 i64 f32 f64 char str string unit option seq bytes byte_buf map unit_struct
        newtype_struct struct identifier tuple enum ignored_any tuple_struct
    }
}

impl<'de> SeqAccess<'de> for Extension<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        if self.read == 2 {
            return Ok(None);
        }
        seed.deserialize(self).map(Some)
    }
}

impl<'de> Deserializer<'de> for &mut Extension<'_, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.read += 1;
        match self.read {
            1 => visitor.visit_i8(i8::from_be_bytes(self.reader.array()?)),
            _ => visitor.visit_borrowed_bytes(self.reader.take(self.length)?),
        }
    }

    serde::forward_to_deserialize_any! {
        bool u8 u16 u32 u64 i8 i16 i32 i64 f32 f64 char str string unit option seq bytes byte_buf map unit_struct
        newtype_struct struct identifier tuple enum ignored_any tuple_struct
    }
}
