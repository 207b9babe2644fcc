//! One session through time: its state at any moment, and its events with what each of them did.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use retold_core::happening::Moment;
use retold_core::{EventHash, Limit, Log, Position, Reader, Recorded, Revision, StreamId, StreamName};
use retold_projections::Happenings;

use crate::corrections::correct;
use crate::keyframes::{self, Keyframes};
use crate::{Error, Patch, Resolved, State};

/// Keyframes that are held in memory; they share what they have in common.
const FRAMES_MAX: usize = 512;
/// Keyframes that are written in one transaction.
const KEPT_AT_ONCE: usize = 64;
/// Events that are read at once.
const PAGE: Limit = Limit { rows: 1000, bytes: 4 * 1024 * 1024 };

/// A session after one of its events.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// The revision of that event; zero before the first.
    pub revision: Revision,
    /// Its position.
    pub position: Position,
    /// Its hash.
    pub hash: EventHash,
    /// The session; `None` where it was not created yet.
    pub state: Option<State>,
}

impl Frame {
    /// Returns the position that names the moment which it is the session at.
    pub(crate) fn position_of(&self, at: Moment) -> Position {
        match at {
            Moment::Recorded(position) => position,
            Moment::Occurred(_) => self.position,
        }
    }

    /// Before the first event.
    pub(crate) const ZERO: Self =
        Self { revision: Revision::ZERO, position: Position::ZERO, hash: EventHash::ZERO, state: None };
}

/// One event, and what it did.
#[derive(Debug)]
pub struct Step<'a> {
    /// The event as the log has it.
    pub event: &'a Recorded,
    /// What it did, in order.
    pub patches: &'a [Patch],
    /// The session before it.
    pub before: Option<&'a State>,
}

/// How far a session was followed on the way to one of its states.
#[derive(Clone, Debug, PartialEq)]
pub struct Approach {
    /// The session as it was there; the way's end where its revision is the one that was asked for.
    pub frame: Frame,
    /// How many events that took.
    pub folded: u64,
}

/// One session through time.
///
/// A state is the nearest one that was reached before, in memory or in the keyframes beside the store, and the fold of
/// what follows: some hundred events, whatever the session's length. Each call sees the store as it is, unless the
/// [reader](Self::reader) holds on to a moment of it.
pub struct Timeline<'log> {
    pub(crate) reader: Reader<'log>,
    stream: StreamId,
    name: StreamName,
    keyframes: Keyframes,
    frames: BTreeMap<Revision, Frame>,
}

