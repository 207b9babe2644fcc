//! Secrets in texts that may be JSON, whose strings spell them with escapes, at any depth.

use std::ops::Range;

use memchr::{memchr, memchr2};

use crate::Secrets;

/// So deep strings are looked into that are JSON themselves.
const DEPTH_MAX: usize = 4;
/// What begins a private key, whose end may have been cut off.
const KEY_BEGINS: &str = "-----BEGIN ";
const KEY: &str = "PRIVATE KEY";
/// The rule for it.
const KEY_RULE: &str = "private-key";

/// A secret in a text, however it is spelled there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spelled<'r> {
    /// The rule that found it.
    pub rule: &'r str,
    /// Where it is in the text, in bytes; a range neither begins nor ends within an escape.
    pub range: Range<usize>,
}

impl Secrets {
    /// Finds the secrets in a text, also inside of JSON strings, where escapes part them, and in JSON inside of those. In order;
    /// none overlaps another. A private key whose end was cut off ends with its string.
    ///
    /// O(length) where no keyword is in the text; otherwise strings with escapes are unescaped, once for each level of nesting.
    ///
    /// ```
    /// let secrets = retold_secrets::Secrets::published();
    /// let key = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    /// let record = format!(r#"{{"text":"first\n{key}\n"}}"#);
    /// let found = secrets.find_spelled(&record);
    /// assert_eq!((found[0].rule, &record[found[0].range.clone()]), ("github-token", key));
    /// ```
    pub fn find_spelled(&self, text: &str) -> Vec<Spelled<'_>> {
        let mut found = Vec::new();
        self.spelled(text, 0, &mut found);
        merged(found)
    }

    /// Finds the secrets in bytes of which some may be no text.
    pub fn find_spelled_in_bytes(&self, bytes: &[u8]) -> Vec<Spelled<'_>> {
        let (mut found, mut at) = (Vec::new(), 0);
        for chunk in bytes.utf8_chunks() {
            let here = self.find_spelled(chunk.valid());
            found.extend(here.into_iter().map(|one| Spelled { rule: one.rule, range: moved(one.range, at) }));
            at += chunk.valid().len() + chunk.invalid().len();
        }
        found
    }

    fn spelled<'s>(&'s self, text: &str, depth: usize, found: &mut Vec<Spelled<'s>>) {
        let Some(wanted) = self.wanted(text) else { return };
        let is_json = text.trim_start().starts_with(['{', '[', '"']);
        let mut strings: Vec<Range<usize>> = Vec::new();
        if depth < DEPTH_MAX {
            self.in_strings(text, depth, &mut strings, found);
        }
        for secret in self.find_wanted(text, &wanted) {
            let value = &text.as_bytes()[secret.range.clone()];
            // What has escapes is found in its string, and nothing goes on after the end of one.
            let is_escaped =
                memchr(b'\\', value).is_some() && strings.iter().any(|string| overlap(string, &secret.range));
            if !(is_escaped || is_json && memchr(b'"', value).is_some()) {
                found.push(Spelled { rule: secret.rule, range: secret.range });
            }
        }
        if !is_json && let Some(begin) = open_key(text) {
            let is_closed = found.iter().any(|one| one.rule == KEY_RULE && one.range.contains(&begin));
            if !is_closed && let Some(rule) = self.rule_named(KEY_RULE) {
                found.push(Spelled { rule, range: begin..text.len() });
            }
        }
    }

    /// Looks into the strings of a text that have escapes, or a part of a key.
    fn in_strings<'s>(
        &'s self,
        text: &str,
        depth: usize,
        strings: &mut Vec<Range<usize>>,
        found: &mut Vec<Spelled<'s>>,
    ) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(begin) = memchr(b'"', &bytes[at..]).map(|quote| at + quote + 1) {
            let Some((end, has_escapes)) = end_of_string(bytes, begin) else { break };
            at = end + 1;
            let inside = &text[begin..end];
            if !has_escapes && !inside.contains(KEY_BEGINS) {
                continue;
            }
            let plain = Unescaped::of(inside);
            strings.push(begin..end);
            let mut here = Vec::new();
            self.spelled(&plain.text, depth + 1, &mut here);
            found.extend(here.into_iter().map(|one| Spelled {
                rule: one.rule,
                range: begin + plain.raw(one.range.start, true)..begin + plain.raw(one.range.end, false),
            }));
        }
    }
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

