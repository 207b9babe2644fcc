//! What is known of a session of Gemini CLI: ids, and what its messages looked like.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::Status;
use crate::id::{Id, id};

/// A session.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Session {
    pub(super) begun_in: HashSet<u32>,
    pub(super) has_cwd: bool,
    pub(super) title: Option<Id>,
    /// The session that began it, and whether the call is told.
    pub(super) parent: Option<(Box<str>, bool)>,
    pub(super) messages: HashMap<Id, Known>,
    /// The texts that were told.
    pub(super) texts: HashSet<Id>,
    pub(super) calls: HashMap<Id, Option<Id>>,
    /// The messages that are part of the conversation, in order.
    pub(super) live: Vec<Box<str>>,
    pub(super) revised: u64,
    pub(super) last: Option<Status>,
}

/// A message that was read.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Known {
    pub(super) look: Id,
    pub(super) text: Id,
    pub(super) is_said: bool,
    pub(super) thoughts: usize,
    /// Whether a person or the model wrote it.
    pub(super) is_conversation: bool,
    /// Whether it came in a list first, and is no message of its own.
    pub(super) is_of_list: bool,
    pub(super) is_live: bool,
    pub(super) status: Option<Status>,
}

impl Session {
    /// Adds a message to the conversation, at its end, unless it is there.
    pub(super) fn enliven(&mut self, message: &str) {
        if let Some(known) = self.messages.get_mut(&id(message)).filter(|known| !known.is_live) {
            known.is_live = true;
            self.live.push(message.into());
        }
    }

    /// Takes a message and all after it out of the conversation, all of it where that message is not there. Returns those that are
    /// messages of their own.
    pub(super) fn rewind(&mut self, message: &str) -> Vec<String> {
        let is_live = self.messages.get(&id(message)).is_some_and(|known| known.is_live);
        let from = match is_live {
            true => self.live.iter().rposition(|live| &**live == message).unwrap_or_default(),
            false => 0,
        };
        self.truncate(from)
    }

    /// Leaves the first messages in the conversation. Returns the others, as far as they are messages of their own.
    pub(super) fn truncate(&mut self, from: usize) -> Vec<String> {
        let mut dropped = Vec::new();
        for message in self.live.drain(from..) {
            if let Some(known) = self.messages.get_mut(&id(&*message)) {
                known.is_live = false;
                if !known.is_of_list {
                    dropped.push(message.into());
                }
            }
        }
        dropped
    }

    /// Returns how it stands.
    pub(super) fn status(&self) -> Option<Status> {
        let of_live =
            |message: &str| self.messages.get(&id(message)).filter(|known| !known.is_of_list)?.status;
        self.live.iter().rev().find_map(|message| of_live(message)).or(self.last)
    }
}
