//! What was done to the log, command by command, and taking it back.
//!
//! Every commit says which operation it belongs to, so nothing is recorded for this: the operations are read from the commits.

mod commits;
mod exclusions;
mod gather;
mod session;
mod undo;

use std::collections::HashMap;
use std::fmt;

use retold_core::{EventType, Operation, OperationId, Origin, Position, Reader};

use crate::Error;
use commits::{CommitRow, Commits};
pub use gather::{Gathered, Touched, operation};
pub use undo::{Undone, Wanted, undo, undo_once, undo_plan};

/// The argument of an undo that says which operation it took back.
pub(crate) const TAKEN_BACK: &str = "operation";
/// What an undo is called among the operations.
pub(crate) const UNDO: &str = "undo";

/// How an operation is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OperationName {
    /// By its id.
    Id(OperationId),
    /// By its first position: a commit of a release that knew no operations is one by itself.
    Commit(Position),
}

impl fmt::Display for OperationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Commit(position) => write!(f, "p{position}"),
        }
    }
}

/// One command of a person or a program, as its commits tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Performed {
    /// What it is called.
    pub name: OperationName,
    /// The command; `append` for a commit that does not say.
    pub kind: String,
    /// What the command was given, by name; `None` for a value that holds content.
    pub arguments: Vec<(String, Option<String>)>,
    /// Who made the events.
    pub origin: Origin,
    /// When the log got the first of its commits, in microseconds since 1970.
    pub began: i64,
    /// When the log got the last of them.
    pub ended: i64,
    /// The position of its first event.
    pub first: Position,
    /// The position of its last event. Events of other operations may lie between the two.
    pub last: Position,
    /// How many commits it made.
    pub commits: u64,
    /// How many events it appended.
    pub events: u64,
    /// What it did to the bodies of events, where it did that: it cannot be undone then.
    pub of_bodies: Option<EventType>,
}

impl Performed {
    fn begin(name: OperationName, commit: &CommitRow) -> Self {
        let meta = commit.meta.as_ref();
        let operation = meta.and_then(|meta| meta.operation.as_deref());
        Self {
            name,
            kind: operation.map_or_else(|| "append".to_owned(), |operation| operation.kind.clone()),
            arguments: operation.map_or_else(Vec::new, |operation| operation.arguments.clone()),
            origin: meta.map_or(Origin::Application, |meta| meta.origin),
            began: commit.recorded_at,
            ended: commit.recorded_at,
            first: commit.first,
            last: commit.last,
            commits: 0,
            events: 0,
            of_bodies: None,
        }
    }

    /// Takes in one of its commits, whichever is next.
    fn learn(&mut self, commit: &CommitRow) {
        self.began = self.began.min(commit.recorded_at);
        self.ended = self.ended.max(commit.recorded_at);
        self.first = self.first.min(commit.first);
        self.last = self.last.max(commit.last);
        self.commits += 1;
        self.events += commit.last.get() - commit.first.get() + 1;
        self.of_bodies = self.of_bodies.or(commit.kind.filter(|kind| kind.is_of_bodies()));
    }

    /// Returns the operation that it took back, where it is an undo.
    pub fn taken_back(&self) -> Option<&str> {
        let is_it = |(name, _): &&(String, Option<String>)| name == TAKEN_BACK;
        self.arguments
            .iter()
            .filter(|_| self.kind == UNDO)
            .find(is_it)
            .and_then(|(_, value)| value.as_deref())
    }
}

/// The last operations of a log.
#[derive(Clone, Debug, PartialEq)]
pub struct Operations {
    /// The one that wrote last first.
    pub all: Vec<Performed>,
    /// Whether there are older ones.
    pub more: bool,
}

/// Returns the last operations up to a position, the one that wrote last first. O(their commits), read from the end.
///
/// An operation that others wrote beside is told as far as that reaches: [`operation`] tells all of it.
///
/// # Errors
/// Where the store cannot be read.
pub fn operations(reader: &Reader<'_>, to: Position, limit: usize) -> Result<Operations, Error> {
    let mut found = Operations { all: Vec::new(), more: false };
    let mut known: HashMap<OperationName, usize> = HashMap::new();
    let mut commits = Commits::before(to.plus(1));
    while let Some(commit) = commits.next(reader)? {
        let name = commit.operation();
        let at = match known.get(&name) {
            Some(at) => *at,
            None if found.all.len() >= limit => {
                found.more = true;
                break;
            }
            None => {
                known.insert(name, found.all.len());
                found.all.push(Performed::begin(name, &commit));
                found.all.len() - 1
            }
        };
        found.all[at].learn(&commit);
    }
    Ok(found)
}

/// Returns the operation that wrote a position, as far as the commit there tells it; `None` where there is no such position.
///
/// # Errors
/// Where the store cannot be read.
pub fn operation_at(reader: &Reader<'_>, position: Position) -> Result<Option<Performed>, Error> {
    let commit = CommitRow::of(reader, position)?;
    Ok(commit.map(|commit| {
        let mut performed = Performed::begin(commit.operation(), &commit);
        performed.learn(&commit);
        performed
    }))
}

/// The operation of an undo.
fn undo_of(name: OperationName) -> Operation {
    Operation::new(UNDO).argument(TAKEN_BACK, name.to_string())
}
