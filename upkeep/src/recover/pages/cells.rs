//! The cells of a page of a b-tree. <https://sqlite.org/fileformat2.html#b_tree_pages>

use std::ops::Range;

use super::file::COLUMNS_MAX;
use super::record::{self, varint};

/// What a page of a b-tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Rows by their number.
    TableLeaf,
    TableInterior,
    /// Rows by their key, or the entries of an index.
    KeyLeaf,
    /// The same, and pages below it.
    KeyInterior,
}

impl Kind {
    pub(super) fn has_rows(self) -> bool {
        self != Self::TableInterior
    }

    pub(super) fn is_leaf(self) -> bool {
        matches!(self, Self::TableLeaf | Self::KeyLeaf)
    }

    pub(super) fn is_by_number(self) -> bool {
        matches!(self, Self::TableLeaf | Self::TableInterior)
    }
}

/// A page, as far as its own header makes sense.
pub(super) struct Node<'p> {
    page: &'p [u8],
    pub(super) kind: Kind,
    /// Where the cells begin.
    pointers: Vec<usize>,
    /// The page after all of its cells.
    last_child: u32,
    /// Whether every pointer leads to where a cell can be.
    pub(super) is_whole: bool,
}

/// A row, or as much of it as is on the page.
pub(super) struct Cell {
    /// The number of the row, where it has one.
    pub(super) number: Option<i64>,
    /// The length of the whole record.
    pub(super) length: usize,
    /// The part of it that is on the page.
    pub(super) local: Range<usize>,
    /// The page on which it goes on.
    pub(super) overflow: Option<u32>,
    /// Whether the page and the record say the same of how long it is.
    pub(super) is_of_one_length: bool,
}

impl<'p> Node<'p> {
    /// Reads the header of a page; `None` where it is none of a b-tree.
    pub(super) fn read(page: &'p [u8], number: u32) -> Option<Self> {
        // The first page begins with the header of the file.
        let begin = if number == 1 { 100 } else { 0 };
        let header = page.get(begin..begin + 12)?;
        let kind = match header[0] {
            0x0d => Kind::TableLeaf,
            0x05 => Kind::TableInterior,
            0x0a => Kind::KeyLeaf,
            0x02 => Kind::KeyInterior,
            _ => return None,
        };
        let first = begin + if kind.is_leaf() { 8 } else { 12 };
        let count = usize::from(u16::from_be_bytes([header[3], header[4]]));
        let array = &page[first..(first + 2 * count).min(page.len())];
        let (pairs, _) = array.as_chunks::<2>();
        // A pointer that leads into the header leads to no cell; the others may be right, also where the count is not.
        let pointers: Vec<usize> = pairs
            .iter()
            .map(|pair| usize::from(u16::from_be_bytes(*pair)))
            .filter(|at| *at >= first && *at < page.len())
            .collect();
        let last_child = u32::from_be_bytes([header[8], header[9], header[10], header[11]]);
        let mut node = Self { page, kind, pointers, last_child, is_whole: false };
        node.is_whole =
            node.pointers.len() == count && node.adds_up(begin, first + 2 * count).unwrap_or(false);
        Some(node)
    }

    /// Whether the page has no cells.
    pub(super) fn is_empty(&self) -> bool {
        self.pointers.is_empty()
    }

    /// Whether the cells and what is free are together as long as the page: then no cell of it is missing.
    fn adds_up(&self, begin: usize, least: usize) -> Option<bool> {
        let header = self.page.get(begin..begin + 8)?;
        let word = |at: usize| {
            let bytes = self.page.get(at..at + 2)?;
            Some(usize::from(u16::from_be_bytes([bytes[0], bytes[1]])))
        };
        // The end of a page of 64 KiB does not fit.
        let content = match word(begin + 5)? {
            0 => 1 << 16,
            content => content,
        };
        let mut used = usize::from(header[7]);
        for at in &self.pointers {
            used += self.size(*at)?;
        }
        let (mut free, mut before) = (word(begin + 1)?, 0);
        while free > before {
            used += word(free + 2)?;
            (free, before) = (word(free)?, free);
        }
        let is_behind = self.pointers.iter().all(|at| *at >= content);
        Some(free == 0 && content >= least && is_behind && content + used == self.page.len())
    }

    /// Returns how many bytes a cell takes.
    fn size(&self, at: usize) -> Option<usize> {
        if self.kind == Kind::TableInterior {
            return Some(4 + varint(self.page.get(at + 4..)?)?.1);
        }
        let cell = self.cell(at).filter(|cell| cell.is_of_one_length)?;
        let end = cell.local.end + if cell.overflow.is_some() { 4 } else { 0 };
        // No hole that a cell leaves is too small to be a free block.
        Some((end - at).max(4))
    }

