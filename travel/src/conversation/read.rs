//! The events of a page, and those that say more of it.

use std::collections::{HashMap, VecDeque};

use retold_core::event::Subject;
use retold_core::{
    Event, EventType, Limit, List, Position, Reader, Recorded, Revision, SessionState, StreamId, time,
};

use super::build::{Builder, begins_turn, is_transcript};
use super::roster::Roster;
use super::{Conversation, Extent, Page};
use crate::Error;
use crate::corrections::correct;
use crate::timeline::{invalid, revision_at};

/// Events that are read at once.
const CHUNK: u64 = 256;
/// Bytes of bodies that a page may hold; long texts do not count.
const BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What makes an entry by itself: a page that has none of these has nothing before it either.
const SAID: [EventType; 5] = [
    EventType::MessageAdded,
    EventType::ToolCalled,
    EventType::ToolReturned,
    EventType::OutputAppended,
    EventType::OutputReplaced,
];

/// What changes nothing of what a session is, but for its messages and outputs.
const PASSED_OVER: [EventType; 5] = [
    EventType::OutputAppended,
    EventType::OutputReplaced,
    EventType::ToolCalled,
    EventType::ToolReturned,
    EventType::UsageRecorded,
];

/// Returns the types that say what a session is, beside what was said in it.
fn structure() -> Vec<EventType> {
    let is_structure = |kind: &EventType| match kind.subject() {
        Subject::Session | Subject::Element(List::Instances) => !PASSED_OVER.contains(kind),
        Subject::Element(List::Messages) | Subject::Workspace | Subject::Bodies => false,
    };
    EventType::ALL.iter().copied().filter(is_structure).collect()
}

impl Conversation {
    /// Reads a page of a session's conversation as it was at position `at`, inclusive; `None` where the session was not created
    /// by then.
    ///
    /// Costs O(events of the page), one pass over the rows of the session that unpacks no body, and its events that say neither
    /// messages nor outputs. Holds what `extent` allows. A page that is not the last also reads what later events say of it:
    /// results, messages that were changed, how far a person went back.
    ///
    /// # Errors
    /// [`Error::InvalidEvent`] for an event that does not fit; otherwise where the store cannot be read.
    pub fn read(
        reader: &mut Reader<'_>,
        stream: StreamId,
        at: Position,
        page: Page,
        extent: &Extent,
    ) -> Result<Option<Self>, Error> {
        let end = revision_at(reader, stream, at)?;
        let mut skeleton = Skeleton::read(reader, stream, at)?;
        let corrected = match extent.happened {
            Some(instant) => reader.corrected_later(stream, end, instant)?,
            None => Vec::new(),
        };
        let structure = structure();
        correct(
            &mut skeleton.state,
            |state| &mut state.records,
            |state| {
                let events = corrected.iter().filter(|one| structure.contains(&one.kind));
                for event in events.filter_map(|one| one.event.as_ref()) {
                    // One that does not fit corrects something that had not happened.
                    let _ = SessionState::apply(state, event);
                }
            },
        );
        let Some(SessionState { session, records }) = skeleton.state.take() else { return Ok(None) };
        let is_transcript = is_transcript(&session.kind);
        let window = match page {
            Page::Last => Window::before(reader, stream, end, extent, is_transcript)?,
            Page::Before(last) => Window::before(reader, stream, last.min(end), extent, is_transcript)?,
            Page::After(first) => {
                Window::after(reader, stream, (first.min(end), end), extent, is_transcript)?
            }
        };
        let counts = Counts::read(reader, stream, end)?;
        let before = if window.from == Revision::ZERO {
            Counts::default()
        } else {
            Counts::read(reader, stream, window.from)?
        };
        let is_first = SAID.iter().all(|kind| before.of(*kind) == 0);
        let roster = skeleton.roster(window.from)?;
        let outside = before.messages();
        let mut builder = Builder::new(extent, is_transcript, roster, outside);
        let begins = window.events.iter().find(|event| SAID.contains(&event.kind));
        let is_continued = !is_first && begins.is_some_and(|event| !begins_turn(event, is_transcript));
        for event in &window.events {
            builder.take(reader, event)?;
        }
        let to = window.to;
        if to < end {
            let later = counts.after(&Counts::read(reader, stream, to)?);
            take_later(&mut builder, reader, (stream, to, at), &later)?;
        }
        for event in &corrected {
            builder.correct(reader, event)?;
        }
        let last = reader.position_of(stream, end)?.unwrap_or(at);
        // That bodies left or came back is not of the session.
        let last_event = reader.event_at(last)?.filter(|event| !event.kind.is_of_bodies());
        let last_at = last_event.and_then(|event| time::from_micros(event.occurred_at));
        let began_at = time::parse(&session.created_at).or(skeleton.first_at);
        let moved_at = time::parse(&session.updated_at).into_iter().chain(last_at).max();
        Ok(Some(Self {
            name: reader.name(stream)?,
            stream,
            position: last,
            revision: end,
            session,
            records,
            began_at,
            moved_at,
            messages: counts.messages(),
            calls: counts.of(EventType::ToolCalled),
            turns: builder.finish(reader, is_continued)?,
            before: (!is_first).then_some(window.from),
            after: (to < end).then_some(to),
        }))
    }
}

