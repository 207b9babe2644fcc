//! What the model wants, from the store: pages of sessions, windows of events, states by way of a timeline. Each answer
//! takes a bounded number of events, which is counted.

mod agents;
mod events;
mod families;
mod filter;
mod lines;
mod listed;
mod places;
mod point;
mod rows;
mod sessions;
mod sheet;
mod talk;
mod unfold;
mod view;

use std::path::PathBuf;

use jiff::tz::TimeZone;
use retold_core::{Head, Position, Reader, Revision, StreamId, StreamName};
use retold_projections::{Found, Store, TemporalReader};
use retold_travel::{Authors, Clock, Frame, Moment, Resolver, Timeline};

use super::model::{Answer, Opening, Want};
use crate::failure::Failure;
use crate::io;
use crate::roster::Rosters;
use families::Families;
use lines::Lines;
use listed::Listed;
use talk::{Folds, Talk};

/// Events that are folded between two frames.
const FOLDED_MAX: u64 = 2000;

/// What was read so far, in events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Read {
    /// For lists and searches.
    pub(super) listed: u64,
    /// For states.
    pub(super) folded: u64,
}

/// How moments are named: the options of every command.
pub(super) struct UserEnv {
    pub(super) clock: Clock,
    pub(super) now: io::Clock,
    pub(super) zone: TimeZone,
}

/// The store, and what of it is at hand.
pub(super) struct Data<'log> {
    store: &'log Store,
    path: PathBuf,
    env: UserEnv,
    reader: Reader<'log>,
    timeline: Option<Timeline<'log>>,
    /// The states that were shown last: that of the cursor and that of the base.
    frames: Vec<Frame>,
    lines: Option<Lines>,
    talk: Option<Talk>,
    folds: Folds,
    listed: Listed,
    families: Families,
    authors: Authors,
    /// What instances are called, as of a position.
    rosters: (Position, Rosters),
    head: Head,
    /// The moment by when things happened at which a session was opened, and its last event by then: what was corrected since is shown
    /// there, until another event is looked at.
    happened: Option<(StreamName, u64, i64)>,
    /// The list as it was at the moment that the program was begun with, where it was begun with one.
    past: Option<TemporalReader>,
    read: Read,
}

impl<'log> Data<'log> {
    pub(super) fn of(store: &'log Store, env: UserEnv) -> Result<Self, Failure> {
        let reader = store.log().reader()?;
        let head = reader.head()?;
        Ok(Self {
            store,
            path: store.log().path().to_owned(),
            env,
            reader,
            timeline: None,
            frames: Vec::new(),
            lines: None,
            talk: None,
            folds: Folds::default(),
            listed: Listed::default(),
            families: Families::default(),
            authors: Authors::default(),
            rosters: (head.position, Rosters::default()),
            head,
            happened: None,
            past: None,
            read: Read::default(),
        })
    }

    /// Lists the sessions as they were from now on.
    pub(super) fn list_past(&mut self, past: TemporalReader) {
        self.past = Some(past);
    }

    /// Returns how many events were read.
    #[cfg(test)]
    pub(super) fn read(&self) -> Read {
        self.read
    }

    /// Answers. What cannot be answered is told in its answer.
    ///
    /// # Errors
    /// Where the store is no longer what it was: there is nothing to go on with.
    pub(super) fn answer(&mut self, want: Want) -> Result<Answer, Failure> {
        let is_view = matches!(want, Want::View(_));
        if let Want::Look(_) = want
            && self.is_replaced()
        {
            return Err(retold_core::Error::Replaced.into());
        }
        Ok(match self.try_to(want) {
            Ok(answer) => answer,
            Err(failure) if is_view => Answer::Unseen(failure.line()),
            Err(failure) => Answer::Failed(failure.line()),
        })
    }

    fn try_to(&mut self, want: Want) -> Result<Answer, Failure> {
        match want {
            Want::Sessions { after, number } => self.sessions(after, number),
            Want::Open { name, at } => {
                let stream = self.stream(&name)?;
                let last = self.reader.revision(stream)?.get();
                let at = match (at, &self.past) {
                    (Some(at), _) => at,
                    (None, None) => last,
                    // From the list as it was, to the session as it was.
                    (None, Some(past)) => {
                        let moment = past.moment();
                        let at = self.revision_at(&name, moment)?;
                        self.look_from(&name, at, moment);
                        at
                    }
                };
                self.reveal(stream);
                Ok(Answer::Opened(Opening { name, last, at }))
            }
            Want::Events { name, first, number } => self.events(name, first, number),
            Want::View(ask) => self.view(ask),
            Want::Filter(text) => self.list_only(&text),
            Want::Clock(clock) => {
                self.env.clock = clock;
                Ok(Answer::Listed)
            }
            Want::Fold { all, here } => {
                self.folds.turn(all, here);
                Ok(Answer::Folded)
            }
            Want::Unfold { name, all } => self.unfold(&name, all),
            Want::Scan(scan) => self.scan(&scan),
            Want::Message { name, from, forward } => self.message(&name, from, forward),
            Want::Resolve { name, point } => self.resolve(name, &point),
            Want::Mark { name, revision, mark } => self.mark(&name, revision, &mark),
            Want::Look(name) => self.look(name.as_ref()),
            // The terminal has it.
            Want::Clipboard(text) => Ok(Answer::Notice(text)),
        }
    }

