//! What all facts of a session say together, whether their records are new or not.

use std::collections::BTreeMap;

use jiff::Timestamp;
use retold_transcripts::{Role, What};
use serde::{Deserialize, Serialize};

use super::news::shorten;

/// What all facts of a session say together.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Gathered {
    title: Option<String>,
    prompt: Option<String>,
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
    pub(super) worktree: Option<String>,
    pub(super) link: Option<(String, String, Option<String>)>,
    unknown: BTreeMap<String, u64>,
    pub(super) also: BTreeMap<String, serde_json::Value>,
}

impl Gathered {
    /// Hears what a fact says.
    pub(super) fn hear(&mut self, what: &What, is_of_agent: bool) {
        match what {
            What::Titled(title) => self.title = Some(shorten(title)),
            What::Spoke { role: Role::User, text, .. }
                if !is_of_agent && self.prompt.is_none() && !text.trim().is_empty() =>
            {
                self.prompt = Some(shorten(text));
            }
            What::InWorktree(worktree) => self.worktree = Some(worktree.clone()),
            What::Linked { relation, parent, spawned_by } => {
                self.link = Some((relation.word().to_owned(), parent.clone(), spawned_by.clone()));
            }
            What::Unknown(kind) => *self.unknown.entry(kind.clone()).or_default() += 1,
            What::Also { name, value } => drop(self.also.insert((*name).to_owned(), value.clone())),
            _ => {}
        }
    }

    /// Takes it that the session lasted at a moment.
    pub(super) fn lasts(&mut self, at: Timestamp) {
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = Some(self.last.map_or(at, |last| last.max(at)));
    }

    /// Returns the title: the first prompt, where there is no other.
    pub(super) fn title(&self) -> Option<&str> {
        self.title.as_deref().or(self.prompt.as_deref())
    }

    /// Returns what only this tool says, as JSON.
    pub(super) fn details(&self) -> String {
        if self.also.is_empty() && self.unknown.is_empty() {
            return String::new();
        }
        let mut details = serde_json::Map::new();
        details.extend(self.also.iter().map(|(name, value)| (name.clone(), value.clone())));
        if !self.unknown.is_empty() {
            details.insert("unknown".to_owned(), serde_json::json!(self.unknown));
        }
        serde_json::Value::Object(details).to_string()
    }
}
