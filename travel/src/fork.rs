//! A session that goes another way from some moment on.

use retold_core::event::SessionDetailsChanged;
use retold_core::{
    Appended, Commit, Decided, Decision, Erasure, Error as LogError, Event, EventType, Expected,
    IdempotencyKey, Limit, Log, Meta, NewEvent, Origin, Position, Recorded, Revision, SessionPatch, StreamId,
    StreamName, time,
};

use crate::error::sqlite;
use crate::revert::{Bound, moment};
use crate::{Error, Moment, Timeline};

/// A fork that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forked {
    /// The session that it was made from.
    pub parent: StreamName,
    /// The last event of the parent that it has.
    pub at: Position,
    /// The new session.
    pub stream: StreamName,
    /// What was appended.
    pub appended: Appended,
    /// Events of the parent whose bodies are gone: what they added is an empty place here too.
    pub redacted: u64,
    /// Events after that one which correct what had happened by then: they are here too.
    pub corrections: u64,
}

/// Begins a session that has the history of another one up to `at`, in one commit, and then its own id. By when things happened that
/// is what is known of it now: after the events that had happened come those that corrected them since.
///
/// Every event is said again with the body that the parent's has and the time at which it occurred; what
/// corrects a revision names the fork's. Events that do nothing without their bodies, which are gone, are
/// left out. Texts in the store's blobs are shared. The meta of the commit names the parent, the position
/// and its hash, so that whoever has both can compare the two. Without an `id` the fork gets a random one.
///
/// # Errors
/// [`Error::NotThere`] where the parent was not created yet, or was deleted; [`Error::IdTaken`]; otherwise where the
/// store cannot be read or written.
pub fn fork(log: &Log, stream: StreamId, at: impl Into<Moment>, id: Option<&str>) -> Result<Forked, Error> {
    fork_with(log, stream, at.into(), id, None)
}

/// Does what [`fork`] does, once for each key: whoever comes again with it gets the fork that was made.
///
/// # Errors
/// Those of [`fork`]; [`retold_core::Error::KeyReused`] for a key that was used for something else.
pub fn fork_once(
    log: &Log,
    stream: StreamId,
    at: impl Into<Moment>,
    id: Option<&str>,
    key: &str,
) -> Result<Forked, Error> {
    let (name, at) = (log.reader()?.name(stream)?, at.into());
    let bound = IdempotencyKey::of(key, FORK, &(&name.workspace, name.to_string(), Bound::of(at), id))?;
    fork_with(log, stream, at, id, Some(bound))
}

const FORK: &str = "fork";

fn fork_with(
    log: &Log,
    stream: StreamId,
    at: Moment,
    id: Option<&str>,
    key: Option<IdempotencyKey>,
) -> Result<Forked, Error> {
    let id = id.map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned);
    loop {
        // What is taken out of the parent meanwhile is not said again: then the parent is read once more.
        if let Some(forked) = fork_as_of_now(log, stream, at, &id, key.clone())? {
            return Ok(forked);
        }
    }
}

/// Forks a session as it is now; `None` where bodies of it went or came back before the fork was written.
fn fork_as_of_now(
    log: &Log,
    stream: StreamId,
    at: Moment,
    id: &str,
    key: Option<IdempotencyKey>,
) -> Result<Option<Forked>, Error> {
    let mut timeline = Timeline::of(log, stream)?;
    timeline.reader().begin()?;
    let frame = timeline.at_moment(at)?;
    let parent = timeline.name().clone();
    let not_there =
        |reason| Error::NotThere { stream: parent.clone(), reason, position: frame.position_of(at) };
    match &frame.state {
        None => return Err(not_there("not created yet")),
        Some(state) if state.records.deleted => return Err(not_there("deleted")),
        Some(_) => {}
    }
    let is_taken = is_taken(&timeline, &parent.workspace, id)?;
    if is_taken && key.is_none() {
        return Err(Error::IdTaken { id: id.to_owned() });
    }
    let History { mut events, redacted, corrections } = history(&mut timeline, frame.revision, at)?;
    let set = SessionPatch { id: Some(id.to_owned()), ..SessionPatch::default() };
    events.push(SessionDetailsChanged { set }.into());
    let meta = Meta { from: Some(Box::new(moment(&parent, &frame))), ..Meta::of(Origin::Fork) };
    let name = StreamName::session(&parent.workspace, id, 1);
    let commit = Commit::to(name.clone(), Expected::At(Revision::ZERO), events).meta(meta);
    let read_at = timeline.reader().revision(stream)?;
    drop(timeline);
    let decided = log.append_decided(None, key, true, move |reader| {
        // It may be taken by the fork that the key stands for, which is told by now.
        if is_taken {
            return Ok(Decision::Refuse);
        }
        let (end, limit) = (reader.head()?.position, Limit { rows: 1, bytes: 0 });
        let moved = reader.stream_events_of_types(&OF_BODIES, stream, read_at, end, limit)?;
        let is_as_read = moved.events.is_empty();
        Ok(if is_as_read { Decision::Append(commit.clone()) } else { Decision::Refuse })
    })?;
    match decided.wait() {
        Ok(Decided::Appended { appended, .. }) => {
            Ok(Some(Forked { parent, at: frame.position, stream: name, appended, redacted, corrections }))
        }
        Ok(Decided::Repeated(used)) => {
            let mut reader = log.reader()?;
            let first = reader.event_at(used.first)?;
            let stream = first.map_or(Ok(name), |event| reader.name(event.stream))?;
            let appended =
                Appended { first: used.first, last: used.last, streams: Vec::new(), repeated: true };
            Ok(Some(Forked { parent, at: frame.position, stream, appended, redacted, corrections }))
        }
        Ok(_) if is_taken => Err(Error::IdTaken { id: id.to_owned() }),
        Ok(_) => Ok(None),
        // Somebody was faster with the id.
        Err(LogError::Conflict { .. }) => Err(Error::IdTaken { id: id.to_owned() }),
        Err(error) => Err(error.into()),
    }
}

