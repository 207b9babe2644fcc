//! Texts on their way into the index: kept until the next checkpoint, then written as a segment.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::{Connection, params};

use super::merge::merge_some;
use super::pack::count;
use super::postings::Postings;
use super::scopes::set_scopes;
use super::segment::SegmentWriter;
use super::texts::{Known, place};
use super::{Block, Tables};
use crate::search::words::words;

/// Before a word that a piece of an output goes on from: it is found in phrases alone.
pub(crate) const CARRIED: u8 = 1;

/// What is to be indexed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextOf<'t> {
    pub(crate) text: u32,
    pub(crate) stream: u32,
    pub(crate) kind: u32,
    /// The text before it, of which the last words count as before it, and how many positions back that is.
    pub(crate) before: Option<(&'t str, u32)>,
    /// What it says; where `before` is given, both together.
    pub(crate) whole: &'t str,
    /// Whether only its words are kept, each once, and not where they are: a phrase is looked for in the text itself.
    pub(crate) is_bag: bool,
}

/// A text on its way.
#[derive(Debug)]
struct Taken {
    known: Known,
    /// Its words, in their order.
    words: Vec<u32>,
    is_bag: bool,
}

impl Taken {
    /// Each word with its place. All words of a bag are at the place 0, where no two words of another text are.
    fn each(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        let place = |at| if self.is_bag { 0 } else { count(at) };
        self.words.iter().enumerate().map(move |(at, word)| (*word, place(at)))
    }
}

/// Words by number. The words are anybody's: the hash has a seed.
type Numbers = HashMap<Box<[u8]>, u32, foldhash::fast::RandomState>;

/// Words that count as before a piece of an output.
pub(crate) const CARRIED_WORDS: usize = 8;

#[derive(Debug, Default)]
pub(crate) struct Writer {
    numbers: Numbers,
    texts: BTreeMap<u32, Taken>,
    gone: BTreeSet<u32>,
    sessions: BTreeSet<u32>,
    /// Whether the index is elsewhere: of a bag too is said where its words are, and of no text of which session it is.
    is_elsewhere: bool,
}

/// What is known of a text, and its words in their order.
pub(crate) type TakenText = (u32, Known, Vec<Box<[u8]>>);

impl Writer {
    /// For an index elsewhere, which has the places of all words, so that a phrase is not looked for in any text, and numbers of its own.
    pub(crate) fn elsewhere() -> Self {
        Self { is_elsewhere: true, ..Self::default() }
    }

    /// Whether texts are of numbered sessions.
    pub(crate) fn has_streams(&self) -> bool {
        !self.is_elsewhere
    }

    /// Returns what was taken, and the texts that are gone, for an index elsewhere.
    pub(crate) fn take(&mut self) -> (Vec<TakenText>, BTreeSet<u32>) {
        let Self { numbers, texts, gone, .. } =
            std::mem::replace(self, Self { is_elsewhere: self.is_elsewhere, ..Self::default() });
        let mut all: Vec<Box<[u8]>> = vec![Box::default(); numbers.len()];
        for (word, number) in numbers {
            all[number as usize] = word;
        }
        let words = |taken: &Taken| taken.words.iter().map(|word| all[*word as usize].clone()).collect();
        (texts.iter().map(|(text, taken)| (*text, taken.known, words(taken))).collect(), gone)
    }

    /// Takes a text; what was at its position is gone.
    pub(crate) fn add(&mut self, of: &TextOf<'_>) {
        let TextOf { text, stream, kind, before, whole, is_bag } = *of;
        let ends = before.map_or(0, |(before, _)| before.len());
        let (mut carried, mut own) = (Vec::new(), Vec::new());
        words(whole, |word, end| match end <= ends {
            true => carried.push(word.to_owned()),
            false => own.push(self.number(word.as_bytes())),
        });
        let mut length = count(own.len());
        if is_bag {
            let mut each = own.clone();
            each.sort_unstable();
            each.dedup();
            length = count(each.len());
            if !self.is_elsewhere {
                own = each;
            }
        }
        let skipped = carried.len().saturating_sub(CARRIED_WORDS);
        let mut all: Vec<u32> = Vec::with_capacity(own.len() + CARRIED_WORDS);
        for word in &carried[skipped..] {
            let marked: Vec<u8> = std::iter::once(CARRIED).chain(word.bytes()).collect();
            all.push(self.number(&marked));
        }
        all.append(&mut own);
        let back = before.map_or(0, |(_, back)| back);
        let known = Known { stream, kind, length, back };
        self.texts.insert(text, Taken { known, words: all, is_bag });
    }

