//! Taking an operation back, by appending compensating events.

use std::sync::Arc;

use parking_lot::Mutex;
use retold_core::{
    Appended, Commit, Decided, Decision, EventType, Expected, IdempotencyKey, Log, Meta, Origin, Position,
    Reader, Revision, StreamId, StreamName,
};

use super::gather::{gather, resolve};
use super::{CommitRow, Commits, Gathered, OperationName, Performed, exclusions, session, undo_of};
use crate::Error;

/// Which operation is to be undone.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// The one of this name: see [`operation`](super::operation).
    Named(String),
    /// The last one that is a command of a person, as told by its kind and its arguments.
    Last(fn(&Performed) -> bool),
}

/// What an undo came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Undone {
    /// What was taken back.
    pub of: Performed,
    /// The operation that did it; `None` where nothing was appended.
    pub by: Option<OperationName>,
    /// The sessions and workspaces that events are appended to, with how many.
    pub streams: Vec<(StreamName, u64)>,
    /// Whether the operation noted what files hold, which stays.
    pub leaves_files: bool,
    /// What was appended; `None` where it was only planned.
    pub appended: Option<Appended>,
}

/// Takes an operation back, by appending what leads to the state before it, in one commit that is an operation too.
///
/// Sessions that began with it are deleted. What else it changed becomes what it was, unless it was changed since: whether that is so
/// is decided inside the transaction that appends. What it noted of files that were imported stays, so that a later import does not
/// bring back what was taken back.
///
/// # Errors
/// [`Error::ChangedSince`], [`Error::UndoneAlready`] and [`Error::NotUndoable`]: nothing was appended; those of
/// [`operation`](super::operation); [`Error::NothingToUndo`]; otherwise where the store cannot be read or written.
pub fn undo(log: &Log, wanted: &Wanted) -> Result<Undone, Error> {
    undo_with(log, wanted, None)
}

/// Does what [`undo`] does, once for each key: whoever comes again with it changes nothing, and is told that it was done.
///
/// # Errors
/// Those of [`undo`]; [`retold_core::Error::KeyReused`] for a key that was used for something else.
pub fn undo_once(log: &Log, operation: &str, key: &str) -> Result<Undone, Error> {
    let key = IdempotencyKey::of(key, "undo", &operation)?;
    undo_with(log, &Wanted::Named(operation.to_owned()), Some(key))
}

fn undo_with(log: &Log, wanted: &Wanted, key: Option<IdempotencyKey>) -> Result<Undone, Error> {
    let mut found = {
        let reader = log.reader()?;
        reader.begin()?;
        let head = reader.head()?.position;
        find(&reader, wanted, head)?
    };
    // The writer's thread says here what it came to.
    let said: Arc<Mutex<Option<Result<Undone, Error>>>> = Arc::default();
    let of = found.performed.clone();
    let decided = log.append_decided(None, key, true, {
        let (said, wanted) = (Arc::clone(&said), wanted.clone());
        move |reader| {
            let planned = found_by_now(reader, &wanted, &mut found).and_then(|()| plan(reader, &found));
            let (outcome, decision) = match planned {
                Ok((undone, commit)) => (Ok(undone), Decision::Append(commit)),
                Err(Error::Log(error)) => return Err(error),
                Err(error) => (Err(error), Decision::Refuse),
            };
            *said.lock() = Some(outcome);
            Ok(decision)
        }
    })?;
    let decided = decided.wait()?;
    let outcome = said.lock().take().unwrap_or(Err(Error::NothingToUndo));
    match decided {
        Decided::Appended { appended, .. } => Ok(Undone { appended: Some(appended), ..outcome? }),
        Decided::Repeated(used) => {
            let by = super::commits::CommitRow::of(&log.reader()?, used.last)?.map(|row| row.operation());
            let appended = crate::revert::appended_before(&used);
            Ok(Undone { of, by, streams: Vec::new(), leaves_files: false, appended })
        }
        _ => outcome,
    }
}

/// Returns what an undo would append now.
///
/// # Errors
/// Those of [`undo`].
pub fn undo_plan(log: &Log, wanted: &Wanted) -> Result<Undone, Error> {
    let mut reader = log.reader()?;
    reader.begin()?;
    let head = reader.head()?.position;
    let found = find(&reader, wanted, head)?;
    let (undone, _) = plan(&mut reader, &found)?;
    Ok(Undone { by: None, ..undone })
}

fn find(reader: &Reader<'_>, wanted: &Wanted, head: Position) -> Result<Gathered, Error> {
    let name = match wanted {
        Wanted::Named(named) => resolve(reader, named, head)?,
        Wanted::Last(is_command) => {
            last(reader, *is_command, Position::ZERO, head)?.ok_or(Error::NothingToUndo)?
        }
    };
    gather(reader, name, head)
}