    fn stream(&self, name: &StreamName) -> Result<StreamId, Failure> {
        let gone = || retold_projections::Error::NoSession { name: crate::session::full(name) };
        Ok(self.reader.stream(name)?.ok_or_else(gone)?)
    }

    fn found(&self, name: &StreamName) -> Result<Found, Failure> {
        Ok(Found { stream: self.stream(name)?, name: name.clone() })
    }

    fn resolver<'r>(&'r self, session: Option<&'r Found>) -> Resolver<'r, 'log> {
        let UserEnv { clock, now, zone } = &self.env;
        Resolver { reader: &self.reader, session, clock: *clock, now: now(), zone: zone.clone() }
    }

    /// The timeline of a session; that of another one is let go.
    fn timeline(&mut self, name: &StreamName) -> Result<&mut Timeline<'log>, Failure> {
        if self.timeline.as_ref().is_none_or(|timeline| timeline.name() != name) {
            let stream = self.stream(name)?;
            self.forget();
            self.timeline = Some(Timeline::of(self.store.log(), stream)?);
        }
        Ok(self.timeline.as_mut().expect("it was just begun"))
    }

    /// Returns the last event of a session by a moment; what is looked at stays that.
    fn revision_at(&self, name: &StreamName, moment: Moment) -> Result<u64, Failure> {
        let revision = match self.timeline.as_ref().filter(|timeline| timeline.name() == name) {
            Some(timeline) => timeline.revision_at_moment(moment)?,
            None => Timeline::of(self.store.log(), self.stream(name)?)?.revision_at_moment(moment)?,
        };
        Ok(revision.get())
    }

    /// Goes on at a moment, after which an event of a session is the last, until another event is looked at.
    fn look_from(&mut self, name: &StreamName, at: u64, moment: Moment) {
        self.look_at(match moment {
            Moment::Occurred(instant) => Some((name.clone(), at, instant)),
            Moment::Recorded(_) => None,
        });
    }

    /// Goes on at a moment by when things happened, or by events alone.
    fn look_at(&mut self, happened: Option<(StreamName, u64, i64)>) {
        if self.happened != happened {
            self.happened = happened;
            self.forget();
        }
    }

    /// Returns the time up to which things had happened, where a session is looked at as of one.
    fn happened_by(&self, name: &StreamName, revision: u64) -> Option<i64> {
        self.happened
            .as_ref()
            .filter(|(of, at, _)| of == name && *at == revision)
            .map(|(.., instant)| *instant)
    }

    /// Returns the session as it was after an event; where that is far, goes a part of the way and returns how far it is.
    fn frame(&mut self, name: &StreamName, revision: u64) -> Result<Result<Frame, u64>, Failure> {
        let wanted = Revision::ZERO.plus(revision);
        self.timeline(name)?;
        if let Some(frame) = self.frames.iter().find(|frame| frame.revision == wanted) {
            return Ok(Ok(frame.clone()));
        }
        let approach = self.timeline(name)?.approach(wanted, FOLDED_MAX)?;
        self.read.folded += approach.folded;
        let frame = approach.frame;
        if frame.revision < wanted && approach.folded > 0 {
            return Ok(Err(frame.revision.get()));
        }
        let frame = match self.happened_by(name, revision) {
            Some(instant) => self.timeline(name)?.happened_by(instant)?,
            None => frame,
        };
        if self.frames.len() > 1 {
            self.frames.remove(0);
        }
        self.frames.push(frame.clone());
        Ok(Ok(frame))
    }

    /// Lets go of what may be different now.
    fn forget(&mut self) {
        self.frames.clear();
        self.lines = None;
        self.talk = None;
    }

    /// Looks whether the store grew.
    fn look(&mut self, name: Option<&StreamName>) -> Result<Answer, Failure> {
        self.reader.refresh()?;
        let head = self.reader.head()?;
        let moved = head != self.head;
        if moved {
            self.head = head;
            self.forget();
        }
        let last = match name {
            Some(name) => Some(self.reader.revision(self.stream(name)?)?.get()),
            None => None,
        };
        Ok(Answer::Looked { moved, last, now: retold_core::time::to_micros((self.env.now)()) })
    }

    /// Whether the store has another history than it had: a backup was restored over it. What is shown is of none then.
    fn is_replaced(&self) -> bool {
        // Where it cannot be read just now, the look itself tells.
        let Ok(head) = self.reader.head() else { return false };
        let was = || self.resolver(None).moment(self.head.position);
        head != self.head
            && (head.position < self.head.position || was().is_ok_and(|was| was.head.hash != self.head.hash))
    }
}
