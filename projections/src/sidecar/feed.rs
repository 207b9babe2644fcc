//! The events of the log on their way into a file.

use std::collections::{HashMap, HashSet};

use retold_core::{Decoder, Head, Limit, Log, Page, Position, Recorded, Revision, StreamId};
use rusqlite::Connection;

use super::context::{EventContext, Texts};
use super::file::SidecarFile;
use super::prior::{PriorState, Words};
use super::projection::{Projection, Refusal};
use crate::Error;
use crate::declared::Policy;
use crate::engine::{Names, Pages, Progress};
use crate::error::sqlite;

/// Sessions are kept up to this weight, some 200 MB; above, all are let go.
const SESSIONS_MAX: usize = 4_000_000;

/// How far a feed came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fed {
    /// To the end of the log, or to where it was to stop.
    All,
    /// As far as somebody let it.
    Interrupted,
    /// To before an event that could not be taken in.
    Stopped { position: Position, reason: String },
}

/// Takes events into a file, with the checkpoint in the transaction of the rows.
pub(crate) struct Feed {
    log: Log,
    reader: Connection,
    decoder: Decoder,
    names: Names,
    sessions: Sessions,
    texts: Texts,
    projection: Box<dyn Projection>,
    policy: Policy,
    skips: HashSet<Position>,
    /// Where it ends, whatever the log holds behind it.
    until: Option<Position>,
}

#[derive(Default)]
struct Sessions {
    known: HashMap<StreamId, PriorState>,
    weight: usize,
    words: Words,
}

impl Feed {
    pub(crate) fn new(
        log: &Log,
        projection: Box<dyn Projection>,
        policy: Policy,
        skips: impl IntoIterator<Item = Position>,
    ) -> Result<Self, Error> {
        Ok(Self {
            log: log.clone(),
            reader: log.open_reader()?,
            decoder: Decoder::default(),
            names: Names::default(),
            sessions: Sessions::default(),
            texts: Texts::of(log)?,
            projection,
            policy,
            skips: skips.into_iter().collect(),
            until: None,
        })
    }

    /// Makes the indexes that waited until the tables were full.
    pub(crate) fn index(&mut self, file: &SidecarFile) -> Result<(), Error> {
        self.projection.index(&file.connection).map_err(sqlite("index a projection"))
    }

    /// Lets it end at a position.
    pub(crate) fn until(mut self, position: Position) -> Self {
        self.until = Some(position);
        self
    }

    /// Takes in what the log holds behind `from`, a transaction for each page; reading and decoding goes on beside it.
    pub(crate) fn run(
        &mut self,
        file: &SidecarFile,
        mut from: Head,
        progress: &mut dyn FnMut(Progress) -> bool,
    ) -> Result<(Fed, Head), Error> {
        let pages = Pages::read(&self.log, from.position);
        while let Some(page) = pages.next() {
            let mut page = page?;
            if let Some(until) = self.until {
                page.events.retain(|event| event.position <= until);
            }
            if page.events.is_empty() {
                break;
            }
            let fed;
            (fed, from) = self.take_in(file, &page, from)?;
            pages.give_back(page);
            if fed != Fed::All {
                return Ok((fed, from));
            }
            let head = self.until.map_or_else(|| Ok(self.log.reader()?.head()?.position), Ok::<_, Error>)?;
            if !progress(Progress { position: from.position, head }) {
                return Ok((Fed::Interrupted, from));
            }
        }
        Ok((Fed::All, from))
    }

    /// Takes in a page: in one transaction, or, where something in it is wrong, event by event.
    pub(crate) fn take_in(
        &mut self,
        file: &SidecarFile,
        page: &Page,
        from: Head,
    ) -> Result<(Fed, Head), Error> {
        match self.transaction(file, &page.events) {
            Ok(head) => Ok((Fed::All, head.unwrap_or(from))),
            Err(Refusal::Host(error @ retold_core::Error::Damaged { .. })) => {
                self.forget();
                // A text that is missing was damage only if its body is still there.
                match self.without_erased(page)? {
                    Some(page) => self.take_in(file, &page, from),
                    None => Err(error.into()),
                }
            }
            Err(Refusal::Host(error)) => Err(self.abandon(error)),
            Err(Refusal::Event(_)) => {
                self.forget();
                self.one_by_one(file, &page.events, from)
            }
        }
    }

    /// Reads the events of a page again; `None` where none of them has lost its body since.
    fn without_erased(&mut self, page: &Page) -> Result<Option<Page>, Error> {
        let (mut events, mut is_erased) = (Vec::with_capacity(page.events.len()), false);
        for before in &page.events {
            let Some(now) = self.decoder.event_at(&self.reader, before.position)? else { return Ok(None) };
            is_erased |= before.event.is_some() && now.event.is_none();
            events.push(now);
        }
        Ok(is_erased.then_some(Page { events, more: page.more }))
    }

