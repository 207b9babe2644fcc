//! Calls that were corrected later: the corrected one is read in the place of the former.

use std::collections::{HashMap, HashSet};

use retold_core::event::{MappingCorrected, ToolCalled};
use retold_core::{Event, Reader, Recorded, Revision, time};

use super::build::Builder;
use super::{Entry, What};
use crate::Error;

/// What is known of corrections.
#[derive(Default)]
pub(super) struct Corrected {
    /// The last event of the correction that is being read.
    until: Revision,
    /// The items of calls that were withdrawn, by their ids.
    withdrawn: HashMap<String, usize>,
    /// Whether what was withdrawn is on another page.
    is_elsewhere: bool,
    /// The calls that are said again for another page.
    elsewhere: HashSet<String>,
}

impl Corrected {
    /// Whether what a call returned is read on another page.
    pub(super) fn is_elsewhere(&self, recorded: &Recorded, call: &str) -> bool {
        self.elsewhere.contains(call) || (self.is_elsewhere && self.has(recorded))
    }

    fn has(&self, recorded: &Recorded) -> bool {
        recorded.revision <= self.until
    }
}

impl Builder<'_> {
    /// Begins with a correction: takes away what no record says any more.
    pub(super) fn begin_correction(&mut self, recorded: &Recorded, body: &MappingCorrected) {
        let wanted: HashSet<u64> = body.withdrawn.iter().copied().collect();
        let mut is_found = wanted.is_empty();
        for (at, item) in self.items.iter_mut().enumerate() {
            let is_wanted = wanted.contains(&item.entry.position.get());
            is_found |= is_wanted;
            match &mut item.entry.what {
                What::Call(call) if is_wanted => {
                    item.is_removed = true;
                    self.corrected.withdrawn.insert(call.id.clone(), at);
                }
                What::Call(call) => {
                    call.returned.take_if(|returned| wanted.contains(&returned.position.get()));
                }
                What::Returned { call, .. } if is_wanted => {
                    item.is_removed = true;
                    self.corrected.withdrawn.insert(call.clone(), at);
                }
                What::Compacted { .. } | What::Rewound { .. } if is_wanted => item.is_removed = true,
                _ => {}
            }
        }
        self.corrected.is_elsewhere = !is_found;
        self.corrected.until = recorded.revision.plus(body.events.into());
    }

    /// Takes in an event of a correction that comes after the moment of the page.
    pub(super) fn correct(&mut self, reader: &mut Reader<'_>, recorded: &Recorded) -> Result<(), Error> {
        match &recorded.event {
            // A message of this page is read there; one of another page is there.
            Some(Event::MessageAdded(body)) if self.list.has(body.index) => self.take(reader, recorded),
            _ => self.take_later(reader, recorded),
        }
    }

    /// Until when things are all that was before an event; nothing where that is all that was read before.
    fn before(&self, recorded: &Recorded) -> Option<i64> {
        self.corrected.has(recorded).then_some(recorded.occurred_at)
    }

    /// Marks what is of these messages; none: all so far.
    pub(super) fn mark(&mut self, by: &Recorded, messages: &[String], mark: impl Fn(&mut Entry)) {
        let before = self.before(by).and_then(time::from_micros);
        let wanted: HashSet<&str> = messages.iter().map(String::as_str).collect();
        for item in &mut self.items {
            let of = match &item.entry.what {
                What::Message { id, .. } | What::Thinking { id, .. } => Some(id.as_str()),
                What::Call(call) => call.message.as_deref(),
                _ => None,
            };
            let is_before = before.is_none_or(|before| item.entry.at.is_none_or(|at| at < before));
            if (wanted.is_empty() && is_before) || of.is_some_and(|id| wanted.contains(id)) {
                mark(&mut item.entry);
            }
        }
    }

    /// Reads a call of a correction: in the place of the one that was withdrawn, or where it comes by its time. Returns whether it is
    /// one.
    pub(super) fn is_corrected_call(
        &mut self,
        reader: &mut Reader<'_>,
        recorded: &Recorded,
        body: &ToolCalled,
    ) -> Result<bool, Error> {
        if !self.corrected.has(recorded) {
            return Ok(false);
        }
        let former = self.corrected.withdrawn.remove(&body.call);
        let happened = time::from_micros(recorded.occurred_at);
        let earlier = self.order.iter().rposition(|at| self.items[*at].entry.at <= happened);
        if former.is_none() && (self.corrected.is_elsewhere || earlier.is_none()) {
            self.corrected.elsewhere.insert(body.call.clone());
            return Ok(true);
        }
        let call = self.call_of(reader, recorded, body)?;
        let speaker = body.instance_id.map(|number| self.roster.of_number(number));
        let at = self.add(recorded, speaker, What::Call(Box::new(call)), false);
        let place = match former {
            Some(former) => self.order.iter().position(|at| *at == former),
            None => earlier.map(|earlier| earlier + 1),
        };
        (self.items[at].entry.compacted, self.items[at].entry.rewound) = match former {
            Some(former) => (self.items[former].entry.compacted, self.items[former].entry.rewound),
            None => self.marks_of(body.message.as_deref(), earlier.map(|earlier| self.order[earlier])),
        };
        self.order.insert(place.unwrap_or(self.order.len()), at);
        self.calls.insert(body.call.clone(), at);
        Ok(true)
    }

    /// Whether what is read after an item is compacted and rewound: as the message is that it is part of, else as what is before it.
    fn marks_of(&self, message: Option<&str>, before: Option<usize>) -> (bool, bool) {
        let is_part = |entry: &Entry| match &entry.what {
            What::Message { id, .. } | What::Thinking { id, .. } => Some(id.as_str()) == message,
            _ => false,
        };
        if let Some(of) = self.items.iter().map(|item| &item.entry).find(|entry| is_part(entry)) {
            return (of.compacted, of.rewound);
        }
        let before = before.map(|before| &self.items[before].entry);
        (before.is_some_and(|entry| entry.compacted && !matches!(entry.what, What::Compacted { .. })), false)
    }
}
