//! What looks like a secret in what is read: counted, and taken out where the log says so.
//!
//! A record and what it means are masked by the same finds, so that an event still says what the record does. What is masked is decided
//! before anything is handed over: neither an event, nor a hash of a text, nor the kept bytes hold the secret. That the file had other
//! bytes there is said with the kept bytes ([`Mask`](retold_core::event::RecordsKept)).

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use retold_core::Spelling;
use retold_secrets::{Secrets, mask};
use retold_transcripts::{Fact, What};
use serde_json::Value;

/// The rule for the end of a record that is still being written: it may be the begin of a secret.
const UNFINISHED: &str = "unfinished";
/// What a secret may go on with, beside letters and digits.
const SECRET_LETTERS: &[u8] = b"_-./+=:~%@";

/// A secret in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) rule: &'static str,
    pub(super) range: Range<usize>,
}

/// How often each rule found something.
pub(super) type Counts = BTreeMap<&'static str, u64>;

/// Adds finds to counts.
pub(super) fn count(found: &[Found], counts: &mut Counts) {
    // What may become one is none yet.
    for one in found.iter().filter(|one| one.rule != UNFINISHED) {
        *counts.entry(one.rule).or_default() += 1;
    }
}

/// Finds what looks like a secret. One pass over the bytes where there is no keyword of one, which is the rule.
pub(super) fn find(bytes: &[u8]) -> Vec<Found> {
    let found = Secrets::published().find_spelled_in_bytes(bytes);
    found.into_iter().map(|one| Found { rule: one.rule, range: one.range }).collect()
}

/// Finds them in the end of a file that is still being written: what may be the begin of one is among them.
pub(super) fn find_in_tail(bytes: &[u8]) -> Vec<Found> {
    let mut found = find(bytes);
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || SECRET_LETTERS.contains(byte);
    let begin = bytes.len() - bytes.iter().rev().take_while(is_part).count();
    let begin = found.last().map_or(begin, |last| begin.max(last.range.end));
    if begin < bytes.len() {
        found.push(Found { rule: UNFINISHED, range: begin..bytes.len() });
    }
    found
}

/// The secrets of a record as texts, so that they are masked wherever it says them.
///
/// They are looked for in sets, each of at most half as many as the one before it: n of them are in O(log n) sets, each of
/// them was put into a set O(log n) times, and bytes are passed over once for each set.
#[derive(Debug, Default)]
pub(super) struct Values {
    known: HashSet<Vec<u8>>,
    sets: Vec<Set>,
}

/// Some of them.
#[derive(Debug)]
struct Set {
    texts: Vec<(Vec<u8>, &'static str)>,
    finder: AhoCorasick,
}

impl Set {
    /// Returns `None` where there are too many to be looked for.
    fn of(texts: Vec<(Vec<u8>, &'static str)>) -> Option<Self> {
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(texts.iter().map(|(text, _)| text))
            .ok()?;
        Some(Self { texts, finder })
    }
}

impl Values {
    /// Adds what was found in bytes, as it is spelled there and without escapes.
    pub(super) fn add(&mut self, bytes: &[u8], found: &[Found]) {
        let mut new = Vec::new();
        for Found { rule, range } in found {
            let Ok(text) = std::str::from_utf8(&bytes[range.clone()]) else { continue };
            let mut text = text.to_owned();
            loop {
                let mut spelled = Vec::new();
                Spelling::Json.write(&text, &mut spelled);
                for text in [text.as_bytes(), &spelled] {
                    if !self.known.contains(text) {
                        self.known.insert(text.to_owned());
                        new.push((text.to_owned(), *rule));
                    }
                }
                match serde_json::from_str::<String>(&format!("\"{text}\"")) {
                    Ok(plain) if plain.len() < text.len() => text = plain,
                    _ => break,
                }
            }
        }
        if new.is_empty() {
            return;
        }
        while let Some(last) = self.sets.pop_if(|last| last.texts.len() < 2 * new.len()) {
            new.splice(..0, last.texts);
        }
        self.sets.extend(Set::of(new));
    }

