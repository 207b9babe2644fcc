//! A compression dictionary from what the first records say.

use retold_core::{Event, Log, Text};

use crate::Error;

/// One of so many events is learned from, so that it is many sessions.
const EACH: usize = 4;
/// So much is enough.
const BYTES: usize = 2 * 1024 * 1024;
/// Of a long text so much counts,
const TEXT_BYTES: u64 = 4 * 1024;
/// and so much is held: what is learned from, and what is looked at whether that is the begin of a secret.
const TEXT_BYTES_HELD: usize = 6 * 1024;

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
            let mut event = event.clone();
            if let Some(text) = event.long_text_mut()
                && let Some(whole) = text.as_str().filter(|whole| whole.len() > TEXT_BYTES_HELD)
            {
                *text = Text::from(whole[..whole.floor_char_boundary(TEXT_BYTES_HELD)].to_owned());
            }
            events.push(event);
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
