//! A compression dictionary from what the first records say.

use retold_core::{Event, Log};

use crate::Error;

/// One of so many events is learned from, so that it is many sessions.
const EACH: usize = 4;
/// So much is enough.
const BYTES: usize = 2 * 1024 * 1024;
/// Of a long text so much counts.
const TEXT_BYTES: u64 = 4 * 1024;

/// Events that a dictionary is trained on, until there are enough.
pub(super) struct Lesson {
    /// `None` where the log has a dictionary of its own.
    events: Option<Vec<Event>>,
    seen: usize,
    bytes: usize,
}

impl Lesson {
    pub(super) fn of(log: &Log) -> Self {
        Self { events: (!log.is_trained()).then(Vec::new), seen: 0, bytes: 0 }
    }

    /// Hears an event.
    pub(super) fn hear(&mut self, event: &Event) {
        let Some(events) = &mut self.events else { return };
        self.seen += 1;
        if self.seen.is_multiple_of(EACH) {
            let text = event.long_text().map_or(0, |text| text.len().min(TEXT_BYTES));
            self.bytes += usize::try_from(text).unwrap_or_default() + 64;
            events.push(event.clone());
        }
    }

    /// Trains the log's first own dictionary once enough was heard. What teaches nothing leaves it with the one it has.
    pub(super) fn learn(&mut self, log: &Log) -> Result<(), Error> {
        match self.events.take_if(|_| self.bytes >= BYTES).map(|events| log.train(&events)) {
            None | Some(Ok(()) | Err(retold_core::Error::Malformed { .. })) => Ok(()),
            Some(Err(error)) => Err(error.into()),
        }
    }
}
