//! One operation, whole: its commits, and what it wrote to.

use std::collections::{BTreeMap, BTreeSet};

use retold_core::{EventType, Position, Reader, Revision, StreamId};

use super::{CommitRow, Commits, OperationName, Performed};
use crate::Error;
use crate::error::sqlite;

/// The shortest beginning of an id that names an operation.
const PREFIX_MIN: usize = 4;

/// What an operation wrote to one stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Touched {
    /// The first revision that it wrote.
    pub first: Revision,
    /// The last.
    pub last: Revision,
    /// How many events it wrote.
    pub events: u64,
    /// The numbers of their types.
    pub kinds: BTreeSet<i64>,
}

impl Touched {
    /// Returns whether the stream begins with it.
    pub fn is_new(&self) -> bool {
        self.first == Revision::ZERO.plus(1)
    }

    /// Returns whether others wrote between its events.
    pub fn is_shared(&self) -> bool {
        self.last.get() - self.first.get() + 1 != self.events
    }

    /// Returns the types of its events; `None` for one that this release does not know.
    pub fn types(&self) -> impl Iterator<Item = Option<EventType>> {
        self.kinds.iter().map(|number| EventType::from_number(*number))
    }
}

/// An operation with what it wrote to.
#[derive(Clone, Debug, PartialEq)]
pub struct Gathered {
    /// The operation.
    pub performed: Performed,
    /// What it wrote to, by stream.
    pub streams: BTreeMap<StreamId, Touched>,
    /// The end of the log that it was looked for from.
    pub(super) head: Position,
}

/// Returns the operation of this name: its id, the beginning of one, or `p` and a position that it wrote. O(commits of the log).
///
/// # Errors
/// [`Error::NoSuchOperation`] and [`Error::AmbiguousOperation`]; otherwise where the store cannot be read.
pub fn operation(reader: &Reader<'_>, named: &str) -> Result<Gathered, Error> {
    let head = reader.head()?.position;
    let name = resolve(reader, named, head)?;
    gather(reader, name, head)
}

/// Returns which operation a person means.
pub(super) fn resolve(reader: &Reader<'_>, named: &str, head: Position) -> Result<OperationName, Error> {
    let missing = |reason| Error::NoSuchOperation { named: named.to_owned(), reason };
    if let Some(position) = named.strip_prefix('p') {
        let position: u64 = position.parse().map_err(|_| missing("p is followed by a position: p1234"))?;
        let position = Position::new(position).filter(|position| *position <= head);
        let commit = position.map(|position| CommitRow::of(reader, position)).transpose()?.flatten();
        return commit
            .map(|commit| commit.operation())
            .ok_or_else(|| missing("the log has no such position"));
    }
    let named_id = named.to_ascii_lowercase();
    if named.len() < PREFIX_MIN || !named_id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(missing("it is an id, or at least four letters of its beginning"));
    }
    let mut found = Vec::new();
    let mut commits = Commits::before(head.plus(1));
    while let Some(commit) = commits.next(reader)? {
        let name = commit.operation();
        let is_it = matches!(name, OperationName::Id(id) if id.to_string().starts_with(&named_id));
        if is_it && !found.contains(&name) {
            found.push(name);
            if named_id.len() == 16 {
                break;
            }
        }
    }
    match found.as_slice() {
        [] => Err(missing("no commit of the log is of it")),
        [name] => Ok(*name),
        _ => Err(Error::AmbiguousOperation {
            named: named.to_owned(),
            candidates: found.iter().map(ToString::to_string).collect(),
        }),
    }
}

/// Returns all of an operation, as of the end of the log.
pub(super) fn gather(reader: &Reader<'_>, name: OperationName, head: Position) -> Result<Gathered, Error> {
    let mut gathered = None;
    // A commit that is an operation by itself is all of it.
    let mut commits = match name {
        OperationName::Commit(first) => Commits::before(first.plus(1)),
        OperationName::Id(_) => Commits::before(head.plus(1)),
    };
    while let Some(commit) = commits.next(reader)? {
        if commit.operation() == name {
            let all = gathered.get_or_insert_with(|| Gathered {
                performed: Performed::begin(name, &commit),
                streams: BTreeMap::new(),
                head,
            });
            all.learn(reader, &commit)?;
            if matches!(name, OperationName::Commit(_)) {
                break;
            }
        }
    }
    gathered.ok_or_else(|| Error::NoSuchOperation {
        named: name.to_string(),
        reason: "no commit of the log is of it",
    })
}

impl Gathered {
    /// Takes in what came since, up to the end of the log.
    pub(super) fn catch_up(&mut self, reader: &Reader<'_>, head: Position) -> Result<(), Error> {
        let mut commits = Commits::before(head.plus(1));
        while let Some(commit) = commits.next(reader)?
            && commit.first > self.head
        {
            if commit.operation() == self.performed.name {
                self.learn(reader, &commit)?;
            }
        }
        self.head = head;
        Ok(())
    }

    fn learn(&mut self, reader: &Reader<'_>, commit: &CommitRow) -> Result<(), Error> {
        self.performed.learn(commit);
        let act = sqlite("read the operations");
        let mut statement = reader
            .connection()
            .prepare_cached(include_str!("../../sql/operations/events_of_commit.sql"))
            .map_err(&act)?;
        let mut rows = statement.query([commit.first, commit.last]).map_err(&act)?;
        while let Some(row) = rows.next().map_err(&act)? {
            let revision: Revision = row.get(1).map_err(&act)?;
            let touched = self.streams.entry(row.get(0).map_err(&act)?).or_insert(Touched {
                first: revision,
                last: revision,
                events: 0,
                kinds: BTreeSet::new(),
            });
            touched.first = touched.first.min(revision);
            touched.last = touched.last.max(revision);
            touched.events += 1;
            touched.kinds.insert(row.get(2).map_err(&act)?);
        }
        Ok(())
    }
}
