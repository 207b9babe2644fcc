//! JSON that is looked at and not built: a value is the text that it was written in, and what is not asked for is passed over.
//! Nothing here fails: what is of another type than was asked for is not there.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The largest number that is taken for a count: what is larger is an error of who wrote it.
const COUNT_MAX: u64 = 1_000_000_000_000_000;

/// A value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Raw<'a>(&'a str);

impl<'a> Raw<'a> {
    /// Nothing.
    pub(crate) const NULL: Self = Self("null");

    /// Takes a record as a value: see [`mended`].
    pub(crate) fn of(bytes: &'a [u8]) -> Option<Self> {
        std::str::from_utf8(bytes).ok().map(|text| Self(text.trim_ascii()))
    }

    /// Returns the value as it is written.
    pub(crate) fn json(self) -> &'a str {
        self.0
    }

    /// Returns some fields of an object, the last where there are several of one name; of anything else, none.
    pub(crate) fn fields<const N: usize>(self, names: &[&str; N]) -> [Option<Raw<'a>>; N] {
        let mut found = [None; N];
        if self.0.starts_with('{') {
            let mut read = serde_json::Deserializer::from_str(self.0);
            if (Fields { names, found: &mut found }).deserialize(&mut read).is_err() {
                return [None; N];
            }
        }
        found
    }

    /// Returns one field of an object.
    pub(crate) fn field(self, name: &str) -> Option<Raw<'a>> {
        let [found] = self.fields(&[name]);
        found
    }

    /// Hands over the elements of a list; of anything else, nothing.
    pub(crate) fn each_item(self, mut each: impl FnMut(Raw<'a>)) {
        if self.0.starts_with('[') {
            let mut read = serde_json::Deserializer::from_str(self.0);
            // What was handed over before it goes wrong was right; and a record was read as a whole before.
            let _ = read.deserialize_seq(Items { each: &mut each });
        }
    }

    /// Hands over the fields of an object; of anything else, nothing.
    pub(crate) fn each_field(self, mut each: impl FnMut(&str, Raw<'a>)) {
        if self.0.starts_with('{') {
            let mut read = serde_json::Deserializer::from_str(self.0);
            let _ = read.deserialize_map(All { each: &mut each });
        }
    }

    /// Returns the text that it is.
    pub(crate) fn text(self) -> Option<Cow<'a, str>> {
        let inner = self.0.strip_prefix('"')?.strip_suffix('"')?;
        match memchr::memchr(b'\\', inner.as_bytes()) {
            None => Some(Cow::Borrowed(inner)),
            Some(_) => serde_json::from_str(self.0).ok().map(Cow::Owned),
        }
    }

    /// Returns the count that it is.
    pub(crate) fn count(self) -> Option<u64> {
        let number: u64 = match self.0.parse() {
            Ok(number) => number,
            Err(_) => {
                let number: f64 = self.0.parse().ok().filter(|_| self.is_number())?;
                if !(0.0..=COUNT_MAX as f64).contains(&number) {
                    return None;
                }
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "it was held to its bounds"
                )]
                let number = number as u64;
                number
            }
        };
        (number <= COUNT_MAX).then_some(number)
    }

    /// Returns the number that it is, in millionths.
    pub(crate) fn millionths(self) -> Option<i64> {
        let number: f64 = self.0.parse().ok().filter(|_| self.is_number())?;
        let millionths = (number * 1e6).round();
        #[expect(clippy::cast_possible_truncation, reason = "it is held to its bounds")]
        (millionths.abs() <= COUNT_MAX as f64).then_some(millionths as i64)
    }

    /// Whether it is `true`.
    pub(crate) fn is_true(self) -> bool {
        self.0 == "true"
    }

    pub(crate) fn is_null(self) -> bool {
        self.0 == "null"
    }

    pub(crate) fn is_list(self) -> bool {
        self.0.starts_with('[')
    }

    pub(crate) fn is_object(self) -> bool {
        self.0.starts_with('{')
    }

    fn is_number(self) -> bool {
        self.0.starts_with(|first: char| first == '-' || first.is_ascii_digit())
    }

    /// Returns the time that it is, in milliseconds since 1970: RFC 3339, or already a number of milliseconds.
    pub(crate) fn time(self) -> Option<i64> {
        if self.is_number() {
            let number = i64::try_from(self.count()?).ok()?;
            return jiff::Timestamp::from_millisecond(number).ok().map(|_| number);
        }
        self.text()?.parse::<jiff::Timestamp>().ok().map(|time| time.as_millisecond())
    }
}

