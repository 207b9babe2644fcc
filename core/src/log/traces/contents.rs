//! What people and agents said in events that are about to go.

use std::collections::BTreeSet;

use super::Traces;
use crate::{Error, Event, Log, Position, Text};

impl Log {
    /// Adds what was said in the events at these positions to what is looked for: tasks, messages, outputs. The words that
    /// many events share (a status, the name of an agent) tell nothing and are left aside. One text in memory at a time.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn trace_contents(&self, traces: &mut Traces, positions: &BTreeSet<Position>) -> Result<(), Error> {
        let mut reader = self.reader()?;
        reader.begin()?;
        for position in positions {
            let Some(mut event) = reader.event_at(*position)?.and_then(|found| found.event) else { continue };
            reader.resolve_event(&mut event)?;
            if let Some(text) = event.long_text().and_then(Text::as_str) {
                traces.add(text);
            }
            match &event {
                Event::SessionCreated(body) => traces.add(&body.session.task),
                Event::TaskChanged(body) => traces.add(&body.task),
                Event::SessionDetailsChanged(body) => {
                    body.set.task.iter().for_each(|task| traces.add(task));
                }
                _ => {}
            }
        }
        Ok(())
    }
}