    fn one_by_one(
        &mut self,
        file: &SidecarFile,
        events: &[Recorded],
        mut at: Head,
    ) -> Result<(Fed, Head), Error> {
        for event in events {
            let one = std::slice::from_ref(event);
            match self.transaction(file, one) {
                Ok(head) => at = head.unwrap_or(at),
                Err(Refusal::Host(error)) => return Err(self.abandon(error)),
                Err(Refusal::Event(reason)) => {
                    self.forget();
                    if self.policy == Policy::Stop {
                        return Ok((Fed::Stopped { position: event.position, reason }, at));
                    }
                    at = self.leave_behind(file, event, &reason)?;
                }
            }
        }
        Ok((Fed::All, at))
    }

    /// Records an event that could not be taken in, and goes on behind it.
    fn leave_behind(&mut self, file: &SidecarFile, event: &Recorded, reason: &str) -> Result<Head, Error> {
        let recorded = || -> Result<Head, Refusal> {
            let tx = file.connection.unchecked_transaction()?;
            file.skip(event.position, reason)?;
            let head = Head { position: event.position, hash: event.hash };
            file.advance(head)?;
            tx.commit()?;
            Ok(head)
        };
        match recorded() {
            Ok(head) => Ok(head),
            Err(Refusal::Host(error)) => Err(error.into()),
            Err(Refusal::Event(words)) => Err(file.unusable(words)),
        }
    }

    fn transaction(&mut self, file: &SidecarFile, events: &[Recorded]) -> Result<Option<Head>, Refusal> {
        let Some(last) = events.last() else { return Ok(None) };
        let tx = file.connection.unchecked_transaction()?;
        for event in events {
            self.apply(&file.connection, event)?;
        }
        self.projection.flush(&file.connection)?;
        let head = Head { position: last.position, hash: last.hash };
        file.advance(head)?;
        tx.commit()?;
        self.sessions.trim();
        Ok(Some(head))
    }

    fn apply(&mut self, connection: &Connection, recorded: &Recorded) -> Result<(), Refusal> {
        let (workspace, name) = self.names.get(&self.reader, recorded.stream)?;
        let context = |before, patches| EventContext {
            recorded,
            workspace: *workspace,
            name,
            before,
            patches,
            texts: &self.texts,
        };
        let is_left_out = self.skips.contains(&recorded.position);
        if name.is_workspace() || !self.projection.wants_sessions() {
            let nothing = PriorState::default();
            return match is_left_out {
                true => Ok(()),
                false => self.projection.apply(connection, &context(&nothing, &[])),
            };
        }
        let Sessions { known, weight, words } = &mut self.sessions;
        let session = match known.entry(recorded.stream) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(unknown) => {
                let session = fold(&self.reader, &mut self.decoder, recorded, words)?;
                *weight += session.weight();
                unknown.insert(session)
            }
        };
        let Some(patches) = session.patches(recorded) else { return Ok(()) };
        if !is_left_out {
            self.projection.apply(connection, &context(session, &patches))?;
        }
        session.apply(recorded, &patches, words);
        *weight += 1;
        Ok(())
    }

    /// Forgets what is in memory of a transaction that was rolled back.
    fn forget(&mut self) {
        self.projection.forget();
        self.sessions.known.clear();
        self.sessions.weight = 0;
    }

    fn abandon(&mut self, error: retold_core::Error) -> Error {
        self.forget();
        error.into()
    }
}

impl Sessions {
    fn trim(&mut self) {
        if self.weight > SESSIONS_MAX {
            self.known.clear();
            self.weight = 0;
        }
    }
}

/// Returns what a session was before an event of it: the fold of what came before.
fn fold(
    reader: &Connection,
    decoder: &mut Decoder,
    recorded: &Recorded,
    words: &mut Words,
) -> Result<PriorState, retold_core::Error> {
    let (mut session, mut after) = (PriorState::default(), Revision::ZERO);
    while recorded.revision > after.plus(1) {
        let page = decoder.stream_events_after(
            reader,
            recorded.stream,
            after,
            recorded.position,
            Limit::default(),
        )?;
        for event in page.events.iter().filter(|event| event.position < recorded.position) {
            if let Some(patches) = session.patches(event) {
                session.apply(event, &patches, words);
            }
            after = event.revision;
        }
        if !page.more {
            break;
        }
    }
    Ok(session)
}

/// Returns the end of the log.
pub(crate) fn head(log: &Log) -> Result<Head, Error> {
    Ok(log.reader()?.head()?)
}
