//! A way through the postings of a word in one segment, which reads what it needs.

use rusqlite::OptionalExtension as _;

use super::pack::{Bytes, GROUP, count};
use super::postings::{BlockHead, CHUNK, Postings, TINY, read_places, split_short};
use super::segment::{Entry, List};
use super::{Tables, damaged};

/// Goes through the texts that have a word, forwards.
pub(crate) struct Cursor<'c> {
    /// `None` where all is decoded.
    tables: Option<Tables<'c>>,
    entry: Entry,
    /// The next chunk, and how many texts the blocks after this one have in the chunk that is read.
    chunk: usize,
    left: usize,
    bytes: Vec<u8>,
    at: usize,
    last: u32,
    places_bytes: Option<Vec<u8>>,
    /// Where the places of this block are, and of the next one.
    places_at: (usize, usize),
    /// What is decoded: a block, or all of a tiny list.
    block: Postings,
    /// Where each text's places begin, once they were asked for.
    starts: Vec<usize>,
    index: usize,
    /// Whether a block was given away by [`next_texts`](Self::next_texts).
    is_begun: bool,
}

/// Texts that are looked at one by one, before the others are searched.
const NEAR: usize = 8;

impl<'c> Cursor<'c> {
    pub(crate) fn new(tables: Tables<'c>, entry: Entry) -> rusqlite::Result<Self> {
        let mut cursor = Self { entry, ..Self::with(Some(tables), Postings::default()) };
        if let List::Inline(bytes) = &cursor.entry.list {
            let count = cursor.entry.count as usize;
            if count <= TINY {
                cursor.block.read_inline(count, bytes)?;
                cursor.set_starts();
            } else {
                let (texts, places) = split_short(bytes).ok_or_else(damaged)?;
                (cursor.bytes, cursor.places_bytes) = (texts.to_owned(), Some(places.to_owned()));
                cursor.left = count;
            }
            cursor.chunk = 1;
        }
        Ok(cursor)
    }

    fn with(tables: Option<Tables<'c>>, block: Postings) -> Self {
        let entry = Entry { count: count(block.len()), list: List::Inline(Vec::new()) };
        Self {
            tables,
            entry,
            chunk: 0,
            left: 0,
            bytes: Vec::new(),
            at: 0,
            last: 0,
            places_bytes: None,
            places_at: (0, 0),
            block,
            starts: Vec::new(),
            index: 0,
            is_begun: false,
        }
    }

    /// Goes through texts that are given, in ascending order.
    pub(crate) fn of(texts: &[u32]) -> Self {
        let block = Postings { texts: texts.to_vec(), counts: vec![1; texts.len()], places: Vec::new() };
        Self::with(None, block)
    }

    /// Goes through the texts that have one of several words, as often as they have any.
    pub(crate) fn of_all(tables: Tables<'c>, entries: &[Entry], with_places: bool) -> rusqlite::Result<Self> {
        if let [entry] = entries {
            return Self::new(tables, entry.clone());
        }
        let block = match with_places {
            true => {
                let all: rusqlite::Result<Vec<_>> =
                    entries.iter().map(|entry| entry.postings(tables)).collect();
                Postings::any_of(&all?)
            }
            false => {
                let mut all: Vec<(u32, u32)> = Vec::new();
                for entry in entries {
                    let mut cursor = Self::new(tables, entry.clone())?;
                    let mut at = 0;
                    while let Some(text) = cursor.seek(at)? {
                        all.push((text, cursor.times()));
                        let Some(next) = text.checked_add(1) else { break };
                        at = next;
                    }
                }
                // Each word's are in order: a sort that merges runs.
                all.sort_by_key(|(text, _)| *text);
                let mut block = Postings::default();
                for (text, times) in all {
                    match (block.texts.last(), block.counts.last_mut()) {
                        (Some(last), Some(count)) if *last == text => *count = count.saturating_add(times),
                        _ => {
                            block.texts.push(text);
                            block.counts.push(times);
                        }
                    }
                }
                block
            }
        };
        let mut cursor = Self::with(Some(tables), block);
        cursor.set_starts();
        Ok(cursor)
    }

    /// How many texts have the word, gone ones among them.
    pub(crate) fn count(&self) -> u32 {
        self.entry.count
    }

    /// Goes on to the first text that is not before this one, and returns it.
    #[inline]
    pub(crate) fn seek(&mut self, text: u32) -> rusqlite::Result<Option<u32>> {
        loop {
            let texts = &self.block.texts[..];
            if texts.last().is_some_and(|last| *last >= text) {
                let mut index = self.index;
                while let Some(found) = texts.get(index) {
                    if *found >= text {
                        self.index = index;
                        return Ok(Some(*found));
                    }
                    index += 1;
                    if index == self.index + NEAR {
                        index += texts[index..].partition_point(|found| *found < text);
                    }
                }
            }
            if !self.next_block(text)? {
                self.index = self.block.len();
                return Ok(None);
            }
        }
    }

