//! Segments: the pages of their words, in the order of their bytes, and the rows of longer lists.

use rusqlite::{OptionalExtension as _, Row, params};

use super::pack::{Bytes, count, put};
use super::postings::{CHUNK, Postings};
use super::{Tables, damaged};

/// Bytes of a page.
const PAGE: usize = 4_000;

/// A segment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub(crate) number: i64,
    /// How many texts were put into it.
    pub(crate) texts: u32,
    pages: (i64, i64),
    lists: (i64, i64),
}

/// Where the postings of a word are.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// How many texts have it.
    pub(crate) count: u32,
    pub(super) list: List,
}

#[derive(Clone, Debug)]
pub(super) enum List {
    Inline(Vec<u8>),
    /// The first row, and the last text of each.
    Rows(i64, Vec<u32>),
}

impl Segment {
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let range = |at: usize| -> rusqlite::Result<(i64, i64)> {
            let (first, last) = (row.get(at)?, row.get(at + 1)?);
            // There may be no row; but none has a number out of this.
            if (0..1 << 56).contains(&first) && (first - 1..1 << 56).contains(&last) {
                return Ok((first, last));
            }
            Err(damaged())
        };
        Ok(Self { number: row.get(0)?, texts: row.get(1)?, pages: range(2)?, lists: range(4)? })
    }

    pub(super) fn delete(&self, tables: Tables<'_>) -> rusqlite::Result<()> {
        let Self { number, pages, lists, .. } = self;
        tables.prepare(include_str!("../../../sql/search/drop_pages.sql"))?.execute([pages.0, pages.1])?;
        tables.prepare(include_str!("../../../sql/search/drop_lists.sql"))?.execute([lists.0, lists.1])?;
        tables.prepare(include_str!("../../../sql/search/drop_segment.sql"))?.execute([number])?;
        Ok(())
    }

    /// Returns the last page that begins with a word not after this one, by its number; the first one where none does.
    fn page_of(&self, tables: Tables<'_>, word: &[u8]) -> rusqlite::Result<i64> {
        let mut statement = tables.prepare(include_str!("../../../sql/search/first_of_page.sql"))?;
        let (mut low, mut high) = self.pages;
        while low < high {
            let middle = low + (high - low + 1) / 2;
            let is_after =
                statement.query_row([middle], |row| Ok(row.get_ref(0)?.as_blob()? > word)).optional()?;
            match is_after.ok_or_else(damaged)? {
                true => high = middle - 1,
                false => low = middle,
            }
        }
        Ok(low)
    }
}

fn page(tables: Tables<'_>, number: i64) -> rusqlite::Result<Vec<u8>> {
    let mut statement = tables.prepare(include_str!("../../../sql/search/page.sql"))?;
    statement.query_row([number], |row| row.get(0)).optional()?.ok_or_else(damaged)
}

/// Finds a word in a segment.
pub(crate) fn find_word(
    tables: Tables<'_>,
    segment: &Segment,
    word: &[u8],
) -> rusqlite::Result<Option<Entry>> {
    let page = page(tables, segment.page_of(tables, word)?)?;
    let (mut bytes, mut at) = (Bytes(&page), Vec::new());
    while !bytes.is_empty() {
        let entry = RawEntry::read(&mut bytes, &mut at).ok_or_else(damaged)?;
        match at[..].cmp(word) {
            std::cmp::Ordering::Less => {}
            std::cmp::Ordering::Equal => return entry.entry().map(Some).ok_or_else(damaged),
            std::cmp::Ordering::Greater => return Ok(None),
        }
    }
    Ok(None)
}

/// The words of a segment from one on, in their order.
pub(crate) struct WordsFrom<'c> {
    tables: Tables<'c>,
    next_page: i64,
    last_page: i64,
    page: Vec<u8>,
    at: usize,
    /// The word that was read last.
    pub(crate) word: Vec<u8>,
    from: Vec<u8>,
}

/// Returns the words of a segment that are not before `from`.
pub(crate) fn words_from<'c>(
    tables: Tables<'c>,
    segment: &Segment,
    from: &[u8],
) -> rusqlite::Result<WordsFrom<'c>> {
    let next_page = segment.page_of(tables, from)?;
    let (page, at, word) = (Vec::new(), 0, Vec::new());
    Ok(WordsFrom { tables, next_page, last_page: segment.pages.1, page, at, word, from: from.to_owned() })
}

impl WordsFrom<'_> {
    /// Goes on to the next word, and returns where its postings are.
    pub(crate) fn step(&mut self) -> rusqlite::Result<Option<Entry>> {
        loop {
            if self.at == self.page.len() {
                if self.next_page > self.last_page {
                    return Ok(None);
                }
                self.page = page(self.tables, self.next_page)?;
                (self.at, self.next_page) = (0, self.next_page + 1);
                self.word.clear();
                continue;
            }
            let mut bytes = Bytes(&self.page[self.at..]);
            let entry = RawEntry::read(&mut bytes, &mut self.word).ok_or_else(damaged)?;
            self.at = self.page.len() - bytes.0.len();
            if self.word >= self.from {
                return entry.entry().map(Some).ok_or_else(damaged);
            }
        }
    }
}

/// What a page says of a word.
struct RawEntry<'p> {
    count: u32,
    /// In the page; otherwise in rows.
    is_inline: bool,
    bytes: &'p [u8],
}

