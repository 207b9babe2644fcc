//! Every text that a search finds, with its rank.
//!
//! The rank is BM25: a term counts the more, the fewer texts have it, the more often this one has it, and the shorter this
//! one is. A phrase counts as much as its words together, as often as it is there; the beginning of a word as all words that
//! begin so. The counts are those of all texts, whatever the filter leaves.

use rusqlite::Result;

use super::calls::HasPhrase;
use super::index::{Cursor, Entry, Segment, Tables, find_word, words_from};
use super::phrase::Phrase;
use super::query::SearchTerm;

const K1: f64 = 1.2;
const B: f64 = 0.75;
/// Lengths of which the norm is known.
const NORMS: u32 = 1_024;
/// What a comparison without a division may be wrong by.
const SLACK: f64 = 1.0 - 1e-9;

/// Texts that are gone, with the last segment that may have them.
pub(super) type StaleTexts = std::collections::HashMap<u32, i64>;

/// What is looked for, with where its words are.
pub(super) struct Search<'c> {
    tables: Tables<'c>,
    segments: &'c [Segment],
    gone: &'c StaleTexts,
    bags: HasPhrase<'c>,
    terms: Vec<Looked<'c>>,
    /// Only these texts.
    among: Option<Vec<u32>>,
    average: f64,
    /// What [`norm`] makes of short lengths.
    norms: Vec<f64>,
    /// Of each term that has to be there, how much it counts.
    weights: Vec<f64>,
}

/// A term in all segments.
struct Looked<'c> {
    term: &'c SearchTerm,
    /// Of each segment the words; `None` where one is in no text of it.
    words: Vec<Option<Vec<Source>>>,
    weight: f64,
}

/// Where the texts of a word are.
#[derive(Clone)]
pub(super) enum Source {
    Word(Entry),
    /// Every word that begins so.
    Begin(Vec<Entry>),
}

impl Source {
    pub(super) fn cursor<'c>(&self, tables: Tables<'c>, with_places: bool) -> Result<Cursor<'c>> {
        match self {
            Self::Word(entry) => Cursor::new(tables, entry.clone()),
            Self::Begin(entries) => Cursor::of_all(tables, entries, with_places),
        }
    }

    pub(super) fn find(
        tables: Tables<'_>,
        segment: &Segment,
        word: &str,
        is_begin: bool,
    ) -> Result<Option<Self>> {
        if !is_begin {
            return Ok(find_word(tables, segment, word.as_bytes())?.map(Self::Word));
        }
        let mut words = words_from(tables, segment, word.as_bytes())?;
        let mut entries = Vec::new();
        while let Some(entry) = words.step()? {
            if !words.word.starts_with(word.as_bytes()) {
                break;
            }
            entries.push(entry);
        }
        Ok((!entries.is_empty()).then_some(Self::Begin(entries)))
    }

    /// How many texts of a segment have it.
    fn count(&self, tables: Tables<'_>, segment: &Segment, gone: &StaleTexts) -> Result<u64> {
        if let Self::Word(entry) = self
            && gone.is_empty()
        {
            return Ok(u64::from(entry.count));
        }
        let mut cursor = self.cursor(tables, false)?;
        if matches!(self, Self::Begin(_)) || gone.len() as u64 > u64::from(cursor.count()) {
            let (mut count, mut at) = (0, 0);
            while let Some(text) = cursor.seek(at)? {
                count += u64::from(is_there(text, segment, gone));
                let Some(next) = text.checked_add(1) else { break };
                at = next;
            }
            return Ok(count);
        }
        let mut all: Vec<u32> =
            gone.iter().filter(|(_, last)| **last >= segment.number).map(|(text, _)| *text).collect();
        all.sort_unstable();
        let mut dead = 0;
        for text in all {
            dead += u64::from(cursor.seek(text)? == Some(text));
        }
        Ok(u64::from(cursor.count()).saturating_sub(dead))
    }
}

#[inline]
fn is_there(text: u32, segment: &Segment, gone: &StaleTexts) -> bool {
    gone.is_empty() || gone.get(&text).is_none_or(|last| *last < segment.number)
}

/// How much a word counts that so many of all texts have.
fn weight(texts: u64, have: u64) -> f64 {
    (1.0 + (texts as f64 - have as f64 + 0.5).max(0.0) / (have as f64 + 0.5)).ln()
}

impl<'c> Search<'c> {
    pub(super) fn new(
        tables: Tables<'c>,
        segments: &'c [Segment],
        gone: &'c StaleTexts,
        bags: HasPhrase<'c>,
        terms: &'c [SearchTerm],
        (texts, words): (u64, u64),
        among: Option<Vec<u32>>,
    ) -> Result<Self> {
        let average = (words as f64 / texts.max(1) as f64).max(1.0);
        let norms = (0..NORMS).map(|length| norm(length, average)).collect();
        let (looked, weights) = (Vec::new(), Vec::new());
        let mut search = Self { tables, segments, gone, bags, terms: looked, among, average, norms, weights };
        for term in terms {
            let looked = search.look(term, texts)?;
            if !term.is_without {
                search.weights.push(looked.weight * (K1 + 1.0));
            }
            search.terms.push(looked);
        }
        Ok(search)
    }

