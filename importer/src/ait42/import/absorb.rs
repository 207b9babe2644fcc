//! One session of a file, taken into the log.

use retold_core::event::SessionRestored;
use retold_core::{
    Commit, Event, Expected, Log, Meta, NewEvent, Origin, Session, SessionState, Source as Place, Target,
    difference, time,
};

use super::super::history::history;
use super::super::known::{self, Live, Record, Wanted};
use super::super::read::Whole;
use super::super::sources::Source;
use super::pending::Underway;
use super::rehearsal::Rehearsed;
use super::run::{Entry, Open, Run, arrived};
use crate::Error;

/// How often a write of another program between reading and appending is taken for bad luck.
const CONFLICTS_MAX: u32 = 8;

impl Run<'_> {
    /// Takes in a session that was read whole.
    pub(super) fn absorb(&mut self, open: &mut Open<'_>, whole: &Whole, nth: u32) -> Result<(), Error> {
        let Whole { session, array, digest, offset, length } = whole;
        let (array, digest, offset, length) = (*array, *digest, *offset, *length);
        self.report.sessions.read += 1;
        self.report.instances += session.instances.len() as u64;
        self.report.messages += session.chat_history.len() as u64;
        let before = match self.log {
            Some(log) if !(open.is_new && array == 0) => {
                known::record(log, &open.record_name(array), &session.id, nth)?
            }
            _ => None,
        };
        let session_id = session.id.clone();
        let was_known = before.is_some();
        open.entries.push(Entry { session_id, nth, array, digest, at: None, is_new: true, was_known });
        if let Some(Record { ordinal, place, .. }) =
            before.filter(|before| before.digest == digest && self.options.merge.is_none())
        {
            let entry = open.entries.last_mut().expect("it was just pushed");
            (entry.at, entry.is_new) = (Some((ordinal, place)), false);
            self.report.sessions.unchanged += 1;
            self.report.reproduced += 1;
            return Ok(());
        }
        let meta = Meta {
            origin: Origin::Import,
            source: Some(Place { file: open.name.clone(), file_hash: open.hash, offset, length }),
            from: None,
        };
        for _ in 0..CONFLICTS_MAX {
            let live = match open.is_new && array == 0 && nth == 1 {
                true => None,
                false => self.live(open, &session.id, nth, before)?,
            };
            let outcome = match live {
                None if self.is_deleted(open, session)? => {
                    self.report.sessions.unchanged += 1;
                    self.report.reproduced += 1;
                    return Ok(());
                }
                None => self.begin(open, whole, meta.clone()),
                Some(live) => self.update(open, live, whole, before, meta.clone()),
            };
            match outcome {
                Err(Error::Log(retold_core::Error::Conflict { .. })) => {}
                outcome => return outcome,
            }
        }
        Err(Error::Log(retold_core::Error::Busy {
            act: "import a session that another program keeps changing",
        }))
    }

    fn live(
        &self,
        open: &Open<'_>,
        session_id: &str,
        nth: u32,
        before: Option<Record>,
    ) -> Result<Option<Live>, Error> {
        let Source { workspace, home, .. } = open.source;
        let ordinal = before.map(|before| before.ordinal);
        known::live(self.log, &self.rehearsal, &Wanted { workspace, home, session_id, nth, ordinal })
    }

    fn is_deleted(&self, open: &Open<'_>, session: &Session) -> Result<bool, Error> {
        let Source { workspace, home, .. } = open.source;
        self.options.merge.map_or(Ok(false), |merge| merge.is_deleted(workspace, home, session))
    }

    /// A session that the log does not have.
    fn begin(&mut self, open: &mut Open<'_>, whole: &Whole, meta: Meta) -> Result<(), Error> {
        let session = &whole.session;
        let source = open.source;
        let home = (source.home != source.workspace).then(|| source.home.clone());
        let events = history(session, home);
        let count = events.len() as u64;
        let Some(log) = self.writable() else {
            if self.check_dry(open, None, &events, (whole, session))? {
                let Source { workspace, .. } = source;
                let ordinal = known::next_ordinal(self.log, &self.rehearsal, workspace, &session.id)?;
                let place = self.next_place()?;
                self.rehearse(open, whole, ordinal, place);
                self.report.sessions.imported += 1;
                self.report.events_appended += count;
            }
            return Ok(());
        };
        let target =
            Target::NewSession { workspace: source.workspace.clone(), session_id: session.id.clone() };
        let commit = Commit::to(target, Expected::Any, events).meta(meta);
        let Some(prepared) = self.check(log, open, None, commit, (whole, session))? else {
            return Ok(());
        };
        let (bytes, entry) = (prepared.bytes(), open.entries.len() - 1);
        let ticket = log.append_prepared(prepared)?;
        for (entry, appended) in self.pending.push(Underway { ticket, bytes, entry })? {
            arrived(open, entry, &appended);
        }
        self.report.sessions.imported += 1;
        self.report.events_appended += count;
        Ok(())
    }

    /// A session that the log has in some state.
    fn update(
        &mut self,
        open: &mut Open<'_>,
        live: Live,
        whole: &Whole,
        before: Option<Record>,
        meta: Meta,
    ) -> Result<(), Error> {
        let merged = match self.options.merge {
            Some(merge) => Some(merge.merge(&live.name, &live.state.session, &whole.session)?),
            None => None,
        };
        let session = merged.as_ref().unwrap_or(&whole.session);
        let place = live.place;
        let array = open.entries.last().map_or(0, |entry| entry.array);
        let mut events: Vec<NewEvent> = Vec::new();
        if live.state.deleted {
            events.push(SessionRestored {}.into());
        }
        events
            .extend(difference(&live.state.session, session).into_iter().map(|event| dated(event, session)));
        let may_be_stale = open.source.set_aside || array > 0 || before.is_none();
        if !events.is_empty() && may_be_stale && is_older(session, &live.state.session) {
            let reason = format!(
                "an older copy: updated at {}, the log has the session as of {}",
                session.updated_at, live.state.session.updated_at
            );
            open.entries.last_mut().expect("the session's own").at = Some((live.name.ordinal, place));
            return self.put_aside(open, whole, &reason);
        }
        open.entries.last_mut().expect("the session's own").at = Some((live.name.ordinal, place));
        if events.is_empty() {
            self.report.sessions.unchanged += 1;
            self.report.reproduced += 1;
            return Ok(());
        }
        let count = events.len() as u64;
        if let Some(log) = self.writable() {
            let expected = Expected::At(live.revision);
            let commit = Commit::to(live.name.clone(), expected, events).meta(meta);
            let Some(prepared) = self.check(log, open, Some(live.state), commit, (whole, session))? else {
                return Ok(());
            };
            if let Err(error) = log.append_prepared(prepared)?.wait() {
                self.report.reproduced -= 1;
                return Err(error.into());
            }
        } else if self.check_dry(open, Some(live.state), &events, (whole, session))? {
            self.rehearse(open, whole, live.name.ordinal, place);
        } else {
            return Ok(());
        }
        self.report.sessions.updated += 1;
        self.report.events_appended += count;
        Ok(())
    }

    /// Encodes a commit, and proves that what was encoded leads to `session`. Otherwise the session is quarantined.
    fn check(
        &mut self,
        log: &Log,
        open: &Open<'_>,
        mut state: Option<SessionState>,
        commit: Commit,
        (whole, session): (&Whole, &Session),
    ) -> Result<Option<retold_core::PreparedCommit>, Error> {
        let prepared = match log.prepare(commit) {
            Ok(prepared) => prepared,
            Err(error @ retold_core::Error::TooLarge { .. }) => {
                self.put_aside(open, whole, &error.to_string())?;
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let replayed = prepared.replay(log, &mut state);
        if replayed.is_ok() && state.is_some_and(|state| state.session == *session) {
            self.report.reproduced += 1;
            return Ok(Some(prepared));
        }
        self.not_reproduced(open, whole)?;
        Ok(None)
    }

    fn check_dry(
        &mut self,
        open: &Open<'_>,
        mut state: Option<SessionState>,
        events: &[NewEvent],
        (whole, session): (&Whole, &Session),
    ) -> Result<bool, Error> {
        let folded = events.iter().try_for_each(|new| SessionState::apply(&mut state, &new.event));
        let sound = folded.is_ok() && state.is_some_and(|state| state.session == *session);
        if sound {
            self.report.reproduced += 1;
        } else {
            self.not_reproduced(open, whole)?;
        }
        Ok(sound)
    }

    /// Remembers what a dry run did not write.
    fn rehearse(&mut self, open: &mut Open<'_>, whole: &Whole, ordinal: u32, place: f64) {
        let Source { workspace, home, path, .. } = open.source;
        let (path, home) = (path.clone(), home.clone());
        let session = Rehearsed { path, offset: whole.offset, length: whole.length, home, place };
        self.rehearsal.write(workspace, &whole.session.id, ordinal, session);
        open.entries.last_mut().expect("the session's own").at = Some((ordinal, place));
    }

    fn not_reproduced(&mut self, open: &Open<'_>, whole: &Whole) -> Result<(), Error> {
        self.report.not_reproduced.push(whole.session.id.clone());
        self.put_aside(open, whole, "its events do not lead back to it")
    }

    /// Quarantines a session that was read whole.
    fn put_aside(&mut self, open: &Open<'_>, whole: &Whole, reason: &str) -> Result<(), Error> {
        self.quarantine(open, whole.offset, &open.raw(whole.offset, whole.length)?, reason)
    }
}

/// A change happened when the document was updated; a message when it was written.
fn dated(event: Event, session: &Session) -> NewEvent {
    let text = match &event {
        Event::MessageAdded(body) => &body.message.timestamp,
        _ => &session.updated_at,
    };
    let occurred_at = time::parse(text).or_else(|| time::parse(&session.updated_at));
    NewEvent { event, occurred_at }
}

fn is_older(session: &Session, than: &Session) -> bool {
    match (time::parse(&session.updated_at), time::parse(&than.updated_at)) {
        (Some(this), Some(other)) => this < other,
        _ => false,
    }
}
