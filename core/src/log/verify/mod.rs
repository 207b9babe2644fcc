//! Reading the whole log against its hashes.

mod absent;
mod blobs;
mod bodies;
mod context;
mod file;
mod found;
mod lineage;
mod pending;
mod range;
mod readable;
mod stored;
mod work;

use std::ops::RangeInclusive;

use rusqlite::Connection;

use super::moment;
use super::part::PartOfLog;
use super::{Log, Reader, store};
use crate::shares::cores;
use crate::{Error, EventHash, Head, LogId, OnProgress, Position};

pub use blobs::is_sound_by_hash;
use context::Context;
pub use context::STREAM_NAMES;
pub use found::{Fault, Faults, Scope, Verified};
use found::{VERIFY, merge, note};
pub use lineage::{Ancestor, Lineage, ancestors, hash_of};
use range::Range;
pub use stored::Stored;
use work::Work;

impl Log {
    /// Reads every event and blob against its hash, on all cores, and goes on after what is wrong; has SQLite check
    /// the file beside that.
    ///
    /// `progress` gets the events read so far, from several threads. All is read as of
    /// one moment, whatever is appended, pruned or redacted meanwhile; the WAL grows for as long. A log that passes is what it was when its head was written, for whoever kept
    /// that head elsewhere: see docs/TRUST.md.
    ///
    /// # Errors
    /// [`Error::Stopped`] where `progress` said so, or where the store cannot be read at all; damage that can be read
    /// past is in the answer.
    pub fn verify(&self, progress: impl OnProgress) -> Result<Verified, Error> {
        self.verify_in(Scope::default(), progress)
    }

    /// Reads a part of what [`verify`](Self::verify) reads.
    ///
    /// # Errors
    /// Those of [`verify`](Self::verify).
    pub fn verify_in(&self, scope: Scope, progress: impl OnProgress) -> Result<Verified, Error> {
        // One moment for all of it: otherwise what a redaction took out between two looks would be damage.
        let (readers, head) = moment::readers(self, cores(), VERIFY)?;
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
            (include_str!("../../../sql/out_of_place.sql"), Fault::Absent),
        ] {
            merge(&mut faults, of_nothing(reader.connection(), sql, fault)?);
        }
        let keys =
            of_nothing(reader.connection(), include_str!("../../../sql/keys_of_nothing.sql"), Fault::Key);
        match keys {
            Ok(found) => merge(&mut faults, found),
            // They are beside the log, which is read all the same.
            Err(Error::Damaged { .. }) => note(&mut faults, Fault::Key, Position::ZERO),
            Err(error) => return Err(error),
        }
        let part = PartOfLog::read(reader.connection())?;
        if let Some(part) = &part
            && !absent::reaches(reader.connection(), head.position, part.head)?
        {
            note(&mut faults, Fault::Absent, part.head.position);
        }
        let work = Work::of(reader.connection(), scope, head.position)?;
        let done = work.run(readers, &context, &progress)?;
        merge(&mut faults, done.faults);
        if !done.file.is_empty() {
            faults.insert(Fault::File, (Position::ZERO, done.file.len() as u64));
        }
        Ok(Verified { head, events: done.events, blobs: done.blobs, part, faults, file: done.file })
    }

    /// Returns the logs that this one was restored from, oldest first; as a rule there are none.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn ancestors(&self) -> Result<Vec<Ancestor>, Error> {
        ancestors(self.reader()?.connection())
    }
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

impl Reader<'_> {
    /// Reads at most so many events after a position, and the texts that they refer to, against their hashes: what
    /// [`Log::verify_in`] reads of them, a step at a time on this thread. What is before is taken as it is, so that steps which
    /// follow each other come to the chain. The answer's head is the last event that was read; where there is none after `after`,
    /// it is the end of the log.
    ///
    /// # Errors
    /// Where the store cannot be read at all; damage that can be read past is in the answer.
    pub fn verify_after(&mut self, after: Position, events: u64) -> Result<Verified, Error> {
        let head = self.head()?;
        let last = after.get().saturating_add(events).min(head.position.get());
        let part = PartOfLog::read(self.connection())?;
        if last <= after.get() {
            let nothing = Faults::new();
            return Ok(Verified { head, events: 0, blobs: 0, part, faults: nothing, file: Vec::new() });
        }
        let id = store::find_log_id(self.connection())?;
        let mut faults = check_range(self, id.unwrap_or(store::NO_LOG), after.get() + 1..=last, true)?;
        if id.is_none() {
            note(&mut faults, Fault::Lineage, Position::ZERO);
        }
        let position = Position(last);
        // One that is missing or is no hash is a fault that was found.
        let hash = hash_of(self.connection(), position).ok().flatten().unwrap_or(EventHash::ZERO);
        let events = last - after.get();
        Ok(Verified { head: Head { position, hash }, events, blobs: 0, part, faults, file: Vec::new() })
    }
}

/// Reads the last few events against their hashes: what a crash would have torn.
pub(super) fn check_tail(reader: &mut Reader<'_>, log: LogId) -> Result<(), Error> {
    const TAIL: u64 = 8;
    let last = reader.head()?.position.get();
    if last == 0 {
        return Ok(());
    }
    let faults = check_range(reader, log, last.saturating_sub(TAIL - 1).max(1)..=last, false)?;
    match faults.iter().next() {
        None => Ok(()),
        Some((fault, (position, _))) => {
            Err(Error::Damaged { act: "open the store", found: format!("at position {position}, {fault}") })
        }
    }
}

/// Reads a few events against their hashes; where it `resolves`, also the texts that they refer to.
fn check_range(
    reader: &mut Reader<'_>,
    log: LogId,
    range: RangeInclusive<u64>,
    resolves: bool,
) -> Result<Faults, Error> {
    let context = Context::of_range(reader.connection(), log, &range, resolves)?;
    Range::new(&context, reader.pooled_mut(), range)?.check(&|_| Ok(()))
}
