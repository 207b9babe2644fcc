//! The texts that have a word, and where in them: as numbers, and as bytes.
//!
//! A list of few texts is in the page of its word. A longer one is cut into **chunks**, a row each, and a chunk into
//! **blocks** of 128 texts, which can be left out without being read. Places have bytes of their own: only phrases need them.

use super::damaged;
use super::pack::{Bytes, GROUP, count as number_of, pack, put};

/// Lists of so few texts have no groups.
pub(super) const TINY: usize = 8;
/// Texts of a chunk.
pub(super) const CHUNK: usize = 32 * GROUP;
/// Bytes of a list that is in the page of its word.
const INLINE_MAX: usize = 1_024;

/// Postings: texts in ascending order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Postings {
    pub(crate) texts: Vec<u32>,
    /// How often each text has the word.
    pub(crate) counts: Vec<u32>,
    /// Where, of one text after the other.
    pub(crate) places: Vec<u32>,
}

/// A row of a list: the last text, the texts' bytes, the places' bytes.
pub(super) type Chunk = (u32, Vec<u8>, Vec<u8>);

impl Postings {
    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }

    pub(crate) fn clear(&mut self) {
        self.texts.clear();
        self.counts.clear();
        self.places.clear();
    }

    /// Adds a place in a text, which comes after those that are there.
    pub(super) fn push(&mut self, text: u32, place: u32) {
        match (self.texts.last(), self.counts.last_mut()) {
            (Some(last), Some(count)) if *last == text => *count += 1,
            _ => {
                self.texts.push(text);
                self.counts.push(1);
            }
        }
        self.places.push(place);
    }

    /// Returns each text with its places.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &[u32])> {
        let mut rest = &self.places[..];
        self.texts.iter().zip(&self.counts).map(move |(text, count)| {
            let (places, after) = rest.split_at((*count as usize).min(rest.len()));
            rest = after;
            (*text, places)
        })
    }

    /// Adds those of `others` that `is_there` leaves.
    pub(super) fn extend(&mut self, others: &Self, is_there: impl Fn(u32) -> bool) {
        for (text, places) in others.iter().filter(|(text, _)| is_there(*text)) {
            self.texts.push(text);
            self.counts.push(number_of(places.len()));
            self.places.extend_from_slice(places);
        }
    }

    /// Puts the texts into their order, where an earlier one has come later.
    pub(super) fn sort(&mut self) {
        if self.texts.is_sorted() {
            return;
        }
        let mut all: Vec<(u32, &[u32])> = self.iter().collect();
        all.sort_by_key(|(text, _)| *text);
        let mut sorted = Self::default();
        for (text, places) in all {
            sorted.texts.push(text);
            sorted.counts.push(number_of(places.len()));
            sorted.places.extend_from_slice(places);
        }
        *self = sorted;
    }

    /// Returns the texts that are in one of several lists, with their places in any.
    pub(super) fn any_of(lists: &[Self]) -> Self {
        let mut all: Vec<(u32, u32)> = lists
            .iter()
            .flat_map(|list| {
                list.iter().flat_map(|(text, places)| places.iter().map(move |place| (text, *place)))
            })
            .collect();
        all.sort();
        all.dedup();
        let mut postings = Self::default();
        all.into_iter().for_each(|(text, place)| postings.push(text, place));
        postings
    }

    /// Appends their bytes, for the page of the word; or returns rows: the last text, the texts' bytes, the places' bytes.
    pub(super) fn pack(&self, out: &mut Vec<u8>) -> Vec<Chunk> {
        if self.len() <= TINY {
            let mut before = 0;
            for (text, places) in self.iter() {
                let is_once = places.len() == 1;
                put(out, (text - before) << 1 | u32::from(is_once));
                before = text;
                if !is_once {
                    put(out, number_of(places.len()));
                }
                steps(places).for_each(|step| put(out, step));
            }
            return Vec::new();
        }
        let mut chunks = Vec::new();
        let mut places = &self.places[..];
        for (texts, counts) in self.texts.chunks(CHUNK).zip(self.counts.chunks(CHUNK)) {
            let of_chunk: usize = counts.iter().map(|count| *count as usize).sum();
            let (now, after) = places.split_at(of_chunk);
            places = after;
            let (texts_out, places_out) = pack_chunk(texts, counts, now);
            chunks.push((texts.last().copied().unwrap_or_default(), texts_out, places_out));
        }
        match &chunks[..] {
            [(_, texts, places)] if texts.len() + places.len() <= INLINE_MAX => {
                put(out, number_of(texts.len()));
                out.extend_from_slice(texts);
                out.extend_from_slice(places);
                Vec::new()
            }
            _ => chunks,
        }
    }

    /// Adds the postings of a list of `count` texts that is in the page of its word.
    pub(super) fn read_inline(&mut self, count: usize, bytes: &[u8]) -> rusqlite::Result<()> {
        let read = if count <= TINY { self.read_tiny(count, bytes) } else { self.read_short(count, bytes) };
        read.ok_or_else(damaged)
    }

    fn read_tiny(&mut self, count: usize, bytes: &[u8]) -> Option<()> {
        let (mut bytes, mut text) = (Bytes(bytes), 0_u32);
        for _ in 0..count {
            let number = bytes.get()?;
            text = text.checked_add(number >> 1)?;
            let times = if number & 1 == 1 { 1 } else { bytes.get()? };
            self.texts.push(text);
            self.counts.push(times);
            let mut place = 0_u32;
            for at in 0..times {
                let step = bytes.get()?;
                place = if at == 0 { step } else { place.checked_add(step)?.checked_add(1)? };
                self.places.push(place);
            }
        }
        Some(())
    }

    fn read_short(&mut self, count: usize, bytes: &[u8]) -> Option<()> {
        let (texts, places) = split_short(bytes)?;
        self.read_chunk(count, texts, places)
    }

    /// Adds the postings of a chunk.
    pub(super) fn read_chunk(&mut self, mut count: usize, texts: &[u8], places: &[u8]) -> Option<()> {
        let (mut texts, mut places, mut last) = (Bytes(texts), Bytes(places), 0);
        while count > 0 {
            let of_block = count.min(GROUP);
            let block = BlockHead::read(&mut texts, last)?;
            last = block.last;
            let begin = self.counts.len();
            block.read_texts(of_block, &mut self.texts, &mut self.counts)?;
            read_places(places.take(block.places)?, &self.counts[begin..], &mut self.places)?;
            count -= of_block;
        }
        Some(())
    }
}

