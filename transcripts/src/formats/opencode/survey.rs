//! What must be known of all sessions before one of them is understood: which messages are copies, and who started whom.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::row::{Message, Part, Row, Session, with_row};
use crate::formats::saved::{Sound, all_below};
use crate::id::{self, Id};
use crate::json::{self, Object};
use crate::{Form, Record, Source};

/// In how many sessions a message is looked for.
const HOLDERS_MAX: usize = 16;
/// How many messages of a fork are compared to find what it is a copy of.
const COMPARED: usize = 4;

/// What is known of all sessions.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Survey {
    ids: HashMap<String, u32>,
    sessions: Vec<Known>,
    /// The sessions and messages that a database has: files that say the same, and parts of such messages, are left over.
    in_database: HashSet<Id>,
    /// By what their copies have too, which sessions have a message.
    holders: HashMap<Id, Vec<u32>>,
    /// By the id of a session, the call that started it.
    calls: HashMap<String, String>,
}

/// What is known of a session.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Known {
    id: String,
    is_listed: bool,
    created: Option<i64>,
    forked_from: Option<String>,
    is_called_fork: bool,
    first: Vec<Id>,
    messages: Vec<Box<str>>,
    seen: HashSet<Id>,
    /// The parts of the last message.
    last_parts: HashSet<Id>,
}

impl Sound for Survey {
    fn is_sound(&self) -> bool {
        all_below(self.ids.values(), self.sessions.len())
    }
}

impl Survey {
    pub(super) fn take(&mut self, source: &Source, record: &Record<'_>) {
        json::with_object(record.json(), |object| {
            with_row(source, &object, |row| match row {
                Row::Session(session) => self.session(source, &session),
                Row::Message(message) => self.message(source, &message),
                Row::Part(part) => self.part(source, &part),
                Row::SessionMessage { .. } | Row::Listed | Row::Unknown => {}
            });
        });
    }

    /// Notes who has an id. Returns whether the source is the one that counts.
    fn note(&mut self, source: &Source, id: &str) -> bool {
        if source.form == Form::Database {
            self.in_database.insert(id::id(id));
            return true;
        }
        !self.is_left_over(source, id)
    }

    /// Whether a record is only what a database has too.
    pub(super) fn is_left_over(&self, source: &Source, id: &str) -> bool {
        source.form != Form::Database && self.in_database.contains(&id::id(id))
    }

    fn of(&mut self, id: &str) -> &mut Known {
        let at = match self.ids.get(id) {
            Some(at) => *at,
            None => {
                let at = u32::try_from(self.sessions.len()).unwrap_or(u32::MAX);
                self.ids.insert(id.to_owned(), at);
                self.sessions.push(Known { id: id.to_owned(), ..Known::default() });
                at
            }
        };
        &mut self.sessions[at as usize]
    }

    fn get(&self, id: &str) -> Option<&Known> {
        self.sessions.get(*self.ids.get(id)? as usize)
    }

    fn session(&mut self, source: &Source, session: &Session<'_>) {
        if !self.note(source, &session.id) {
            return;
        }
        let known = self.of(&session.id);
        known.is_listed = true;
        known.created = session.created;
        known.forked_from = session.forked_from.as_deref().map(str::to_owned);
        known.is_called_fork =
            session.forked_from.is_none() && session.parent.is_none() && session.is_called_fork();
    }

    fn message(&mut self, source: &Source, message: &Message<'_>) {
        if !self.note(source, &message.id) {
            return;
        }
        let (id, likeness) = (id::id(&*message.id), message.likeness());
        let known = self.of(&message.session);
        if known.seen.insert(id) {
            known.messages.push(message.id.as_ref().into());
            known.last_parts.clear();
            if known.is_called_fork && known.first.len() < COMPARED {
                known.first.push(likeness);
            }
        }
        let at = self.ids[&*message.session];
        let holders = self.holders.entry(likeness).or_default();
        if !holders.contains(&at) && holders.len() < HOLDERS_MAX {
            holders.push(at);
        }
    }

    fn part(&mut self, source: &Source, part: &Part<'_>) {
        if self.is_left_over(source, &part.message) {
            return;
        }
        if let Some(child) = started(part.data)
            && let Some(call) = part.data.text("callID")
        {
            self.calls.entry(child).or_insert_with(|| call.into_owned());
        }
        let id = id::id(&*part.id);
        let known = self.of(&part.session);
        if known.messages.last().is_some_and(|message| **message == *part.message) {
            known.last_parts.insert(id);
        }
    }

    /// Returns the call that started a session.
    pub(super) fn call(&self, session: &str) -> Option<&str> {
        self.calls.get(session).map(String::as_str)
    }

    pub(super) fn is_listed(&self, session: &str) -> bool {
        self.get(session).is_some_and(|known| known.is_listed)
    }

    /// Returns whether a session has messages of the spelling that is understood.
    pub(super) fn has_messages(&self, session: &str) -> bool {
        self.get(session).is_some_and(|known| !known.messages.is_empty())
    }

    /// Returns what a session is a copy of, where only its title says that it is one.
    pub(super) fn copied_from(&self, session: &str) -> Option<&str> {
        let known = self.get(session).filter(|known| known.is_called_fork)?;
        let holders = known.first.iter().find_map(|likeness| self.older_holder(known, likeness))?;
        Some(&holders.id)
    }

    fn older_holder(&self, known: &Known, likeness: &Id) -> Option<&Known> {
        let holders = self.holders.get(likeness)?.iter().filter_map(|at| self.sessions.get(*at as usize));
        holders
            .filter(|other| other.id != known.id && other.created.is_some() && other.created < known.created)
            .min_by_key(|other| other.created)
    }

    /// Returns whether a message is a copy of one in the session from which its own was copied.
    pub(super) fn is_copy(&self, message: &Message<'_>) -> bool {
        let Some(known) = self.get(&message.session) else { return false };
        if let Some(parent) = &known.forked_from {
            let Some(parent) = self.ids.get(parent) else { return false };
            return self.holders.get(&message.likeness()).is_some_and(|holders| holders.contains(parent));
        }
        known.is_called_fork
            && message.time("created") < known.created
            && self.older_holder(known, &message.likeness()).is_some()
    }

    /// Returns the messages from one on, or after it.
    pub(super) fn from(&self, session: &str, message: &str, is_after: bool) -> Vec<String> {
        let Some(known) = self.get(session) else { return Vec::new() };
        let at = known.messages.iter().position(|one| **one == *message);
        let from = at.map_or(known.messages.len(), |at| at + usize::from(is_after));
        known.messages[from..].iter().map(|id| id.to_string()).collect()
    }

    /// Returns the last message of a session, and how many parts it has.
    pub(super) fn last(&self, session: &str) -> Option<(&str, usize)> {
        let known = self.get(session)?;
        Some((known.messages.last()?, known.last_parts.len()))
    }
}

/// Returns the session that a part started.
pub(super) fn started(part: &Object<'_>) -> Option<String> {
    let metadata = part.object("state")?.object("metadata")?;
    metadata.text("sessionId").or_else(|| metadata.text("sessionID")).map(Into::into)
}