    /// Goes on to the next block, and returns its texts and how often each has the word; empty after the last one.
    pub(crate) fn next_texts(&mut self) -> rusqlite::Result<(&[u32], &[u32])> {
        let is_first = self.index == 0 && self.left == 0 && self.block.len() > 0 && !self.is_begun;
        self.is_begun = true;
        if !is_first && !self.next_block(0)? {
            return Ok((&[], &[]));
        }
        Ok((&self.block.texts, &self.block.counts))
    }

    /// How often the text that it is at has the word.
    #[inline]
    pub(crate) fn times(&self) -> u32 {
        self.block.counts.get(self.index).copied().unwrap_or_default()
    }

    /// Where the text that it is at has the word.
    #[inline]
    pub(crate) fn places(&mut self) -> rusqlite::Result<&[u32]> {
        if self.starts.is_empty() {
            self.read_places()?;
        }
        match self.starts.get(self.index..self.index + 2) {
            Some(&[begin, end]) => self.block.places.get(begin..end).ok_or_else(damaged),
            _ => Err(damaged()),
        }
    }

    fn read_places(&mut self) -> rusqlite::Result<()> {
        if self.places_bytes.is_none() {
            let number = self.row().ok_or_else(damaged)?;
            let tables = self.tables.ok_or_else(damaged)?;
            let mut statement = tables.prepare(include_str!("../../../sql/search/places_of_list.sql"))?;
            let read = statement.query_row([number], |row| row.get(0)).optional()?;
            self.places_bytes = Some(read.ok_or_else(damaged)?);
        }
        let bytes = self.places_bytes.as_deref().unwrap_or_default();
        let bytes = bytes.get(self.places_at.0..self.places_at.1).ok_or_else(damaged)?;
        self.block.places.clear();
        read_places(bytes, &self.block.counts, &mut self.block.places).ok_or_else(damaged)?;
        self.set_starts();
        Ok(())
    }

    /// Says where the places of each text begin, and where those of the last one end.
    fn set_starts(&mut self) {
        let mut end = 0;
        self.starts.clear();
        self.starts.push(0);
        self.starts.extend(self.block.counts.iter().map(|count| {
            end += *count as usize;
            end
        }));
    }

    /// The row of the chunk that is read.
    fn row(&self) -> Option<i64> {
        match &self.entry.list {
            List::Inline(_) => None,
            List::Rows(first, _) => Some(first + i64::from(count(self.chunk)) - 1),
        }
    }

    /// Reads the next block that may have `text` or one after it; returns whether there is one.
    fn next_block(&mut self, text: u32) -> rusqlite::Result<bool> {
        loop {
            if self.left == 0 && !self.next_chunk(text)? {
                return Ok(false);
            }
            let mut bytes = Bytes(self.bytes.get(self.at..).unwrap_or_default());
            let head = BlockHead::read(&mut bytes, self.last).ok_or_else(damaged)?;
            let count = self.left.min(GROUP);
            self.at = self.bytes.len() - bytes.0.len();
            self.left -= count;
            self.last = head.last;
            self.places_at = (self.places_at.1, self.places_at.1 + head.places);
            if head.last >= text {
                self.block.clear();
                self.starts.clear();
                head.read_texts(count, &mut self.block.texts, &mut self.block.counts).ok_or_else(damaged)?;
                self.index = 0;
                return Ok(true);
            }
        }
    }

    fn next_chunk(&mut self, text: u32) -> rusqlite::Result<bool> {
        let List::Rows(_, lasts) = &self.entry.list else { return Ok(false) };
        let rest = lasts.get(self.chunk..).unwrap_or_default();
        let skipped = rest.partition_point(|last| *last < text);
        if skipped == rest.len() {
            return Ok(false);
        }
        let chunk = self.chunk + skipped;
        self.chunk = chunk + 1;
        self.left = (self.entry.count as usize).saturating_sub(chunk * CHUNK).min(CHUNK);
        (self.at, self.last, self.places_at, self.places_bytes) = (0, 0, (0, 0), None);
        let number = self.row().ok_or_else(damaged)?;
        let tables = self.tables.ok_or_else(damaged)?;
        let mut statement = tables.prepare(include_str!("../../../sql/search/texts_of_list.sql"))?;
        let bytes = &mut self.bytes;
        let read = statement.query_row([number], |row| {
            bytes.clear();
            bytes.extend_from_slice(row.get_ref(0)?.as_blob()?);
            Ok(())
        });
        read.optional()?.ok_or_else(damaged)?;
        Ok(true)
    }
}
