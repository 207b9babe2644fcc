//! The log's events in either direction, page by page, those that are wanted.

use std::collections::{HashMap, HashSet};

use retold_core::happening::Moment;
use retold_core::{Event, EventType, Limit, Origin, Position, Reader, Recorded, Revision, StreamId};

use crate::Error;
use crate::author::Authors;
use crate::by_happening::EventsByHappening;
use crate::timeline::revision_at;

/// Events that are read at once.
const PAGE: u64 = 1000;

/// Which events.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Those of this stream.
    pub stream: Option<StreamId>,
    /// Those of these types; none: of any.
    pub types: HashSet<EventType>,
    /// Those of this origin.
    pub origin: Option<Origin>,
    /// Those that hold this text, in any of their texts, whatever its case.
    pub text: Option<String>,
}

/// Events of the log or of one session, after one moment and up to another, page by page in either direction.
///
/// Positions and revisions are gap-free, so either is counted off, and the end is reached as soon as the beginning. Events
/// of the whole log by when they happened are in that order, and their positions are collected first.
#[derive(Debug)]
pub struct Events {
    filter: Filter,
    to: Position,
    /// What is left: positions, revisions of the stream, or places among the chosen, after the first and up to the second.
    left: (u64, u64),
    /// The events in the order in which they happened, where that is asked for.
    chosen: Option<Vec<Position>>,
    /// What corrects and thus counts earlier than its place in the log says, and which revision.
    corrections: HashMap<Position, Revision>,
    newest_first: bool,
    /// How many are wanted still.
    wanted: u64,
    authors: Authors,
}

impl Filter {
    fn is_plain(&self) -> bool {
        self.types.is_empty() && self.origin.is_none() && self.text.is_none()
    }
}

