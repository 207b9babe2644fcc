//! Reading the whole log against its hashes.

mod blobs;
mod bodies;
mod file;
mod lineage;
mod moment;
mod range;
mod readable;
mod work;

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

use rusqlite::{Connection, Row};

use super::inline::Head;
use super::{Log, Reader, store};
use crate::{Error, EventHash, LogId, Position, StreamName, hash};
pub use blobs::is_sound_by_hash;
pub use lineage::Ancestor;
pub use lineage::{Lineage, ancestors, hash_of};
use range::Range;
pub use range::Stored;

use work::Work;

/// What a verification reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Only the events behind this position, and the blobs that they refer to. What stands before is taken as it is.
    pub after: Position,
    /// The chain alone: every event with its body, but neither blobs nor SQLite's own check of the file.
    pub quick: bool,
}

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
    /// What SQLite says is wrong with the file, in its own words; a hundred lines at the most.
    pub file: Vec<String>,
}

impl Verified {
    /// Returns whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Reads the number and the name of every stream.
pub const STREAM_NAMES: &str = include_str!("../../../sql/all_stream_names.sql");

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

/// What every range needs to know of the whole.
struct Context {
    lineage: Lineage,
    stream_keys: HashMap<i64, [u8; 32]>,
    /// Whether the texts that events refer to are read with them, and not with all the blobs.
    resolves: bool,
}

/// Tells that so many more events were read; an error says to stop.
type Advance<'a> = dyn Fn(u64) -> Result<(), Error> + 'a;

/// What is wrong: by kind, the first place and how many there are.
pub type Faults = BTreeMap<Fault, (Position, u64)>;

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
    /// Reads every event and blob against its hash, on all cores, and goes on behind what is wrong; has SQLite check
    /// the file beside that.
    ///
    /// `progress` gets the number of events read so far, from several threads, and says whether to go on. All is read as of
    /// one moment, whatever is appended, pruned or redacted meanwhile; the WAL grows for as long. A log that passes is what it was when its head was written, for whoever kept
    /// that head elsewhere: see docs/TRUST.md.
    ///
    /// # Errors
    /// [`Error::Stopped`] where `progress` said so, or where the store cannot be read at all; damage that can be read
    /// past is in the answer.
    pub fn verify(&self, progress: impl Fn(u64) -> bool + Sync) -> Result<Verified, Error> {
        self.verify_in(Scope::default(), progress)
    }

    /// Reads a part of what [`verify`](Self::verify) reads.
    ///
    /// # Errors
    /// Those of [`verify`](Self::verify).
    pub fn verify_in(&self, scope: Scope, progress: impl Fn(u64) -> bool + Sync) -> Result<Verified, Error> {
        // One moment for all of it: otherwise what a redaction took out between two looks would be damage.
        let (readers, head) = moment::readers(self, Work::threads())?;
        let reader = &readers[0];
        let resolves = scope.after > Position::ZERO && !scope.quick;
        let id = store::find_log_id(reader.connection())?;
        let (context, mut faults) =
            Context::read(reader.connection(), id.unwrap_or(store::NO_LOG), resolves)?;
        if id.is_none() {
            note(&mut faults, Fault::Lineage, Position::ZERO);
        }
        merge(&mut faults, context.lineage.check(reader.connection())?);
        for (sql, fault) in [
            (include_str!("../../../sql/redactions_of_nothing.sql"), Fault::Redaction),
            (include_str!("../../../sql/prunings_of_nothing.sql"), Fault::Pruning),
        ] {
            merge(&mut faults, of_nothing(reader.connection(), sql, fault)?);
        }
        let keys =
            of_nothing(reader.connection(), include_str!("../../../sql/keys_of_nothing.sql"), Fault::Key);
        match keys {
            Ok(found) => merge(&mut faults, found),
            // They stand beside the log, which is read all the same.
            Err(Error::Damaged { .. }) => note(&mut faults, Fault::Key, Position::ZERO),
            Err(error) => return Err(error),
        }
        let work = Work::of(reader.connection(), scope, head.position)?;
        let done = work.run(readers, &context, &progress)?;
        merge(&mut faults, done.faults);
        if !done.file.is_empty() {
            faults.insert(Fault::File, (Position::ZERO, done.file.len() as u64));
        }
        Ok(Verified { head, events: done.events, blobs: done.blobs, faults, file: done.file })
    }

    /// Returns the logs that this one was restored from, oldest first; as a rule there are none.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn ancestors(&self) -> Result<Vec<Ancestor>, Error> {
        ancestors(self.reader()?.connection())
    }
}

/// The end of the log. A hash that no release writes is that event's damage, and not the end of the verification.
pub(super) fn end(reader: &Reader<'_>) -> Result<Head, Error> {
    let read =
        |row: &Row<'_>| Ok(Head { position: row.get(0)?, hash: row.get(1).unwrap_or(EventHash::ZERO) });
    let head = reader.one(include_str!("../../../sql/head.sql"), [], read)?;
    Ok(head.unwrap_or(Head { position: Position::ZERO, hash: EventHash::ZERO }))
}

/// Redactions, prunings and keys of positions that the log does not have; redactions and prunings of those that it has are
/// checked with their event.
fn of_nothing(connection: &Connection, sql: &str, fault: Fault) -> Result<Faults, Error> {
    let act = Error::sqlite(VERIFY);
    let mut faults = Faults::new();
    let mut statement = connection.prepare(sql).map_err(&act)?;
    let mut rows = statement.query([]).map_err(&act)?;
    while let Some(row) = rows.next().map_err(&act)? {
        note(&mut faults, fault, row.get(0).unwrap_or_default());
    }
    Ok(faults)
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
    let faults = Range::new(&context, reader.pooled_mut(), range)?.check(&|_| Ok(()))?;
    match faults.iter().next() {
        None => Ok(()),
        Some((fault, (position, _))) => {
            Err(Error::Damaged { act: "open the store", found: format!("at position {position}, {fault}") })
        }
    }
}

impl Context {
    fn read(connection: &Connection, log: LogId, resolves: bool) -> Result<(Self, Faults), Error> {
        Self::query(connection, log, STREAM_NAMES, [], resolves)
    }

    fn of_range(connection: &Connection, log: LogId, range: &RangeInclusive<u64>) -> Result<Self, Error> {
        let range = (range.start().cast_signed(), range.end().cast_signed());
        let sql = include_str!("../../../sql/stream_names_of_range.sql");
        Self::query(connection, log, sql, range, false).map(|(context, _)| context)
    }

    fn query(
        connection: &Connection,
        log: LogId,
        sql: &str,
        params: impl rusqlite::Params,
        resolves: bool,
    ) -> Result<(Self, Faults), Error> {
        let act = Error::sqlite(VERIFY);
        let (lineage, faults) = Lineage::read(connection, log)?;
        let mut statement = connection.prepare(sql).map_err(&act)?;
        let mut rows = statement.query(params).map_err(&act)?;
        let mut stream_keys = HashMap::new();
        while let Some(row) = rows.next().map_err(&act)? {
            // A name that no release writes makes the events of its stream unknown, not the log unreadable.
            if let (Ok(id), Ok(name)) = (row.get(0), stream_name(row)) {
                stream_keys.insert(id, hash::stream_key(&name));
            }
        }
        Ok((Self { lineage, stream_keys, resolves }, faults))
    }
}

fn stream_name(row: &Row<'_>) -> rusqlite::Result<StreamName> {
    Ok(StreamName { workspace: row.get(1)?, session_id: row.get(2)?, ordinal: row.get(3)? })
}
