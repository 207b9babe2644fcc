//! The pages of a store's file and of its write-ahead log, whatever its header says.

use std::fs::File;
use std::io::{Read, Result, Seek, SeekFrom};

use super::cells::{Cell, Node};
use super::record;
use super::wal::{self, Versions};

/// Sizes that a page can have.
const SIZES: [usize; 8] = [4096, 512, 1024, 2048, 8192, 16384, 32768, 65536];
/// How many times over the bytes of long rows may be read.
const BUDGET_TIMES: u64 = 32;
/// Pages that are looked at to find out their size.
const LOOKED_AT_MAX: u64 = 2048;
/// No release writes a longer row: the longest text, with what is beside it.
const ROW_BYTES_MAX: u64 = (512 << 20) + (1 << 20);
/// Columns of the widest table that anybody looks for.
pub(super) const COLUMNS_MAX: usize = 64;

/// The pages of a store.
pub(in crate::recover) struct Pages {
    file: File,
    wal: Option<File>,
    bytes: u64,
    size: usize,
    versions: Versions,
    /// The number of the file's last page. One that is cut off counts.
    count: u32,
    /// Those that the write-ahead log alone has now, in order: a frame may name any page.
    beyond: Vec<u32>,
    /// Bytes of long rows that may still be read: many may lead to the same pages.
    budget: u64,
}

/// Where a version of a page is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Version {
    /// As the store has it now.
    Current(u32),
    /// As the file has it, where the write-ahead log has a newer one.
    Older(u32),
    /// As a frame of the write-ahead log has it, where there is a newer one or no commit after it.
    Frame(u32, u64),
}

/// Which versions of pages a long row goes on on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Those that the store has now.
    Current,
    /// The newest that belong together, whatever their sums.
    Newest,
    /// The last in the write-ahead log, also of those that are left of an earlier one.
    Last,
    /// Those of the file.
    File,
}

impl Version {
    pub(super) fn page(self) -> u32 {
        match self {
            Self::Current(page) | Self::Older(page) | Self::Frame(page, _) => page,
        }
    }
}

impl Pages {
    /// Looks which size its pages have, and which versions the write-ahead log has of them.
    pub(in crate::recover) fn open(mut file: File, mut wal: Option<File>) -> Result<Self> {
        let bytes = file.metadata()?.len();
        let size = page_size(&mut file, bytes);
        let versions = match &mut wal {
            Some(wal) => wal::read(wal, size)?,
            None => Versions::default(),
        };
        let count = u32::try_from(bytes.div_ceil(size as u64)).unwrap_or(u32::MAX - 1);
        let mut beyond: Vec<u32> = versions.current.keys().copied().filter(|page| *page > count).collect();
        beyond.sort_unstable();
        Ok(Self { file, wal, bytes, size, versions, count, beyond, budget: 0 })
    }

    /// Whether SQLite does not read the write-ahead log to its end.
    pub(in crate::recover) fn is_wal_damaged(&self) -> bool {
        self.versions.is_damaged
    }

    /// Whether the end of the write-ahead log cannot be read.
    pub(in crate::recover) fn is_wal_end_damaged(&self) -> bool {
        self.versions.is_end_damaged
    }