    fn number(&mut self, word: &[u8]) -> u32 {
        if let Some(number) = self.numbers.get(word) {
            return *number;
        }
        let number = count(self.numbers.len());
        self.numbers.insert(word.into(), number);
        number
    }

    /// Takes a text out, wherever it is.
    pub(crate) fn remove(&mut self, text: u32) {
        self.texts.remove(&text);
        self.gone.insert(text);
    }

    /// Takes note that a session has changed.
    pub(crate) fn changed(&mut self, stream: u32) {
        self.sessions.insert(stream);
    }

    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Writes all of it.
    pub(crate) fn flush(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let Self { numbers, texts, gone, sessions, .. } = std::mem::take(self);
        if texts.is_empty() && gone.is_empty() && sessions.is_empty() {
            return Ok(());
        }
        let tables = Tables::main(connection);
        let mut statement = tables.prepare(include_str!("../../../sql/search/next_stamp.sql"))?;
        let (stamp, last): (i64, i64) = statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        set_scopes(tables, sessions, stamp)?;
        write_columns(tables, stamp, last, &texts, &gone)?;
        if !texts.is_empty() {
            write_segment(tables, last + 1, &numbers, &texts)?;
            merge_some(tables)?;
        }
        Ok(())
    }
}

/// Changes what is known of texts.
fn write_columns(
    tables: Tables<'_>,
    stamp: i64,
    last: i64,
    texts: &BTreeMap<u32, Taken>,
    gone: &BTreeSet<u32>,
) -> rusqlite::Result<()> {
    let changed: BTreeSet<u32> = texts.keys().chain(gone).copied().collect();
    let (mut texts_more, mut words_more) = (0_i64, 0_i64);
    let mut open: Option<(u32, Block)> = None;
    for text in changed {
        let (number, at) = place(text);
        let mut block = match open.take() {
            Some((of, block)) if of == number => block,
            before => {
                if let Some((number, block)) = before {
                    block.write(tables, number, stamp)?;
                }
                Block::read(tables, number)?
            }
        };
        let was = block.texts[at];
        if was.kind != 0 {
            if last > 0 {
                let mut statement = tables.prepare(include_str!("../../../sql/search/add_gone.sql"))?;
                statement.execute(params![text, last])?;
            }
            texts_more -= i64::from(was.length > 0);
            words_more -= i64::from(was.length);
        }
        block.texts[at] = match texts.get(&text) {
            None => Known::default(),
            Some(Taken { known, .. }) => {
                texts_more += i64::from(known.length > 0);
                words_more += i64::from(known.length);
                *known
            }
        };
        open = Some((number, block));
    }
    if let Some((number, block)) = open {
        block.write(tables, number, stamp)?;
    }
    tables
        .prepare(include_str!("../../../sql/search/change_size.sql"))?
        .execute(params![texts_more, words_more])?;
    Ok(())
}

fn write_segment(
    tables: Tables<'_>,
    segment: i64,
    numbers: &Numbers,
    texts: &BTreeMap<u32, Taken>,
) -> rusqlite::Result<()> {
    // Where the occurrences of each word begin, and where they end so far.
    let mut ends = vec![0_usize; numbers.len() + 1];
    let all = || texts.iter().flat_map(|(text, taken)| taken.each().map(move |word| (*text, word)));
    all().for_each(|(_, (word, _))| ends[word as usize + 1] += 1);
    for number in 1..ends.len() {
        ends[number] += ends[number - 1];
    }
    let mut occurrences = vec![(0_u32, 0_u32); ends.last().copied().unwrap_or(0)];
    let begins = ends.clone();
    for (text, (word, place)) in all() {
        let end = &mut ends[word as usize];
        occurrences[*end] = (text, place);
        *end += 1;
    }
    let mut words: Vec<(&[u8], u32)> = numbers.iter().map(|(word, number)| (&**word, *number)).collect();
    words.sort_unstable();
    let (mut out, mut postings) = (SegmentWriter::new(tables)?, Postings::default());
    for (word, number) in words {
        let number = number as usize;
        postings.clear();
        occurrences[begins[number]..ends[number]]
            .iter()
            .for_each(|(text, place)| postings.push(*text, *place));
        out.add(word, &postings)?;
    }
    out.finish(segment, count(texts.len()))
}
