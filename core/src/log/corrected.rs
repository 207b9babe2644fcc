//! What was corrected later of what had happened by a time.

use super::page::{Limit, Recorded};
use super::read::Reader;
use crate::happening::{StreamEvents, StreamOrder};
use crate::{Error, EventType, Revision, StreamId};

/// Events that are read at once.
const PAGE: Limit = Limit { rows: 1000, bytes: 4 * 1024 * 1024 };

/// A stream in which earlier revisions are corrected.
#[derive(Debug)]
pub struct CorrectedStream {
    /// Since when its events count by the clock of happening.
    pub order: StreamOrder,
    /// The events that correct, in the order of the log, each with the revision that it corrects.
    pub corrections: Vec<(Revision, Recorded)>,
}

impl Reader<'_> {
    /// Whether an event of a stream after revision `after` says that it corrects something. It reads the headers of the events
    /// after it, and no body of another type.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn is_corrected_after(&mut self, stream: StreamId, after: Revision) -> Result<bool, Error> {
        let (types, end) = (&[EventType::MappingCorrected], self.head()?.position);
        let found = self.stream_events_of_types(types, stream, after, end, Limit { rows: 1, ..PAGE })?;
        Ok(!found.events.is_empty())
    }

    /// Returns since when the events of a stream count, with those that correct others; `None` where
    /// [nothing is corrected](Self::is_corrected_after) after revision `after`. Otherwise O(events of the stream).
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn corrected_after(
        &mut self,
        stream: StreamId,
        after: Revision,
    ) -> Result<Option<CorrectedStream>, Error> {
        if !self.is_corrected_after(stream, after)? {
            return Ok(None);
        }
        let end = self.head()?.position;
        let (mut events, mut corrections) = (StreamEvents::default(), Vec::new());
        let mut read = Revision::ZERO;
        loop {
            let page = self.stream_events_after(stream, read, end, PAGE)?;
            for recorded in page.events {
                read = recorded.revision;
                if let Some(of) = events.push(&recorded) {
                    corrections.push((of, recorded));
                }
            }
            if !page.more {
                break;
            }
        }
        Ok(Some(CorrectedStream { order: events.order(), corrections }))
    }

    /// Returns the events after revision `reached` of a stream, the last one that had happened by `instant`, that correct what had
    /// happened by then: in the order of the log, each with the index that its element has there once those before it are
    /// applied, and each correction after the [`MappingCorrected`](crate::event::MappingCorrected) that says what it corrects.
    /// O(events after `reached`) where there is none, otherwise O(events of the stream).
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn corrected_later(
        &mut self,
        stream: StreamId,
        reached: Revision,
        instant: i64,
    ) -> Result<Vec<Recorded>, Error> {
        let Some(CorrectedStream { order, corrections }) = self.corrected_after(stream, reached)? else {
            return Ok(Vec::new());
        };
        let mut retelling = order.retell();
        for revision in 1..=reached.get() {
            retelling.pass(Revision::ZERO.plus(revision));
        }
        let later = corrections.into_iter().map(|(_, recorded)| recorded);
        let mut later: Vec<Recorded> = later.filter(|recorded| recorded.revision > reached).collect();
        later.retain_mut(|recorded| {
            order.counts_from(recorded.revision).is_some_and(|counts| counts <= instant)
                && retelling.take(recorded)
        });
        Ok(later)
    }
}