    /// Returns the numbers of all pages that the store has now, in order.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> + use<> {
        (1..=self.count).chain(self.beyond.clone())
    }

    /// Whether there is any version of a page.
    pub(super) fn has(&self, page: u32) -> bool {
        (1..=self.count).contains(&page) || (page > 0 && self.versions.last.contains_key(&page))
    }

    /// Returns every version of a page that is not the one that the store has now.
    pub(super) fn older(&self) -> Vec<Version> {
        let of_file = self.versions.current.keys().map(|page| Version::Older(*page));
        let frames = self.versions.others.iter().map(|(page, at)| Version::Frame(*page, *at));
        frames.chain(of_file).collect()
    }

    /// Whether the store has a page now.
    pub(super) fn has_now(&self, page: u32) -> bool {
        (1..=self.count).contains(&page) || self.versions.current.contains_key(&page)
    }

    /// Whether a page is none that anything is stored on: one of the map of who names which, or that of the lock.
    pub(super) fn is_of_sqlite(&self, page: u32) -> bool {
        let size = u32::try_from(self.size).unwrap_or(u32::MAX);
        page > 1 && ((page - 2).is_multiple_of(size / 5 + 1) || page == (1 << 30) / size + 1)
    }

    /// Returns how many pages there are by the header; `None` where SQLite would not believe it.
    pub(super) fn count_in_header(&mut self) -> Option<u32> {
        let mut page = Vec::new();
        self.read(Version::Current(1), &mut page);
        let word = |at: usize| u32::from_be_bytes([page[at], page[at + 1], page[at + 2], page[at + 3]]);
        let is_right = page.starts_with(b"SQLite format 3\0") && word(24) == word(92);
        Some(word(28)).filter(|count| is_right && *count > 0)
    }

    /// Lets as much of long rows be read as a whole file can have, some times over.
    pub(super) fn renew_budget(&mut self) {
        let wal = self.versions.others.len() + self.versions.current.len();
        self.budget = (self.bytes + (wal * self.size) as u64).saturating_mul(BUDGET_TIMES);
    }

    /// Reads a page; what is not there is zeros.
    pub(super) fn read(&mut self, version: Version, into: &mut Vec<u8>) {
        into.clear();
        into.resize(self.size, 0);
        let in_wal = match version {
            Version::Frame(_, at) => Some(at),
            Version::Current(page) => self.versions.current.get(&page).copied(),
            Version::Older(_) => None,
        };
        let (file, at) = match (in_wal, &mut self.wal) {
            (Some(at), Some(wal)) => (wal, at),
            _ => (&mut self.file, u64::from(version.page().max(1) - 1) * self.size as u64),
        };
        read_at(file, at, into);
    }

    /// Returns a whole record; none where the pages that it goes on on are not those of it. Where the write-ahead log has other
    /// versions of them, there may be several: the one that the store has now first.
    pub(super) fn records(&mut self, page: &[u8], cell: &Cell) -> Vec<Vec<u8>> {
        let mut records: Vec<_> = self.record(page, cell, Way::Current).into_iter().collect();
        if cell.overflow.is_some() && self.wal.is_some() {
            for way in [Way::Newest, Way::Last, Way::File] {
                let record = self.record(page, cell, way);
                records.extend(record.filter(|record| !records.contains(record)));
            }
        }
        records
    }

    fn record(&mut self, page: &[u8], cell: &Cell, way: Way) -> Option<Vec<u8>> {
        let local = &page[cell.local.clone()];
        let bytes_max = (u64::from(self.count) * self.size as u64).min(self.budget).min(ROW_BYTES_MAX);
        if cell.overflow.is_some() && cell.length as u64 > bytes_max {
            return None;
        }
        // A record says how long it is twice.
        let (types, begin) = record::types(local, COLUMNS_MAX)?;
        if record::length(&types, begin) != Some(cell.length) {
            return None;
        }
        let mut bytes = local.to_vec();
        let (mut next, mut more) = (cell.overflow, Vec::new());
        // Pages that lead in a circle come to one again that was kept in mind after one, two, four, eight … pages.
        let (mut in_mind, mut read, mut until) = (0, 0_u64, 1);
        while bytes.len() < cell.length {
            let number = next.filter(|number| self.has(*number) && *number != in_mind)?;
            read += 1;
            if read == until {
                (in_mind, until) = (number, until * 2);
            }
            let frame = match way {
                Way::Current | Way::File => None,
                Way::Newest => self.versions.newest.get(&number),
                Way::Last => self.versions.last.get(&number),
            };
            let version = match frame {
                Some(at) => Version::Frame(number, *at),
                None if way == Way::File => Version::Older(number),
                None => Version::Current(number),
            };
            self.read(version, &mut more);
            let (head, rest) = more.split_at(4);
            let part = rest.len().min(cell.length - bytes.len());
            bytes.extend_from_slice(&rest[..part]);
            self.budget = self.budget.saturating_sub(self.size as u64);
            if self.budget == 0 {
                return None;
            }
            next = Some(u32::from_be_bytes([head[0], head[1], head[2], head[3]]));
        }
        Some(bytes)
    }
}

/// Reads what is there; what is after the end stays as it is. What the disk does not give is zeros.
fn read_at(file: &mut File, at: u64, into: &mut [u8]) {
    if file.seek(SeekFrom::Start(at)).is_err() {
        return;
    }
    let mut filled = 0;
    while filled < into.len() {
        match file.read(&mut into[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_bad_sector) => break,
        }
    }
}

/// Returns the size with which most rows make sense. What the header says may be damaged like everything else.
fn page_size(file: &mut File, bytes: u64) -> usize {
    let mut best = (0, SIZES[0]);
    let mut page = Vec::new();
    for size in SIZES {
        let pages = bytes.div_ceil(size as u64);
        let step = (pages / LOOKED_AT_MAX).max(1);
        let mut score = 0_u64;
        for number in (0..pages).step_by(usize::try_from(step).unwrap_or(usize::MAX)) {
            page.clear();
            page.resize(size, 0);
            read_at(file, number * size as u64, &mut page);
            // Only what lies on the page itself tells.
            score += u64::try_from(rows(&page, number)).unwrap_or(0) * step;
        }
        if score > best.0 {
            best = (score, size);
        }
    }
    best.1
}

fn rows(page: &[u8], number: u64) -> usize {
    let Some(node) = Node::read(page, u32::try_from(number + 1).unwrap_or(u32::MAX)) else { return 0 };
    let is_right = |cell: &Cell| {
        let types = record::types(&page[cell.local.clone()], COLUMNS_MAX);
        types.is_some_and(|(types, begin)| record::length(&types, begin) == Some(cell.length))
    };
    node.cells().filter(|cell| cell.is_of_one_length).filter(is_right).count()
}
