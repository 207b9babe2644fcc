//! Which session a record belongs to, where several files have it. Who has the better claim is known of files that were surveyed:
//! what was read before a better claim came stays with whom it was told of, once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use serde::{Deserialize, Serialize};

use crate::formats::saved::all_below;
use crate::id::Id;

/// How good a claim to a record is: files are copied, and the copy may differ in nothing but the session that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Claim {
    /// It says that it is copied.
    Copied,
    /// Its session goes on from another one.
    Background,
    /// An agent's, told in the file of its session.
    SideChain,
    /// An agent's, in its own file.
    Agent,
    /// A session's own.
    Own,
}

/// All records that have an id.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Chain {
    links: HashMap<Id, Link>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Link {
    session: u32,
    claim: Claim,
    is_read: bool,
}

/// What a record is, among all that have its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The one that counts.
    Here,
    /// Read before, in this session.
    Again,
    /// A copy of another session's.
    CopyOf(u32),
}

impl Chain {
    /// Takes a look at a record before any is read: the best claim to it is the right one, and the first of equals.
    pub(super) fn survey(&mut self, record: Id, session: u32, claim: Claim) {
        match self.links.entry(record) {
            Entry::Vacant(entry) => {
                entry.insert(Link { session, claim, is_read: false });
            }
            Entry::Occupied(mut entry) => {
                let link = entry.get_mut();
                // What was read is settled: its facts are told.
                if claim > link.claim && !link.is_read {
                    *link = Link { session, claim, is_read: false };
                }
            }
        }
    }

    /// Reads a record.
    pub(super) fn read(&mut self, record: Id, session: u32, claim: Claim) -> Place {
        self.survey(record, session, claim);
        let Some(link) = self.links.get_mut(&record) else { return Place::Again };
        if link.session != session {
            return Place::CopyOf(link.session);
        }
        if link.is_read || link.claim != claim {
            return Place::Again;
        }
        link.is_read = true;
        Place::Here
    }

    /// Whether all sessions have numbers below this.
    pub(super) fn are_below(&self, count: usize) -> bool {
        all_below(self.links.values().map(|link| &link.session), count)
    }

    /// Returns the session of a record that was read.
    pub(super) fn session(&self, record: Id) -> Option<u32> {
        self.links.get(&record).filter(|link| link.is_read).map(|link| link.session)
    }
}
