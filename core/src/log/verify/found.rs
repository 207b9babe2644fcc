//! What a verification looks for, and what it finds.

use std::collections::BTreeMap;

use crate::{Error, Head, PartOfLog, Position};

/// What a verification reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Only the events after this position, and the blobs that they refer to. What is before is taken as it is.
    pub after: Position,
    /// The chain alone: every event with its body, but neither blobs nor SQLite's own check of the file.
    pub quick: bool,
}

/// What a verification found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Verified {
    /// The end of the log that was read.
    pub head: Head,
    /// Events read.
    pub events: u64,
    /// Blobs read.
    pub blobs: u64,
    /// What the store lacks of the log, where it holds a part of one.
    pub part: Option<PartOfLog>,
    /// What is wrong: by kind, the first place and how many there are.
    pub faults: BTreeMap<Fault, (Position, u64)>,
    /// What SQLite says is wrong with the file, in its own words; at most a hundred lines.
    pub file: Vec<String>,
}

impl Verified {
    /// Returns whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }
}

/// A kind of damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// A position is missing.
    PositionGap,
    /// A revision is missing from its stream.
    RevisionGap,
    /// An event's hash is not that of its fields, its body and the events before it.
    Hash,
    /// A body cannot be unpacked.
    Body,
    /// A body is gone, and neither a redaction nor a pruning says so.
    MissingBody,
    /// A redaction that no event speaks of, or one that was not carried out.
    Redaction,
    /// A pruning that no event speaks of, or one that was not carried out or undone as its event says.
    Pruning,
    /// A stretch that is said to be absent and is not, or a body that is said to be withheld and is not; or either in a store
    /// that does not say that it holds a part of a log.
    Absent,
    /// The event is of a type or a stream that is not known.
    Unknown,
    /// A commit's first position or meta is not where it belongs.
    Commit,
    /// A text's blob is missing.
    MissingBlob,
    /// A blob is not what its hash says; the position is the blob's number.
    Blob,
    /// The log does not have the event at which a log that it was restored from is said to end.
    Lineage,
    /// An idempotency key names no commit of the log; the position is the one that it names.
    Key,
    /// SQLite cannot read the page that holds an event or a blob.
    Unreadable,
    /// SQLite's own check of the file found something; it has no position.
    File,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::PositionGap => "position missing before",
            Self::RevisionGap => "revision missing before",
            Self::Hash => "hash does not match the event",
            Self::Body => "body cannot be unpacked",
            Self::MissingBody => "body missing, and nothing says why",
            Self::Redaction => "redaction not borne out by the log",
            Self::Pruning => "pruning not borne out by the log",
            Self::Absent => "said to be absent or withheld, and is not",
            Self::Unknown => "unknown type or stream",
            Self::Commit => "commit boundary out of place",
            Self::MissingBlob => "blob missing",
            Self::Blob => "blob does not match its hash",
            Self::Lineage => "whose log it is, or was, is not known",
            Self::Key => "idempotency key of a commit that is not there",
            Self::Unreadable => "page cannot be read",
            Self::File => "SQLite's check of the file",
        })
    }
}

/// Reports that this many more events were read; an error says to stop.
pub(super) type Advance<'a> = dyn Fn(u64) -> Result<(), Error> + 'a;

/// What is wrong: by kind, the first place and how many there are.
pub type Faults = BTreeMap<Fault, (Position, u64)>;

pub(super) fn note(faults: &mut Faults, fault: Fault, position: Position) {
    faults
        .entry(fault)
        .and_modify(|(first, count)| {
            *first = (*first).min(position);
            *count += 1;
        })
        .or_insert((position, 1));
}

pub(super) const VERIFY: &str = "verify the log";

pub(super) fn merge(faults: &mut Faults, more: Faults) {
    for (fault, (position, count)) in more {
        let (first, sum) = faults.entry(fault).or_insert((position, 0));
        *first = (*first).min(position);
        *sum += count;
    }
}
