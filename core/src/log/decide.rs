//! Writes that are decided at their turn: inside the transaction that writes them, as of all that was handed over before.

use super::commit::{Appended, Commit};
use super::key::{IdempotencyKey, KeyUse};
use super::prepare::Prepared;
use super::read::Reader;
use crate::{Position, StreamId};

/// What a write comes to, as of what its reader shows.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "a write makes one, and moves it once")]
pub enum Decision {
    /// These events are appended.
    Append(Commit),
    /// Nothing has to be: the log says so already. A key is remembered all the same.
    Nothing {
        /// The session that it is true of, where there is one.
        of: Option<StreamId>,
    },
    /// Nothing may be: who decided keeps the reason. A key is not remembered.
    Refuse,
}

/// Decides a write. It is called on the writer's thread, inside the transaction, and again where the transaction had to be
/// given up; it writes nothing and keeps nothing of what it reads, for that is not committed yet.
pub(super) type Decide = Box<dyn FnMut(&mut Reader<'_>) -> Result<Decision, crate::Error> + Send>;

/// A commit that was planned before its turn.
#[derive(Debug)]
pub struct Planned {
    /// The commit.
    pub commit: Commit,
    /// The end of the log that it was planned on.
    pub as_of: Position,
}

/// What became of a write that was decided at its turn.
#[derive(Debug)]
pub enum Decided {
    /// Events were appended.
    Appended {
        /// Where.
        appended: Appended,
        /// Whether they are the ones that were planned before.
        as_planned: bool,
    },
    /// Nothing had to be appended.
    Nothing {
        /// The end of the log at the write's turn.
        head: Position,
    },
    /// Nothing was appended, for reasons that the decision has kept.
    Refused,
    /// The key was used for the same write before: nothing was appended this time.
    Repeated(KeyUse),
}

impl Decided {
    /// The answer to a plain append, which decides nothing.
    pub(super) fn appended(self) -> Appended {
        match self {
            Self::Appended { appended, .. } => appended,
            Self::Repeated(KeyUse { first, last, .. }) => {
                Appended { first, last, streams: Vec::new(), repeated: true }
            }
            Self::Nothing { head } => {
                Appended { first: head, last: head, streams: Vec::new(), repeated: false }
            }
            Self::Refused => unreachable!("a commit that is there is not decided on"),
        }
    }
}

/// What is handed to the writer.
pub(super) struct Turn {
    pub(super) planned: Option<Prepared>,
    /// What the plan knows of which record of an id is which; `None` where it does not ask.
    pub(super) as_of: Option<Position>,
    pub(super) key: Option<IdempotencyKey>,
    pub(super) decide: Option<Decide>,
}

impl Turn {
    /// How many events it is going to write, as far as that is known.
    pub(super) fn events(&self) -> usize {
        self.planned.as_ref().map_or(1, Prepared::events)
    }

    /// How many bytes it is going to write, as far as that is known.
    pub(super) fn bytes(&self) -> usize {
        self.planned.as_ref().map_or(0, Prepared::bytes)
    }
}
