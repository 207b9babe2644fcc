//! What is looked for.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::AhoCorasick;

/// A shorter string is found anywhere, and says nothing.
const BYTES_MIN: usize = 6;
/// Of a longer text so much of its middle is looked for: all of it would fill the memory where texts are many.
const PART_BYTES_MAX: usize = 512;
/// The part of it that the search machine knows.
const NEEDLE_BYTES_MAX: usize = 48;
/// Texts that are looked for; of more, the rest is counted.
const TEXTS_MAX: usize = 100_000;

/// Bytes by which a removed content would be known again.
#[derive(Debug, Default)]
pub struct Residue {
    /// Strings, looked for in the files and in every value of every table, unpacked.
    texts: BTreeSet<Vec<u8>>,
    /// Bytes as they were in the file.
    pub(super) raw: BTreeSet<Vec<u8>>,
    /// The same of texts outside of events, by their hash: they stay where another event refers to them.
    pub(super) blobs: BTreeMap<[u8; 32], Vec<u8>>,
    pub(super) count: u64,
    pub(super) too_short: u64,
    pub(super) too_many: u64,
}

impl Residue {
    /// Adds a string that was removed. One of less than six bytes is not looked for, and of a long one its middle.
    pub fn add(&mut self, text: &str) {
        let text = text.trim();
        match text.len() {
            0 => {}
            1..BYTES_MIN => self.too_short += 1,
            _ if self.texts.len() >= TEXTS_MAX => self.too_many += 1,
            _ => {
                let before = self.texts.len();
                self.texts.insert(middle(text.as_bytes(), PART_BYTES_MAX).to_owned());
                // In JSON, and in what keeps JSON, it may be written with escapes.
                let escaped = serde_json::Value::from(text).to_string();
                self.texts
                    .insert(middle(&escaped.as_bytes()[1..escaped.len() - 1], PART_BYTES_MAX).to_owned());
                self.count += u64::from(self.texts.len() > before);
            }
        }
    }

    /// Returns whether some string of at least `window` bytes of what was removed is in `bytes`.
    pub(super) fn left_in(&self, bytes: &[u8], window: usize) -> bool {
        self.texts.iter().any(|text| {
            let window = window.min(text.len());
            text.windows(window).any(|part| memchr::memmem::find(bytes, part).is_some())
        })
    }

    pub(super) fn parts(&self) -> Vec<Part> {
        let texts = self.texts.iter().cloned().map(Part::text);
        texts.chain(self.raw.iter().cloned().map(Part::raw)).collect()
    }
}

fn middle(bytes: &[u8], most: usize) -> &[u8] {
    let at = bytes.len().saturating_sub(most) / 2;
    &bytes[at..(at + most).min(bytes.len())]
}

/// Something that is looked for, byte for byte.
pub(super) struct Part {
    bytes: Vec<u8>,
    is_text: bool,
    /// A value of the store has it.
    is_live: bool,
}

impl Part {
    pub(super) fn text(bytes: Vec<u8>) -> Self {
        Self { bytes, is_text: true, is_live: false }
    }

    pub(super) fn raw(bytes: Vec<u8>) -> Self {
        Self { bytes, is_text: false, is_live: false }
    }
}

/// All parts, and the machine that finds them.
pub(super) struct Needles {
    parts: Vec<Part>,
    machine: Option<AhoCorasick>,
    /// For each needle of the machine, the parts that have it in their middle.
    of_needle: Vec<Vec<usize>>,
    longest: usize,
}

impl Needles {
    pub(super) fn new(parts: Vec<Part>) -> Self {
        let mut by_needle: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        for (at, part) in parts.iter().enumerate() {
            by_needle.entry(middle(&part.bytes, NEEDLE_BYTES_MAX)).or_default().push(at);
        }
        let machine = match by_needle.is_empty() {
            true => None,
            false => AhoCorasick::builder()
                .kind(Some(aho_corasick::AhoCorasickKind::ContiguousNFA))
                .build(by_needle.keys())
                .ok(),
        };
        let of_needle = by_needle.into_values().collect();
        let longest = parts.iter().map(|part| part.bytes.len()).max().unwrap_or(0);
        Self { parts, machine, of_needle, longest }
    }

    /// The bytes of the longest part.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Takes note of the parts that a value of the store has; returns whether one of them is a text.
    pub(super) fn note_live(&mut self, value: &[u8]) -> bool {
        let mut found = Vec::new();
        self.find(value, &mut |part, _, _| found.push(part));
        found.into_iter().fold(false, |is_text, part| {
            self.parts[part].is_live = true;
            is_text || self.parts[part].is_text
        })
    }

    /// Calls `found` for the beginning and the end of each part in `bytes` that no value of the store has.
    pub(super) fn find_dead(&self, bytes: &[u8], found: &mut dyn FnMut(usize, usize)) {
        self.find(bytes, &mut |part, from, to| {
            if !self.parts[part].is_live {
                found(from, to);
            }
        });
    }

    fn find(&self, bytes: &[u8], found: &mut dyn FnMut(usize, usize, usize)) {
        let Some(machine) = &self.machine else { return };
        for hit in machine.find_overlapping_iter(bytes) {
            for part in &self.of_needle[hit.pattern().as_usize()] {
                let whole = &self.parts[*part].bytes;
                let before = whole.len().saturating_sub(NEEDLE_BYTES_MAX) / 2;
                let Some(from) = hit.start().checked_sub(before) else { continue };
                if bytes.get(from..from + whole.len()) == Some(whole) {
                    found(*part, from, from + whole.len());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_found_where_all_of_it_stands_and_not_where_its_middle_does() {
        let long: String = (0..400).map(|number| format!("{number} ")).collect();
        let mut traces = Residue::default();
        traces.add(&long);
        traces.add("flower pot");
        traces.add("short");
        assert_eq!((traces.count, traces.too_short), (2, 1));
        let mut needles = Needles::new(traces.parts());
        let ends = |needles: &Needles, bytes: &[u8]| {
            let mut found = Vec::new();
            needles.find_dead(bytes, &mut |from, to| found.push((from, to)));
            found
        };
        let middle = middle(long.as_bytes(), NEEDLE_BYTES_MAX);
        assert_eq!(ends(&needles, middle), []);
        assert_eq!(ends(&needles, long.as_bytes()).len(), 1);
        assert_eq!(ends(&needles, b"a flower pot"), [(2, 12)]);
        assert!(needles.note_live(b"a flower pot"));
        assert_eq!(ends(&needles, b"a flower pot"), []);
    }
}