fn moved(range: Range<usize>, by: usize) -> Range<usize> {
    range.start + by..range.end + by
}

/// Of those that overlap, one from the first's begin to the last's end.
fn merged(mut found: Vec<Spelled<'_>>) -> Vec<Spelled<'_>> {
    found.sort_by_key(|one| (one.range.start, std::cmp::Reverse(one.range.end)));
    let mut merged: Vec<Spelled<'_>> = Vec::with_capacity(found.len());
    for one in found {
        match merged.last_mut() {
            Some(last) if one.range.start < last.range.end => {
                last.range.end = last.range.end.max(one.range.end);
            }
            _ => merged.push(one),
        }
    }
    merged
}

/// Returns where the last private key of a text begins.
pub(crate) fn open_key(text: &str) -> Option<usize> {
    let begin = text.rfind(KEY_BEGINS)?;
    text[begin..].lines().next().is_some_and(|line| line.contains(KEY)).then_some(begin)
}

/// Returns where the quotation mark is that ends a string, and whether there are escapes before it.
fn end_of_string(bytes: &[u8], mut at: usize) -> Option<(usize, bool)> {
    let mut has_escapes = false;
    loop {
        at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some((at, has_escapes));
        }
        has_escapes = true;
        at += 2;
    }
}

/// The text of a string, and where its bytes are in it.
struct Unescaped {
    text: String,
    /// Of each escape, where it is in the text, and in the string from where to where.
    escapes: Vec<(Range<usize>, Range<usize>)>,
}

impl Unescaped {
    /// What is no escape of JSON stays as it is.
    fn of(inside: &str) -> Self {
        let (mut text, mut escapes) = (String::with_capacity(inside.len()), Vec::new());
        let (bytes, mut at) = (inside.as_bytes(), 0);
        while let Some(escape) = memchr(b'\\', &bytes[at..]).map(|found| at + found) {
            text.push_str(&inside[at..escape]);
            let before = text.len();
            let end = match bytes.get(escape + 1) {
                Some(b'u') => {
                    let (letter, end) = by_number(inside, escape);
                    text.push(letter);
                    end
                }
                Some(other) => {
                    let letter = match other {
                        b'n' => Some('\n'),
                        b't' => Some('\t'),
                        b'r' => Some('\r'),
                        b'b' => Some('\u{8}'),
                        b'f' => Some('\u{c}'),
                        b'"' | b'\\' | b'/' => Some(char::from(*other)),
                        _ => None,
                    };
                    text.push(letter.unwrap_or('\\'));
                    escape + if letter.is_some() { 2 } else { 1 }
                }
                None => {
                    text.push('\\');
                    escape + 1
                }
            };
            escapes.push((before..text.len(), escape..end));
            at = end;
        }
        text.push_str(&inside[at..]);
        Self { text, escapes }
    }

    /// Returns where in the string a place of the text is: before the escape that it is in, or after it.
    fn raw(&self, place: usize, is_begin: bool) -> usize {
        let after = self.escapes.partition_point(|(text, _)| match is_begin {
            true => text.end <= place,
            false => text.start < place,
        });
        match after.checked_sub(1).map(|last| &self.escapes[last]) {
            Some((text, raw)) if place >= text.end => raw.end + (place - text.end),
            Some((_, raw)) if is_begin => raw.start,
            Some((_, raw)) => raw.end,
            None => place,
        }
    }
}

