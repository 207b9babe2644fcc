//! What was corrected later of what had happened by a time.

use super::page::{Limit, Recorded};
use super::read::Reader;
use crate::happening::StreamEvents;
use crate::{Error, EventType, Revision, StreamId};

/// Events that are read at once.
const PAGE: Limit = Limit { rows: 1000, bytes: 4 * 1024 * 1024 };

impl Reader<'_> {
    /// Returns the events after revision `reached` of a stream, the last one that had happened by `instant`, that correct what had
    /// happened by then: in the order of the log, each with the index that its element has there once those before it are
    /// applied, and each correction after the [`MappingCorrected`](crate::event::MappingCorrected) that says what it corrects.
    /// O(log n) where there is none, otherwise O(events of the stream).
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn corrected_later(
        &mut self,
        stream: StreamId,
        reached: Revision,
        instant: i64,
    ) -> Result<Vec<Recorded>, Error> {
        let end = self.head()?.position;
        let types = &[EventType::MappingCorrected];
        if self
            .stream_events_of_types(types, stream, reached, end, Limit { rows: 1, ..PAGE })?
            .events
            .is_empty()
        {
            return Ok(Vec::new());
        }
        let (mut events, mut found) = (StreamEvents::default(), Vec::new());
        let mut after = Revision::ZERO;
        loop {
            let page = self.stream_events_after(stream, after, end, PAGE)?;
            for recorded in page.events {
                after = recorded.revision;
                if events.push(&recorded) && after > reached {
                    found.push(recorded);
                }
            }
            if !page.more {
                break;
            }
        }
        let order = events.order();
        let mut retelling = order.retell();
        for revision in 1..=reached.get() {
            retelling.pass(Revision::ZERO.plus(revision));
        }
        found.retain_mut(|recorded| {
            order.counts_from(recorded.revision).is_some_and(|counts| counts <= instant)
                && retelling.take(recorded)
        });
        Ok(found)
    }
}
