//! Whose log it was: what a damaged store still says of that, or somebody who kept it elsewhere.
//!
//! The id of a log is in one row, and in the hash of every event. So an id that was found anywhere can be tried: it is
//! the right one where it gives an event its hash.

use retold_core::raw::find_log_id;
use retold_core::{Error, EventHash, LogId, Position, open_read_only};
use rusqlite::Connection;

use super::loss::RECOVER;

/// The ids that events may have been hashed under, and those that they were.
pub(super) struct Identity {
    candidates: Vec<LogId>,
    /// Stretches of positions that were hashed under one id: it, and the last event so far.
    stretches: Vec<(LogId, Position, EventHash)>,
    /// Whether one of them is another than the store names.
    differs: bool,
}

impl Identity {
    /// Gathers what the store says, what its backups say as far as they are there, and what is `known` besides.
    pub(super) fn gather(connection: &Connection, known: &[LogId], found: &[LogId]) -> Self {
        let mut candidates = known.to_vec();
        candidates.extend(ids(connection));
        for path in backups(connection).unwrap_or_default() {
            // One that is not there any more, or is no backup, says nothing.
            let Ok((backup, _)) = open_read_only(path.as_ref(), std::time::Duration::ZERO) else {
                continue;
            };
            candidates.extend(ids(&backup));
        }
        candidates.extend(found);
        let mut seen = std::collections::HashSet::new();
        candidates.retain(|id| seen.insert(*id));
        Self { candidates, stretches: Vec::new(), differs: false }
    }

    /// Finds the id that gives an event its hash, and remembers it: the last one first, then that which the store names.
    pub(super) fn find(
        &mut self,
        position: Position,
        stored: EventHash,
        named: LogId,
        hash: impl Fn(LogId) -> EventHash,
    ) -> bool {
        let last = self.stretches.last().map(|(id, ..)| *id);
        let mut ids = last.into_iter().chain([named]).chain(self.candidates.iter().copied());
        let Some(id) = ids.find(|id| hash(*id) == stored) else { return false };
        self.differs |= id != named;
        match self.stretches.last_mut() {
            Some(stretch) if stretch.0 == id => *stretch = (id, position, stored),
            _ => self.stretches.push((id, position, stored)),
        }
        true
    }

    /// Whether the store does not say any more, or not rightly, whose log it holds and what it goes on from.
    pub(super) fn differs(&self, connection: &Connection) -> Result<bool, Error> {
        Ok(self.differs || find_log_id(connection)?.is_none())
    }

    /// Says in the store what was found out. The last stretch is the log's own, unless the store names another id, under
    /// which nothing was written yet.
    pub(super) fn write(&self, target: &Connection, named: Option<LogId>, now: i64) -> Result<(), Error> {
        let Some((last, before)) = self.stretches.split_last() else { return Ok(()) };
        let act = Error::sqlite(RECOVER);
        target.execute_batch("delete from lineage").map_err(&act)?;
        let (own, before) = match named {
            Some(id) if !self.stretches.iter().any(|(other, ..)| *other == id) => (id, &self.stretches[..]),
            _ => (last.0, before),
        };
        target.execute(include_str!("../../sql/new_log_id.sql"), [own]).map_err(&act)?;
        for (id, until, hash) in before {
            target
                .execute(include_str!("../../sql/recover/write_lineage.sql"), (until, id, hash, now))
                .map_err(&act)?;
        }
        Ok(())
    }
}

/// Returns the ids that a store names, its own and those that it goes on from; what cannot be read says nothing.
fn ids(connection: &Connection) -> Vec<LogId> {
    let before = || {
        let mut statement = connection.prepare(include_str!("../../sql/recover/lineage_ids.sql"))?;
        let ids = statement.query_map([], |row| row.get(0))?;
        Ok::<Vec<LogId>, rusqlite::Error>(ids.filter_map(Result::ok).collect())
    };
    let own = find_log_id(connection).unwrap_or_default();
    own.into_iter().chain(before().unwrap_or_default()).collect()
}

fn backups(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(include_str!("../../sql/recover/backup_paths.sql"))?;
    Ok(statement.query_map([], |row| row.get(0))?.filter_map(Result::ok).collect())
}