/// Reads `\uXXXX`, or two of them that are one letter; returns it and where it ends.
fn by_number(inside: &str, at: usize) -> (char, usize) {
    let unit = |at: usize| {
        let digits = inside.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let Some(first) = unit(at) else { return ('\\', at + 1) };
    let pair = [first, unit(at + 6).unwrap_or_default()];
    match char::decode_utf16(pair).next() {
        Some(Ok(letter)) if letter.len_utf16() == 2 => (letter, at + 12),
        Some(Ok(letter)) => (letter, at + 6),
        _ => (char::REPLACEMENT_CHARACTER, at + 6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "ghp_0123456789abcdefghijABCDEFGHIJ012345";

    fn found(text: &str) -> Vec<(&str, &str)> {
        let found = Secrets::published().find_spelled(text);
        found.into_iter().map(|one| (one.rule, &text[one.range])).collect()
    }

    #[test]
    fn a_secret_is_found_at_every_depth_of_escapes_and_nothing_else_is_touched() {
        let key = format!(
            "-----BEGIN {0}-----\n{1}\n-----END {0}-----",
            "RSA PRIVATE KEY",
            "MIIEpAIBAAKCAQEA7v9bS2Q4k1x8Zf3Tq0Yw".repeat(3)
        );
        for secret in [TOKEN.to_owned(), key] {
            let mut text = format!("line\n{secret}\nend \"quoted\"");
            for depth in 0..DEPTH_MAX {
                let found = Secrets::published().find_spelled(&text);
                assert_eq!(found.len(), 1, "{depth}: {text}");
                let mut masked = text.clone();
                masked.replace_range(found[0].range.clone(), "MASK");
                // What it was put into reads as before, with the mask in the secret's place.
                for _ in 0..depth {
                    let value: serde_json::Value = serde_json::from_str(&masked).unwrap();
                    masked = value["text"].as_str().unwrap().to_owned();
                }
                assert_eq!(masked, "line\nMASK\nend \"quoted\"");
                text = serde_json::json!({ "text": text }).to_string();
            }
        }
    }

    #[test]
    fn a_key_that_was_cut_off_ends_with_its_string() {
        let record = r#"{"text":"-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7v9b","more":"kept"}"#;
        assert_eq!(found(record), [("private-key", &record[9..record.len() - 16])]);
        let (begin, end) = ("-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----");
        let record = format!(r#"{{"a":"{begin}","b":"{}","c":"{end}"}}"#, "x".repeat(80));
        assert_eq!(found(&record), [("private-key", begin)]);
    }

    #[test]
    fn secrets_beside_escapes_are_found() {
        for (text, rule) in [
            (format!(r#"{{"text":"\n{TOKEN}\n"}}"#), "github-token"),
            (r#"{"text":"postgres:\/\/ada:h4nt3r2-h4nt3r3@db.local\/atlas"}"#.to_owned(), "password-in-url"),
            (r#"{"a":"{\"password\":\"kJ8sZq2Lw9xTn4Vb7mRc\"}"}"#.to_owned(), "named-secret"),
            (r#"{"a":"export DB_PASSWORD=\"kJ8sZq2Lw9xTn4Vb7mRc\""}"#.to_owned(), "named-secret"),
        ] {
            assert_eq!(found(&text).iter().map(|(rule, _)| *rule).collect::<Vec<_>>(), [rule], "{text}");
        }
        let bytes = [b"\xff\xfe{\"a\":\"", TOKEN.as_bytes(), b"\"}\xff"].concat();
        let found = Secrets::published().find_spelled_in_bytes(&bytes);
        assert_eq!(&bytes[found[0].range.clone()], TOKEN.as_bytes());
    }

    #[test]
    fn escapes_that_are_none_are_left_as_they_are() {
        for text in [
            "\"\\",
            "\"\\u12\" token",
            "\"\\ud800\\u0041 token\"",
            "\"\\q secret\" \\",
            "\"\\u\u{e9}\" api_key",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
