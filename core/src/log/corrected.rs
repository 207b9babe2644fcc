//! A session by the clock of happening, with what was corrected about it later.

use super::page::{Limit, Recorded};
use super::read::Reader;
use crate::{Error, Event, EventType, Revision, SessionState, StreamId};

/// Events that are read at once.
const PAGE: Limit = Limit { rows: 1000, bytes: 4 * 1024 * 1024 };

impl Reader<'_> {
    /// Returns a session as it was at `instant`, in microseconds since 1970-01-01T00:00:00Z, by the clock of happening and by what is
    /// known of that now: a [`MappingCorrected`](crate::event::MappingCorrected) that the log got later counts where the revision that it
    /// corrects had happened, and of its events those that say that they had. `None` where it was not created by then. O(events of
    /// the stream).
    ///
    /// # Errors
    /// Those of [`state`](Self::state).
    pub fn state_happened_by(
        &mut self,
        stream: StreamId,
        instant: i64,
    ) -> Result<Option<SessionState>, Error> {
        let Some((revision, position)) = self.happened_by(stream, instant)? else { return Ok(None) };
        let mut state = self.state(stream, position)?;
        if state.is_some() {
            for event in
                self.corrected_later(stream, revision, instant)?.into_iter().filter_map(|one| one.event)
            {
                // One that does not fit corrects something that had not happened.
                let _ = SessionState::apply_owned(&mut state, event);
            }
        }
        Ok(state)
    }

    /// Returns the events after revision `reached` of a stream that correct what had happened by `instant`, in the order of the log, each
    /// correction after the [`MappingCorrected`](crate::event::MappingCorrected) that says what it corrects. O(log n) where there is none.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn corrected_later(
        &mut self,
        stream: StreamId,
        reached: Revision,
        instant: i64,
    ) -> Result<Vec<Recorded>, Error> {
        let mut found = Vec::new();
        let end = self.head()?.position;
        let mut after = reached;
        loop {
            let types = &[EventType::MappingCorrected];
            let marks = self.stream_events_of_types(types, stream, after, end, PAGE)?;
            for mark in marks.events {
                after = mark.revision;
                let Some(Event::MappingCorrected(body)) = &mark.event else { continue };
                if body.revision > reached.get() {
                    continue;
                }
                let (of, mut left, mut last) = (body.revision, u64::from(body.events), mark.revision);
                found.push(mark);
                while left > 0 {
                    let rows = u32::try_from(left).unwrap_or(u32::MAX).min(PAGE.rows);
                    let page =
                        self.stream_events_after(stream, last, end, Limit { rows, bytes: PAGE.bytes })?;
                    let Some(newest) = page.events.last() else { break };
                    (last, left) = (newest.revision, left.saturating_sub(page.events.len() as u64));
                    for recorded in page.events {
                        // Between the revision that is corrected and the next one, each of them happened at its own time.
                        if of < reached.get() || recorded.occurred_at <= instant {
                            found.push(recorded);
                        }
                    }
                }
            }
            if !marks.more {
                return Ok(found);
            }
        }
    }
}
