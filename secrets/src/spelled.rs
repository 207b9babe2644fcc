//! Secrets in texts that may be JSON, whose strings spell them with escapes, at any depth.
//!
//! A keyword has no escapes, so that it is found as it is, and what is around it alone is read without them. Keywords are looked for
//! only beside runs of letters and digits that are as long as the shortest secret.

use std::ops::Range;

use memchr::{memchr, memmem};
use regex_automata::{Anchored, Input};

use crate::keys::Keys;
use crate::unescaped::Unescaped;
use crate::windows::Windows;
use crate::{Rule, Secrets, entropy, is_sample};

/// So deep strings are looked into that are JSON themselves.
const DEPTH_MAX: usize = 4;
/// So far before a keyword something that belongs to it begins at most, in bytes.
const BEFORE: usize = 96;
/// What is read without escapes around a keyword, at first.
const AROUND: usize = 256;
/// A scheme is no longer, and what is between it and its password.
const SCHEME_MAX: usize = 21;
const URL_MAX: usize = 256;
/// The rules that have ways of their own.
const KEY_RULE: &str = "private-key";
const URL_RULE: &str = "password-in-url";

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
    /// O(length): a look at every sixteenth byte, and one pass over what is beside long runs of letters and digits.
    ///
    /// ```
    /// let secrets = retold_secrets::Secrets::published();
    /// let key = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    /// let record = format!(r#"{{"text":"first\n{key}\n"}}"#);
    /// let found = secrets.find_spelled(&record);
    /// assert_eq!((found[0].rule, &record[found[0].range.clone()]), ("github-token", key));
    /// ```
    pub fn find_spelled(&self, text: &str) -> Vec<Spelled<'_>> {
        let (bytes, mut found) = (text.as_bytes(), Vec::new());
        let mut keys = Keys::of(bytes);
        for window in Windows::of(bytes) {
            for keyword in self.keywords.find_overlapping_iter(&bytes[window.clone()]) {
                let rule = &self.rules[self.rule_of_keyword[keyword.pattern().as_usize()]];
                let place = window.start + keyword.start();
                let range = match rule.id.as_str() {
                    URL_RULE => None,
                    KEY_RULE => keys.at(place),
                    _ if rule.is_led => rule.at(text, place),
                    _ => rule.near(text, place),
                };
                found.extend(range.map(|range| Spelled { rule: &rule.id, range }));
            }
        }
        if let Some(rule) = self.rules.iter().find(|rule| rule.id == URL_RULE) {
            for spelled in ["://", r":\/\/"] {
                for place in memmem::find_iter(bytes, spelled) {
                    let range = url(bytes, place).and_then(|place| rule.at(text, place));
                    found.extend(range.map(|range| Spelled { rule: &rule.id, range }));
                }
            }
        }
        merged(found)
    }

    /// Finds the secrets in bytes of which some may be no text.
    pub fn find_spelled_in_bytes(&self, bytes: &[u8]) -> Vec<Spelled<'_>> {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return self.find_spelled(text);
        }
        let (mut found, mut at) = (Vec::new(), 0);
        for chunk in bytes.utf8_chunks() {
            let here = self.find_spelled(chunk.valid()).into_iter();
            found.extend(
                here.map(|Spelled { rule, range }| Spelled { rule, range: range.start + at..range.end + at }),
            );
            at += chunk.valid().len() + chunk.invalid().len();
        }
        found
    }
}

impl Rule {
    /// Returns the secret whose match begins at a place, whatever escapes there are in it.
    fn at(&self, text: &str, place: usize) -> Option<Range<usize>> {
        let input = Input::new(text).range(place..).anchored(Anchored::Yes);
        if let Some(range) = self.dense(&input) {
            return Some(range);
        }
        let is_after_escape = is_after_escape(text.as_bytes(), place);
        let mut length = AROUND;
        loop {
            let end = text.floor_char_boundary(place.saturating_add(length));
            // An escape before it is no letter before it.
            let mut levels = vec![Unescaped { text: format!(" {}", &text[place..end]), escapes: Vec::new() }];
            if !is_after_escape && memchr(b'\\', levels[0].text.as_bytes()).is_none() {
                return None;
            }
            let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            if !is_after_escape && place.checked_sub(1).is_some_and(|before| is_word(text.as_bytes()[before]))
            {
                levels[0].text.replace_range(..1, "x");
            }
            let mut is_cut = false;
            for _ in 0..=DEPTH_MAX {
                let Some(level) = levels.last() else { break };
                let input = Input::new(&level.text).range(1..).anchored(Anchored::Yes);
                if let Some(found) = self.dense(&input) {
                    is_cut = found.end == level.text.len() && end < text.len();
                    if !is_cut {
                        let raw = |place: usize, is_begin: bool| {
                            levels[1..].iter().rev().fold(place, |place, level| level.raw(place, is_begin))
                                - 1
                        };
                        return Some(place + raw(found.start, true)..place + raw(found.end, false));
                    }
                    break;
                }
                if memchr(b'\\', level.text.as_bytes()).is_none() {
                    break;
                }
                let next = Unescaped::of(&level.text);
                levels.push(next);
            }
            if !is_cut {
                return None;
            }
            length = length.saturating_mul(4);
        }
    }

