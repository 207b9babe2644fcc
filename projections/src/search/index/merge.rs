//! Several segments made one, without the texts that are gone.

use std::collections::HashMap;

use super::postings::Postings;
use super::segment::{SegmentWriter, WordsFrom, words_from};
use super::{Entry, Segment, Tables, damaged};

/// Segments of about one size that are merged into one, and large ones: their merge takes its time, and they are few.
const MERGED: usize = 8;
const MERGED_LARGE: usize = 32;
/// The size from which on they are large: 4,096 texts.
const LARGE: u32 = 4;
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
            // A text is in one segment alone, and none has the position 0.
            let is_ascending = all.texts.windows(2).all(|two| two[0] < two[1]);
            if !is_ascending || all.texts.first() == Some(&0) {
                return Err(damaged());
            }
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
    let sizes: Vec<u32> = segments.iter().map(|segment| segment.texts).collect();
    match too_many(&sizes) {
        0 => Ok(()),
        newest => {
            merge(tables, &segments[segments.len() - newest..])?;
            merge_some(tables)
        }
    }
}

/// Returns how many of the newest segments are to be merged, given how many texts each has, the oldest first; 0 for none.
///
/// Those of one size, and whatever is smaller among them: a text is merged once for each size that there is.
fn too_many(texts: &[u32]) -> usize {
    let size = |texts: &u32| texts.max(&1).ilog2() / MERGED.ilog2();
    // No segment comes after a smaller one: small ones after a large one would never be merged.
    if let [before @ .., last] = texts {
        let smaller = before.iter().rev().take_while(|texts| size(texts) < size(last)).count();
        if smaller > 0 {
            return smaller + 1;
        }
    }
    for largest in 0..=u32::BITS / MERGED.ilog2() {
        let newest = texts.iter().rev().take_while(|texts| size(texts) <= largest);
        let (all, of_size) = newest
            .fold((0, 0), |(all, of_size), texts| (all + 1, of_size + usize::from(size(texts) == largest)));
        if of_size >= if largest >= LARGE { MERGED_LARGE } else { MERGED } {
            return all;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(retold_trial::chance::properties(256))]

        #[test]
        fn a_text_is_merged_seldom_and_segments_are_few(flushes in prop::collection::vec(prop_oneof![
            40 => 1_u32..3, 4 => 1_u32..200, 1 => Just(10_000_u32),
        ], 1..3_000)) {
            let (mut segments, mut merged, mut written) = (Vec::new(), 0_u64, 0_u64);
            for texts in flushes {
                segments.push(texts);
                written += u64::from(texts);
                loop {
                    let newest = too_many(&segments);
                    if newest == 0 {
                        break;
                    }
                    let sum: u32 = segments.drain(segments.len() - newest..).sum();
                    merged += u64::from(sum);
                    segments.push(sum);
                }
            }
            prop_assert!(merged <= written * 8, "{} of {}", merged, written);
            prop_assert!(segments.len() <= 130, "{:?}", segments);
        }
    }
}
