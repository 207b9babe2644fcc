//! Many sessions at once, on all cores.

use super::Log;
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
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let threads = (streams.len() / PER_THREAD_MIN).clamp(1, cores);
        let mut shares = streams.chunks(streams.len().div_ceil(threads).max(1));
        let own = shares.next().unwrap_or_default();
        std::thread::scope(|scope| {
            let others: Vec<_> = shares.map(|share| scope.spawn(|| self.read_states(share, at))).collect();
            let mut states = self.read_states(own, at)?;
            for other in others {
                states.extend(other.join().expect("a reading thread does not panic")?);
            }
            Ok(states)
        })
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