/// Returns a record whose texts can all be read: half a character becomes U+FFFD.
pub(crate) fn mended(bytes: &[u8]) -> Cow<'_, [u8]> {
    let has_halves =
        memchr::memmem::find(bytes, br"\ud").is_some() || memchr::memmem::find(bytes, br"\uD").is_some();
    if has_halves { crate::json::whole_characters(bytes) } else { Cow::Borrowed(bytes) }
}

struct Fields<'f, 'a, const N: usize> {
    names: &'f [&'f str; N],
    found: &'f mut [Option<Raw<'a>>; N],
}

impl<'a, const N: usize> DeserializeSeed<'a> for Fields<'_, 'a, N> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a, const N: usize> Visitor<'a> for Fields<'_, 'a, N> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(place) = map.next_key_seed(Name(self.names))? {
            match place {
                Some(place) => self.found[place] = Some(Raw(map.next_value::<&'a RawValue>()?.get())),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// Which of the names a key is, without a copy of it.
struct Name<'f>(&'f [&'f str]);

impl<'a> DeserializeSeed<'a> for Name<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<usize>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a name")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|name| *name == key))
    }
}

struct Items<'f, F> {
    each: &'f mut F,
}

impl<'a, F: FnMut(Raw<'a>)> Visitor<'a> for Items<'_, F> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(item) = list.next_element::<&'a RawValue>()? {
            (self.each)(Raw(item.get()));
        }
        Ok(())
    }
}

struct All<'f, F> {
    each: &'f mut F,
}

impl<'a, F: FnMut(&str, Raw<'a>)> Visitor<'a> for All<'_, F> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            (self.each)(&key, Raw(map.next_value::<&'a RawValue>()?.get()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Raw<'_> {
        Raw::of(text.as_bytes()).unwrap()
    }

    #[test]
    fn what_is_of_another_type_is_not_there() {
        let record = raw(r#"{"a":"x\ny","b":[1,{"c":2}],"n":12,"a":"last","t":"2026-08-03T09:15:01.250Z"}"#);
        let [a, b, n, t, none] = record.fields(&["a", "b", "n", "t", "z"]);
        assert_eq!(a.unwrap().text().unwrap(), "last");
        assert_eq!((a.unwrap().count(), a.unwrap().time(), n.unwrap().count()), (None, None, Some(12)));
        assert_eq!(t.unwrap().time(), Some(1_785_748_501_250));
        assert_eq!((n.unwrap().text(), n.unwrap().field("a"), none), (None, None, None));
        let mut items = Vec::new();
        b.unwrap().each_item(|item| items.push(item.json()));
        assert_eq!(items, ["1", r#"{"c":2}"#]);
        for (text, count) in
            [("1e3", Some(1000)), ("-1", None), ("1e300", None), ("18446744073709551615", None)]
        {
            assert_eq!(raw(text).count(), count, "{text}");
        }
    }

    #[test]
    fn a_key_may_be_written_with_escapes_and_a_text_may_have_half_a_character() {
        let bytes = br#"{"\u0061":"\ud83c!"}"#;
        let mended = mended(bytes);
        assert_eq!(Raw::of(&mended).unwrap().field("a").unwrap().text().unwrap(), "\u{fffd}!");
    }

    #[test]
    fn deep_nesting_is_passed_over() {
        let deep = format!(r#"{{"a":{}1{},"b":"x"}}"#, "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(raw(&deep).field("b").unwrap().text().unwrap(), "x");
        raw(&deep).field("a").unwrap().each_item(|_| {});
    }
}