impl<'log> Timeline<'log> {
    /// Begins with a session.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn of(log: &'log Log, stream: StreamId) -> Result<Self, Error> {
        Self::by(log, log.reader()?, stream)
    }

    /// Does the same by a reader of the log, which may hold on to a moment of it.
    pub(crate) fn by(log: &Log, reader: Reader<'log>, stream: StreamId) -> Result<Self, Error> {
        let name = reader.name(stream)?;
        let keyframes = Keyframes::of(log, reader.connection());
        Ok(Self { reader, stream, name, keyframes, frames: BTreeMap::new() })
    }

    /// Returns the session's name.
    pub fn name(&self) -> &StreamName {
        &self.name
    }

    /// Returns the number of its stream.
    pub fn stream(&self) -> StreamId {
        self.stream
    }

    /// Returns the reader, to load texts with or to hold on to a moment of the store.
    pub fn reader(&mut self) -> &mut Reader<'log> {
        &mut self.reader
    }

    pub(crate) fn connection(&self) -> &rusqlite::Connection {
        self.reader.connection()
    }

    /// Returns the end of the log.
    pub(crate) fn reader_head(&self) -> Result<Position, Error> {
        Ok(self.reader.head()?.position)
    }

    /// Returns the revision that the session was at when the log was at `at`. O(log n).
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn revision_at(&self, at: Position) -> Result<Revision, Error> {
        revision_at(&self.reader, self.stream, at)
    }

    /// Returns the revision of the session's last event that had been recorded at a moment, or had happened by it.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn revision_at_moment(&self, at: Moment) -> Result<Revision, Error> {
        match at {
            Moment::Recorded(position) => self.revision_at(position),
            Moment::Occurred(instant) => {
                let found = Happenings::of(&self.reader).happened_by(self.stream, instant)?;
                Ok(found.map_or(Revision::ZERO, |(revision, _)| revision))
            }
        }
    }

    /// Returns the position of the event of a revision.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn position_of(&self, revision: Revision) -> Result<Option<Position>, Error> {
        Ok(self.reader.position_of(self.stream, revision)?)
    }

    /// Returns the session as it was at position `at`, inclusive.
    ///
    /// # Errors
    /// [`Error::InvalidEvent`] for an event that does not fit; otherwise where the store cannot be read.
    pub fn at(&mut self, at: Position) -> Result<Frame, Error> {
        let revision = self.revision_at(at)?;
        self.at_revision(revision)
    }

    /// Returns the session as it was at a moment that a point came to: by the clock of happening with what was corrected later of
    /// what had happened by then.
    ///
    /// # Errors
    /// Those of [`at`](Self::at).
    pub fn at_resolved(&mut self, at: &Resolved) -> Result<Frame, Error> {
        self.at_moment(at.into())
    }

    /// Returns the session as it was at a moment: the one definition for whatever names one.
    ///
    /// # Errors
    /// Those of [`at`](Self::at).
    pub fn at_moment(&mut self, at: Moment) -> Result<Frame, Error> {
        match at {
            Moment::Occurred(instant) => self.happened_by(instant),
            Moment::Recorded(position) => self.at(position),
        }
    }

    /// Returns the session as it was at `instant`, in microseconds since 1970-01-01T00:00:00Z, by the clock of happening and by what is
    /// known of that now: [`StreamOrder`](retold_core::happening::StreamOrder) says what counts. The frame's event is the last one
    /// that had happened. As [`at`](Self::at), where nothing was corrected later; otherwise O(events of the session).
    ///
    /// # Errors
    /// Those of [`at`](Self::at).
    pub fn happened_by(&mut self, instant: i64) -> Result<Frame, Error> {
        let revision = self.revision_at_moment(Moment::Occurred(instant))?;
        let mut frame = self.at_revision(revision)?;
        if frame.state.is_none() {
            return Ok(frame);
        }
        let corrections = self.corrected_later(revision, Moment::Occurred(instant))?;
        correct(
            &mut frame.state,
            |state| &mut state.records,
            |state| {
                corrections.into_iter().try_for_each(|recorded| {
                    let (kind, position) = (recorded.kind, recorded.position);
                    State::apply_event(state, kind, recorded.what(), position).map_err(invalid(position))
                })
            },
        )?;
        Ok(frame)
    }

    /// Returns the session as it was after its event of this revision; as it is, where it is not that far.
    ///
    /// # Errors
    /// Those of [`at`](Self::at).
    pub fn at_revision(&mut self, revision: Revision) -> Result<Frame, Error> {
        let mut frame = self.nearest(revision);
        let mut made = Vec::new();
        'pages: while frame.revision < revision {
            let page = self.page(frame.revision, revision)?;
            let Some(last) = page.last().map(|event| event.revision) else { break };
            for event in page {
                let Recorded { position, revision, hash, kind, .. } = event;
                State::apply_event(&mut frame.state, kind, event.what(), position)
                    .map_err(invalid(position))?;
                (frame.revision, frame.position, frame.hash) = (revision, position, hash);
                self.reached(&frame, &mut made);
            }
            if last >= revision {
                break 'pages;
            }
        }
        self.keep(&mut made);
        Ok(frame)
    }

    /// Goes towards the session as it was after its event of this revision, by at most `events` events from the nearest
    /// state that was reached before: for one who has more to do than to wait. Returns how far it came, and what that
    /// took; the next call goes on from there.
    ///
    /// # Errors
    /// Those of [`at`](Self::at).
    pub fn approach(&mut self, revision: Revision, events: u64) -> Result<Approach, Error> {
        let near = self.nearest(revision).revision;
        let frame = self.at_revision(near.plus(events).min(revision))?;
        self.remember(&frame);
        Ok(Approach { folded: frame.revision.get().saturating_sub(near.get()), frame })
    }

    /// Visits the session's events that count at `to` and did not at `after`, each with what it did, until the visitor breaks off;
    /// returns the session as it is then. Between two positions they are in the order of the log, up to a time by when things happened
    /// in the order in which they come to count: a correction where it happened, and in a session in which something is
    /// corrected O(its events).
    ///
    /// # Errors
    /// Those of [`at`](Self::at), and the visitor's own.
    pub fn walk<E: From<Error>>(
        &mut self,
        after: impl Into<Moment>,
        to: impl Into<Moment>,
        visit: impl FnMut(Step<'_>) -> Result<ControlFlow<()>, E>,
    ) -> Result<Frame, E> {
        self.go((after.into(), to.into()), visit, |_, _, _| Ok(ControlFlow::Continue(())))
    }

    /// Does the same; the visitor sees the session as it is after the event.
    ///
    /// # Errors
    /// Those of [`walk`](Self::walk).
    pub fn follow<E: From<Error>>(
        &mut self,
        after: impl Into<Moment>,
        to: impl Into<Moment>,
        visit: impl FnMut(&Recorded, &[Patch], Option<&State>) -> Result<ControlFlow<()>, E>,
    ) -> Result<Frame, E> {
        self.go((after.into(), to.into()), |_| Ok(ControlFlow::Continue(())), visit)
    }

    fn go<E: From<Error>>(
        &mut self,
        (after, to): (Moment, Moment),
        mut before: impl FnMut(Step<'_>) -> Result<ControlFlow<()>, E>,
        mut behind: impl FnMut(&Recorded, &[Patch], Option<&State>) -> Result<ControlFlow<()>, E>,
    ) -> Result<Frame, E> {
        if let Some(events) = self.by_happening(after, to)? {
            return self.go_by_happening(events, before, behind);
        }
        let (begin, end) = (self.revision_at_moment(after)?, self.revision_at_moment(to)?);
        let mut frame = self.at_revision(begin)?;
        let mut made = Vec::new();
        'pages: while frame.revision < end {
            let page = self.page(frame.revision, end)?;
            if page.is_empty() {
                break;
            }
            for event in page {
                let patches = State::patches(frame.state.as_ref(), event.kind, event.clone().what())
                    .map_err(invalid(event.position))?;
                let mut flow =
                    before(Step { event: &event, patches: &patches, before: frame.state.as_ref() })?;
                for patch in &patches {
                    State::apply(&mut frame.state, patch.clone(), event.position)
                        .expect("what an event does fits what it was made for");
                }
                (frame.revision, frame.position, frame.hash) = (event.revision, event.position, event.hash);
                self.reached(&frame, &mut made);
                if flow.is_continue() {
                    flow = behind(&event, &patches, frame.state.as_ref())?;
                }
                if flow.is_break() {
                    break 'pages;
                }
            }
        }
        self.keep(&mut made);
        Ok(frame)
    }

    /// Returns the events after `revision` up to `to`, some of them.
    pub(crate) fn page(&mut self, revision: Revision, to: Revision) -> Result<Vec<Recorded>, Error> {
        let rows = u32::try_from(to.get().saturating_sub(revision.get())).unwrap_or(u32::MAX).min(PAGE.rows);
        let end = Position::ZERO.plus(u64::MAX);
        Ok(self.reader.stream_events_after(self.stream, revision, end, Limit { rows, ..PAGE })?.events)
    }

    /// The nearest state that was reached before.
    fn nearest(&mut self, revision: Revision) -> Frame {
        if self.keyframes.is_outdated(self.reader.connection()) {
            self.frames.clear();
        }
        let held = self.frames.range(..=revision).next_back().map_or(Frame::ZERO, |(_, frame)| frame.clone());
        // One that is as near as any keyframe can be.
        if keyframes::is_nearest(held.revision, revision) {
            return held;
        }
        match self.keyframes.nearest(self.reader.connection(), self.stream, revision, held.revision) {
            Some(found) => {
                self.remember(&found);
                found
            }
            None => held,
        }
    }

    /// Notes that a frame was reached; one that is due becomes a keyframe.
    fn reached(&mut self, frame: &Frame, made: &mut Vec<Frame>) {
        if keyframes::is_due(frame.revision) {
            self.remember(frame);
            made.push(frame.clone());
            if made.len() >= KEPT_AT_ONCE {
                self.keep(made);
            }
        }
    }

    fn keep(&mut self, made: &mut Vec<Frame>) {
        if !made.is_empty() {
            self.keyframes.keep(self.reader.connection(), self.stream, made);
            made.clear();
        }
    }

    fn remember(&mut self, frame: &Frame) {
        if self.frames.len() >= FRAMES_MAX {
            self.frames.pop_first();
        }
        self.frames.insert(frame.revision, frame.clone());
    }
}

impl std::fmt::Debug for Timeline<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Timeline").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Returns the revision that a stream was at when the log was at `at`.
pub(crate) fn revision_at(reader: &Reader<'_>, stream: StreamId, at: Position) -> Result<Revision, Error> {
    let last = reader.revision(stream)?;
    // Positions rise with the revisions of a stream.
    let (mut before, mut after) = (Revision::ZERO, last.plus(1));
    if reader.position_of(stream, last)?.is_some_and(|position| position <= at) {
        return Ok(last);
    }
    while after.get() - before.get() > 1 {
        let middle = before.plus((after.get() - before.get()) / 2);
        match reader.position_of(stream, middle)? {
            Some(position) if position <= at => before = middle,
            _ => after = middle,
        }
    }
    Ok(before)
}

pub(crate) fn invalid(position: Position) -> impl Fn(retold_core::InvalidEvent) -> Error {
    move |source| Error::InvalidEvent { position, source }
}
