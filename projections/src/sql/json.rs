//! JSON that SQLite can read, whatever a document holds.

use std::borrow::Cow;
use std::ops::Range;

use rusqlite::functions::Context;
use rusqlite::{Connection, Result};

use super::text::FLAGS;

/// Levels of arrays and objects that stay what they are.
///
/// SQLite reads at most 1,000 (<https://sqlite.org/json1.html>, `JSON_MAX_DEPTH`) and fails the whole query beyond; half of
/// that lets a query put the value into arrays and objects of its own.
const DEPTH_MAX: usize = 500;

/// Adds `retold_json(text)`: the text as [`readable`] returns it.
pub(super) fn add_function(connection: &Connection) -> Result<()> {
    connection.create_scalar_function("retold_json", 1, FLAGS, |context: &Context<'_>| {
        let text: Option<String> = context.get(0)?;
        Ok(text.map(readable))
    })
}

/// Returns a JSON text as one that SQLite accepts: an array or object below 500 others becomes a string that holds its
/// text, half a surrogate pair becomes `\ufffd`. Everything else, which is nearly every text, is returned as it is.
///
/// O(length). The text has to be JSON by RFC 8259.
pub fn readable(text: String) -> String {
    match read(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(changed) => changed,
    }
}

fn read(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    // Bytes up to here are in `changed`.
    let (mut changed, mut written) = (String::new(), 0);
    let mut put = |span: Range<usize>, instead: &str| {
        changed.push_str(&text[written..span.start]);
        changed.push_str(instead);
        written = span.end;
    };
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'[' | b'{' if depth == DEPTH_MAX => {
                let end = end_of_value(bytes, at);
                put(at..end, &serde_json::Value::from(&text[at..end]).to_string());
                at = end;
                continue;
            }
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => {
                at = string(bytes, at, |span| put(span, "\\ufffd"));
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    if written == 0 {
        return Cow::Borrowed(text);
    }
    changed.push_str(&text[written..]);
    Cow::Owned(changed)
}

/// Returns where the array or object that begins at `begin` ends.
fn end_of_value(bytes: &[u8], begin: usize) -> usize {
    let (mut depth, mut at) = (0_usize, begin);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => {
                at = string(bytes, at, |_| {});
                continue;
            }
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return at;
        }
    }
    at
}

/// Returns where the string that begins at `begin` ends, and reports each escape that is half a surrogate pair.
fn string(bytes: &[u8], begin: usize, mut half: impl FnMut(Range<usize>)) -> usize {
    let mut at = begin + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => match unit(bytes, at) {
                Some(0xd800..=0xdbff) if matches!(unit(bytes, at + 6), Some(0xdc00..=0xdfff)) => at += 12,
                Some(0xd800..=0xdfff) => {
                    half(at..at + 6);
                    at += 6;
                }
                _ => at += 2,
            },
            _ => at += 1,
        }
    }
    at
}

/// Returns the UTF-16 unit that an escape at `at` stands for.
fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nested(depth: usize, inner: &str) -> String {
        ["[".repeat(depth), inner.to_owned(), "]".repeat(depth)].concat()
    }

    #[test]
    fn what_sqlite_reads_is_itself() {
        for text in ["null", "[]", r#"{"a":"\ud83c\udf08 \\ud83c \"[["}"#, "1e999", &nested(DEPTH_MAX, "1")] {
            assert!(matches!(read(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn what_is_too_deep_is_a_string_of_its_text() {
        let deep = nested(DEPTH_MAX, r#"1,{"a]":"\ud83c"},2"#);
        let expected = nested(DEPTH_MAX, r#"1,"{\"a]\":\"\\ud83c\"}",2"#);
        assert_eq!(readable(deep), expected);
    }

    #[test]
    fn half_a_pair_is_a_replacement_character() {
        assert_eq!(
            readable(r#"["\ud83c","a\uDF08b\ud83c\ud83c\udf08"]"#.to_owned()),
            r#"["\ufffd","a\ufffdb\ufffd\ud83c\udf08"]"#
        );
    }

    proptest! {
        #![proptest_config(retold_trial::chance::properties(256))]

        #[test]
        fn no_text_makes_it_panic(text in any::<String>(), json in r#"[\[\]{}"\\uda-c0-9:,]{0,60}"#) {
            let _any = (readable(text), readable(json));
        }
    }
}
