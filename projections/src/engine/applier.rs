//! The events of the log on their way into rows, whatever hosts them.

use std::collections::HashSet;

use retold_core::{Decoder, Head, Limit, Log, OnProgress, Page, Position, Progress, Recorded, Unit};
use rusqlite::Connection;

use super::context::{EventContext, Texts};
use super::host::Host;
use super::names::Names;
use super::pages::Pages;
use super::prior::PriorState;
use super::projection::{Projection, Refusal};
use super::sessions::Sessions;
use crate::Error;
use crate::declared::Policy;
use crate::error::sqlite;

/// How far an applier came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Applied {
    /// To the end of the log, or to where it was to stop.
    All,
    /// As far as somebody let it.
    Interrupted,
    /// To before an event that could not be applied.
    Stopped { position: Position, reason: String },
}

/// Applies events to a projection, with the checkpoint in the transaction of the rows.
pub(crate) struct Applier<P: Projection + ?Sized = dyn Projection> {
    names: Names,
    /// What the projection is told of sessions; `None` where it reads the log by itself.
    sessions: Option<Sessions>,
    policy: Policy,
    skips: HashSet<Position>,
    /// Where it ends, whatever the log holds after it.
    until: Option<Position>,
    /// What one that reads the log by itself is told of sessions.
    nothing: (PriorState, Texts),
    projection: Box<P>,
}

impl<P: Projection + ?Sized> Applier<P> {
    pub(crate) fn new(
        log: &Log,
        projection: Box<P>,
        policy: Policy,
        skips: impl IntoIterator<Item = Position>,
    ) -> Result<Self, Error> {
        let sessions = if projection.reads_log() { None } else { Some(Sessions::of(log)?) };
        Ok(Self { sessions, policy, skips: skips.into_iter().collect(), ..Self::of(projection) })
    }

    /// For a projection that reads the log by itself, on the connection of its tables.
    pub(crate) fn of(projection: Box<P>) -> Self {
        Self {
            names: Names::default(),
            sessions: None,
            policy: Policy::Stop,
            skips: HashSet::new(),
            until: None,
            nothing: Default::default(),
            projection,
        }
    }

    /// Lets it end at a position.
    pub(crate) fn until(mut self, position: Position) -> Self {
        self.until = Some(position);
        self
    }

    pub(crate) fn projection(&mut self) -> &mut P {
        &mut self.projection
    }

    /// Fills tables that have no indexes yet: applies the log, makes the indexes that waited until the tables were full, and
    /// applies what came meanwhile.
    pub(crate) fn fill(
        &mut self,
        log: &Log,
        host: &dyn Host,
        from: Head,
        progress: &dyn OnProgress,
    ) -> Result<(Applied, Head), Error> {
        let (applied, at) = self.run(log, host, from, progress)?;
        if applied != Applied::All {
            return Ok((applied, at));
        }
        self.index(host.connection())?;
        self.run(log, host, at, progress)
    }

    /// Makes the indexes that waited until the tables were full.
    pub(crate) fn index(&mut self, connection: &Connection) -> Result<(), Error> {
        self.projection.index(connection).map_err(sqlite("index a projection"))
    }

    /// Applies what the log holds after `from`, a transaction for each page; reading and decoding goes on beside it.
    pub(crate) fn run(
        &mut self,
        log: &Log,
        host: &dyn Host,
        mut from: Head,
        progress: &dyn OnProgress,
    ) -> Result<(Applied, Head), Error> {
        if self.until.is_some_and(|until| from.position >= until) {
            return Ok((Applied::All, from));
        }
        let pages = Pages::read(log, from.position, self.projection.needs_kept());
        while let Some(page) = pages.next() {
            let mut page = page?;
            if let Some(until) = self.until {
                page.events.retain(|event| event.position <= until);
            }
            if page.events.is_empty() {
                break;
            }
            let applied;
            (applied, from) = self.apply_page(host, &page, from)?;
            pages.give_back(page);
            if applied != Applied::All {
                return Ok((applied, from));
            }
            let head = self.until.map_or_else(|| Ok(log.reader()?.head()?.position), Ok::<_, Error>)?;
            if !progress(Progress::new(Unit::Events, from.position.get(), head.get())) {
                return Ok((Applied::Interrupted, from));
            }
        }
        Ok((Applied::All, from))
    }

    /// Applies a page: in one transaction, or, where something in it is wrong, event by event.
    pub(crate) fn apply_page(
        &mut self,
        host: &dyn Host,
        page: &Page,
        from: Head,
    ) -> Result<(Applied, Head), Error> {
        match self.transaction(host, &page.events, from) {
            Ok(head) => Ok((Applied::All, head)),
            Err(Refusal::Host(error @ Error::Log(retold_core::Error::Damaged { .. }))) => {
                self.forget();
                // A text that is missing was damage only if its body is still there.
                match self.without_erased(host, page)? {
                    Some(page) => self.apply_page(host, &page, from),
                    None => Err(error),
                }
            }
            Err(Refusal::Host(error)) => {
                self.forget();
                Err(error)
            }
            Err(Refusal::Event(_)) => {
                self.forget();
                self.one_by_one(host, &page.events, from)
            }
        }
    }

