//! Following the log: what is there, then what comes.

use std::time::{Duration, Instant};

use super::read::Limit;
use super::{Log, Recorded};
use crate::{Error, Position};

/// How often another process's writes are looked for. A look is one read of the WAL index, no I/O.
const POLL: Duration = Duration::from_millis(20);

/// The events after a position, in order, each once, for as long as one asks.
#[derive(Debug)]
pub struct Subscription {
    log: Log,
    after: Position,
    seen: Option<i64>,
}

impl Log {
    /// Follows the log from after `position`: first what is there, then what this and other processes write.
    pub fn subscribe(&self, position: Position) -> Subscription {
        Subscription { log: self.clone(), after: position, seen: None }
    }
}

impl Subscription {
    /// Returns the next events, in order; waits for `timeout` at the most, and returns none where none came.
    ///
    /// Writes of this process wake the caller at once; those of others are seen within some 20 ms, by
    /// `PRAGMA data_version`: <https://sqlite.org/pragma.html#pragma_data_version>.
    ///
    /// # Errors
    /// Those of [`Reader::events_after`](super::Reader::events_after).
    pub fn next(&mut self, timeout: Duration) -> Result<Vec<Recorded>, Error> {
        let deadline = Instant::now() + timeout;
        loop {
            let events = self.read()?;
            if let Some(last) = events.last() {
                self.after = last.position;
                return Ok(events);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(events);
            }
            self.log.inner.shared.wait_beyond(self.after, left.min(POLL));
        }
    }

    /// Returns the position of the last event given.
    pub fn position(&self) -> Position {
        self.after
    }

    fn read(&mut self) -> Result<Vec<Recorded>, Error> {
        let mut reader = self.log.reader()?;
        let page = reader.events_after(self.after, Limit::default())?;
        Ok(page.events)
    }
}
