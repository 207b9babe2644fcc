//! A session through time, of which the lists are known by their lengths alone: most of its events are not decoded.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use retold_core::event::Subject;
use retold_core::{EventKind, EventType, InvalidEvent, Limit, List, Outline, Position, Recorded, Revision};

use crate::timeline::invalid;
use crate::{Error, Frame, State, Timeline};

/// Events whose kinds are read at once.
const KINDS: u32 = 8_000;
/// Events that are decoded at once.
const PAGE: Limit = Limit { rows: 1000, bytes: 4 * 1024 * 1024 };

/// A session right after one of its events.
pub(crate) struct Counted<'a> {
    /// The event.
    pub(crate) position: Position,
    /// The session; its lists are those of some moment before.
    pub(crate) state: Option<&'a State>,
    /// How long its lists are.
    pub(crate) outline: Outline,
}

/// What one event is to somebody who knows the lists by their lengths.
enum Effect {
    /// Nothing that shows.
    None,
    /// A list is longer by one.
    Longer(List),
    /// Its body says what.
    Decoded,
}

impl Timeline<'_> {
    /// Visits those events after position `after`, up to `to`, that change the session's own keys, and with `lists` those that
    /// change how long its lists are, until the visitor breaks off. An event that adds an element is not decoded: that
    /// its index fits is taken for granted.
    ///
    /// # Errors
    /// Those of [`Timeline::at`], and the visitor's.
    pub(crate) fn follow_counted<E: From<Error>>(
        &mut self,
        after: Position,
        to: Position,
        lists: bool,
        mut visit: impl FnMut(&mut Self, Counted<'_>) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let Frame { mut revision, mut state, .. } = self.at(after)?;
        let mut outline = State::outline(state.as_ref());
        loop {
            let kinds =
                self.reader.stream_kinds_after(self.stream(), revision, to, KINDS).map_err(Error::from)?;
            let Some(last) = kinds.last().copied() else { return Ok(()) };
            let mut decoded = Decoded::of(&kinds, lists);
            for event in &kinds {
                match effect(event, lists) {
                    Effect::None => continue,
                    Effect::Longer(list) => {
                        lengthen(&mut outline, list, event.kind).map_err(invalid(event.position))?;
                    }
                    Effect::Decoded => {
                        let Some(event) = decoded.get(self, event, last.position)? else { continue };
                        apply(&mut state, &mut outline, event)?;
                    }
                }
                let counted = Counted { position: event.position, state: state.as_ref(), outline };
                if visit(self, counted)?.is_break() {
                    return Ok(());
                }
            }
            revision = last.revision;
        }
    }
}

fn effect(event: &EventKind, lists: bool) -> Effect {
    match event.kind.subject() {
        Subject::Session => Effect::Decoded,
        Subject::Element(list) if lists && event.kind.begins() && !event.is_erased => Effect::Longer(list),
        // An element that leaves has no field to set.
        Subject::Element(_) if lists && (event.kind.begins() || event.kind.fields().is_empty()) => {
            Effect::Decoded
        }
        _ => Effect::None,
    }
}

fn lengthen(outline: &mut Outline, list: List, kind: EventType) -> Result<(), InvalidEvent> {
    match (outline.exists, outline.deleted) {
        (false, _) => return Err(InvalidEvent::Absent(kind)),
        (true, true) => return Err(InvalidEvent::Deleted(kind)),
        (true, false) => {}
    }
    match list {
        List::Instances => outline.instances += 1,
        List::Messages => outline.messages += 1,
    }
    Ok(())
}

fn apply(state: &mut Option<State>, outline: &mut Outline, recorded: Recorded) -> Result<(), Error> {
    let (position, kind) = (recorded.position, recorded.kind);
    match (&recorded.event, recorded.erasure) {
        (Some(event), _) => outline.apply(event).map_err(invalid(position))?,
        (None, erasure) => outline.apply_erased(kind, erasure.unwrap_or(retold_core::Erasure::Redacted)),
    }
    if kind.subject() == Subject::Session {
        for patch in State::patches(state.as_ref(), kind, recorded.what()).map_err(invalid(position))? {
            State::apply(state, patch, position).expect("what an event does fits what it was made for");
        }
    }
    Ok(())
}

/// The events of a page that have to be decoded, read when they are come to.
struct Decoded {
    types: Vec<EventType>,
    events: VecDeque<Recorded>,
    read: Revision,
}

impl Decoded {
    fn of(kinds: &[EventKind], lists: bool) -> Self {
        let mut types: Vec<EventType> = Vec::new();
        let mut read = Revision::ZERO;
        for event in kinds.iter().rev() {
            read = event.revision;
            let is_needed = matches!(effect(event, lists), Effect::Decoded) && !is_alone(event);
            if is_needed && !types.contains(&event.kind) {
                types.push(event.kind);
            }
        }
        Self { types, events: VecDeque::new(), read: Revision::ZERO.plus(read.get().saturating_sub(1)) }
    }

    fn get(
        &mut self,
        timeline: &mut Timeline<'_>,
        event: &EventKind,
        last: Position,
    ) -> Result<Option<Recorded>, Error> {
        if is_alone(event) {
            return Ok(timeline.reader.event_at(event.position)?);
        }
        loop {
            while let Some(next) = self.events.pop_front() {
                match next.revision.cmp(&event.revision) {
                    std::cmp::Ordering::Less => {}
                    std::cmp::Ordering::Equal => return Ok(Some(next)),
                    std::cmp::Ordering::Greater => {
                        self.events.push_front(next);
                        return Ok(None);
                    }
                }
            }
            let stream = timeline.stream();
            let page = timeline.reader.stream_events_of_types(&self.types, stream, self.read, last, PAGE)?;
            let Some(end) = page.events.last() else { return Ok(None) };
            self.read = end.revision;
            self.events.extend(page.events);
        }
    }
}

/// Whether an event is read for itself: others of its type are not decoded.
fn is_alone(event: &EventKind) -> bool {
    event.is_erased && event.kind.begins() && event.kind.subject() != Subject::Session
}