/// What later events say of a page.
fn take_later(
    builder: &mut Builder<'_>,
    reader: &mut Reader<'_>,
    (stream, to, at): (StreamId, Revision, Position),
    later: &Counts,
) -> Result<(), Error> {
    let mut types = vec![EventType::HistoryRewound, EventType::ContextCompacted];
    let changes = [EventType::MessageChanged, EventType::MessageRemoved];
    if changes.iter().any(|kind| later.of(*kind) > 0) {
        // A message is changed by its place in the list, which others that came since may have moved.
        types.extend(changes);
        types.push(EventType::MessageAdded);
    }
    if later.of(EventType::MappingCorrected) > 0 {
        types.extend([EventType::MappingCorrected, EventType::ToolCalled, EventType::ToolReturned]);
    }
    let mut after = to;
    loop {
        let has_open_calls = builder.has_open_calls();
        let wanted: Vec<EventType> =
            types.iter().copied().chain(has_open_calls.then_some(EventType::ToolReturned)).collect();
        let limit = Limit { rows: u32::try_from(CHUNK).unwrap_or(u32::MAX), ..Limit::default() };
        let page = reader.stream_events_of_types(&wanted, stream, after, at, limit)?;
        for event in &page.events {
            builder.take_later(reader, event)?;
        }
        match page.events.last() {
            Some(last) if page.more => after = last.revision,
            _ => return Ok(()),
        }
    }
}

/// The events of a page: after `from`, up to `to`.
struct Window {
    from: Revision,
    to: Revision,
    events: VecDeque<Recorded>,
}

impl Window {
    /// The last turns up to a revision.
    fn before(
        reader: &mut Reader<'_>,
        stream: StreamId,
        to: Revision,
        extent: &Extent,
        is_transcript: bool,
    ) -> Result<Self, Error> {
        let (mut from, mut turns, mut bytes, mut removed) = (to, 0, 0, 0_u64);
        let mut events: VecDeque<Recorded> = VecDeque::new();
        'chunks: while from > Revision::ZERO {
            let room = (extent.events.max(1) as u64).saturating_sub(events.len() as u64);
            let start = from.get().saturating_sub(CHUNK.min(room));
            let chunk = chunk(reader, stream, Revision::ZERO.plus(start), from)?;
            if chunk.is_empty() {
                break;
            }
            for event in chunk.into_iter().rev() {
                bytes += event.stored_bytes;
                from = Revision::ZERO.plus(event.revision.get() - 1);
                let is_gone = match event.kind {
                    EventType::MessageRemoved => {
                        removed += 1;
                        false
                    }
                    EventType::MessageAdded if removed > 0 => {
                        removed -= 1;
                        true
                    }
                    _ => false,
                };
                turns += usize::from(!is_gone && begins_turn(&event, is_transcript));
                events.push_front(event);
                if turns >= extent.turns.max(1) || bytes >= BYTES_MAX || events.len() >= extent.events.max(1)
                {
                    break 'chunks;
                }
            }
        }
        Ok(Self { from, to, events })
    }

    /// The first turns after a revision.
    fn after(
        reader: &mut Reader<'_>,
        stream: StreamId,
        (from, end): (Revision, Revision),
        extent: &Extent,
        is_transcript: bool,
    ) -> Result<Self, Error> {
        let (mut to, mut turns, mut bytes, mut has_begun) = (from, 0, 0, false);
        let mut events: VecDeque<Recorded> = VecDeque::new();
        'chunks: while to < end {
            let chunk = chunk(reader, stream, to, to.plus(CHUNK).min(end))?;
            if chunk.is_empty() {
                break;
            }
            for event in chunk {
                if begins_turn(&event, is_transcript) && has_begun {
                    turns += 1;
                    if turns >= extent.turns.max(1) {
                        break 'chunks;
                    }
                }
                has_begun |= SAID.contains(&event.kind);
                bytes += event.stored_bytes;
                to = event.revision;
                events.push_back(event);
                if bytes >= BYTES_MAX || events.len() >= extent.events.max(1) {
                    break 'chunks;
                }
            }
        }
        Ok(Self { from, to, events })
    }
}

