//! The log: open, append, read, subscribe, verify.

mod batch;
mod commit;
mod corrected;
mod decide;
mod decode;
mod dictionary;
mod erasure;
mod happened;
mod heads;
mod hook;
mod in_use;
mod inline;
mod key;
mod kinds;
mod moment;
mod operation;
mod options;
mod page;
mod parallel;
mod part;
mod pool;
mod prepare;
pub mod raw;
mod raw_event;
mod read;
mod replay;
mod resolve;
mod shared;
mod store;
mod streams;
mod subscribe;
mod ticket;
mod turn;
mod unlocked;
mod verify;
mod writer;

use std::path::Path;
use std::sync::Arc;

pub use commit::{Appended, Commit, Digest, Expected, Meta, NewEvent, Origin, Source, StateRef, Target};
pub use corrected::CorrectedStream;
pub use decide::{Decided, Decision, Planned};
pub use decode::Decoder;
pub use happened::{Happened, TimesRead};
pub use hook::CommitHook;
pub use inline::{Head, Inline, Refused, Staged, StagedPart};
pub use key::{IdempotencyKey, KeyUse};
pub use kinds::EventKind;
pub use operation::{Operation, OperationId};
pub use options::Options;
pub use page::{Limit, Page, Recorded};
pub use part::PartOfLog;
pub use prepare::{BODY_BYTES_MAX, INLINE_TEXT_BYTES_MAX, TEXT_BYTES_MAX};
pub use read::Reader;
pub use replay::PreparedCommit;
pub use store::Durability;
pub use subscribe::Subscription;
pub use ticket::Ticket;
pub use verify::{Ancestor, Fault, Scope, Verified};

use crate::{Error, LogId};
use options::Inner;

/// An append-only log in one SQLite file. Cheap to clone; every clone is the same log.
///
/// Reading takes a connection from a pool and never blocks a writer. Appends go to one thread, which is started by
/// the first of them and puts what waits into one transaction.
#[derive(Clone)]
pub struct Log {
    inner: Arc<Inner>,
    /// What its commits belong to that do not say.
    operation: Option<Arc<Operation>>,
}

