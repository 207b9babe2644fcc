//! A session's events: windows of them, and what is looked for among them.

use retold_core::{Limit, Position, Recorded, Revision, StreamName};
use retold_travel::{Amount, Anchor, Events, Filter, Offset, Point, Unit};

use super::Data;
use crate::alarm::is_error;
use crate::command::tui::model::{Answer, Scan, Task};
use crate::failure::Failure;
use crate::roster::Rosters;
use retold_present::EventRow;

/// Events that one step of a search reads.
const SCANNED: u64 = 200;
/// Bodies' bytes of a page.
const PAGE_BYTES: usize = 1024 * 1024;

impl Data<'_> {
    /// Returns `number` events from a revision on.
    pub(super) fn events(&mut self, name: StreamName, first: u64, number: u64) -> Result<Answer, Failure> {
        let stream = self.stream(&name)?;
        let (mut after, end) = (first.saturating_sub(1), Position::ZERO.plus(u64::MAX));
        let to = after + number;
        let mut rows = Vec::new();
        if self.rosters.0 != self.head.position {
            self.rosters = (self.head.position, Rosters::default());
        }
        while after < to {
            let limit = Limit { rows: u32::try_from(to - after).unwrap_or(u32::MAX), bytes: PAGE_BYTES };
            let page = self.reader.stream_events_after(stream, Revision::ZERO.plus(after), end, limit)?;
            self.read.listed += page.events.len() as u64;
            let Some(last) = page.events.last() else { break };
            after = last.revision.get();
            for event in &page.events {
                rows.push(EventRow::of(event, &mut self.reader, &mut self.rosters.1)?);
            }
            if !page.more {
                break;
            }
        }
        Ok(Answer::Events { name, rows })
    }

    /// Looks at the next events, some of them, for one that is sought.
    pub(super) fn scan(&mut self, scan: &Scan) -> Result<Answer, Failure> {
        let stream = self.stream(&scan.name)?;
        let (after, to) = match scan.forward {
            true => (scan.from, (scan.from + SCANNED).min(scan.last)),
            false => (scan.from.saturating_sub(SCANNED + 1), scan.from.saturating_sub(1)),
        };
        if after >= to {
            return Ok(Answer::Scanned { found: None, from: None });
        }
        let position = |revision| match revision {
            0 => Ok(Some(Position::ZERO)),
            revision => self.reader.position_of(stream, Revision::ZERO.plus(revision)),
        };
        let (Some(begin), Some(end)) = (position(after)?, position(to)?) else {
            return Ok(Answer::Scanned { found: None, from: None });
        };
        let text = match &scan.task {
            Task::Text(text) => Some(text.clone()),
            Task::Error => None,
        };
        let filter = Filter { stream: Some(stream), text, ..Filter::default() };
        let mut events = Events::new(&self.reader, filter, begin, end, !scan.forward, None)?;
        self.read.listed += to - after;
        while let Some(page) = events.next(&mut self.reader)? {
            for event in page {
                if scan.task != Task::Error || self.tells_of_error(&event)? {
                    return Ok(Answer::Scanned { found: Some(event.revision.get()), from: None });
                }
            }
        }
        let from = if scan.forward { to } else { after + 1 };
        Ok(Answer::Scanned { found: None, from: Some(from) })
    }

    /// Whether an event tells of an error, also in a text that is not at hand.
    fn tells_of_error(&mut self, event: &Recorded) -> Result<bool, Failure> {
        let Some(event) = &event.event else { return Ok(false) };
        if is_error(event) {
            return Ok(true);
        }
        if event.long_text().is_none_or(|text| text.as_str().is_some()) {
            return Ok(false);
        }
        let mut event = event.clone();
        self.reader.resolve_event(&mut event)?;
        Ok(is_error(&event))
    }

    /// Finds the next message, or the one before, without reading what lies between.
    pub(super) fn message(&mut self, name: &StreamName, from: u64, forward: bool) -> Result<Answer, Failure> {
        let found = self.found(name)?;
        // Back is to the moment before a message, so it is asked from before this one.
        let from = if forward { from } else { from - 1 };
        let anchor = match self.reader.position_of(found.stream, Revision::ZERO.plus(from))? {
            Some(position) => Anchor::Position(position),
            None => return Ok(Answer::Message { found: None, forward }),
        };
        let amount = Amount { number: 1, unit: Unit::Messages };
        let point = Point { anchor, offset: Some(Offset { back: !forward, amount }) };
        let position = match self.resolver(Some(&found)).resolve_or_before(&point) {
            Ok(resolved) => resolved.head.position.plus(u64::from(!forward)),
            Err(retold_travel::Error::NoSuchPoint { .. }) => {
                return Ok(Answer::Message { found: None, forward });
            }
            Err(error) => return Err(error.into()),
        };
        let revision = self.timeline(name)?.revision_at(position)?;
        Ok(Answer::Message { found: Some(revision.get()), forward })
    }
}
