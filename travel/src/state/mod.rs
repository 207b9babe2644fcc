//! A session at some moment, cheap to copy and to change, with who wrote what.

mod apply;
pub(crate) mod fields;
pub(crate) mod list;
pub(crate) mod pack;
pub(crate) mod patches;
mod rope;
mod session;
mod value;

use retold_core::{Instance, Message, Outline, Position, Records, Session};
use serde::{Deserialize, Serialize};

pub use apply::Unfit;
pub use list::Rows;

pub(crate) use patches::index;
pub use rope::Rope;

use crate::Key;

/// Messages of a chunk.
pub(crate) const MESSAGES_A_CHUNK: usize = 128;
/// Instances of a chunk.
pub(crate) const AGENTS_A_CHUNK: usize = 32;

/// A session record as it was at some moment.
///
/// It is the fold of the session's events, by way of their patches. A copy costs O(rows / 128) and shares the rest, so
/// that many moments of one session may be held at once. Texts in the store's blobs are not loaded; an output is a
/// [`Rope`].
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// The session's own keys; its lists are empty.
    pub session: Session,
    /// What is known beside the document.
    pub records: Records,
    /// `instances`.
    pub agents: Rows<Agent>,
    /// `chatHistory`.
    pub messages: Rows<MessageRow>,
    /// Who wrote its own keys.
    pub provenance: Provenance,
}

/// An element of `instances`.
#[derive(Clone, Debug, PartialEq)]
pub struct Agent {
    /// Its keys; the output is kept apart.
    pub instance: Instance,
    /// Its output.
    pub output: Option<Rope>,
    /// Who wrote it.
    pub provenance: Provenance,
}

/// An element of `chatHistory`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageRow {
    /// The message.
    #[serde(rename = "m")]
    pub message: Message,
    /// Who wrote it.
    #[serde(rename = "w", deserialize_with = "pack::of_message")]
    pub provenance: Provenance,
}

/// Which events wrote the keys of one level of the document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The event that it came with. No two elements of a session's lists came with the same one.
    pub added: Position,
    /// The last event to write a key, for those that were written since.
    pub(crate) keys: Vec<(Key, Position)>,
}

impl State {
    /// Returns the state right after the event that began a session with the keys of `like`.
    pub(crate) fn begun(like: &Self, by: Position) -> Self {
        Self {
            session: like.session.clone(),
            records: Records::default(),
            agents: Rows::new(AGENTS_A_CHUNK),
            messages: Rows::new(MESSAGES_A_CHUNK),
            provenance: Provenance::new(by),
        }
    }

    /// Returns where it is in its workspace's list: where no event said so, at its own first position.
    #[allow(
        clippy::cast_precision_loss,
        reason = "as the read models have it: a place is good enough to 2^53"
    )]
    pub fn standing(&self) -> f64 {
        self.records.place.unwrap_or(self.provenance.added.get() as f64)
    }

    /// Returns how much of the session there is.
    pub(crate) fn outline(state: Option<&Self>) -> Outline {
        state.map_or_else(Outline::default, |state| {
            Outline::of(state.records.deleted, state.agents.len(), state.messages.len())
        })
    }
}

impl Provenance {
    pub(crate) fn new(added: Position) -> Self {
        Self { added, keys: Vec::new() }
    }

    /// Returns the event that last wrote a key.
    pub fn by(&self, key: &Key) -> Position {
        let of = |wanted: &Key| self.keys.iter().find(|(known, _)| known == wanted).map(|(_, by)| *by);
        let all = matches!(key, Key::Unknown(_)).then(|| of(&Key::Unknowns)).flatten();
        of(key).max(all).unwrap_or(self.added)
    }

    /// Returns the last event that wrote anything here.
    pub fn last(&self) -> Position {
        self.keys.iter().map(|(_, by)| *by).max().unwrap_or(self.added).max(self.added)
    }

    pub(crate) fn write(&mut self, key: Key, by: Position) {
        if key == Key::Unknowns {
            self.keys.retain(|(known, _)| !matches!(known, Key::Unknown(_)));
        }
        match self.keys.iter_mut().find(|(known, _)| *known == key) {
            Some((_, last)) => *last = by,
            None => self.keys.push((key, by)),
        }
    }
}
