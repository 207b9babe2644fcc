//! Several segments made one, without the texts that are gone.

use std::collections::HashMap;

use super::postings::Postings;
use super::segment::{SegmentWriter, WordsFrom, words_from};
use super::{Entry, Segment, Tables};

/// Segments of about one size that are merged into one, and large ones: their merge takes its time, and they are few.
const MERGED: usize = 8;
const MERGED_LARGE: usize = 32;
const LARGE: u32 = 4_096;
/// Texts that are gone before all is merged, and one of how many.
const GONE_MIN: u32 = 10_000;
const GONE_PART: u32 = 4;

/// The words of several segments in their order, each with its postings, without the texts that are gone.
pub(crate) struct Words<'c> {
    tables: Tables<'c>,
    gone: HashMap<u32, i64>,
    segments: Vec<(Segment, WordsFrom<'c>, Option<Entry>)>,
    /// The word that was read last.
    pub(crate) word: Vec<u8>,
}

impl<'c> Words<'c> {
    pub(crate) fn of(tables: Tables<'c>, segments: &[Segment]) -> rusqlite::Result<Self> {
        let begin = |segment: &Segment| {
            let mut words = words_from(tables, segment, b"")?;
            let entry = words.step()?;
            Ok((*segment, words, entry))
        };
        let begun: rusqlite::Result<Vec<_>> = segments.iter().map(begin).collect();
        Ok(Self { tables, gone: tables.gone()?, segments: begun?, word: Vec::new() })
    }

    /// Goes on to the next word that a text has, and returns its postings.
    pub(crate) fn step(&mut self) -> rusqlite::Result<Option<Postings>> {
        loop {
            let there = self.segments.iter().filter(|(_, _, entry)| entry.is_some());
            let Some(first) = there.map(|(_, words, _)| &words.word).min() else { return Ok(None) };
            self.word.clone_from(first);
            let mut all = Postings::default();
            for (segment, words, entry) in &mut self.segments {
                if words.word != self.word {
                    continue;
                }
                let Some(here) = entry.take() else { continue };
                let is_there = |text: u32| self.gone.get(&text).is_none_or(|last| *last < segment.number);
                let postings = here.postings(self.tables)?;
                match self.gone.is_empty() && all.len() == 0 {
                    true => all = postings,
                    false => all.extend(&postings, is_there),
                }
                *entry = words.step()?;
            }
            all.sort();
            if all.len() > 0 {
                return Ok(Some(all));
            }
        }
    }
}

/// Makes segments that follow each other one, which has the number of the last.
fn merge(tables: Tables<'_>, segments: &[Segment]) -> rusqlite::Result<()> {
    let Some(last) = segments.last() else { return Ok(()) };
    let (mut words, mut out) = (Words::of(tables, segments)?, SegmentWriter::new(tables)?);
    while let Some(postings) = words.step()? {
        out.add(&words.word, &postings)?;
    }
    drop(words);
    segments.iter().try_for_each(|segment| segment.delete(tables))?;
    out.finish(last.number, segments.iter().fold(0, |sum, segment| sum.saturating_add(segment.texts)))?;
    let all = tables.segments()?;
    // What is gone from segments that are no more is gone.
    if all.first().is_none_or(|first| first.number >= last.number) {
        tables.prepare(include_str!("../../../sql/search/drop_gone.sql"))?.execute([last.number])?;
    }
    Ok(())
}

/// Makes one segment of all.
pub(crate) fn merge_all(tables: Tables<'_>) -> rusqlite::Result<()> {
    let segments = tables.segments()?;
    if segments.len() > 1 || !tables.gone()?.is_empty() {
        merge(tables, &segments)?;
    }
    Ok(())
}

/// Merges as many segments of one size as there are too many.
pub(super) fn merge_some(tables: Tables<'_>) -> rusqlite::Result<()> {
    let segments = tables.segments()?;
    let texts = segments.iter().fold(0_u32, |sum, segment| sum.saturating_add(segment.texts));
    let mut statement = tables.prepare(include_str!("../../../sql/search/count_gone.sql"))?;
    let gone: u32 = statement.query_row([], |row| row.get(0))?;
    if gone > GONE_MIN.max(texts / GONE_PART) {
        return merge_all(tables);
    }
    let size = |segment: &Segment| segment.texts.max(1).ilog2() / MERGED.ilog2();
    for largest in 0..=u32::BITS / MERGED.ilog2() {
        let small = segments.iter().rev().take_while(|segment| size(segment) <= largest).count();
        let is_large = segments.last().is_some_and(|last| last.texts >= LARGE);
        if small >= if is_large { MERGED_LARGE } else { MERGED } {
            merge(tables, &segments[segments.len() - small..])?;
            return merge_some(tables);
        }
    }
    Ok(())
}