impl Events {
    /// Begins with the events after `after`, up to `to`. With a `number` it gives at most that many: those that come
    /// first in the direction.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn new(
        reader: &Reader<'_>,
        filter: Filter,
        after: Position,
        to: Position,
        newest_first: bool,
        number: Option<u64>,
    ) -> Result<Self, Error> {
        let left = match filter.stream {
            None => (after.get(), to.get()),
            Some(stream) => {
                (revision_at(reader, stream, after)?.get(), revision_at(reader, stream, to)?.get())
            }
        };
        let wanted = number.unwrap_or(u64::MAX);
        let (corrections, authors) = (HashMap::new(), Authors::default());
        Ok(Self { filter, to, left, chosen: None, corrections, newest_first, wanted, authors })
    }

    /// Begins with the events of the log, or of the filter's stream, that count at `to` and did not at `after`: by position between two
    /// positions, else in the order in which they come to count, corrections where they happened.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn between(
        reader: &mut Reader<'_>,
        filter: Filter,
        after: Moment,
        to: Moment,
        newest_first: bool,
        number: Option<u64>,
    ) -> Result<Self, Error> {
        if let (Moment::Recorded(after), Moment::Recorded(to)) = (after, to) {
            return Self::new(reader, filter, after, to, newest_first, number);
        }
        if let Some(stream) = filter.stream
            && !reader.is_corrected_after(stream, Revision::ZERO)?
        {
            let happenings = retold_projections::Happenings::of(reader);
            let (after, to) = (happenings.stream_at(stream, after)?, happenings.stream_at(stream, to)?);
            return Self::new(reader, filter, after, to, newest_first, number);
        }
        let EventsByHappening { positions, corrections } =
            EventsByHappening::read(reader, filter.stream, after, to)?;
        Ok(Self { corrections, ..Self::of(positions, filter, newest_first, number) })
    }

    /// Begins with these events, in this order or backwards.
    pub fn of(positions: Vec<Position>, filter: Filter, newest_first: bool, number: Option<u64>) -> Self {
        Self {
            filter,
            to: Position::ZERO.plus(u64::MAX),
            left: (0, positions.len() as u64),
            chosen: Some(positions),
            corrections: HashMap::new(),
            newest_first,
            wanted: number.unwrap_or(u64::MAX),
            authors: Authors::default(),
        }
    }

    /// Returns the revision that an event corrects, where the events are in the order in which they come to count and it counts
    /// earlier than its place in the log says.
    pub fn corrects(&self, event: &Recorded) -> Option<Revision> {
        self.corrections.get(&event.position).copied()
    }

    /// Takes which revisions events correct: what [`corrects`](Self::corrects) says.
    #[must_use]
    pub fn with_corrections(self, corrections: HashMap<Position, Revision>) -> Self {
        Self { corrections, ..self }
    }

    /// Returns which revisions events correct, for another list of the same events.
    pub fn into_corrections(self) -> HashMap<Position, Revision> {
        self.corrections
    }

    /// Whether the events are in the order of the log.
    pub fn is_by_position(&self) -> bool {
        self.chosen.is_none()
    }

    /// Returns the next events, in the order asked for; `None` after the last. A page may be empty where few are wanted.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn next(&mut self, reader: &mut Reader<'_>) -> Result<Option<Vec<Recorded>>, Error> {
        let (before, last) = self.left;
        if before >= last || self.wanted == 0 {
            return Ok(None);
        }
        let step = if self.filter.is_plain() { PAGE.min(self.wanted) } else { PAGE };
        let mut events = if self.newest_first {
            let from = last.saturating_sub(step).max(before);
            let mut events = self.page(reader, from, last)?;
            events.reverse();
            self.left = (before, from);
            events
        } else {
            let to = before.saturating_add(step).min(last);
            let events = self.page(reader, before, to)?;
            self.left = (to, last);
            events
        };
        if !self.filter.is_plain() {
            let mut kept = Vec::new();
            for event in events {
                if self.is_wanted(reader, &event)? {
                    kept.push(event);
                }
            }
            events = kept;
        }
        events.truncate(usize::try_from(self.wanted).unwrap_or(usize::MAX));
        self.wanted -= events.len() as u64;
        Ok(Some(events))
    }

    /// Whether an event passes the filter.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn is_wanted(&mut self, reader: &mut Reader<'_>, event: &Recorded) -> Result<bool, Error> {
        let Filter { stream, types, origin, text } = &self.filter;
        if stream.is_some_and(|stream| stream != event.stream) {
            return Ok(false);
        }
        if !types.is_empty() && !types.contains(&event.kind) {
            return Ok(false);
        }
        if let Some(origin) = origin
            && self.authors.get(reader, event.position)?.origin() != Some(*origin)
        {
            return Ok(false);
        }
        let Some(text) = text else { return Ok(true) };
        let Some(mut said) = event.event.clone() else { return Ok(false) };
        reader.resolve_event(&mut said)?;
        Ok(holds(&said, text))
    }

    fn page(&self, reader: &mut Reader<'_>, after: u64, to: u64) -> Result<Vec<Recorded>, Error> {
        let (mut after, mut events) = (after, Vec::new());
        if let Some(chosen) = &self.chosen {
            let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).min(chosen.len());
            for position in &chosen[place(after)..place(to)] {
                // In a damaged log one may be missing.
                events.extend(reader.event_at(*position)?);
            }
            return Ok(events);
        }
        while after < to {
            let rows = u32::try_from(to - after).unwrap_or(u32::MAX);
            let limit = Limit { rows, ..Limit::default() };
            let page = match self.filter.stream {
                None => reader.events_after(Position::ZERO.plus(after), limit)?,
                Some(stream) => {
                    reader.stream_events_after(stream, Revision::ZERO.plus(after), self.to, limit)?
                }
            };
            let number = |event: &Recorded| match self.filter.stream {
                None => event.position.get(),
                Some(_) => event.revision.get(),
            };
            // In a damaged log a number may be missing: the next one may lie after the end of this page.
            let Some(last) = page.events.last().map(number) else { break };
            events.extend(page.events.into_iter().filter(|event| number(event) <= to));
            after = last;
        }
        Ok(events)
    }
}

/// Whether any text of an event holds another, whatever the case.
fn holds(event: &Event, text: &str) -> bool {
    let wanted = text.to_lowercase();
    let document = serde_json::to_value(event).unwrap_or_default();
    let mut waiting = vec![&document];
    while let Some(value) = waiting.pop() {
        match value {
            serde_json::Value::String(text) if text.to_lowercase().contains(&wanted) => return true,
            serde_json::Value::Array(values) => waiting.extend(values),
            serde_json::Value::Object(map) => waiting.extend(map.values()),
            _ => {}
        }
    }
    false
}