    /// Adds to what was found in bytes, in order, where else they say one of these.
    pub(super) fn find_again(&self, bytes: &[u8], found: &mut Vec<Found>) {
        for Set { texts, finder } in &self.sets {
            let (mut again, mut at) = (Vec::new(), 0);
            let ends = found.iter().map(|one| one.range.clone());
            for Range { start, end } in ends.chain(std::iter::once(bytes.len()..bytes.len())) {
                again.extend(finder.find_iter(&bytes[at..start]).map(|one| Found {
                    rule: texts[one.pattern().as_usize()].1,
                    range: at + one.start()..at + one.end(),
                }));
                at = end;
            }
            if !again.is_empty() {
                found.append(&mut again);
                found.sort_by_key(|one| one.range.start);
            }
        }
    }
}

/// Bytes without their secrets.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Masked {
    pub(super) bytes: Vec<u8>,
    /// Of each mask: where the secret was among the bytes, how long it was, how long the mask is, and the rule.
    pub(super) masks: Vec<(usize, usize, usize, &'static str)>,
}

/// Takes out what was found, in order.
pub(super) fn masked(bytes: &[u8], found: &[Found]) -> Masked {
    let (mut masked, mut at) = (Masked::default(), 0);
    for Found { rule, range } in found {
        masked.bytes.extend_from_slice(&bytes[at..range.start]);
        let shown = mask(rule);
        masked.bytes.extend_from_slice(shown.as_bytes());
        masked.masks.push((range.start, range.len(), shown.len(), rule));
        at = range.end;
    }
    masked.bytes.extend_from_slice(&bytes[at..]);
    masked
}

/// Parts bytes into steps of about `size`, none of which ends within a secret; each with what was found in it.
pub(super) fn steps(bytes: Range<usize>, found: &[Found], size: usize) -> Vec<(Range<usize>, Vec<Found>)> {
    let (mut steps, mut at) = (Vec::new(), bytes.start);
    while at < bytes.end {
        let end = bytes.end.min(at.saturating_add(size));
        let end =
            found.iter().find(|one| one.range.contains(&end)).map_or(end, |one| one.range.end.min(bytes.end));
        let here = found.iter().filter(|one| one.range.end > at && one.range.start < end);
        let here = here.map(|one| Found {
            rule: one.rule,
            range: one.range.start.max(at) - at..one.range.end.min(end) - at,
        });
        steps.push((at..end, here.collect()));
        at = end;
    }
    steps
}

/// Masks a text; returns what it was where it had a secret.
fn mask_text(text: &mut String, values: &mut Values) -> Option<String> {
    let mut found = find(text.as_bytes());
    values.add(text.as_bytes(), &found);
    values.find_again(text.as_bytes(), &mut found);
    if found.is_empty() {
        return None;
    }
    let masked = String::from_utf8(masked(text.as_bytes(), &found).bytes).unwrap_or_default();
    Some(std::mem::replace(text, masked))
}

/// Masks the strings of a value.
pub(super) fn mask_value(value: &mut Value, values: &mut Values) {
    match value {
        Value::String(text) => drop(mask_text(text, values)),
        Value::Array(list) => list.iter_mut().for_each(|one| mask_value(one, values)),
        Value::Object(map) => map.values_mut().for_each(|one| mask_value(one, values)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Masks what a fact says; ids stay, for they are what it is known by. Returns its text as it was, where that had a secret.
pub(super) fn mask_fact(fact: &mut Fact, values: &mut Values) -> Option<String> {
    let mut each = |text: &mut String| mask_text(text, values);
    match &mut fact.what {
        What::Spoke { text, .. } | What::Revised { text, .. } => each(text),
        What::Returned { output, .. } => each(output),
        What::Called { name, input, .. } => {
            drop(each(name));
            each(input)
        }
        What::Titled(text) | What::InWorktree(text) | What::Versioned(text) | What::Unknown(text) => {
            each(text)
        }
        What::Moved { cwd, branch } => {
            [cwd, branch].into_iter().flatten().for_each(|text| drop(each(text)));
            None
        }
        What::Also { value, .. } => {
            mask_value(value, values);
            None
        }
        What::Began
        | What::Linked { .. }
        | What::Responded { .. }
        | What::Used { .. }
        | What::Compacted { .. }
        | What::Rewound { .. }
        | What::HasStatus(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "ghp_0123456789abcdefghijABCDEFGHIJ012345";

    #[test]
    fn what_a_record_says_and_what_it_means_are_masked_alike() {
        let record = format!(r#"{{"a":"\"{TOKEN}\"\n","b":"{TOKEN}"}}"#);
        let found = find(record.as_bytes());
        let masked = masked(record.as_bytes(), &found);
        assert_eq!(masked.bytes, br#"{"a":"\"[masked: github-token]\"\n","b":"[masked: github-token]"}"#);
        assert_eq!(masked.masks.len(), 2);
        let mut values = Values::default();
        values.add(record.as_bytes(), &found);
        let mut text = format!("\"{TOKEN}\"\n");
        assert!(mask_text(&mut text, &mut values).is_some());
        assert_eq!(text, "\"[masked: github-token]\"\n");
    }

    #[test]
    fn what_is_a_secret_by_its_key_alone_is_masked_wherever_the_record_says_it() {
        let record = br#"{"password":"kJ8sZq2Lw9xTn4Vb7mRc","said":"kJ8sZq2Lw9xTn4Vb7mRc"}"#;
        let mut found = find(record);
        let mut values = Values::default();
        values.add(record, &found);
        values.find_again(record, &mut found);
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn however_many_secrets_a_record_has_they_are_looked_for_in_few_sets() {
        const MANY: usize = 3_000;
        let tokens: Vec<String> =
            (0..MANY).map(|at| format!("ghp_0123456789abcdefghijABCDEFGHIJ{at:06}")).collect();
        let record = tokens.join(" ");
        let found = find(record.as_bytes());
        assert_eq!(found.len(), MANY);
        let (mut at_once, mut one_by_one) = (Values::default(), Values::default());
        at_once.add(record.as_bytes(), &found);
        assert_eq!(at_once.sets.len(), 1);
        for one in &found {
            one_by_one.add(record.as_bytes(), std::slice::from_ref(one));
            one_by_one.add(record.as_bytes(), std::slice::from_ref(one));
        }
        assert!(one_by_one.sets.len() <= MANY.ilog2() as usize + 1, "{}", one_by_one.sets.len());
        assert_eq!(one_by_one.sets.iter().map(|set| set.texts.len()).sum::<usize>(), MANY);
        // With a letter before them, no rule finds them.
        let other = tokens.iter().map(|token| format!("x{token}")).collect::<String>();
        for values in [at_once, one_by_one] {
            let mut again = Vec::new();
            values.find_again(other.as_bytes(), &mut again);
            let texts: Vec<&[u8]> = again.iter().map(|one| &other.as_bytes()[one.range.clone()]).collect();
            assert_eq!(texts, tokens.iter().map(String::as_bytes).collect::<Vec<_>>());
        }
    }

    #[test]
    fn no_step_ends_within_a_secret_and_all_of_them_are_the_whole() {
        let text = format!("one {TOKEN} two {TOKEN}{TOKEN} three").into_bytes();
        let found = find(&text);
        let whole = masked(&text, &found).bytes;
        for size in 1..text.len() + 2 {
            let parts = steps(0..text.len(), &found, size);
            let joined: Vec<u8> =
                parts.iter().flat_map(|(step, found)| masked(&text[step.clone()], found).bytes).collect();
            assert_eq!(joined, whole, "{size}");
        }
    }

    #[test]
    fn the_begin_of_a_secret_is_not_kept() {
        for cut in 1..TOKEN.len() {
            let tail = format!("{{\"text\":\"{}", &TOKEN[..cut]);
            let masked = masked(tail.as_bytes(), &find_in_tail(tail.as_bytes()));
            assert!(!String::from_utf8(masked.bytes).unwrap().contains("ghp_"), "{tail}");
        }
    }
}
