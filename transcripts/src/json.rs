//! JSON as tools write it, which is not always JSON.

use std::borrow::Cow;

use serde_json::Value;

/// Reads a record. Half a character (`\ud83c` without its other half) is U+FFFD here; the record itself is kept to the byte.
/// `None` where it is nested too deeply, or is no JSON.
pub(crate) fn parse(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok().or_else(|| serde_json::from_slice(&whole_characters(bytes)).ok())
}

/// Replaces escapes that are half a character by the one for U+FFFD.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_character_is_replaced_and_a_whole_one_is_not() {
        let read = |text: &str| parse(text.as_bytes()).unwrap().as_str().unwrap().to_owned();
        assert_eq!(read(r#""a\ud83cb""#), "a\u{fffd}b");
        assert_eq!(read(r#""\udf89 \ud83c\udf89 \ud83c""#), "\u{fffd} \u{1f389} \u{fffd}");
        assert_eq!(read(r#""\\ud83c \ud83c""#), "\\ud83c \u{fffd}");
        assert!(parse(b"{").is_none());
    }
}
