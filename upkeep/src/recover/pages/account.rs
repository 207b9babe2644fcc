//! What shows that no page of the log is missing, where SQLite finds something wrong: its index, or what every page is.

use std::collections::HashSet;

use super::cells::Node;
use super::file::{Pages, Version};
use super::record;
use rusqlite::types::Value;

/// The index of streams and revisions that the table of events has: an entry for every event.
pub(super) const INDEX: &str = "sqlite_autoindex_event_1";

/// The positions that the entries of an index name.
#[derive(Debug, Default)]
pub(super) struct Entries {
    count: u64,
    last: u64,
    sum: u128,
    /// Whether something in it is no entry of that index.
    has_other: bool,
}

impl Entries {
    /// Takes in the entries of a page of the index.
    pub(super) fn take(&mut self, page: &[u8], node: &Node<'_>) {
        for cell in node.cells() {
            let record = &page[cell.local.clone()];
            let values = record::types(record, 3).and_then(|(types, at)| record::values(record, &types, at));
            match values.as_deref() {
                Some([Value::Integer(_), Value::Integer(_), Value::Integer(position @ 1..)]) => {
                    let position = position.unsigned_abs();
                    self.count += 1;
                    self.last = self.last.max(position);
                    self.sum += u128::from(position);
                }
                _ => self.has_other = true,
            }
        }
    }

    /// Returns the last position where all from the first one on are there; `None` where one is missing, or all.
    pub(super) fn last_of_all(&self) -> Option<u64> {
        let last = u128::from(self.last);
        let is_each = self.count == self.last && self.sum == last * (last + 1) / 2;
        (is_each && !self.has_other && self.count > 0).then_some(self.last)
    }
}

/// Takes note of the pages on which the rows of a page go on. Each is followed once.
pub(super) fn follow(pages: &mut Pages, node: &Node<'_>, reached: &mut HashSet<u32>) {
    let mut more = Vec::new();
    for cell in node.cells() {
        let mut left = cell.length.saturating_sub(cell.local.len());
        let mut next = cell.overflow;
        while let Some(number) = next.filter(|number| left > 0 && pages.has(*number)) {
            if !reached.insert(number) {
                break;
            }
            pages.read(Version::Current(number), &mut more);
            left = left.saturating_sub(more.len() - 4);
            next = Some(u32::from_be_bytes([more[0], more[1], more[2], more[3]]));
        }
    }
}

/// Whether every page that the store has, by its header and by its size, is there and is one of those that `is_known`.
pub(super) fn is_complete(pages: &mut Pages, is_known: impl Fn(u32) -> bool) -> bool {
    let Some(count) = pages.count_in_header() else { return false };
    let last = pages.numbers().last().unwrap_or(0).max(count);
    // A header may say any number: the first page that is missing ends it.
    (1..=last).all(|page| pages.has_now(page) && (pages.is_of_sqlite(page) || is_known(page)))
}
