//! What the records of rollouts mean.

use std::collections::HashMap;
use std::ffi::OsString;

use serde::{Deserialize, Serialize};

use super::line::Line;
use super::survey::{Base, Survey};
use super::usage::Count;
use crate::formats::saved::{self, Sound};
use crate::formats::tool::Interpreter;
use crate::id::{Given, Id};
use crate::json::{self, Object};
use crate::when::milliseconds;
use crate::{Fact, Outcome, Record, Settled, Source, Status, What};

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Reading {
    survey: Survey,
    titles: HashMap<String, Title>,
    rollouts: Vec<Rollout>,
    /// By thread and rollout: a file and a copy of it elsewhere are one.
    by_rollout: HashMap<(String, String), usize>,
    by_path: HashMap<OsString, usize>,
    threads: HashMap<String, Thread>,
    /// Whether a file came that has a rollout that was read, with its records elsewhere.
    is_moved: bool,
}

/// A title that stands beside the rollouts.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
struct Title {
    text: String,
    /// Whether it is of the list of threads, which knows better than the older index.
    is_listed: bool,
}

/// A thread, over all of its rollouts.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Thread {
    pub(super) status: Option<Status>,
    /// What is part of the conversation, in order.
    pub(super) said: Vec<Spoken>,
    pub(super) is_usage_partial: bool,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Spoken {
    pub(super) id: String,
    pub(super) begins_turn: bool,
    pub(super) ordinal: Option<u64>,
}

/// A rollout, as far as it is read.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Rollout {
    pub(super) thread: String,
    pub(super) id: String,
    pub(super) given: Given,
    pub(super) has_meta: bool,
    /// Before each id of a message that Codex gave none.
    pub(super) prefix: String,
    pub(super) copy: Prefix,
    pub(super) model: Option<String>,
    pub(super) cwd: Option<String>,
    pub(super) branch: Option<String>,
    pub(super) version: Option<String>,
    pub(super) count: Count,
    /// Where the count goes on from, until it does.
    pub(super) base: Option<Base>,
    pub(super) has_usage_records: bool,
    pub(super) compaction: Compaction,
    /// How calls ended, as events say it before the output comes.
    pub(super) ended: HashMap<Id, Outcome>,
}

/// What of a rollout is a copy of its ancestors.
#[derive(Default, Serialize, Deserialize)]
pub(super) enum Prefix {
    /// Nothing, or no more.
    #[default]
    Over,
    /// From the first ancestor's metadata to the first turn that no ancestor has.
    Possible { parent: Option<String> },
    /// Now; the nearest ancestor may be gone, and only what was copied from those before it be elsewhere.
    UntilTurn { gone: Option<String> },
    /// What has a smaller number.
    UntilOrdinal(u64),
    /// Now, and the ancestor's own rollout is gone: this is all that is left.
    Kept { parent: String, ordinal: Option<u64> },
}

/// A compaction is written twice, as a record and as an event.
#[derive(Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Compaction {
    #[default]
    No,
    Recorded,
    Announced,
}

impl Interpreter for Reading {
    fn survey(&mut self, source: &Source, record: &Record<'_>) {
        self.survey.take(source, record);
        // The file of a rollout that was read from another one: its records may be at other places.
        if !self.by_path.contains_key(source.path.as_os_str())
            && let Some((thread, id)) = self.survey.of(source)
            && let Some(at) = self.by_rollout.get(&(thread.to_owned(), id.to_owned()))
        {
            self.is_moved |= self.rollouts[*at].given.is_another(record.offset, record.json());
        }
    }

    fn record(&mut self, source: &Source, record: &Record<'_>, each: &mut dyn FnMut(Fact)) {
        let is_first = !self.by_path.contains_key(source.path.as_os_str());
        let Some(at) = self.rollout(source, record) else { return };
        let is_new_record = self.rollouts[at].given.is_new(record.offset, record.json());
        if !is_new_record && !is_first {
            return;
        }
        json::with_object(record.json(), |object| {
            let time = object.text("timestamp").and_then(|time| milliseconds(&time));
            let thread = self.rollouts[at].thread.clone();
            if is_first {
                let is_new = !self.threads.contains_key(&thread);
                self.threads.entry(thread.clone()).or_default();
                each(Fact { session: thread.clone(), at: time, agent: None, what: What::Began });
                if let (true, Some(title)) = (is_new, self.titles.get(&thread)) {
                    let what = What::Titled(title.text.clone());
                    each(Fact { session: thread.clone(), at: None, agent: None, what });
                }
            }
            if !is_new_record {
                return;
            }
            let Self { survey, rollouts, threads, titles, .. } = self;
            let thread = threads.entry(thread).or_default();
            let is_titled = titles.contains_key(&rollouts[at].thread);
            let offset = record.offset;
            Line { survey, rollout: &mut rollouts[at], thread, offset, time, ordinal: None, is_titled, each }
                .read(&object);
        });
    }

    fn beside(&mut self, source: &Source, contents: &[u8], each: &mut dyn FnMut(Fact)) {
        let is_index = source.path.file_name().is_some_and(|name| name == "session_index.jsonl");
        let mut changed = Vec::new();
        for line in contents.split(|byte| *byte == b'\n') {
            let Some(object) = Object::read(line) else { continue };
            let (row, name) = match (is_index, object.object("row")) {
                (true, _) => (object, "thread_name"),
                (false, Some(row)) => (row, "name"),
                (false, None) => continue,
            };
            let (Some(id), Some(text)) = (row.text("id"), row.text(name)) else { continue };
            let title = Title { text: text.trim().to_owned(), is_listed: !is_index };
            let known = self.titles.get(&*id);
            let is_weaker = known.is_some_and(|known| *known == title || known.is_listed && is_index);
            if !title.text.is_empty() && !is_weaker {
                self.titles.insert(id.clone().into_owned(), title);
                changed.push(id.into_owned());
            }
        }
        changed.sort();
        changed.dedup();
        for id in changed {
            if self.threads.contains_key(&id) {
                let what = What::Titled(self.titles[&id].text.clone());
                each(Fact { session: id, at: None, agent: None, what });
            }
        }
    }

    fn settled(&self, session: &str) -> Settled {
        let Some(thread) = self.threads.get(session) else { return Settled::default() };
        let status = thread.status.map_or((Status::Open, true), |status| (status, false));
        Settled { status: Some(status), is_usage_partial: thread.is_usage_partial, ..Settled::default() }
    }

    fn is_outdated(&self) -> bool {
        self.is_moved || self.survey.is_outdated()
    }

    fn saved(&self) -> Option<Vec<u8>> {
        saved::write(self)
    }
}

impl Sound for Reading {
    fn is_sound(&self) -> bool {
        let mut places = self.by_rollout.values().chain(self.by_path.values());
        places.all(|at| *at < self.rollouts.len())
    }
}

impl Reading {
    /// Returns which rollout a source is of.
    fn rollout(&mut self, source: &Source, record: &Record<'_>) -> Option<usize> {
        if let Some(at) = self.by_path.get(source.path.as_os_str()) {
            return Some(*at);
        }
        if self.survey.of(source).is_none() {
            self.survey.take(source, record);
        }
        let (thread, id) = self.survey.of(source)?;
        let key = (thread.to_owned(), id.to_owned());
        let rollouts = &mut self.rollouts;
        let at = *self.by_rollout.entry(key).or_insert_with_key(|(thread, id)| {
            rollouts.push(Rollout { thread: thread.clone(), id: id.clone(), ..Rollout::default() });
            rollouts.len() - 1
        });
        self.by_path.insert(source.path.clone().into_os_string(), at);
        Some(at)
    }
}
