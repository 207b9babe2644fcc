//! What a line may hold, beside its length.

use serde::de::{Error, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::message::{Fault, INVALID_REQUEST};

/// Calls in a batch.
pub(super) const CALLS_MAX: usize = 1000;
/// Levels of arrays and objects in a line. SQLite reads a thousand levels (<https://sqlite.org/json1.html>), and what is
/// stored is some levels deeper in an event's body.
pub(super) const LEVELS_MAX: usize = 512;

/// Refuses a line that is nested deeper than any document is. The text is JSON.
pub(super) fn check_levels(text: &str) -> Result<(), Fault> {
    let (mut level, mut is_in_text, mut is_escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_in_text => is_escaped = true,
            b'"' => is_in_text = !is_in_text,
            b'[' | b'{' if !is_in_text => level += 1,
            b']' | b'}' if !is_in_text => level = level.saturating_sub(1),
            _ => {}
        }
        if level > LEVELS_MAX {
            let message = format!("invalid request: nested deeper than {LEVELS_MAX} levels");
            return Err(Fault::new(INVALID_REQUEST, message));
        }
    }
    Ok(())
}

/// The calls of a batch: none is made where there are too many.
pub(super) struct Calls<'a>(pub(super) Vec<&'a RawValue>);

impl<'de: 'a, 'a> serde::Deserialize<'de> for Calls<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(Reader).map(Calls)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a batch of calls")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Self::Value, A::Error> {
        let mut calls = Vec::new();
        while calls.len() < CALLS_MAX {
            match from.next_element()? {
                Some(call) => calls.push(call),
                None => return Ok(calls),
            }
        }
        match from.next_element::<IgnoredAny>()? {
            None => Ok(calls),
            Some(_) => Err(A::Error::custom(format!("a batch of more than {CALLS_MAX} calls"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_counted_outside_of_texts() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        check_levels(&nested(LEVELS_MAX)).unwrap();
        check_levels(&nested(LEVELS_MAX + 1)).unwrap_err();
        check_levels(&format!(r#"["{}\"", "{}"]"#, "[".repeat(9999), "{".repeat(9999))).unwrap();
        check_levels(&format!("[{}]", vec!["{}"; 9999].join(","))).unwrap();
    }

    #[test]
    fn a_batch_has_a_limit() {
        let batch = |calls: usize| format!("[{}]", vec!["1"; calls].join(","));
        let read = |text: &str| serde_json::from_str::<Calls<'_>>(text).map(|calls| calls.0.len());
        assert_eq!(read(&batch(CALLS_MAX)).unwrap(), CALLS_MAX);
        assert!(read(&batch(CALLS_MAX + 1)).unwrap_err().to_string().contains("1000 calls"));
        assert_eq!(read("[]").unwrap(), 0);
    }
}
