//! Items to turns.

use retold_core::Reader;

use super::build::{Builder, Item};
use super::{Entry, Excerpt, Turn, Usage, What};
use crate::Error;

impl Builder<'_> {
    /// Returns the turns, oldest first. `is_continued`: the first began on an earlier page.
    pub(super) fn finish(mut self, reader: &mut Reader<'_>, is_continued: bool) -> Result<Vec<Turn>, Error> {
        for (at, writing) in std::mem::take(&mut self.writings) {
            let pieces = writing.pieces.clone();
            let excerpt = writing.finish(reader, self.extent)?;
            let position = self.items[at].entry.position;
            if let What::Output { text, pieces: known, is_continued } = &mut self.items[at].entry.what {
                *text = Excerpt { position, ..excerpt };
                *known = pieces;
                *is_continued &= self.list.has_outside();
            }
        }
        let mut turns = vec![Turn { is_continued, ..Turn::default() }];
        let mut turn_of = vec![0; self.items.len()];
        let mut items: Vec<Option<Item>> = self.items.into_iter().map(Some).collect();
        for at in self.order {
            turn_of[at] = turns.len() - 1;
            let Some(item) = items[at].take().filter(|item| !item.is_removed && !is_silent(&item.entry))
            else {
                continue;
            };
            if item.begins_turn
                && turns.last().is_some_and(|turn| !turn.entries.is_empty() || turn.is_continued)
            {
                turns.push(Turn::default());
            }
            turn_of[at] = turns.len() - 1;
            if let Some(turn) = turns.last_mut() {
                turn.is_continued &= !item.begins_turn;
                turn.entries.push(item.entry);
            }
        }
        for (item, usage) in self.usage {
            turns[turn_of.get(item).copied().unwrap_or(0)].add(usage);
        }
        turns.retain(|turn| !turn.entries.is_empty() || !turn.usage.is_empty());
        Ok(turns)
    }
}

/// A response that says nothing by itself: what it calls is there.
fn is_silent(entry: &Entry) -> bool {
    match &entry.what {
        What::Message { text, role, .. } => role != "user" && text.is_empty(),
        What::Thinking { text, .. } => text.is_empty(),
        _ => false,
    }
}

impl Turn {
    fn add(&mut self, usage: Usage) {
        let Some(known) = self.usage.iter_mut().find(|known| known.model == usage.model) else {
            self.usage.push(usage);
            return;
        };
        for (sum, more) in [
            (&mut known.input, usage.input),
            (&mut known.cache_read, usage.cache_read),
            (&mut known.cache_write, usage.cache_write),
            (&mut known.output, usage.output),
            (&mut known.reasoning, usage.reasoning),
        ] {
            *sum = sum.saturating_add(more);
        }
    }
}
