//! JSON as tools write it, which is not always JSON.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::when::of_milliseconds;

/// Replaces escapes that are half a character (`\ud83c` without its other half) by U+FFFD.
pub(crate) fn whole_characters(bytes: &[u8]) -> Cow<'_, [u8]> {
    let mut mended = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            mended.push(bytes[at]);
            at += 1;
            continue;
        }
        match half(bytes, at) {
            Some(0xd800..=0xdbff) if matches!(half(bytes, at + 6), Some(0xdc00..=0xdfff)) => {
                mended.extend_from_slice(&bytes[at..at + 12]);
                at += 12;
            }
            Some(0xd800..=0xdfff) => {
                mended.extend_from_slice(b"\\ufffd");
                at += 6;
            }
            _ => {
                let end = (at + 2).min(bytes.len());
                mended.extend_from_slice(&bytes[at..end]);
                at = end;
            }
        }
    }
    Cow::Owned(mended)
}

/// Returns the number of the `\uXXXX` that is here.
fn half(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// The largest number that is taken for a count: what is larger is an error of who wrote it.
const COUNT_MAX: u64 = 1_000_000_000_000;

/// An object whose values are read when they are asked for: what nobody asks for costs one pass, and a value of a strange type
/// is only strange to whoever asks for it. Of two equal keys, the last counts.
#[derive(Debug, Default)]
pub(crate) struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Object<'a> {
    /// Reads an object. `None` for anything else.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        Self::of_text(std::str::from_utf8(bytes).ok()?)
    }

    /// Reads a value that is an object.
    pub(crate) fn of(value: &'a RawValue) -> Option<Self> {
        Self::of_text(value.get())
    }

    /// Reads a text that is an object.
    pub(crate) fn of_text(text: &'a str) -> Option<Self> {
        if !text.trim_ascii_start().starts_with('{') {
            return None;
        }
        serde_json::from_str(text).ok()
    }

    /// Returns a value; null is none.
    pub(crate) fn raw(&self, key: &str) -> Option<&'a RawValue> {
        let (_, value) = self.0.iter().rev().find(|(name, _)| name == key)?;
        (value.get() != "null").then_some(*value)
    }

    pub(crate) fn text(&self, key: &str) -> Option<Cow<'a, str>> {
        text(self.raw(key)?)
    }

    pub(crate) fn object(&self, key: &str) -> Option<Object<'a>> {
        Object::of(self.raw(key)?)
    }

    pub(crate) fn list(&self, key: &str) -> Vec<&'a RawValue> {
        self.raw(key).map(list).unwrap_or_default()
    }

    pub(crate) fn integer(&self, key: &str) -> Option<i64> {
        integer(self.raw(key)?)
    }

    /// Returns a number that counts something: what is below zero is zero, and what is too large to be true is not so large.
    pub(crate) fn count(&self, key: &str) -> Option<u64> {
        self.integer(key).map(|number| u64::try_from(number).unwrap_or(0).min(COUNT_MAX))
    }

    /// Returns a time in milliseconds since 1970.
    pub(crate) fn time(&self, key: &str) -> Option<i64> {
        of_milliseconds(self.integer(key)?)
    }

    pub(crate) fn number(&self, key: &str) -> Option<f64> {
        self.raw(key)?.get().parse().ok()
    }

    pub(crate) fn is_true(&self, key: &str) -> bool {
        self.raw(key).is_some_and(|value| value.get() == "true")
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| &**name)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some(Text(name)) = map.next_key()? {
                    fields.push((name, map.next_value()?));
                }
                Ok(fields)
            }
        }

        deserializer.deserialize_map(Fields).map(Self)
    }
}

/// A text that is borrowed where it has no escapes.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowed;

        impl<'de> Visitor<'de> for Borrowed {
            type Value = Cow<'de, str>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }

        deserializer.deserialize_str(Borrowed).map(Self)
    }
}

/// Returns a value that is a text.
pub(crate) fn text(value: &RawValue) -> Option<Cow<'_, str>> {
    if !value.get().starts_with('"') {
        return None;
    }
    if let Ok(Text(text)) = serde_json::from_str(value.get()) {
        return Some(text);
    }
    serde_json::from_slice::<String>(&whole_characters(value.get().as_bytes())).ok().map(Cow::Owned)
}

/// Returns a value that is a number, without its fraction.
pub(crate) fn integer(value: &RawValue) -> Option<i64> {
    let text = value.get();
    text.parse().ok().or_else(|| {
        let number: f64 = text.parse().ok()?;
        #[expect(clippy::cast_possible_truncation, reason = "what is too large is the largest")]
        number.is_finite().then_some(number as i64)
    })
}

/// Returns the elements of a value that is a list.
pub(crate) fn list(value: &RawValue) -> Vec<&RawValue> {
    match value.get().starts_with('[') {
        true => serde_json::from_str(value.get()).unwrap_or_default(),
        false => Vec::new(),
    }
}

/// Hands over a record that is an object, with half characters in its keys mended.
pub(crate) fn with_object<R>(bytes: &[u8], take: impl FnOnce(Object<'_>) -> R) -> Option<R> {
    if let Some(object) = Object::read(bytes) {
        return Some(take(object));
    }
    let mended = whole_characters(bytes);
    Object::read(&mended).map(take)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_character_is_replaced_and_a_whole_one_is_not() {
        let read =
            |json: &str| text(&serde_json::from_str::<Box<RawValue>>(json).unwrap()).unwrap().into_owned();
        assert_eq!(read(r#""a\ud83cb""#), "a\u{fffd}b");
        assert_eq!(read(r#""\udf89 \ud83c\udf89 \ud83c""#), "\u{fffd} \u{1f389} \u{fffd}");
        assert_eq!(read(r#""\\ud83c \ud83c""#), "\\ud83c \u{fffd}");
    }

    #[test]
    fn an_object_gives_what_is_asked_for_and_only_that() {
        let object =
            Object::read(br#"{"a":1,"a":"x\ud83c","n":null,"f":2.9,"l":[1,{}],"big":1e99,"o":{"a":true}}"#)
                .unwrap();
        assert_eq!(object.text("a").as_deref(), Some("x\u{fffd}"));
        assert_eq!(object.integer("a"), None);
        assert!(object.raw("n").is_none());
        assert_eq!((object.integer("f"), object.integer("big")), (Some(2), Some(i64::MAX)));
        assert_eq!(object.list("l").len(), 2);
        assert!(object.object("o").unwrap().is_true("a"));
        assert!(Object::read(b"[]").is_none());
        assert_eq!(with_object(br#"{"\ud83c":1,"b":2}"#, |object| object.integer("b")), Some(Some(2)));
    }
}
