//! Many sessions at once, read on all cores.

use super::Log;
use crate::shares::{in_shares, shares_of};
use crate::{Error, Position, SessionState, StreamId};

/// Sessions that are worth a thread of their own.
const PER_THREAD_MIN: usize = 32;

impl Log {
    /// Returns sessions as they were at position `at`, whole, in the order of `streams`; `None` for one that was not
    /// created yet. Reads on as many threads as there are cores where there are enough sessions.
    ///
    /// # Errors
    /// Those of [`Reader::state`](super::Reader::state) and [`Reader::resolve`](super::Reader::resolve).
    pub fn states(&self, streams: &[StreamId], at: Position) -> Result<Vec<Option<SessionState>>, Error> {
        let share = streams.len().div_ceil(shares_of(streams.len(), PER_THREAD_MIN)).max(1);
        let states = in_shares(streams.chunks(share), |share| self.read_states(share, at))?;
        Ok(states.into_iter().flatten().collect())
    }

    fn read_states(&self, streams: &[StreamId], at: Position) -> Result<Vec<Option<SessionState>>, Error> {
        let mut reader = self.reader()?;
        // One moment of the store for all, and one lock instead of one a session.
        reader.begin()?;
        let read = |stream: &StreamId| {
            let mut state = reader.state(*stream, at)?;
            if let Some(state) = &mut state {
                reader.resolve(&mut state.session)?;
            }
            Ok(state)
        };
        streams.iter().map(read).collect()
    }
}