/// What takes bodies out of a session, or puts them back.
const OF_BODIES: [EventType; 3] =
    [EventType::BodyRedacted, EventType::BodiesPruned, EventType::BodiesRestored];

/// The parent's events as they are said again.
struct History {
    events: Vec<NewEvent>,
    /// How many of them were redacted.
    redacted: u64,
    /// How many of them correct what had happened by the moment.
    corrections: u64,
}

/// Returns the parent's events up to a revision, and what corrects them of a moment.
fn history(timeline: &mut Timeline<'_>, to: Revision, at: Moment) -> Result<History, Error> {
    let (mut said, mut redacted, mut after) = (SaidAgain::default(), 0, Revision::ZERO);
    while after < to {
        let page = timeline.page(after, to)?;
        let Some(last) = page.last() else { break };
        after = last.revision;
        redacted += page.iter().filter(|event| event.erasure.is_some()).count() as u64;
        page.into_iter().for_each(|event| said.push(event));
    }
    let begin = said.events.len();
    timeline.corrected_later(to, at)?.into_iter().for_each(|event| said.push(event));
    let corrections = (said.events.len() - begin) as u64;
    Ok(History { events: said.events, redacted, corrections })
}

/// Events of the parent as a fork has them, whose revisions are lower where it leaves some out.
#[derive(Default)]
struct SaidAgain {
    events: Vec<NewEvent>,
    /// The parent's revisions that the fork does not have.
    left_out: Vec<u64>,
    /// The event that said last what the next ones correct, by its place in `events`, with the parent's
    /// last revision that it speaks of.
    correcting: Option<(usize, u64)>,
}

impl SaidAgain {
    /// Takes the parent's next event. What a correction names are revisions of the fork: the one that
    /// is corrected, or the last one before it, and those of its events that the fork has.
    fn push(&mut self, event: Recorded) {
        let Recorded { kind, occurred_at, revision, .. } = event;
        let Some(mut event) = said_again(kind, event.what()) else {
            self.left_out.push(revision.get());
            return;
        };
        if let Event::MappingCorrected(body) = &mut event {
            self.correcting = Some((self.events.len(), revision.get() + u64::from(body.events)));
            body.revision -= self.left_out.partition_point(|left_out| *left_out <= body.revision) as u64;
            body.events = 0;
        } else if let Some((at, last)) = self.correcting
            && revision.get() <= last
            && let Event::MappingCorrected(body) = &mut self.events[at].event
        {
            body.events += 1;
        }
        self.events.push(NewEvent { event, occurred_at: time::from_micros(occurred_at) });
    }
}

/// Returns an event as a fork has it; `None` where it does nothing there.
fn said_again(kind: EventType, event: Result<Event, Erasure>) -> Option<Event> {
    match (kind, event) {
        // What it says is said of a position of the parent.
        (kind, _) if kind.is_of_bodies() => None,
        (_, Ok(event)) => Some(event),
        (kind, Err(gone)) => Event::of_erased(kind, gone),
    }
}

fn is_taken(timeline: &Timeline<'_>, workspace: &str, id: &str) -> Result<bool, Error> {
    timeline
        .connection()
        .prepare_cached(include_str!("../sql/session_exists.sql"))
        .and_then(|mut statement| statement.exists([workspace, id]))
        .map_err(sqlite("look for a session"))
}