/// Returns the events of a stream after a revision, up to another.
fn chunk(
    reader: &mut Reader<'_>,
    stream: StreamId,
    after: Revision,
    to: Revision,
) -> Result<Vec<Recorded>, Error> {
    let (mut after, mut events, end) = (after, Vec::new(), Position::ZERO.plus(u64::MAX));
    while after < to {
        let rows = u32::try_from(to.get() - after.get()).unwrap_or(u32::MAX);
        let page = reader.stream_events_after(stream, after, end, Limit { rows, ..Limit::default() })?;
        // In a damaged log a revision may be missing.
        let Some(last) = page.events.last().map(|event| event.revision) else { break };
        events.extend(page.events.into_iter().filter(|event| event.revision <= to));
        after = last;
    }
    Ok(events)
}

/// How many events there are of each type.
#[derive(Default)]
struct Counts(HashMap<i64, u64>);

impl Counts {
    fn read(reader: &Reader<'_>, stream: StreamId, to: Revision) -> Result<Self, Error> {
        let counted = reader
            .connection()
            .prepare_cached(include_str!("../../sql/conversation_counts.sql"))
            .and_then(|mut statement| {
                let rows = statement.query_map(rusqlite::params![stream, to], |row| {
                    Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?.unsigned_abs()))
                })?;
                rows.collect::<rusqlite::Result<_>>()
            });
        Ok(Self(counted.map_err(retold_core::Error::sqlite("read the log"))?))
    }

    fn of(&self, kind: EventType) -> u64 {
        self.0.get(&i64::from(kind.number())).copied().unwrap_or(0)
    }

    fn messages(&self) -> u64 {
        self.of(EventType::MessageAdded).saturating_sub(self.of(EventType::MessageRemoved))
    }

    fn after(&self, before: &Self) -> Self {
        let left = |(kind, count): (&i64, &u64)| {
            (*kind, count.saturating_sub(before.0.get(kind).copied().unwrap_or(0)))
        };
        Self(self.0.iter().map(left).collect())
    }
}

/// A session without its messages and outputs.
struct Skeleton {
    state: Option<SessionState>,
    first_at: Option<jiff::Timestamp>,
    /// What changed which agents there are.
    agents: Vec<Recorded>,
}

impl Skeleton {
    fn read(reader: &mut Reader<'_>, stream: StreamId, at: Position) -> Result<Self, Error> {
        let mut skeleton = Self { state: None, first_at: None, agents: Vec::new() };
        let (mut after, types) = (Revision::ZERO, structure());
        loop {
            let page = reader.stream_events_of_types(&types, stream, after, at, Limit::default())?;
            let Some(last) = page.events.last().map(|event| event.revision) else { return Ok(skeleton) };
            for event in page.events {
                skeleton.first_at = skeleton.first_at.or(time::from_micros(event.occurred_at));
                let (kind, position) = (event.kind, event.position);
                match &event.event {
                    None => {
                        let erasure = event.erasure.unwrap_or(retold_core::Erasure::Redacted);
                        SessionState::apply_erased(&mut skeleton.state, kind, erasure);
                    }
                    Some(body) => {
                        SessionState::apply(&mut skeleton.state, body).map_err(invalid(position))?;
                    }
                }
                let is_of_agents = matches!(
                    kind,
                    EventType::InstanceAdded | EventType::InstanceRemoved | EventType::InstanceDetailsChanged
                );
                if is_of_agents || kind == EventType::SessionCreated {
                    skeleton.agents.push(event);
                }
            }
            if !page.more {
                return Ok(skeleton);
            }
            after = last;
        }
    }

    /// Returns the agents that there were at a revision.
    fn roster(&self, at: Revision) -> Result<Roster, Error> {
        let mut roster = Roster::default();
        for event in self.agents.iter().take_while(|event| event.revision <= at) {
            match &event.event {
                Some(Event::SessionCreated(body)) => roster = Roster::of(&body.session.instances),
                Some(Event::InstanceAdded(body)) => {
                    roster.add(body.index, &body.instance);
                }
                Some(Event::InstanceRemoved(body)) => roster.remove(body.index),
                Some(Event::InstanceDetailsChanged(body)) => {
                    roster.renumber(body.index, body.set.instance_id, body.set.agent_name.as_ref());
                }
                None if event.kind == EventType::InstanceAdded => {
                    roster.add(None, &retold_core::Instance::redacted());
                }
                _ => {}
            }
        }
        Ok(roster)
    }
}