impl Log {
    /// Opens the store at `path`, creating it where there is nothing. Takes the same time whatever the log's length.
    ///
    /// # Errors
    /// See [`Options::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Options::new().create(true).open(path)
    }

    /// Appends a commit, all or none, and waits until it is durable.
    ///
    /// On return it survives power loss (`synchronous = FULL`: <https://sqlite.org/pragma.html#pragma_synchronous>),
    /// unless the log was opened with [`Durability::Normal`]. Commits of other callers share the transaction and its
    /// fsync; their conflicts do not touch this one.
    ///
    /// # Errors
    /// [`Error::Conflict`], [`Error::InvalidEvent`], [`Error::Malformed`], [`Error::TooLarge`], [`Error::BlankKey`] and
    /// [`Error::KeyReused`] for what is wrong with the commit; [`Error::Busy`] where another process held the store for longer
    /// than the timeout; [`Error::PartOfLog`] where the store holds a part of a log alone: nothing was appended in any of these
    /// cases. After [`Error::Full`], [`Error::ReadOnly`],
    /// [`Error::Damaged`] or [`Error::Sqlite`] the writer is latched, and every append until the log is opened again gets
    /// [`Error::Latched`]; this one's events may or may not be there.
    pub fn append(&self, commit: Commit) -> Result<Appended, Error> {
        self.hand_over_prepared(self.prepare(commit)?, true)?.wait()
    }

    /// Hands a commit to the writer and returns at once, unless the queue is full. It is written in the order of handing over,
    /// whatever becomes of the ticket, and tried again for as long as another process holds the store and nobody
    /// [waits](Ticket::wait) for it.
    ///
    /// # Errors
    /// What is wrong with the commit by itself, and [`Error::Latched`]; the rest comes with the ticket.
    pub fn append_later(&self, commit: Commit) -> Result<Ticket, Error> {
        self.append_prepared(self.prepare(commit)?)
    }

    /// Encodes, packs and commits to the bodies of a commit: the part of an append that needs no lock.
    ///
    /// # Errors
    /// What is wrong with the commit by itself.
    pub fn prepare(&self, commit: Commit) -> Result<PreparedCommit, Error> {
        if commit.is_of_archives() {
            return Err(writer::OF_ARCHIVES);
        }
        self.prepare_any(commit)
    }

    /// Returns the same log for the commits of one command: those that do not say which they belong to belong to this one.
    #[must_use]
    pub fn during(&self, operation: Operation) -> Self {
        Self { operation: Some(Arc::new(operation)), ..self.clone() }
    }

    /// Returns the same log for a command of this kind, unless it is one of a command already.
    #[must_use]
    pub fn within(&self, kind: &str) -> Self {
        match self.operation {
            Some(_) => self.clone(),
            None => self.during(Operation::new(kind)),
        }
    }

    fn prepare_any(&self, commit: Commit) -> Result<PreparedCommit, Error> {
        let commit = in_operation(commit, self.operation.as_deref());
        let (prepared, key) = self.inner.with_packer(|packer| prepare::Prepared::new(commit, packer))?;
        Ok(PreparedCommit { prepared, key, log: self.id() })
    }

    /// Hands a prepared commit to the writer, as [`append_later`](Self::append_later) does.
    ///
    /// # Errors
    /// [`Error::Malformed`] where another log prepared it; otherwise where the writer cannot be started.
    pub fn append_prepared(&self, commit: PreparedCommit) -> Result<Ticket, Error> {
        self.hand_over_prepared(commit, false)
    }

    fn hand_over_prepared(&self, commit: PreparedCommit, waits: bool) -> Result<Ticket, Error> {
        if commit.log != self.id() {
            return Err(Error::Malformed { reason: "another log prepared the commit" });
        }
        let PreparedCommit { prepared, key, .. } = commit;
        let turn = decide::Turn { planned: Some(prepared), as_of: None, key, decide: None };
        self.hand_over(turn, waits, decide::Decided::appended)
    }

    /// Hands a write to the writer that is decided at its turn: inside the transaction that writes it, as of all that was handed
    /// over before, by whatever process it was written. So it meets no conflict, and nobody has to try again.
    ///
    /// `planned` is what it came to before its turn. That is written where it still holds: where its streams are at the revisions
    /// that it expects, and no record of their sessions' ids was created, deleted, restored or moved since
    /// [`as_of`](Planned::as_of). Otherwise `decide` is asked, which costs the writer what it reads.
    ///
    /// `decide` must not block, nor keep what it reads: it may be called again where the transaction is given up. What it
    /// panics with is this write's error alone. `waits`: whether the caller is going to wait for the ticket at once, and would
    /// rather hear that the store is busy than have the write tried again. A commit's own key is passed over: it is `key`.
    ///
    /// # Errors
    /// What is wrong with the planned commit by itself, and [`Error::Latched`]; the rest comes with the ticket.
    pub fn append_decided(
        &self,
        planned: Option<Planned>,
        key: Option<IdempotencyKey>,
        waits: bool,
        decide: impl FnMut(&mut Reader<'_>) -> Result<Decision, Error> + Send + 'static,
    ) -> Result<Ticket<Decided>, Error> {
        let as_of = planned.as_ref().map(|planned| planned.as_of);
        let planned = planned.map(|planned| self.prepare(planned.commit)).transpose()?;
        let planned = planned.map(|commit| commit.prepared);
        // The writer's own thread keeps no log open.
        let operation = self.operation.clone();
        let mut decide = decide;
        let decide = move |reader: &mut Reader<'_>| {
            let decision = decide(reader)?;
            Ok(match decision {
                Decision::Append(commit) => Decision::Append(in_operation(commit, operation.as_deref())),
                decision => decision,
            })
        };
        let turn = decide::Turn { planned, as_of, key, decide: Some(Box::new(decide)) };
        self.hand_over(turn, waits, std::convert::identity)
    }

    /// Hands over a write that is prepared, with what decides it where that does not hold.
    fn append_planned(
        &self,
        planned: PreparedCommit,
        decide: impl FnMut(&mut Reader<'_>) -> Result<Decision, Error> + Send + 'static,
    ) -> Result<Ticket<Decided>, Error> {
        let planned = Some(planned.prepared);
        let turn = decide::Turn { planned, as_of: None, key: None, decide: Some(Box::new(decide)) };
        self.hand_over(turn, true, std::convert::identity)
    }

    fn hand_over<T>(
        &self,
        turn: decide::Turn,
        waits: bool,
        read: fn(Decided) -> T,
    ) -> Result<Ticket<T>, Error> {
        let (answer, ticket) = crate::promise::promise(waits);
        self.inner.send(writer::Request { turn, answer })?;
        Ok(Ticket::new(ticket, read))
    }

    /// Returns a reader: a connection of its own, given back when it is dropped.
    ///
    /// # Errors
    /// Where no connection can be opened.
    pub fn reader(&self) -> Result<Reader<'_>, Error> {
        self.inner.reader()
    }

    /// Refuses a store that a newer release has migrated since it was opened. Every write asks this too; a program that runs for
    /// long asks it when it has nothing to write. Reads one number.
    ///
    /// # Errors
    /// [`Error::Newer`]; otherwise where the store cannot be read.
    pub fn check_schema(&self) -> Result<(), Error> {
        let reader = self.reader()?;
        let found = reader.connection().query_row("pragma user_version", [], |row| row.get(0));
        store::check_schema(self.path(), found.map_err(Error::sqlite("look at the store"))?)
    }

    /// Opens a connection that writes, for tables beside the log's own. It takes its turn with the log's writer.
    ///
    /// # Errors
    /// Where the store cannot be opened for writing.
    pub fn open_writer(&self) -> Result<rusqlite::Connection, Error> {
        self.inner.open_writer()
    }

    /// Opens a connection that cannot write, for queries that set it up in their own way. It is not pooled.
    ///
    /// # Errors
    /// Where the store cannot be opened.
    pub fn open_reader(&self) -> Result<rusqlite::Connection, Error> {
        self.inner.pool().open_reader()
    }

    /// Trains a compression dictionary on events such as the log will get, and packs with it from now on.
    ///
    /// Dictionaries stay in the store for good: train once there is enough to learn from. Some 100 ms: it
    /// learns from the first 2 MiB of bodies and of the beginnings of texts. Where another process has trained a dictionary since this log was opened,
    /// that one is used and none is added.
    ///
    /// # Errors
    /// [`Error::Malformed`] where the events are too few or too much alike; otherwise as for an append.
    pub fn train<'a>(&self, events: impl IntoIterator<Item = &'a crate::Event>) -> Result<(), Error> {
        self.inner.train(&prepare::samples(events))
    }

    /// Returns whether the log has a dictionary of its own already.
    pub fn is_trained(&self) -> bool {
        self.inner.is_trained()
    }

    /// Returns the log's id.
    pub fn id(&self) -> LogId {
        self.inner.log_id()
    }

    /// Whether the store is read without locks, because nothing can be written where it is:
    /// [`check_undisturbed`](Self::check_undisturbed) says afterwards whether that did no harm.
    pub fn is_unlocked(&self) -> bool {
        self.inner.pool().is_unlocked()
    }

    /// Says whether what was read can be of two moments: in a folder that cannot be written nothing may lock a store that
    /// nobody has open, and somebody wrote to it meanwhile. A store that this process can lock is never disturbed.
    ///
    /// # Errors
    /// [`Error::ReadUnlocked`] where that happened since the log was opened.
    pub fn check_undisturbed(&self) -> Result<(), Error> {
        match self.inner.pool().changes() {
            0 => Ok(()),
            _ => Err(Error::ReadUnlocked { path: self.path().to_owned() }),
        }
    }

    /// Returns the store's path: absolute, and its own, whatever link it was opened by.
    pub fn path(&self) -> &Path {
        self.inner.path()
    }
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log").field("path", &self.path()).finish_non_exhaustive()
    }
}

/// Gives a commit its operation: its own, that of the log, or else a new one.
fn in_operation(mut commit: Commit, of_log: Option<&Operation>) -> Commit {
    let own = commit.operation.take().or_else(|| of_log.cloned());
    commit.operation = Some(own.unwrap_or_else(|| Operation::new(Operation::APPEND)));
    commit
}

fn writer_gone() -> Error {
    Error::Latched { cause: "the writer thread is gone".to_owned() }
}
