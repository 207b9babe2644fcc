//! The protocol between whoever ships a log and whoever receives it.
//!
//! One act is one call and one transaction of the receiver. An act that fails may have happened or not: it is done again, and the
//! answer says which. That is the whole of the recovery.

mod boxed;
mod directory;
pub mod https;
mod memory;
mod postgres;
mod rules;
mod scan;
mod shipment;

use std::ops::RangeInclusive;
use std::time::Duration;

use retold_core::{EventHash, Head, LogId, Position, StreamName};

pub use crate::proof::Last;
pub use boxed::Boxed;
pub use directory::Directory;
pub use https::Https;
pub use memory::Memory;
pub(crate) use postgres::Typed;
pub use postgres::{Around, Before, Figure, Holder, Insecure, Postgres, Server, password_of};
pub use shipment::{Absent, Body, Erased, Hash, Level, Shipment, ShippedEvent, StreamNames, Text, Why};

/// The versions of the protocol that this release speaks.
pub const PROTOCOL: RangeInclusive<u16> = 1..=1;

/// Why an act failed: it may have happened or not.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// PostgreSQL, or the way to it.
    #[error("the server failed")]
    Postgres(#[from] ::postgres::Error),
    /// A file.
    #[error("cannot {act} {path}")]
    Io {
        /// What was tried.
        act: &'static str,
        /// The file.
        path: String,
        /// Why it failed.
        source: std::io::Error,
    },
    /// Another process writes to the directory.
    #[error("another process ships to {0}")]
    Held(String),
    /// What is kept is not what was written.
    #[error("what the receiver keeps is damaged: {0}")]
    Damaged(String),
    /// The target cannot be used as it was given.
    #[error("{0}")]
    Target(String),
    /// The server over HTTPS, or the way to it, failed; what passes by itself.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// The server over HTTPS does not let the shipper in, or does not take what it is asked.
    #[error("{0}")]
    Denied(String),
}

impl Error {
    /// Whether it may pass by itself: the network, a server that starts, a lock. What does not is told at once.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Held(_) | Self::Unreachable(_) => true,
            Self::Postgres(error) => match error.code() {
                Some(code) => postgres::is_passing(code),
                None => {
                    error.is_closed()
                        || std::error::Error::source(error)
                            .is_some_and(|source| source.is::<std::io::Error>())
                }
            },
            _ => false,
        }
    }
}

/// Who ships, and what.
#[derive(Clone, Debug)]
pub struct Attach {
    /// The log's id.
    pub log: LogId,
    /// The number of its hash format.
    pub format: u32,
    /// The log that it goes on from: its id, and the last position and hash that are that log's.
    pub parent: Option<(LogId, Head)>,
    /// The name of the machine.
    pub device: String,
    /// The level that it is shipped at.
    pub level: Level,
    /// Whether nothing is held back of it.
    pub whole: bool,
    /// The shipper's clock, in microseconds since 1970. It decides nothing.
    pub now: i64,
    /// The versions of the protocol that the shipper speaks.
    pub protocol: RangeInclusive<u16>,
}

/// What the receiver calls a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LogNumber {
    /// The team's number.
    pub tenant: i64,
    /// The log's number.
    pub log: i32,
}

/// `TENANT-LOG`.
impl std::fmt::Display for LogNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.tenant, self.log)
    }
}

/// What attaching came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attached {
    /// The log can be shipped.
    To(Attachment),
    /// The log that it goes on from has to be shipped first, as far as it goes on from it.
    ParentFirst,
    /// The receiver speaks other versions of the protocol, from this one on.
    Upgrade(u16),
    /// The receiver takes nothing from this shipper, and why.
    Refused(String),
}

/// A log that can be shipped, as the receiver knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// What it is called by.
    pub log: LogNumber,
    /// How far the receiver has it.
    pub head: Head,
    /// The level that all of it was shipped at, at the least.
    pub level: Level,
    /// Whether nothing of it was held back.
    pub whole: bool,
    /// The most that the receiver takes.
    pub level_max: Level,
}

/// What became of a shipment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is durable; the head is its end. The number is its place in the order of all shipments, where it has one.
    Taken(Head, Option<u64>),
    /// The receiver has its beginning, or all of it. Nothing was written.
    Have(Head),
    /// It begins after the receiver's head. Nothing was written.
    Gap(Head),
    /// What it goes on from is not what the receiver has. Nothing was written.
    Diverged(Head),
    /// Not now: wait so long.
    Busy(Duration),
    /// The receiver speaks other versions of the protocol, from this one on.
    Upgrade(u16),
    /// The receiver does not take it, and why. Doing it again changes nothing.
    Refused(String),
}

/// Receives logs.
pub trait Receiver {
    /// Says who ships what. O(1).
    ///
    /// # Errors
    /// Where the receiver cannot be reached.
    fn attach(&mut self, attach: &Attach) -> Result<Attached, Error>;

