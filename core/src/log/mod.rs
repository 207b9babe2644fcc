//! The log: open, append, read, subscribe, verify.

mod backup;
mod commit;
mod compact;
mod copies;
mod decode;
mod group;
mod heads;
mod in_use;
mod inline;
mod many;
mod options;
mod prepare;
mod prune;
mod read;
mod recover;
mod redact;
mod replay;
mod resolve;
mod restore;
mod search;
mod shared;
mod store;
mod subscribe;
mod traces;
mod verify;
mod writer;

use std::path::Path;
use std::sync::Arc;

pub use backup::Backup;
pub use commit::{Appended, Commit, Digest, Expected, Meta, Moment, NewEvent, Origin, Source, Target};
pub use compact::Compacted;
pub use decode::Decoder;
pub use inline::{Head, Inline, Refused, Staged, StagedPart};
pub use options::Options;
pub use prepare::{BODY_BYTES_MAX, INLINE_TEXT_BYTES_MAX, TEXT_BYTES_MAX};
pub use prune::{Archive, Prunable, Pruned, PrunedSession, PutBack};
pub use read::{Limit, Page, Reader, Recorded};
pub use recover::{Lost, Recovered, recover};
pub use redact::Redaction;
pub use replay::PreparedCommit;
pub use restore::{Restored, restore};
pub use search::{Finder, Hit};
pub use store::Durability;
pub use subscribe::Subscription;
pub use traces::{Evidence, Place, Traces};
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
    /// [`Error::Conflict`], [`Error::Misfit`], [`Error::Malformed`] and [`Error::TooLarge`] for what is wrong with
    /// the commit; [`Error::Busy`] where another process held the store for longer than the timeout: nothing was
    /// appended in any of these cases. After [`Error::Full`], [`Error::ReadOnly`], [`Error::Damaged`] or
    /// [`Error::Sqlite`] the writer is latched, and every append until the log is opened anew gets
    /// [`Error::Latched`]; this one's events may or may not be there.
    pub fn append(&self, commit: Commit) -> Result<Appended, Error> {
        self.append_later(commit)?.wait()
    }

    /// Hands a commit to the writer and returns at once, unless the queue is full.
    ///
    /// # Errors
    /// What is wrong with the commit by itself; the rest comes with the ticket.
    pub fn append_later(&self, commit: Commit) -> Result<Ticket, Error> {
        let prepared = self.prepare(commit)?;
        self.append_prepared(prepared)
    }

    /// Encodes, packs and commits to the bodies of a commit: the part of an append that needs no lock.
    ///
    /// # Errors
    /// What is wrong with the commit by itself.
    pub fn prepare(&self, commit: Commit) -> Result<PreparedCommit, Error> {
        if commit.is_of_archives() {
            return Err(Error::Malformed {
                reason: "what an archive has is pruned and put back by it alone",
            });
        }
        self.prepare_any(commit)
    }

    fn prepare_any(&self, commit: Commit) -> Result<PreparedCommit, Error> {
        let prepared = self.inner.with_packer(|packer| prepare::Prepared::new(commit, packer))?;
        Ok(PreparedCommit { prepared, log: self.id() })
    }

    /// Hands a prepared commit to the writer.
    ///
    /// # Errors
    /// [`Error::Malformed`] where another log prepared it; otherwise where the writer cannot be started.
    pub fn append_prepared(&self, commit: PreparedCommit) -> Result<Ticket, Error> {
        if commit.log != self.id() {
            return Err(Error::Malformed { reason: "another log prepared the commit" });
        }
        let (answer, ticket) = crossbeam_channel::bounded(1);
        self.inner.send(writer::Request { prepared: commit.prepared, answer })?;
        Ok(Ticket(ticket))
    }

    /// Returns a reader: a connection of its own, given back when it is dropped.
    ///
    /// # Errors
    /// Where no connection can be opened.
    pub fn reader(&self) -> Result<Reader<'_>, Error> {
        self.inner.reader()
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
        self.inner.open_reader()
    }

    /// Trains a compression dictionary on events such as the log will get, and packs with it from now on.
    ///
    /// Dictionaries stay in the store for good: train once there is enough to learn from. Some 100 ms: it
    /// learns from the first 2 MiB of bodies.
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

    /// Returns the store's path.
    pub fn path(&self) -> &Path {
        self.inner.path()
    }
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log").field("path", &self.path()).finish_non_exhaustive()
    }
}

/// The answer to an append that is under way.
#[derive(Debug)]
pub struct Ticket(crossbeam_channel::Receiver<Result<Appended, Error>>);

impl Ticket {
    /// Waits for the answer.
    ///
    /// # Errors
    /// Those of [`Log::append`].
    pub fn wait(self) -> Result<Appended, Error> {
        self.0.recv().unwrap_or_else(|_| Err(writer_gone()))
    }

    /// Returns the answer where it is there; `None` where it is not yet.
    pub fn poll(&self) -> Option<Result<Appended, Error>> {
        match self.0.try_recv() {
            Ok(answer) => Some(answer),
            Err(crossbeam_channel::TryRecvError::Empty) => None,
            Err(crossbeam_channel::TryRecvError::Disconnected) => Some(Err(writer_gone())),
        }
    }
}

fn writer_gone() -> Error {
    Error::Latched { cause: "the writer thread is gone".to_owned() }
}
