//! Following the log: what is there, then what comes.

use std::time::{Duration, Instant};

use rusqlite::params;

use super::page::Limit;
use super::pool::PooledReader;
use super::{Log, Recorded};
use crate::{Error, Position};

/// How often another process's writes are looked for. A look is one read of the WAL index, no I/O.
const POLL: Duration = Duration::from_millis(20);

/// The events after a position, in order, each once, for as long as one asks.
pub struct Subscription {
    /// Before the log, so that it closes before the writer does.
    reader: Option<PooledReader>,
    log: Log,
    after: Position,
    data_version: Option<i64>,
    changes: u64,
}

impl Log {
    /// Follows the log from after `position`: first what is there, then what this and other processes write.
    pub fn subscribe(&self, position: Position) -> Subscription {
        Subscription { reader: None, log: self.clone(), after: position, data_version: None, changes: 0 }
    }
}

impl Subscription {
    /// Returns the next events, in order; waits for at most `timeout`, and returns none where none came.
    ///
    /// Writes of this process wake the caller at once; those of others are seen within some 20 ms, by
    /// `PRAGMA data_version`: <https://sqlite.org/pragma.html#pragma_data_version>.
    ///
    /// # Errors
    /// Those of [`Reader::events_after`](super::Reader::events_after).
    pub fn next(&mut self, timeout: Duration) -> Result<Vec<Recorded>, Error> {
        // `None` for a timeout beyond what the clock can say: for ever.
        let deadline = Instant::now().checked_add(timeout);
        loop {
            if self.may_have_moved()? {
                // What could not be read is read the next time, whether anything is committed until then or not.
                let events = self.read().inspect_err(|_| self.data_version = None)?;
                if let Some(last) = events.last() {
                    self.after = last.position;
                    // There may be more than a page of them.
                    self.data_version = None;
                    return Ok(events);
                }
            }
            let left = deadline.map_or(POLL, |deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return Ok(Vec::new());
            }
            self.log.inner.shared.wait_beyond(self.after, left.min(POLL));
        }
    }

    /// Returns the position of the last event given.
    pub fn position(&self) -> Position {
        self.after
    }

    /// Whether any connection has committed since the last look; this one's `data_version` says so.
    fn may_have_moved(&mut self) -> Result<bool, Error> {
        let changes = self.log.inner.pool().changes();
        if self.changes != changes {
            // Nothing locks the store, and somebody wrote: what this connection has in memory is of before.
            (self.reader, self.data_version, self.changes) = (None, None, changes);
        }
        let reader = self.pooled()?;
        let data_version = reader
            .connection
            .prepare_cached("pragma data_version")
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
            .map_err(Error::sqlite("follow the log"))?;
        Ok(self.data_version.replace(data_version) != Some(data_version))
    }

    fn read(&mut self) -> Result<Vec<Recorded>, Error> {
        let after = self.after;
        let limit = Limit::default();
        let sql = include_str!("../../sql/events_after.sql");
        Ok(self.pooled()?.page(sql, params![after, limit.rows], limit)?.events)
    }

    /// The connection stays with the subscription: its `data_version` means nothing on another.
    fn pooled(&mut self) -> Result<&mut PooledReader, Error> {
        match &mut self.reader {
            Some(reader) => Ok(reader),
            none => Ok(none.insert(self.log.inner.pool().take()?)),
        }
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription")
            .field("log", &self.log)
            .field("after", &self.after)
            .finish_non_exhaustive()
    }
}
