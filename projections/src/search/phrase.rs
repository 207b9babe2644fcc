//! The texts that have words next to each other, also across the pieces of an output.
//!
//! Of some texts the index has the words and not where they are: all at the place 0, where no two words of any other text are. Those that
//! have all words of a phrase are read.

use std::collections::BTreeMap;

use rusqlite::Result;

use super::calls::HasPhrase;
use super::index::{CARRIED, Cursor, Segment, Tables, count, find_word};
use super::query::SearchTerm;
use super::rank::Source;

/// The texts of a segment that have a phrase.
pub(super) struct Phrase<'c> {
    within: Option<Within<'c>>,
    term: &'c SearchTerm,
    bags: HasPhrase<'c>,
    /// What is found within a text, and how often; the last text where there is none after it.
    found: Option<(u32, u32)>,
    is_over: bool,
    /// Where it begins in a piece of output and ends in a later one: it is found in the later one.
    across: Vec<(u32, u32)>,
    next: usize,
    at: u32,
}

impl<'c> Phrase<'c> {
    /// Looks for the words of `term`; `within` is where they are, `None` where one of them is nowhere. `None` where there is nothing.
    pub(super) fn new(
        tables: Tables<'c>,
        segment: &Segment,
        term: &'c SearchTerm,
        bags: HasPhrase<'c>,
        within: Option<&[Source]>,
    ) -> Result<Option<Self>> {
        let (words, is_begin) = (&term.words, term.is_begin);
        let across = across(tables, segment, words, is_begin, within)?;
        let within = within.map(|sources| Within::new(tables, sources)).transpose()?;
        let is_over = within.is_none();
        Ok((!is_over || !across.is_empty()).then_some(Self {
            within,
            term,
            bags,
            found: None,
            is_over,
            across,
            next: 0,
            at: 0,
        }))
    }

    pub(super) fn count(&self) -> u32 {
        self.within.as_ref().map_or(0, Within::count).saturating_add(count(self.across.len()))
    }

    pub(super) fn seek(&mut self, text: u32) -> Result<Option<u32>> {
        if let Some(within) = &mut self.within
            && !self.is_over
            && self.found.is_none_or(|(found, _)| found < text)
        {
            let mut at = text;
            self.found = loop {
                match within.seek(at)? {
                    Some((found, BAG)) => {
                        if (self.bags)(found, &self.term.words, self.term.is_begin)? {
                            break Some((found, 1));
                        }
                        let Some(next) = found.checked_add(1) else { break None };
                        at = next;
                    }
                    found => break found,
                }
            };
            self.is_over = self.found.is_none();
        }
        while self.across.get(self.next).is_some_and(|(found, _)| *found < text) {
            self.next += 1;
        }
        let one = self.found.filter(|_| !self.is_over).map(|(found, _)| found);
        let other = self.across.get(self.next).map(|(found, _)| *found);
        let first = one.into_iter().chain(other).min();
        self.at = first.unwrap_or(self.at);
        Ok(first)
    }

    pub(super) fn times(&self) -> u32 {
        let of = |found: Option<&(u32, u32)>| {
            found.filter(|(text, _)| *text == self.at).map_or(0, |(_, times)| *times)
        };
        of(self.found.as_ref()).saturating_add(of(self.across.get(self.next)))
    }
}

