//! What must be known of all rollouts before one of them is understood: which turns a thread has, and how far it had counted.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;

use serde::{Deserialize, Serialize};

use super::usage::Total;
use crate::id::{self, Id};
use crate::json::{self, Object};
use crate::{Record, Source};

/// How many ancestors a thread may have.
const ANCESTORS_MAX: usize = 64;
/// Where in a record its type is looked for, before the whole of it is read.
const HEAD: usize = 512;

/// What is known of all rollouts.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Survey {
    /// By path, which rollout it is.
    sources: HashMap<OsString, String>,
    /// By the id of the rollout.
    rollouts: HashMap<String, Rollout>,
    /// By the id of the thread: only those that have a rollout of their own.
    turns: HashMap<String, HashSet<Id>>,
    missed: RefCell<Missed>,
    is_outdated: bool,
}

/// What was asked for and not there: a file that comes, or grows, may bring it.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Missed {
    /// Threads, and rollouts.
    ids: HashSet<Id>,
    turns: HashSet<Id>,
    /// Of rollouts, up to where their totals were asked for.
    ends: HashMap<String, u64>,
}

/// What is known of a rollout.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Rollout {
    thread: String,
    /// The threads whose metadata come after its own.
    ancestors: Vec<String>,
    /// Where the history before it is.
    base: Option<Base>,
    /// The totals, each with the number of its record.
    totals: Vec<(u64, Total)>,
    /// Whether some of its totals have none.
    has_unnumbered: bool,
}

/// A place in another rollout: what is before it is the history of this one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Base {
    pub(super) rollout: String,
    pub(super) end: u64,
}

impl Base {
    pub(super) fn of(meta: &Object<'_>) -> Option<Self> {
        let base = meta.object("history_base")?;
        Some(Self {
            rollout: base.text("thread_id")?.into_owned(),
            end: base.count("end_ordinal_exclusive").unwrap_or(u64::MAX),
        })
    }
}

impl Survey {
    /// Takes a record.
    pub(super) fn take(&mut self, source: &Source, record: &Record<'_>) {
        let json = record.json();
        let head = &json[..json.len().min(HEAD)];
        let head = match std::str::from_utf8(head) {
            Ok(head) => head,
            Err(error) => std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default(),
        };
        let is_of_interest = ["session_meta", "turn_context", "_started", "token_count"]
            .into_iter()
            .any(|word| head.contains(word))
            || !head.contains("\"type\"");
        if !is_of_interest && self.sources.contains_key(source.path.as_os_str()) {
            return;
        }
        let named = super::rollout_name(&source.path);
        json::with_object(json, |object| self.look(source, named, &object));
    }

    fn look(&mut self, source: &Source, named: Option<(&str, &str)>, object: &Object<'_>) {
        let (kind, payload) = (object.text("type"), object.object("payload").unwrap_or_default());
        let meta = match kind.as_deref() {
            Some("session_meta") => payload.text("id"),
            None => object.text("id"),
            Some(_) => None,
        };
        let id = match self.sources.get(source.path.as_os_str()) {
            Some(id) => id.clone(),
            None => {
                let Some(thread) = meta.as_deref().or(named.map(|(thread, _)| thread)) else { return };
                let id = named.map_or(thread, |(_, rollout)| rollout).to_owned();
                self.sources.insert(source.path.clone().into_os_string(), id.clone());
                self.turns.entry(thread.to_owned()).or_default();
                let missed = self.missed.get_mut();
                self.is_outdated |= [thread, &id].iter().any(|new| missed.ids.contains(&id::id(new)));
                let base = Base::of(&payload);
                let rollout = Rollout { thread: thread.to_owned(), base, ..Rollout::default() };
                self.rollouts.entry(id.clone()).or_insert(rollout);
                id
            }
        };
        let Some(rollout) = self.rollouts.get_mut(&id) else { return };
        match kind.as_deref() {
            Some("session_meta") => {
                if let Some(thread) = meta {
                    let is_other =
                        thread != rollout.thread && !rollout.ancestors.iter().any(|one| *one == thread);
                    if is_other && rollout.ancestors.len() < ANCESTORS_MAX {
                        rollout.ancestors.push(thread.into_owned());
                    }
                }
            }
            Some("event_msg" | "turn_context") => {
                if let Some(turn) = begins_turn(kind.as_deref(), &payload)
                    && let Some(turns) = self.turns.get_mut(&rollout.thread)
                {
                    turns.insert(id::id(&*turn));
                    let asked = id::id_of(&[&rollout.thread, &turn]);
                    self.is_outdated |= self.missed.get_mut().turns.contains(&asked);
                }
                let total = || Some(Total::read(&payload.object("info")?.object("total_token_usage")?));
                match (object.count("ordinal"), total()) {
                    (Some(ordinal), Some(total)) => {
                        if rollout.totals.last().is_none_or(|(last, _)| *last < ordinal) {
                            rollout.totals.push((ordinal, total));
                            let asked = self.missed.get_mut().ends.get(&id);
                            self.is_outdated |= asked.is_some_and(|end| ordinal < *end);
                        }
                    }
                    (None, Some(_)) => rollout.has_unnumbered = true,
                    (_, None) => {}
                }
            }
            _ => {}
        }
    }

