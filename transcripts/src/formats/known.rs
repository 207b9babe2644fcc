//! What is remembered of records: short hashes, and never texts.

use std::hash::{DefaultHasher, Hash, Hasher};

pub(super) use crate::id::Id;

/// Returns what stands for an id.
pub(super) fn id(text: &str) -> Id {
    crate::id::id(text)
}

/// Returns what stands for several texts together.
pub(super) fn id_of(texts: &[&str]) -> Id {
    let mut all = Vec::new();
    for text in texts {
        all.extend_from_slice(&(text.len() as u64).to_le_bytes());
        all.extend_from_slice(text.as_bytes());
    }
    crate::id::id(all)
}

/// The records that a file, or a copy of it, has already given: their places, and what their beginnings and ends looked like. Sixteen
/// bytes a record.
#[derive(Debug, Default)]
pub(super) struct Given(Vec<(u64, u64)>);

impl Given {
    /// Notes a record. Returns whether it is new.
    pub(super) fn is_new(&mut self, offset: u64, record: &[u8]) -> bool {
        const LOOK: usize = 512;
        let mut hasher = DefaultHasher::new();
        record.len().hash(&mut hasher);
        match record.len() > 2 * LOOK {
            true => (&record[..LOOK], &record[record.len() - LOOK..]).hash(&mut hasher),
            false => record.hash(&mut hasher),
        }
        let look = hasher.finish();
        match self.0.last() {
            Some((last, _)) if offset <= *last => self.0.binary_search(&(offset, look)).is_err(),
            _ => {
                self.0.push((offset, look));
                true
            }
        }
    }
}