    /// Returns how far the receiver has a log. O(1).
    ///
    /// # Errors
    /// Where the receiver cannot be reached, or has no such log of the shipper's.
    fn head(&mut self, log: LogNumber) -> Result<Head, Error>;

    /// Returns the last position up to `position` whose hash the receiver knows, and that hash; zero where there is none. What was
    /// held back has no hash but at its end.
    ///
    /// # Errors
    /// As [`head`](Self::head).
    fn hash_at(&mut self, log: LogNumber, position: Position) -> Result<Head, Error>;

    /// Takes what comes directly after the head: all of it or nothing. O(shipment).
    ///
    /// # Errors
    /// Where it is not known whether it was taken.
    fn ship(&mut self, log: LogNumber, shipment: &Shipment) -> Result<Answer, Error>;

    /// Takes what an earlier shipment held back, and changes nothing that is there. `settles`: it is the last of a pass over the
    /// whole log, which the receiver has at this level now. O(shipment).
    ///
    /// # Errors
    /// As [`ship`](Self::ship).
    fn supply(&mut self, log: LogNumber, shipment: &Shipment, settles: bool) -> Result<Answer, Error>;
}

/// A log that a receiver keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptLog {
    /// What it is called by.
    pub number: LogNumber,
    /// Its id.
    pub id: LogId,
    /// The log that it goes on from, and up to where.
    pub parent: Option<(LogNumber, Head)>,
    /// How far it goes.
    pub head: Head,
}

/// What a receiver has of a log from a position on: for those who verify it, and for tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptRange {
    /// Its events, in order, with the names of their streams.
    pub events: Vec<(ShippedEvent, StreamNames)>,
    /// What was held back.
    pub absent: Vec<Absent>,
    /// What was erased.
    pub gone: Vec<Erased>,
    /// The long texts that its bodies refer to; perhaps more.
    pub texts: Vec<Text>,
}

/// Reads what a receiver keeps.
pub trait Contents {
    /// Returns the logs that one may read whole, parents before those that go on from them.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn logs(&mut self) -> Result<Vec<KeptLog>, Error>;

    /// Returns the logs that sessions are pulled from: those of which one may read something, and those that they go on from.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn read_logs(&mut self) -> Result<Vec<KeptLog>, Error> {
        self.logs()
    }

    /// Returns what is kept of the positions from `first` to `last`.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn range(&mut self, log: LogNumber, first: u64, last: u64) -> Result<KeptRange, Error>;

    /// Returns the sessions whose id begins so, in all logs that they are in: of a log and of one that it goes on from, each what is in
    /// it. O(what is kept) unless the receiver has an index.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn sessions(&mut self, id: &str) -> Result<Vec<KeptSession>, Error> {
        scan::sessions(self, id)
    }

    /// Returns the events of a stream that are in a log, after a revision: at most `limit` of them, and at most some megabytes, but one
    /// at least where there is one; and of the whole stream what was erased. O(what is kept) unless the receiver has an index.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn stream(&mut self, log: LogNumber, key: &Hash, after: u64, limit: u32) -> Result<KeptStream, Error> {
        scan::stream(self, log, key, after, limit)
    }

    /// Notes that a log was verified up to a head, where the receiver notes that and one may read all of it. Nothing depends on it but what
    /// tells how long ago that was.
    ///
    /// # Errors
    /// Where it cannot be written.
    fn note_verified(&mut self, _log: LogNumber, _head: Head) -> Result<(), Error> {
        Ok(())
    }
}

/// A session that is in a log that a receiver keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSession {
    /// The log.
    pub log: LogNumber,
    /// What stands for the session's stream in hashes.
    pub key: Hash,
    /// The workspace, the session's id, the ordinal.
    pub name: (String, String, u32),
    /// The last revision that is in the log.
    pub revision: u64,
    /// What says whether what is kept of it is still the same; `None` where the receiver does not tell.
    pub edition: Option<Edition>,
}

/// Where what is kept of a session stands: of the same edition, it is the same to the last byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edition {
    /// The hash of the session's last event in the log.
    pub hash: Hash,
    /// How often something that the log had went from it, or came to it later.
    pub changes: u64,
}

impl KeptSession {
    /// Returns the name of its stream.
    pub fn stream(&self) -> StreamName {
        let (workspace, session_id, ordinal) = self.name.clone();
        StreamName { workspace, session_id, ordinal }
    }
}

/// What a receiver has of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptStream {
    /// Its events, in order, and the hash of the event before each in the log; `None` where the log goes on there from another, or
    /// begins.
    pub events: Vec<(ShippedEvent, Option<Hash>)>,
    /// What was erased of the whole stream.
    pub gone: Vec<Erased>,
    /// The long texts that the bodies refer to; perhaps more.
    pub texts: Vec<Text>,
    /// Whether there are events after these.
    pub more: bool,
}

/// The head of a log that has nothing.
pub const NOTHING: Head = Head { position: Position::ZERO, hash: EventHash::ZERO };