/// Returns the bytes of the texts and of the places of a list that is in the page of its word, and is not tiny.
pub(super) fn split_short(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut bytes = Bytes(bytes);
    let length = bytes.get()? as usize;
    let texts = bytes.take(length)?;
    Some((texts, bytes.0))
}

/// What is between places of one text.
fn steps(places: &[u32]) -> impl Iterator<Item = u32> {
    let mut before = None;
    places.iter().map(move |place| match before.replace(*place) {
        Some(before) => place - before - 1,
        None => *place,
    })
}

fn pack_chunk(texts: &[u32], counts: &[u32], mut places: &[u32]) -> (Vec<u8>, Vec<u8>) {
    let (mut out, mut places_out, mut last) = (Vec::new(), Vec::new(), 0);
    for (texts, counts) in texts.chunks(GROUP).zip(counts.chunks(GROUP)) {
        let mut before = last;
        let between = |text: &u32| text - std::mem::replace(&mut before, *text) - 1;
        let mut block = Vec::new();
        pack(&mut block, &texts.iter().map(between).collect::<Vec<_>>());
        pack(&mut block, &counts.iter().map(|count| count - 1).collect::<Vec<_>>());
        let mut all = Vec::new();
        for count in counts {
            let (now, after) = places.split_at(*count as usize);
            places = after;
            all.extend(steps(now));
        }
        let begin = places_out.len();
        pack(&mut places_out, &all);
        let end = texts.last().copied().unwrap_or(last);
        for number in [number_of(block.len()), end - last, number_of(places_out.len() - begin)] {
            put(&mut out, number);
        }
        out.extend(block);
        last = end;
    }
    (out, places_out)
}

/// The beginning of a block.
pub(super) struct BlockHead<'b> {
    before: u32,
    /// Its last text.
    pub(super) last: u32,
    bytes: &'b [u8],
    /// How many bytes its places have.
    pub(super) places: usize,
}

impl<'b> BlockHead<'b> {
    /// Takes the next block of a chunk; `before` is the last text of the one before, 0 at the beginning.
    pub(super) fn read(bytes: &mut Bytes<'b>, before: u32) -> Option<Self> {
        let (length, last, places) = (bytes.get()?, bytes.get()?, bytes.get()?);
        let last = before.checked_add(last)?;
        Some(Self { before, last, bytes: bytes.take(length as usize)?, places: places as usize })
    }

    /// Appends its texts, and how often each has the word.
    pub(super) fn read_texts(&self, count: usize, texts: &mut Vec<u32>, counts: &mut Vec<u32>) -> Option<()> {
        let (mut bytes, begin, mut at) = (Bytes(self.bytes), texts.len(), counts.len());
        bytes.unpack(count, texts)?;
        bytes.unpack(count, counts)?;
        let mut before = self.before;
        for text in &mut texts[begin..] {
            *text = before.checked_add(*text)?.checked_add(1)?;
            before = *text;
        }
        while let Some(count) = counts.get_mut(at) {
            *count = count.checked_add(1)?;
            at += 1;
        }
        (before == self.last).then_some(())
    }
}

/// Appends the places of a block's texts.
pub(super) fn read_places(bytes: &[u8], counts: &[u32], places: &mut Vec<u32>) -> Option<()> {
    let count = counts.iter().try_fold(0_usize, |sum, count| sum.checked_add(*count as usize))?;
    // A number of a group takes no byte where all are zero, but its group takes two.
    if count / GROUP > bytes.len() {
        return None;
    }
    let mut at = places.len();
    Bytes(bytes).unpack(count, places)?;
    for count in counts {
        let of_text = places.get_mut(at..at + *count as usize)?;
        for index in 1..of_text.len() {
            of_text[index] = of_text[index - 1].checked_add(of_text[index])?.checked_add(1)?;
        }
        at += of_text.len();
    }
    Some(())
}