    /// Returns which thread and which rollout a source is of.
    pub(super) fn of(&self, source: &Source) -> Option<(&str, &str)> {
        let id = self.sources.get(source.path.as_os_str())?;
        Some((&self.rollouts.get(id)?.thread, id))
    }

    /// Returns whether a thread has a rollout of its own.
    pub(super) fn has(&self, thread: &str) -> bool {
        let is_there = self.turns.contains_key(thread);
        if !is_there {
            self.missed.borrow_mut().ids.insert(id::id(thread));
        }
        is_there
    }

    /// Whether something is there by now that was asked for before.
    pub(super) fn is_outdated(&self) -> bool {
        self.is_outdated
    }

    /// Returns the threads whose metadata a rollout has too.
    pub(super) fn ancestors(&self, rollout: &str) -> &[String] {
        self.rollouts.get(rollout).map_or(&[], |rollout| &rollout.ancestors)
    }

    /// Returns the thread of a rollout.
    pub(super) fn thread<'s>(&'s self, rollout: &'s str) -> &'s str {
        self.rollouts.get(rollout).map_or(rollout, |rollout| &rollout.thread)
    }

    /// Returns whether a thread has this turn.
    pub(super) fn has_turn(&self, thread: &str, turn: &str) -> bool {
        let is_there = self.turns.get(thread).is_some_and(|turns| turns.contains(&id::id(turn)));
        if !is_there {
            self.missed.borrow_mut().turns.insert(id::id_of(&[thread, turn]));
        }
        is_there
    }

    /// Returns how far had been counted at a place. `None` where the rollout is not there, or does not say it.
    pub(super) fn total_at(&self, base: &Base) -> Option<Total> {
        let mut base = base.clone();
        for _ in 0..ANCESTORS_MAX {
            let mut missed = self.missed.borrow_mut();
            let Some(rollout) = self.rollouts.get(&base.rollout) else {
                missed.ids.insert(id::id(&base.rollout));
                return None;
            };
            // Without a number, it is all that the rollout says by then.
            if base.end < u64::MAX {
                let end = missed.ends.entry(base.rollout.clone()).or_default();
                *end = (*end).max(base.end);
            }
            drop(missed);
            let before = rollout.totals.partition_point(|(ordinal, _)| *ordinal < base.end);
            match (before.checked_sub(1).and_then(|last| rollout.totals.get(last)), &rollout.base) {
                (Some((_, total)), _) => return Some(*total),
                (None, Some(before)) => {
                    base = Base { end: before.end.min(base.end), rollout: before.rollout.clone() };
                }
                (None, None) => return (!rollout.has_unnumbered).then(Total::default),
            }
        }
        None
    }
}

/// Returns the turn that a record begins.
pub(super) fn begins_turn<'a>(kind: Option<&str>, payload: &Object<'a>) -> Option<std::borrow::Cow<'a, str>> {
    let begins = match kind {
        Some("turn_context") => true,
        Some("event_msg") => matches!(payload.text("type").as_deref(), Some("task_started" | "turn_started")),
        _ => false,
    };
    begins.then(|| payload.text("turn_id")).flatten()
}