    fn look(&self, term: &'c SearchTerm, texts: u64) -> Result<Looked<'c>> {
        let mut of_segments = vec![Some(Vec::new()); self.segments.len()];
        let mut of_term = 0.0;
        for (place, word) in term.words.iter().enumerate() {
            let is_begin = term.is_begin && place + 1 == term.words.len();
            let mut have = 0;
            for (segment, of_segment) in self.segments.iter().zip(&mut of_segments) {
                let source = Source::find(self.tables, segment, word, is_begin)?;
                if !term.is_without
                    && let Some(source) = &source
                {
                    have += source.count(self.tables, segment, self.gone)?;
                }
                match (source, of_segment.as_mut()) {
                    (Some(source), Some(sources)) => sources.push(source),
                    _ => *of_segment = None,
                }
            }
            of_term += weight(texts, have);
        }
        Ok(Looked { term, words: of_segments, weight: of_term })
    }

    /// Calls `each` with every text that is found: a text of a later segment may be an earlier one.
    pub(super) fn each(&self, each: &mut impl FnMut(u32, &[u32]) -> Result<()>) -> Result<()> {
        for number in 0..self.segments.len() {
            self.each_of(number, each)?;
        }
        Ok(())
    }

    fn each_of(&self, number: usize, each: &mut impl FnMut(u32, &[u32]) -> Result<()>) -> Result<()> {
        let segment = &self.segments[number];
        let (mut with, mut without) = (Vec::new(), Vec::new());
        for looked in &self.terms {
            match self.node(number, looked)? {
                Some(node) if looked.term.is_without => without.push(node),
                Some(node) => with.push(node),
                None if looked.term.is_without => {}
                None => return Ok(()),
            }
        }
        let terms = with.len();
        if let ([Node::Word(word)], [], None) = (&mut with[..], &without[..], &self.among) {
            return self.each_of_word(segment, word, each);
        }
        if let Some(among) = &self.among {
            with.push(Node::Word(Cursor::of(among)));
        }
        // The rarest first: the others are asked for its texts alone.
        let mut order: Vec<usize> = (0..with.len()).collect();
        order.sort_by_key(|place| with[*place].count());
        let mut times = vec![0; with.len()];
        let mut at = 0_u32;
        'texts: loop {
            let mut agreed = 0;
            while agreed < order.len() {
                let Some(text) = with[order[agreed]].seek(at)? else { return Ok(()) };
                match text == at {
                    true => agreed += 1,
                    // The first one is the way to the next text, and needs not be asked for it again.
                    false => (at, agreed) = (text, usize::from(agreed == 0)),
                }
            }
            let mut is_found = is_there(at, segment, self.gone);
            for node in &mut without {
                is_found = is_found && node.seek(at)? != Some(at);
            }
            if is_found {
                for (times, node) in times.iter_mut().zip(&with) {
                    *times = node.times();
                }
                each(at, &times[..terms])?;
            }
            match at.checked_add(1) {
                Some(next) => at = next,
                None => break 'texts,
            }
        }
        Ok(())
    }

    /// Finds the texts of one word, block by block.
    fn each_of_word(
        &self,
        segment: &Segment,
        word: &mut Cursor<'_>,
        each: &mut impl FnMut(u32, &[u32]) -> Result<()>,
    ) -> Result<()> {
        loop {
            let (texts, counts) = word.next_texts()?;
            if texts.is_empty() {
                return Ok(());
            }
            for (text, times) in texts.iter().zip(counts) {
                if is_there(*text, segment, self.gone) {
                    each(*text, std::slice::from_ref(times))?;
                }
            }
        }
    }

    fn node(&self, number: usize, looked: &Looked<'c>) -> Result<Option<Node<'c>>> {
        let segment = &self.segments[number];
        if let [_] = &looked.term.words[..] {
            let Some([source]) = looked.words[number].as_deref() else { return Ok(None) };
            return Ok(Some(Node::Word(source.cursor(self.tables, false)?)));
        }
        let within = looked.words[number].as_deref();
        let phrase = Phrase::new(self.tables, segment, looked.term, self.bags, within)?;
        Ok(phrase.map(|phrase| Node::Phrase(Box::new(phrase))))
    }

    /// How much the length of a text takes from its rank.
    #[inline]
    pub(super) fn norm(&self, length: u32) -> f64 {
        self.norms.get(length as usize).copied().unwrap_or_else(|| norm(length, self.average))
    }

    /// Whether a text that has each term so often may rank as high as `least`.
    #[inline]
    pub(super) fn may_reach(&self, least: f64, times: &[u32], norm: f64) -> bool {
        let [times] = times else { return true };
        let times = f64::from(*times);
        self.weights.first().is_none_or(|weight| weight * times >= least * SLACK * (times + norm))
    }

    /// The rank of a text that has each term so often.
    #[inline]
    pub(super) fn rank(&self, times: &[u32], norm: f64) -> f64 {
        self.weights.iter().zip(times).fold(0.0, |rank, (weight, times)| {
            let times = f64::from(*times);
            rank + weight * times / (times + norm)
        })
    }
}

fn norm(length: u32, average: f64) -> f64 {
    K1 * (1.0 - B + B * f64::from(length) / average)
}

/// The texts of a segment that have a term.
#[allow(clippy::large_enum_variant, reason = "most are words, which every find asks")]
enum Node<'c> {
    Word(Cursor<'c>),
    Phrase(Box<Phrase<'c>>),
}

impl Node<'_> {
    fn count(&self) -> u32 {
        match self {
            Self::Word(cursor) => cursor.count(),
            Self::Phrase(phrase) => phrase.count(),
        }
    }

    #[inline]
    fn seek(&mut self, text: u32) -> Result<Option<u32>> {
        match self {
            Self::Word(cursor) => cursor.seek(text),
            Self::Phrase(phrase) => phrase.seek(text),
        }
    }

    #[inline]
    fn times(&self) -> u32 {
        match self {
            Self::Word(cursor) => cursor.times(),
            Self::Phrase(phrase) => phrase.times(),
        }
    }
}
