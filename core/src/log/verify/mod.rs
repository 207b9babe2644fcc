//! Reading the whole log against its hashes.

mod blobs;
mod range;

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;

use super::inline::Head;
use super::{Log, Reader};
use crate::{Error, LogId, Position, StreamName, hash};
use range::Range;

/// What a verification found.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The end of the log that was read.
    pub head: Head,
    /// Events read.
    pub events: u64,
    /// Blobs read.
    pub blobs: u64,
    /// What is wrong: by kind, the first place and how many there are.
    pub faults: BTreeMap<Fault, (Position, u64)>,
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
    /// An event's hash is not that of its fields and of the events before it.
    Hash,
    /// A body is not what its event commits to.
    Body,
    /// A body is gone, and no redaction says so.
    MissingBody,
    /// A redaction names no event that says so.
    Redaction,
    /// The event is of a type or a stream that is not known.
    Unknown,
    /// A commit's first position or meta is not where it belongs.
    Commit,
    /// A text's blob is missing.
    MissingBlob,
    /// A blob is not what its hash says; the position is the blob's number.
    Blob,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::PositionGap => "position missing before",
            Self::RevisionGap => "revision missing before",
            Self::Hash => "hash does not match the event",
            Self::Body => "body does not match the event",
            Self::MissingBody => "body missing without a redaction",
            Self::Redaction => "redaction without its event",
            Self::Unknown => "unknown type or stream",
            Self::Commit => "commit boundary out of place",
            Self::MissingBlob => "blob missing",
            Self::Blob => "blob does not match its hash",
        })
    }
}

/// What every range needs to know of the whole.
struct Context {
    log: LogId,
    stream_keys: HashMap<i64, [u8; 32]>,
    redactions: HashMap<u64, ([u8; 32], u64)>,
}

type Faults = BTreeMap<Fault, (Position, u64)>;

fn note(faults: &mut Faults, fault: Fault, position: Position) {
    faults
        .entry(fault)
        .and_modify(|(first, count)| {
            *first = (*first).min(position);
            *count += 1;
        })
        .or_insert((position, 1));
}

const VERIFY: &str = "verify the log";

impl Log {
    /// Reads every event and blob against its hash, on all cores, and goes on behind what is wrong.
    ///
    /// `progress` gets the number of events read so far, from several threads. What is appended meanwhile is not
    /// read. A log that passes is what it was when its head was written, for whoever kept that head elsewhere.
    ///
    /// # Errors
    /// Where the store cannot be read at all; damage that can be read past is in the answer.
    pub fn verify(&self, progress: impl Fn(u64) + Sync) -> Result<Verified, Error> {
        let reader = self.reader()?;
        let head = reader.head()?;
        let context = Context::read(reader.connection(), self.id())?;
        drop(reader);
        let read = AtomicU64::new(0);
        let advance = |events: u64| progress(read.fetch_add(events, Ordering::Relaxed) + events);
        let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
        let ranges = split(head.position.get(), threads);
        let parts: Vec<Result<Faults, Error>> = std::thread::scope(|scope| {
            let handles: Vec<_> = ranges
                .into_iter()
                .map(|range| {
                    scope.spawn(|| Range::new(&context, &mut self.reader()?, range)?.check(&advance))
                })
                .collect();
            handles.into_iter().map(|handle| handle.join().expect("a verifier does not panic")).collect()
        });
        let mut faults = Faults::new();
        for part in parts {
            merge(&mut faults, part?);
        }
        let (blobs, bad) = blobs::check(self)?;
        merge(&mut faults, bad);
        Ok(Verified { head, events: read.into_inner(), blobs, faults })
    }
}

fn merge(faults: &mut Faults, more: Faults) {
    for (fault, (position, count)) in more {
        let (first, sum) = faults.entry(fault).or_insert((position, 0));
        *first = (*first).min(position);
        *sum += count;
    }
}

/// Reads the last few events against their hashes: what a crash would have torn.
pub(super) fn check_tail(reader: &mut Reader<'_>, log: LogId) -> Result<(), Error> {
    const TAIL: u64 = 8;
    let last = reader.head()?.position.get();
    if last == 0 {
        return Ok(());
    }
    let range = last.saturating_sub(TAIL - 1).max(1)..=last;
    let context = Context::of_range(reader.connection(), log, &range)?;
    let faults = Range::new(&context, reader, range)?.check(&|_| {})?;
    match faults.iter().next() {
        None => Ok(()),
        Some((fault, (position, _))) => {
            Err(Error::Damaged { act: "open the store", found: format!("at position {position}, {fault}") })
        }
    }
}

fn split(last: u64, parts: u64) -> Vec<RangeInclusive<u64>> {
    let step = last.div_ceil(parts.max(1)).max(1);
    (0..parts)
        .map(|part| part * step + 1..=((part + 1) * step).min(last))
        .filter(|range| !range.is_empty())
        .collect()
}

impl Context {
    fn read(connection: &Connection, log: LogId) -> Result<Self, Error> {
        Self::query(connection, log, include_str!("../../../sql/all_stream_names.sql"), [])
    }

    fn of_range(connection: &Connection, log: LogId, range: &RangeInclusive<u64>) -> Result<Self, Error> {
        let range = (range.start().cast_signed(), range.end().cast_signed());
        Self::query(connection, log, include_str!("../../../sql/stream_names_of_range.sql"), range)
    }

    fn query(
        connection: &Connection,
        log: LogId,
        sql: &str,
        params: impl rusqlite::Params,
    ) -> Result<Self, Error> {
        let act = Error::sqlite(VERIFY);
        let mut statement = connection.prepare(sql).map_err(&act)?;
        let names = statement.query_map(params, |row| {
            let name = StreamName { workspace: row.get(1)?, session_id: row.get(2)?, ordinal: row.get(3)? };
            Ok((row.get(0)?, hash::stream_key(&name)))
        });
        let stream_keys = names.and_then(Iterator::collect).map_err(&act)?;
        let mut statement =
            connection.prepare("select position, body_commit, by_position from redaction").map_err(&act)?;
        let redactions = statement.query_map([], |row| {
            let (position, by): (Position, Position) = (row.get(0)?, row.get(2)?);
            Ok((position.get(), (row.get(1)?, by.get())))
        });
        let redactions = redactions.and_then(Iterator::collect).map_err(&act)?;
        Ok(Self { log, stream_keys, redactions })
    }
}