impl<'p> RawEntry<'p> {
    /// Reads the next one; `word` is the one before, and becomes this one.
    fn read(bytes: &mut Bytes<'p>, word: &mut Vec<u8>) -> Option<Self> {
        let (shared, length) = (bytes.get()? as usize, bytes.get()? as usize);
        if shared > word.len() {
            return None;
        }
        word.truncate(shared);
        word.extend_from_slice(bytes.take(length)?);
        let (count, length) = (bytes.get()?, bytes.get()?);
        Some(Self { count, is_inline: length & 1 == 0, bytes: bytes.take((length >> 1) as usize)? })
    }

    fn entry(&self) -> Option<Entry> {
        let mut bytes = Bytes(self.bytes);
        let list = match self.is_inline {
            true => List::Inline(self.bytes.to_owned()),
            false => {
                let first = i64::from(bytes.get()?) << 28 | i64::from(bytes.get()?);
                let (mut lasts, mut last) = (Vec::new(), 0_u32);
                while !bytes.is_empty() {
                    last = last.checked_add(bytes.get()?)?;
                    lasts.push(last);
                }
                if (self.count as usize).div_ceil(CHUNK) != lasts.len() {
                    return None;
                }
                List::Rows(first, lasts)
            }
        };
        Some(Entry { count: self.count, list })
    }
}

impl Entry {
    /// Reads all of its postings.
    pub(crate) fn postings(&self, tables: Tables<'_>) -> rusqlite::Result<Postings> {
        let (mut postings, mut rest) = (Postings::default(), self.count as usize);
        match &self.list {
            List::Inline(bytes) => postings.read_inline(rest, bytes)?,
            List::Rows(first, lasts) => {
                for number in (*first..).take(lasts.len()) {
                    let of_chunk = rest.min(CHUNK);
                    let mut statement = tables.prepare(include_str!("../../../sql/search/list.sql"))?;
                    let read = statement.query_row([number], |row| {
                        let (texts, places) = (row.get_ref(0)?.as_blob()?, row.get_ref(1)?.as_blob()?);
                        Ok(postings.read_chunk(of_chunk, texts, places))
                    });
                    read.optional()?.flatten().ok_or_else(damaged)?;
                    rest -= of_chunk;
                }
            }
        }
        Ok(postings)
    }
}

/// Writes a segment, word by word in their order.
pub(super) struct SegmentWriter<'c> {
    tables: Tables<'c>,
    first_page: i64,
    next_page: i64,
    first_list: i64,
    next_list: i64,
    page: Vec<u8>,
    first: Vec<u8>,
    before: Vec<u8>,
    bytes: Vec<u8>,
}

impl<'c> SegmentWriter<'c> {
    pub(super) fn new(tables: Tables<'c>) -> rusqlite::Result<Self> {
        let mut statement = tables.prepare(include_str!("../../../sql/search/next_rows.sql"))?;
        let (page, list) = statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (first, before) = (Vec::new(), Vec::new());
        Ok(Self {
            tables,
            first_page: page,
            next_page: page,
            first_list: list,
            next_list: list,
            page: Vec::new(),
            first,
            before,
            bytes: Vec::new(),
        })
    }

    pub(super) fn add(&mut self, word: &[u8], postings: &Postings) -> rusqlite::Result<()> {
        if postings.len() == 0 {
            return Ok(());
        }
        if self.page.len() >= PAGE {
            self.end_page()?;
        }
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        let chunks = postings.pack(&mut bytes);
        let is_inline = chunks.is_empty();
        if !is_inline {
            let high = u32::try_from(self.next_list >> 28).map_err(|_| damaged())?;
            let low = u32::try_from(self.next_list & 0xFFF_FFFF).map_err(|_| damaged())?;
            put(&mut bytes, high);
            put(&mut bytes, low);
            let mut before = 0;
            let mut statement = self.tables.prepare(include_str!("../../../sql/search/add_list.sql"))?;
            for (last, texts, places) in chunks {
                put(&mut bytes, last - before);
                before = last;
                statement.execute(params![self.next_list, texts, places])?;
                self.next_list += 1;
            }
        }
        if self.page.is_empty() {
            word.clone_into(&mut self.first);
            self.before.clear();
        }
        let shared = word.iter().zip(&self.before).take_while(|(one, other)| one == other).count();
        for number in [shared, word.len() - shared] {
            put(&mut self.page, count(number));
        }
        self.page.extend_from_slice(&word[shared..]);
        put(&mut self.page, count(postings.len()));
        put(&mut self.page, count(bytes.len()) << 1 | u32::from(!is_inline));
        self.page.extend_from_slice(&bytes);
        self.bytes = bytes;
        word.clone_into(&mut self.before);
        Ok(())
    }

    fn end_page(&mut self) -> rusqlite::Result<()> {
        let mut statement = self.tables.prepare(include_str!("../../../sql/search/add_page.sql"))?;
        statement.execute(params![self.next_page, self.first, self.page])?;
        self.next_page += 1;
        self.page.clear();
        Ok(())
    }

    /// Writes what is left, and the segment's own row. One without a word has none.
    pub(super) fn finish(mut self, number: i64, texts: u32) -> rusqlite::Result<()> {
        if !self.page.is_empty() {
            self.end_page()?;
        }
        if self.next_page == self.first_page {
            return Ok(());
        }
        let mut statement = self.tables.prepare(include_str!("../../../sql/search/add_segment.sql"))?;
        let lists = (self.first_list, self.next_list - 1);
        statement.execute(params![number, texts, self.first_page, self.next_page - 1, lists.0, lists.1])?;
        Ok(())
    }
}
