//! Read models that are kept inside the append's own transaction.

use rusqlite::Connection;

use crate::{Error, Event, EventHash, InvalidEvent, Position, Revision, StreamId, StreamName};

/// Read models kept in the store's file, in the transaction of every append: what a caller has written, it reads.
///
/// The writer calls [`begin`](Self::begin) once a transaction, [`stage`](Self::stage) for every commit that is about
/// to be written, and [`flush`](Self::flush) before the transaction ends; after a roll-back, [`abandon`](Self::abandon).
pub trait Inline: Send {
    /// The transaction begins with the log at `head`.
    ///
    /// # Errors
    /// Any error ends the transaction, and its callers get it.
    fn begin(&mut self, transaction: &Connection, head: Head) -> Result<(), Error>;

    /// Takes in a commit, all of it or nothing.
    ///
    /// # Errors
    /// [`Refused::InvalidEvent`] refuses this commit and no other; [`Refused::Failed`] ends the transaction.
    fn stage(&mut self, transaction: &Connection, parts: &[StagedPart<'_>]) -> Result<(), Refused>;

    /// Writes what was staged; the log will end at `head`.
    ///
    /// # Errors
    /// Any error ends the transaction, and its callers get it.
    fn flush(&mut self, transaction: &Connection, head: Head) -> Result<(), Error>;

    /// Forgets what was staged since the transaction began.
    fn abandon(&mut self);
}

/// The end of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The last position; zero for an empty log.
    pub position: Position,
    /// Its hash; zero for an empty log.
    pub hash: EventHash,
}

/// Events that are about to be written to one stream.
#[derive(Debug)]
pub struct StagedPart<'a> {
    /// The stream's number.
    pub stream: StreamId,
    /// The number of its workspace.
    pub workspace: i64,
    /// Its name.
    pub name: &'a StreamName,
    /// The events, in order.
    pub events: Vec<Staged<'a>>,
}

/// An event that is about to be written.
#[derive(Clone, Copy, Debug)]
pub struct Staged<'a> {
    /// The position it will have.
    pub position: Position,
    /// The revision it will have.
    pub revision: Revision,
    /// When it happened, in microseconds since 1970.
    pub occurred_at: i64,
    /// What happened; long texts are moved out already.
    pub event: &'a Event,
}

/// Why a commit was not taken in.
#[derive(Debug)]
pub enum Refused {
    /// It does not fit the stream of this name.
    InvalidEvent(StreamName, InvalidEvent),
    /// The read models cannot be kept.
    Failed(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}
