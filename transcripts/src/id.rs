//! Ids, kept in sixteen bytes each: interpreters know many.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// An id, or anything that is told from others by its bytes: the first half of their BLAKE3 hash.
pub(crate) type Id = u128;

/// Returns the id of some bytes.
pub(crate) fn id(bytes: impl AsRef<[u8]>) -> Id {
    first_half(blake3::hash(bytes.as_ref()))
}

/// Returns the id of something inside something else.
pub(crate) fn id_within(outer: u32, inner: impl AsRef<[u8]>) -> Id {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&outer.to_le_bytes());
    hasher.update(inner.as_ref());
    first_half(hasher.finalize())
}

/// Returns the id of several texts together.
pub(crate) fn id_of(texts: &[&str]) -> Id {
    let mut all = Vec::new();
    for text in texts {
        all.extend_from_slice(&(text.len() as u64).to_le_bytes());
        all.extend_from_slice(text.as_bytes());
    }
    id(all)
}

fn first_half(hash: blake3::Hash) -> Id {
    let mut half = [0; 16];
    half.copy_from_slice(&hash.as_bytes()[..16]);
    u128::from_le_bytes(half)
}

/// Whether an id is the place of a record that its tool gave none: its offset, perhaps after that of the record from which its file goes on.
pub fn is_place(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// Returns the number of the next one, where there are so many. There is no memory for more than can be counted.
pub(crate) fn next(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Texts that are numbered: a text that many things refer to is kept once.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Box<str>>", into = "Vec<Box<str>>")]
pub(crate) struct Names {
    texts: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

impl From<Vec<Box<str>>> for Names {
    fn from(texts: Vec<Box<str>>) -> Self {
        let mut names = Self::default();
        for text in &texts {
            names.number(text);
        }
        names
    }
}

impl From<Names> for Vec<Box<str>> {
    fn from(names: Names) -> Self {
        names.texts.iter().map(|text| (&**text).into()).collect()
    }
}

impl Names {
    /// Returns how many there are.
    pub(crate) fn count(&self) -> usize {
        self.texts.len()
    }

    /// Returns the number of a text, a new one if it is new.
    pub(crate) fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = next(self.texts.len());
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        self.numbers.insert(text, number);
        number
    }

    /// Returns the number of a text that has one.
    pub(crate) fn known(&self, text: &str) -> Option<u32> {
        self.numbers.get(text).copied()
    }

    /// Returns the text that has a number.
    pub(crate) fn text(&self, number: u32) -> &str {
        &self.texts[number as usize]
    }
}

/// Which records were read already, where they have no id: the same bytes in another file are a copy of the first, and so are the
/// same bytes where they were read before. The same bytes further on in the same file are another record.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Copies {
    first: HashMap<Id, u32>,
    ends: HashMap<u32, u64>,
}

impl Copies {
    /// Takes a record of a source, which is known by `within` which other records it can be a copy of; returns whether it is one.
    pub(crate) fn is_copy(&mut self, within: u32, source: u32, record: &crate::Record<'_>) -> bool {
        let end = self.ends.entry(source).or_default();
        let is_read_again = record.offset < *end;
        *end = (*end).max(record.offset.saturating_add(1));
        match self.first.entry(id_within(within, record.json())) {
            std::collections::hash_map::Entry::Occupied(first) => is_read_again || *first.get() != source,
            std::collections::hash_map::Entry::Vacant(first) => {
                first.insert(source);
                false
            }
        }
    }
}

/// The records that a file, or a copy of it, has already given: their places, and what their beginnings and ends looked like. Sixteen
/// bytes a record.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Given(Vec<(u64, u64)>);

impl Given {
    /// Whether another record than this was at its place, or none.
    pub(crate) fn is_another(&self, offset: u64, record: &[u8]) -> bool {
        let is_before_end = self.0.last().is_some_and(|(last, _)| offset <= *last);
        is_before_end && self.0.binary_search(&(offset, Self::look(record))).is_err()
    }

    fn look(record: &[u8]) -> u64 {
        const LOOK: usize = 512;
        let mut hasher = DefaultHasher::new();
        record.len().hash(&mut hasher);
        match record.len() > 2 * LOOK {
            true => (&record[..LOOK], &record[record.len() - LOOK..]).hash(&mut hasher),
            false => record.hash(&mut hasher),
        }
        hasher.finish()
    }

    /// Notes a record. Returns whether it is new.
    pub(crate) fn is_new(&mut self, offset: u64, record: &[u8]) -> bool {
        let look = Self::look(record);
        match self.0.last() {
            Some((last, _)) if offset <= *last => self.0.binary_search(&(offset, look)).is_err(),
            _ => {
                self.0.push((offset, look));
                true
            }
        }
    }
}