    /// Returns the rows on the page, as far as their beginnings make sense.
    pub(super) fn cells(&self) -> impl Iterator<Item = Cell> {
        self.pointers.iter().filter(|_| self.kind.has_rows()).filter_map(|at| {
            let cell = self.cell(*at)?;
            // A record says how long it is twice.
            let types = record::types(&self.page[cell.local.clone()], COLUMNS_MAX);
            let length = types.and_then(|(types, begin)| record::length(&types, begin));
            let other = length.filter(|length| *length != cell.length);
            let other = other.and_then(|length| self.cell_of(cell.local.start, cell.number, length));
            Some(other.map_or(cell, |other| Cell { is_of_one_length: false, ..other }))
        })
    }

    /// Returns the pages below it, in order.
    pub(super) fn children(&self) -> Vec<u32> {
        if self.kind.is_leaf() {
            return Vec::new();
        }
        let child = |at: &usize| {
            let bytes = self.page.get(*at..*at + 4)?;
            Some(u32::from_be_bytes(bytes.try_into().ok()?))
        };
        self.pointers.iter().filter_map(child).chain([self.last_child]).collect()
    }

    fn cell(&self, at: usize) -> Option<Cell> {
        let mut at = if self.kind == Kind::KeyInterior { at + 4 } else { at };
        let (length, bytes) = varint(self.page.get(at..)?)?;
        at += bytes;
        let mut number = None;
        if self.kind == Kind::TableLeaf {
            let (found, bytes) = varint(&self.page[at..])?;
            (number, at) = (Some(found.cast_signed()), at + bytes);
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        self.cell_of(at, number, length).or_else(|| {
            // Its length is none: the beginning is enough to find the one that the record itself says.
            let local = at..self.page.len();
            Some(Cell { number, length, local, overflow: None, is_of_one_length: false })
        })
    }

    /// Returns the cell whose record begins at `at`.
    fn cell_of(&self, at: usize, number: Option<i64>, length: usize) -> Option<Cell> {
        let length = Some(length).filter(|length| i32::try_from(*length).is_ok())?;
        let local = local_length(length, self.page.len(), self.kind);
        let end = at.checked_add(local).filter(|end| *end <= self.page.len())?;
        let overflow = match local < length {
            false => None,
            true => Some(u32::from_be_bytes(self.page.get(end..end + 4)?.try_into().ok()?)),
        };
        Some(Cell { number, length, local: at..end, overflow, is_of_one_length: true })
    }
}

/// Returns how many bytes of a record are on its own page. No store reserves bytes at the end of its pages.
fn local_length(length: usize, usable: usize, kind: Kind) -> usize {
    let most = match kind {
        Kind::TableLeaf => usable - 35,
        _ => (usable - 12) * 64 / 255 - 23,
    };
    if length <= most {
        return length;
    }
    let least = (usable - 12) * 32 / 255 - 23;
    let fits = least + (length - least) % (usable - 4);
    if fits <= most { fits } else { least }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: usize = 4096;

    /// The pages of a database with trees of all kinds, of which rows were removed, and long ones.
    fn pages() -> Vec<Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection
            .execute_batch(
                "create table t (id integer primary key, a text, b blob);
                 create index by_a on t (a);
                 create table k (a text primary key, b blob) strict, without rowid;
                 with recursive n (n) as (select 1 union all select n + 1 from n where n < 900)
                 insert into t select n, hex(randomblob(n % 90)), randomblob(n % 60 * n % 6000) from n;
                 insert into k select id || a, substr(b, 1, 2000) from t;
                 delete from t where id % 7 in (1, 4);
                 delete from k where length(a) % 5 = 0",
            )
            .unwrap();
        drop(connection);
        std::fs::read(&path).unwrap().chunks(PAGE).map(<[u8]>::to_vec).collect()
    }

    #[test]
    fn a_page_adds_up_as_long_as_no_cell_of_it_is_missing() {
        let (mut kinds, mut looked_at) = (Vec::new(), 0);
        for (number, page) in (1..).zip(pages()) {
            // Pages of long rows begin with the number of the next one.
            let begin = if number == 1 { 100 } else { 0 };
            let Some(node) = Node::read(&page, number).filter(|node| node.is_whole) else { continue };
            looked_at += 1;
            if !kinds.contains(&node.kind) {
                kinds.push(node.kind);
            }
            let changed = |at: usize, by: u8| {
                let mut page = page.clone();
                page[at] = page[at].wrapping_add(by);
                Node::read(&page, number).is_some_and(|node| node.is_whole)
            };
            assert!(!changed(begin + 4, 1) && !changed(begin + 4, 255), "page {number}: the count");
            assert!(!changed(begin + 6, 1) && !changed(begin + 6, 255), "page {number}: where they begin");
            assert!(!changed(begin + 7, 1), "page {number}: what is free");
        }
        assert!(kinds.len() == 4 && looked_at > 60, "{looked_at} pages: {kinds:?}");
    }
}
