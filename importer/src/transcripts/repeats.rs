//! What a file says again whose records are at other places than before.
//!
//! A record that its tool gave no id is known by its place in the file. Where a file was written again with something put before them,
//! or comes under another name, its records have other places; what they say is known by what it is: by who said which text when.

use std::collections::HashMap;

use retold_transcripts::{What, is_place};

use super::news::{Hash, Known, of_text};

/// Whether a record of a file is one that the log lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// The log has it.
    Known,
    /// The log lacks it.
    New,
    /// The log lacks it where it is; it may have it from another place in the file, or from another file.
    Elsewhere {
        /// Whether the log had the file.
        is_rewritten: bool,
    },
}

/// What is known by its place, each with its moment, by a hash of what it says; in the order of the log.
type ByContent = HashMap<Hash, Vec<(Option<i64>, String)>>;

/// What the log has of a session that is known by its place, until a file says it again.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    /// The file that says it again.
    file: String,
    /// Messages and calls; nothing before the first is asked for.
    said: Option<ByContent>,
    /// The ids that the log has, by those that a file has now.
    ids: HashMap<String, String>,
}

impl Repeats {
    /// Gives what a file says of what the log has from another place the id that the log has. What a record says without a time is known
    /// where the file was written again: another file may say the same at another time. `unmasked` is the text as the log may have it where
    /// the fact says it masked.
    pub(super) fn rename(
        &mut self,
        known: &Known,
        what: &mut What,
        at: Option<i64>,
        unmasked: Option<&str>,
        (file, news): (&str, News),
    ) {
        if self.file != file {
            // What the log has by now, the file before it among that.
            *self = Self { file: file.to_owned(), ..Self::default() };
        }
        let is_same_file = news != News::Elsewhere { is_rewritten: false };
        match what {
            What::Spoke { id, role, text, .. } if is_place(id) && (at.is_some() || is_same_file) => {
                let mut said = [Some(&**text), unmasked].into_iter().flatten();
                said.any(|text| self.find(known, id, of_text(role.word(), text), at));
            }
            // Of a call the log has no time of its own.
            What::Called { id, name, input, .. } if is_place(id) && is_same_file => {
                let mut said = [Some(&**input), unmasked].into_iter().flatten();
                said.any(|text| self.find(known, id, of_text(name, text), None));
            }
            What::Returned { id, .. } => self.replace(id),
            What::Compacted { dropped } | What::Rewound { dropped } => {
                dropped.iter_mut().for_each(|id| self.replace(id));
            }
            _ => {}
        }
    }

    fn replace(&self, id: &mut String) {
        if let Some(known) = self.ids.get(id) {
            id.clone_from(known);
        }
    }

    /// Finds what the log has, each once, in its order; returns whether it is there. What is where it was is itself.
    fn find(&mut self, known: &Known, id: &mut String, hash: Hash, at: Option<i64>) -> bool {
        let said = self.said.get_or_insert_with(|| learn(known));
        let Some(candidates) = said.get_mut(&hash) else { return false };
        let is_then = |(then, _): &(Option<i64>, String)| at.is_none() || *then == at;
        let is_itself = |one: &(Option<i64>, String)| is_then(one) && one.1 == *id;
        let found = candidates.iter().position(is_itself).or_else(|| candidates.iter().position(is_then));
        let Some((_, found)) = found.map(|found| candidates.remove(found)) else { return false };
        if found != *id {
            self.ids.insert(std::mem::replace(id, found.clone()), found);
        }
        true
    }
}

fn learn(known: &Known) -> ByContent {
    let mut said = ByContent::new();
    let mut places: Vec<(u32, &String)> = Vec::new();
    for (id, of_id) in known.places.iter().filter(|(id, _)| is_place(id)) {
        places.extend(of_id.iter().map(|place| (*place, id)));
    }
    places.sort_unstable();
    for (place, id) in places {
        if let Some(message) = known.messages.get(place as usize) {
            said.entry(message.hash).or_default().push((message.at, id.clone()));
        }
    }
    let mut calls: Vec<(&String, &Hash)> = known.calls.iter().filter(|(id, _)| is_place(id)).collect();
    calls.sort_unstable_by_key(|(id, _)| (id.len(), *id));
    for (id, hash) in calls {
        said.entry(*hash).or_default().push((None, id.clone()));
    }
    said
}