/// Finds a phrase of which some words are carried over from pieces before. The others are the text's own.
fn across(
    tables: Tables<'_>,
    segment: &Segment,
    words: &[String],
    is_begin: bool,
    within: Option<&[Source]>,
) -> Result<Vec<(u32, u32)>> {
    let mut carried = Vec::new();
    for word in &words[..words.len() - 1] {
        let marked: Vec<u8> = std::iter::once(CARRIED).chain(word.bytes()).collect();
        let Some(entry) = find_word(tables, segment, &marked)? else { break };
        carried.push(Source::Word(entry));
    }
    let mut own: Vec<Source> = Vec::new();
    let mut found: BTreeMap<u32, u32> = BTreeMap::new();
    // From the last word on: the fewer are the text's own, the fewer have to be there.
    for split in (1..words.len()).rev() {
        let known = within.and_then(|sources| sources.get(split)).cloned();
        let is_begin = is_begin && split + 1 == words.len();
        let source = match known {
            Some(source) => Some(source),
            None => Source::find(tables, segment, &words[split], is_begin)?,
        };
        let Some(source) = source else { break };
        own.insert(0, source);
        if split > carried.len() {
            continue;
        }
        let sources: Vec<Source> = carried[..split].iter().chain(&own).cloned().collect();
        let (mut within, mut at) = (Within::new(tables, &sources)?, 0);
        while let Some((text, times)) = within.seek(at)? {
            let so_far: &mut u32 = found.entry(text).or_default();
            *so_far = so_far.saturating_add(times);
            let Some(next) = text.checked_add(1) else { break };
            at = next;
        }
    }
    Ok(found.into_iter().collect())
}

/// How often a phrase is in a text of which nobody knows before it is read.
const BAG: u32 = u32::MAX;

/// Words next to each other in one text.
struct Within<'c> {
    words: Vec<Cursor<'c>>,
    /// The words from the rarest on.
    order: Vec<usize>,
    begins: Vec<u32>,
}

impl<'c> Within<'c> {
    fn new(tables: Tables<'c>, sources: &[Source]) -> Result<Self> {
        let words: Result<Vec<_>> = sources.iter().map(|source| source.cursor(tables, true)).collect();
        let words = words?;
        let mut order: Vec<usize> = (0..words.len()).collect();
        order.sort_by_key(|place| words[*place].count());
        Ok(Self { words, order, begins: Vec::new() })
    }

    fn count(&self) -> u32 {
        self.words.iter().map(Cursor::count).min().unwrap_or(0)
    }

    /// Returns the first text from one on that has the phrase, and how often; [`BAG`] of one that has its words, and must be read.
    fn seek(&mut self, mut at: u32) -> Result<Option<(u32, u32)>> {
        loop {
            let mut agreed = 0;
            while agreed < self.order.len() {
                let Some(text) = self.words[self.order[agreed]].seek(at)? else { return Ok(None) };
                match text == at {
                    true => agreed += 1,
                    false => (at, agreed) = (text, usize::from(agreed == 0)),
                }
            }
            let times = self.times()?;
            if times > 0 {
                return Ok(Some((at, times)));
            }
            let Some(next) = at.checked_add(1) else { return Ok(None) };
            at = next;
        }
    }

    /// How often the text that all words are at has them next to each other.
    fn times(&mut self) -> Result<u32> {
        let Self { words, order, begins } = self;
        let mut is_bag = true;
        for place in &*order {
            is_bag = is_bag && words[*place].places()? == [0];
        }
        if is_bag {
            return Ok(BAG);
        }
        if let [one, other] = &mut words[..] {
            return Ok(next_to_each_other(one.places()?, other.places()?));
        }
        begins.clear();
        for (nth, place) in order.iter().enumerate() {
            let (places, before) = (words[*place].places()?, count(*place));
            if nth == 0 {
                begins.extend(places.iter().filter_map(|at| at.checked_sub(before)));
            } else {
                let mut rest = places.iter().peekable();
                begins.retain(|begin| {
                    let wanted = begin.saturating_add(before);
                    while rest.next_if(|at| **at < wanted).is_some() {}
                    rest.peek() == Some(&&wanted)
                });
            }
            if begins.is_empty() {
                break;
            }
        }
        Ok(count(begins.len()))
    }
}

/// How often a word is right before another one.
fn next_to_each_other(one: &[u32], other: &[u32]) -> u32 {
    let (mut times, mut rest) = (0, other);
    for place in one {
        let wanted = place.saturating_add(1);
        while let [first, after @ ..] = rest
            && *first < wanted
        {
            rest = after;
        }
        match rest.first() {
            None => break,
            Some(first) => times += u32::from(*first == wanted),
        }
    }
    times
}