    /// Returns the secret whose match contains a keyword, which has no escape in it; there may be some around it.
    fn near(&self, text: &str, place: usize) -> Option<Range<usize>> {
        let begin = text.floor_char_boundary(place.saturating_sub(BEFORE));
        let end = text.floor_char_boundary(place.saturating_add(AROUND).min(text.len()));
        let raw = |range: Range<usize>| range;
        if let Some(range) = self.containing(&Input::new(text).range(begin..end), place, &raw) {
            return Some(range);
        }
        let (mut levels, mut next) = (Vec::<Unescaped>::new(), &text[begin..end]);
        while levels.len() < DEPTH_MAX && memchr(b'\\', next.as_bytes()).is_some() {
            levels.push(Unescaped::of(next));
            let raw = |range: Range<usize>| {
                let raw = |place: usize, is_begin: bool| {
                    begin + levels.iter().rev().fold(place, |place, level| level.raw(place, is_begin))
                };
                raw(range.start, true)..raw(range.end, false)
            };
            next = &levels.last()?.text;
            if let Some(range) = self.containing(&Input::new(next), place, &raw) {
                return Some(range);
            }
        }
        None
    }

    /// Returns where the secret is whose match contains a place: the first matches may be of others before it. `raw`
    /// returns where in the text a range of the input is.
    fn containing(
        &self,
        input: &Input<'_>,
        place: usize,
        raw: &dyn Fn(Range<usize>) -> Range<usize>,
    ) -> Option<Range<usize>> {
        let mut input = input.clone();
        loop {
            let found = self.regex.search(&input)?.range();
            let range = raw(found.clone());
            if range.contains(&place) {
                return self.dense(&input).map(raw);
            }
            if range.start > place || found.end <= input.start() || found.end > input.end() {
                return None;
            }
            input.set_start(found.end);
        }
    }

    fn dense(&self, input: &Input<'_>) -> Option<Range<usize>> {
        self.regex.search_half(input)?;
        let mut captures = self.regex.create_captures();
        self.regex.search_captures(input, &mut captures);
        let range = captures.get_group(self.group)?.range();
        let secret = std::str::from_utf8(&input.haystack()[range.clone()]).ok()?;
        let is_dense = self.entropy_min.is_none_or(|least| entropy(secret) >= least);
        (is_dense && !is_sample(secret)).then_some(range)
    }
}

/// Whether an escape ends before a place: what is before it is no letter.
fn is_after_escape(bytes: &[u8], place: usize) -> bool {
    let before = &bytes[place.saturating_sub(6)..place];
    matches!(before, [.., b'\\', b'n' | b'r' | b't' | b'b' | b'f'])
        || matches!(before, [b'\\', b'u', digits @ ..] if digits.iter().all(u8::is_ascii_hexdigit))
}

/// Returns where the URL begins whose scheme ends at a place, where it may have a password.
fn url(bytes: &[u8], place: usize) -> Option<usize> {
    memchr(b'@', &bytes[place..bytes.len().min(place + URL_MAX)])?;
    let is_scheme =
        |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'+' | b'.' | b'-');
    let scheme = bytes[..place].iter().rev().take(SCHEME_MAX).take_while(|byte| is_scheme(byte)).count();
    let begin = place - scheme;
    bytes[begin..place].iter().position(u8::is_ascii_lowercase).map(|first| begin + first)
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
    fn the_secrets_of_every_rule_are_found_after_an_escape_and_one_beside_the_other() {
        let secrets = Secrets::published();
        for (rule, sample) in crate::tests::samples() {
            let plain = secrets.find(&sample).into_iter().find(|secret| secret.rule == rule).unwrap();
            let secret = &sample[plain.range];
            for text in [
                format!("line\n{sample}\nend"),
                format!("{sample}\n{sample} {sample}"),
                format!("{sample} {sample}\t{sample},"),
                format!("\u{1}{sample}\u{1} {sample}\n"),
            ] {
                let count = text.matches(secret).count();
                let mut spelled = text.clone();
                for depth in 0..DEPTH_MAX {
                    let found = secrets.find_spelled(&spelled);
                    let of_rule = found.iter().filter(|one| one.rule == rule).count();
                    assert_eq!(of_rule, count, "{rule}: {depth}: {spelled}: {found:?}");
                    let mut masked = spelled.clone();
                    for one in found.iter().rev() {
                        masked.replace_range(one.range.clone(), "MASK");
                    }
                    for _ in 0..depth {
                        let value: serde_json::Value = serde_json::from_str(&masked).unwrap();
                        masked = value["text"].as_str().unwrap().to_owned();
                    }
                    assert_eq!(masked, text.replace(secret, "MASK"), "{rule}: {depth}");
                    spelled = serde_json::json!({ "text": spelled }).to_string();
                }
            }
        }
    }

    #[test]
    fn a_key_that_was_cut_off_ends_with_its_string() {
        let record = r#"{"text":"-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7v9b","more":"kept"}"#;
        assert_eq!(found(record), [("private-key", &record[9..record.len() - 16])]);
        let (begin, end) = ("-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----");
        let record = format!(r#"{{"a":"{begin}","b":"{}","c":"{end}"}}"#, "x".repeat(80));
        assert_eq!(found(&record), [], "the first line of a key alone is none");
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