/// Returns the last operation after a position that is a command.
fn last(
    reader: &Reader<'_>,
    is_command: fn(&Performed) -> bool,
    after: Position,
    head: Position,
) -> Result<Option<OperationName>, Error> {
    let mut commits = Commits::before(head.plus(1));
    while let Some(commit) = commits.next(reader)?
        && commit.first > after
    {
        let name = commit.operation();
        if is_command(&Performed::begin(name, &commit)) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Looks again, inside the transaction, as far as others have written since.
fn found_by_now(reader: &Reader<'_>, wanted: &Wanted, found: &mut Gathered) -> Result<(), Error> {
    let head = reader.head()?.position;
    if head < found.head {
        *found = find(reader, wanted, head)?;
    }
    if let Wanted::Last(is_command) = wanted
        && let Some(name) = last(reader, *is_command, found.head, head)?
        && name != found.performed.name
    {
        *found = gather(reader, name, head)?;
    }
    found.catch_up(reader, head)
}

/// Returns what takes an operation back.
fn plan(reader: &mut Reader<'_>, of: &Gathered) -> Result<(Undone, Commit), Error> {
    if let Some(kind) = of.performed.of_bodies.or_else(|| of.of_bodies()) {
        let (reason, hint) = match kind {
            EventType::BodiesPruned => {
                ("what it took out is in the archive", Some("`retold store unprune ARCHIVE` puts it back"))
            }
            EventType::BodiesRestored => {
                ("it put back what an archive has", Some("`retold store prune` takes it out again"))
            }
            _ => ("what was redacted is gone for good", None),
        };
        return Err(of.refused(reason.to_owned(), hint.map(str::to_owned)));
    }
    let (mut streams, mut leaves_files) = (Vec::new(), false);
    let mut commit = Commit::default();
    for (stream, touched) in &of.streams {
        let name = reader.name(*stream)?;
        let events = match name.is_workspace() {
            false => session::take_back(reader, of, *stream, &name, touched)?,
            true if exclusions::are_all(touched) => {
                exclusions::take_back(reader, of, *stream, &name, touched)?
            }
            true => {
                leaves_files = true;
                continue;
            }
        };
        if !events.is_empty() {
            streams.push((name.clone(), events.len() as u64));
            commit = commit.and(name, Expected::At(reader.revision(*stream)?), events);
        }
    }
    if streams.is_empty() {
        let reason = match leaves_files {
            true => "it only noted what files hold",
            false => "all that it changed is as it was before",
        };
        return Err(of.refused(reason.to_owned(), None));
    }
    let operation = undo_of(of.performed.name);
    let by = Some(OperationName::Id(operation.id));
    let commit = commit.meta(Meta::of(Origin::Revert)).operation(operation);
    let undone = Undone { of: of.performed.clone(), by, streams, leaves_files, appended: None };
    Ok((undone, commit))
}

impl Gathered {
    /// What it did to the bodies of events.
    fn of_bodies(&self) -> Option<EventType> {
        let mut types = self.streams.values().flat_map(super::Touched::types).flatten();
        types.find(|kind| kind.is_of_bodies())
    }

    /// Says that it cannot be undone.
    pub(super) fn refused(&self, reason: String, hint: Option<String>) -> Error {
        let Performed { kind, name, .. } = &self.performed;
        Error::NotUndoable { kind: kind.clone(), operation: *name, reason, hint }
    }

    /// Says which other operation was the last to change a stream, which is at a revision.
    pub(super) fn changed_since(
        &self,
        reader: &Reader<'_>,
        stream: StreamId,
        name: &StreamName,
        now: Revision,
    ) -> Result<Error, Error> {
        let (kind, operation) = (self.performed.kind.clone(), self.performed.name);
        let mut revision = now;
        while revision > Revision::ZERO {
            let Some(position) = reader.position_of(stream, revision)? else { break };
            let Some(commit) = CommitRow::of(reader, position)? else { break };
            let by = Performed::begin(commit.operation(), &commit);
            if by.name != operation {
                return Ok(match by.taken_back() == Some(operation.to_string().as_str()) {
                    true => Error::UndoneAlready { kind, operation, by: by.name },
                    false => {
                        let stream = Box::new(name.clone());
                        Error::ChangedSince {
                            kind,
                            operation,
                            stream,
                            by_kind: by.kind,
                            by: by.name,
                            position,
                        }
                    }
                });
            }
            revision = Revision::ZERO.plus(revision.get() - 1);
        }
        Ok(self.refused(format!("{name} is not what it made of it"), None))
    }
}
