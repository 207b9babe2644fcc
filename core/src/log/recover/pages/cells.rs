//! The cells of a page of a b-tree. <https://sqlite.org/fileformat2.html#b_tree_pages>

use std::ops::Range;

use super::record::varint;

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
    /// The page behind all of its cells.
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
        let array = page.get(first..first + 2 * count)?;
        let (pairs, _) = array.as_chunks::<2>();
        // A pointer that leads into the header leads to no cell; the others may be right.
        let pointers: Vec<usize> = pairs
            .iter()
            .map(|pair| usize::from(u16::from_be_bytes(*pair)))
            .filter(|at| *at >= first + 2 * count && *at < page.len())
            .collect();
        let last_child = u32::from_be_bytes([header[8], header[9], header[10], header[11]]);
        let is_whole = pointers.len() == count;
        Some(Self { page, kind, pointers, last_child, is_whole })
    }

    /// Returns the rows on the page, as far as their beginnings make sense.
    pub(super) fn cells(&self) -> impl Iterator<Item = Cell> {
        self.pointers.iter().filter(|_| self.kind.has_rows()).filter_map(|at| self.cell(*at))
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
        let length = usize::try_from(length).ok().filter(|length| i32::try_from(*length).is_ok())?;
        let local = local_length(length, self.page.len(), self.kind);
        let end = at.checked_add(local).filter(|end| *end <= self.page.len())?;
        let overflow = match local < length {
            false => None,
            true => Some(u32::from_be_bytes(self.page.get(end..end + 4)?.try_into().ok()?)),
        };
        Some(Cell { number, length, local: at..end, overflow })
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