    /// Applies what the log holds after `from`, all in the transaction that `connection` is in; returns the log's end.
    pub(crate) fn catch_up_within(&mut self, connection: &Connection, from: Head) -> Result<Head, Refusal> {
        let (mut decoder, mut at) = (Decoder::default(), from);
        loop {
            let page = decoder.events_after(connection, at.position, Limit::default())?;
            self.apply_all(connection, &page.events)?;
            self.flush(connection)?;
            at = page.events.last().map_or(at, head_after);
            if !page.more {
                return Ok(at);
            }
        }
    }

    /// Reads the events of a page again; `None` where none of them has lost its body since.
    fn without_erased(&self, host: &dyn Host, page: &Page) -> Result<Option<Page>, Error> {
        let reader = self.sessions.as_ref().map_or(host.connection(), Sessions::reader);
        let (mut decoder, mut is_erased) = (Decoder::default(), false);
        let mut events = Vec::with_capacity(page.events.len());
        for before in &page.events {
            let Some(now) = decoder.event_at(reader, before.position)? else { return Ok(None) };
            is_erased |= before.event.is_some() && now.event.is_none();
            events.push(now);
        }
        Ok(is_erased.then_some(Page { events, more: page.more }))
    }

    fn one_by_one(
        &mut self,
        host: &dyn Host,
        events: &[Recorded],
        mut at: Head,
    ) -> Result<(Applied, Head), Error> {
        for event in events {
            match self.transaction(host, std::slice::from_ref(event), at) {
                Ok(head) => at = head,
                Err(Refusal::Host(error)) => {
                    self.forget();
                    return Err(error);
                }
                Err(Refusal::Event(reason)) => {
                    self.forget();
                    if self.policy == Policy::Stop {
                        return Ok((Applied::Stopped { position: event.position, reason }, at));
                    }
                    at = leave_behind(host, event, &reason, at)?;
                }
            }
        }
        Ok((Applied::All, at))
    }

    fn transaction(&mut self, host: &dyn Host, events: &[Recorded], at: Head) -> Result<Head, Refusal> {
        let Some(last) = events.last() else { return Ok(at) };
        let tx = host.begin(at)?;
        self.apply_all(host.connection(), events)?;
        self.flush(host.connection())?;
        host.advance(head_after(last))?;
        tx.commit()?;
        if let Some(sessions) = &mut self.sessions {
            sessions.trim();
        }
        Ok(head_after(last))
    }

    /// Applies events that follow each other; their rows are there after the next [`flush`](Self::flush).
    pub(crate) fn apply_all(&mut self, connection: &Connection, events: &[Recorded]) -> Result<(), Refusal> {
        let mut each = events.iter().enumerate();
        each.try_for_each(|(index, event)| self.apply(connection, event, &events[index + 1..]))
    }

    fn apply(
        &mut self,
        connection: &Connection,
        recorded: &Recorded,
        following: &[Recorded],
    ) -> Result<(), Refusal> {
        let is_left_out = self.skips.contains(&recorded.position);
        let Some(sessions) = &mut self.sessions else {
            let (workspace, name) = self.names.get(connection, recorded.stream)?;
            let (before, texts) = &self.nothing;
            let context = EventContext {
                recorded,
                following,
                workspace: *workspace,
                name,
                before,
                patches: &[],
                texts,
            };
            return if is_left_out { Ok(()) } else { self.projection.apply(connection, &context) };
        };
        let (workspace, name) = self.names.get(sessions.reader(), recorded.stream)?;
        let projection = &mut self.projection;
        sessions.apply(recorded, name.is_workspace(), |before, patches, texts| {
            let context =
                EventContext { recorded, following, workspace: *workspace, name, before, patches, texts };
            if is_left_out { Ok(()) } else { projection.apply(connection, &context) }
        })
    }

    /// Writes what is in memory.
    pub(crate) fn flush(&mut self, connection: &Connection) -> Result<(), Refusal> {
        self.projection.flush(connection)
    }

    /// Forgets what is in memory of a transaction that was rolled back.
    pub(crate) fn forget(&mut self) {
        self.projection.forget();
        if let Some(sessions) = &mut self.sessions {
            sessions.forget();
        }
    }
}

/// Records an event that could not be applied, and goes on after it.
fn leave_behind(host: &dyn Host, event: &Recorded, reason: &str, at: Head) -> Result<Head, Error> {
    let recorded = || -> Result<Head, Refusal> {
        let tx = host.begin(at)?;
        host.skip(event.position, reason)?;
        host.advance(head_after(event))?;
        tx.commit()?;
        Ok(head_after(event))
    };
    match recorded() {
        Ok(head) => Ok(head),
        Err(Refusal::Host(error)) => Err(error),
        Err(Refusal::Event(words)) => Err(host.unusable(words)),
    }
}

fn head_after(event: &Recorded) -> Head {
    Head { position: event.position, hash: event.hash }
}

/// Returns the end of the log.
pub(crate) fn head(log: &Log) -> Result<Head, Error> {
    Ok(log.reader()?.head()?)
}
