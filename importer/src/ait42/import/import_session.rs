//! One session of a file, taken into the log.
//!
//! What is appended names the stream and the revision that it was decided for, and the record of what the file last had.
//! Where another program was faster, the writer refuses, and it is decided again on what is there by then.

use std::sync::Arc;

use retold_core::event::SessionRestored;
use retold_core::{
    Commit, Event, Expected, Log, Meta, NewEvent, Origin, Revision, Session, SessionState, Source as Place,
    StreamName, difference, time,
};

use super::super::history::history;
use super::super::import_records::{self, Live, Match, Wanted};
use super::super::read::Whole;
use super::super::sources::Source;
use super::dry_run::DryRunStream;
use super::kept::KeepRecord;
use super::open::{Entry, Fate, Open};
use super::pending::Underway;
use super::run::{CONFLICTS_MAX, Run};
use crate::Error;

impl Run<'_> {
    /// Takes in a session that was read whole.
    pub(super) fn import_session(
        &mut self,
        open: &mut Open<'_>,
        whole: &Whole,
        nth: u32,
    ) -> Result<(), Error> {
        let Whole { session, array, digest, offset, length } = whole;
        if let Some(log) = self.log {
            self.exclusions.renew(log)?;
        }
        let source = open.source;
        if self.exclusions.has_session(&source.workspace, &session.id)
            || self.exclusions.has_path(&source.path)
            || source.folder.as_ref().is_some_and(|folder| self.exclusions.has_folder(folder))
        {
            return Ok(());
        }
        self.report.sessions.read += 1;
        self.report.instances += session.instances.len() as u64;
        self.report.messages += session.chat_history.len() as u64;
        open.entries.push(Entry {
            session_id: session.id.clone(),
            nth,
            array: *array,
            digest: *digest,
            offset: *offset,
            length: *length,
            at: None,
            before: None,
            is_recorded: false,
            is_set_aside: false,
            fate: None,
            conflicts: 0,
        });
        self.settle(open, whole, open.entries.len() - 1)?;
        self.take_answers(open, false)
    }

    /// Decides what becomes of a session, as often as another program is faster. One that is changed all the time is named
    /// and left as it is.
    fn settle(&mut self, open: &mut Open<'_>, whole: &Whole, entry: usize) -> Result<(), Error> {
        while !open.is_outdated {
            if open.entries[entry].conflicts > CONFLICTS_MAX {
                let id = &whole.session.id;
                self.skip(open.source, format!("another program keeps changing the session {id}"), true);
                return Ok(());
            }
            match self.decide(open, whole, entry) {
                Err(Error::Log(error)) if error.is_superseded() => yield_to_others(open, entry),
                outcome => return outcome,
            }
        }
        Ok(())
    }

    /// Takes note of sessions that have arrived; all that are on their way, where it waits. One that another program was
    /// faster with is decided on again, in its turn.
    pub(super) fn take_answers(&mut self, open: &mut Open<'_>, waits: bool) -> Result<(), Error> {
        while let Some(arrived) = if waits { self.pending.next() } else { self.pending.answered() } {
            let entry = arrived.entry;
            match arrived.answer {
                Ok(appended) => {
                    if let Some((name, _)) = appended.streams.first() {
                        open.entries[entry].at =
                            Some((name.ordinal, import_records::place_of(appended.first)));
                    }
                    open.entries[entry].is_recorded = true;
                    self.report.events_appended += arrived.events;
                    self.count(open, entry, Fate::Imported);
                }
                Err(error) if error.is_superseded() => {
                    yield_to_others(open, entry);
                    match open.again(entry) {
                        Some(whole) => self.settle(open, &whole, entry)?,
                        None => self.outdate(open),
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Decides on the log as it is now. A conflict says that it is another by now.
    fn decide(&mut self, open: &mut Open<'_>, whole: &Whole, entry: usize) -> Result<(), Error> {
        if open.is_own {
            self.count(open, entry, Fate::Unchanged);
            return Ok(());
        }
        let is_new = open.is_new && whole.array == 0;
        let key = open.record_key(entry);
        let before = match self.log {
            Some(log) if !is_new => import_records::record(log, &key)?,
            _ => None,
        };
        let nth = open.entries[entry].nth;
        open.entries[entry].before = before.map(|before| before.digest);
        open.entries[entry].is_recorded = before.is_some_and(|before| before.digest == whole.digest);
        if let Some(before) = before.filter(|before| before.digest == whole.digest)
            && self.options.merge.is_none()
        {
            open.entries[entry].at = Some((before.ordinal, before.place));
            self.count(open, entry, Fate::Unchanged);
            return Ok(());
        }
        let session = &whole.session;
        let Match { live, next_ordinal } = match is_new && nth == 1 {
            true => Match { live: None, next_ordinal: 1 },
            false => {
                let Source { workspace, home, .. } = open.source;
                let (source, ordinal) = (key.source.as_str(), before.map(|before| before.ordinal));
                let wanted = Wanted { workspace, home, session_id: &session.id, nth, source, ordinal };
                import_records::find(self.log, &self.dry_run, &wanted)?
            }
        };
        match live {
            None if self.is_deleted(open, session)? => {
                self.count(open, entry, Fate::Unchanged);
                Ok(())
            }
            None => self.begin(open, whole, entry, next_ordinal),
            Some(live) => self.update(open, whole, entry, live),
        }
    }

    fn is_deleted(&self, open: &Open<'_>, session: &Session) -> Result<bool, Error> {
        let Source { workspace, home, .. } = open.source;
        self.options.merge.map_or(Ok(false), |merge| merge.is_deleted(workspace, home, session))
    }

    /// A session that the log does not have.
    fn begin(&mut self, open: &mut Open<'_>, whole: &Whole, entry: usize, next: u32) -> Result<(), Error> {
        let session = &whole.session;
        let source = open.source;
        let home = (source.home != source.workspace).then(|| source.home.clone());
        let events = history(session, home);
        let count = events.len() as u64;
        let Some(log) = self.writable() else {
            if self.check_dry(open, None, &events, (whole, session), entry)? {
                let place = self.next_place()?;
                self.write_dry(open, whole, entry, (next, place));
                self.report.events_appended += count;
                self.count(open, entry, Fate::Imported);
            }
            return Ok(());
        };
        if !open.has_same_stamp() && !open.still_has(whole) {
            self.outdate(open);
            return Ok(());
        }
        // Twins of one file follow each other, and the log may not have the first one yet.
        let ordinal = open.sent.get(&session.id).map_or(next, |sent| next.max(sent.saturating_add(1)));
        let name = StreamName::session(&source.workspace, &session.id, ordinal);
        let commit = Commit::to(name, Expected::At(Revision::ZERO), events)
            .meta(meta(open, whole))
            .hook(Arc::new(keep_record(open, entry, None)));
        let Some(prepared) = self.check(log, open, None, commit, (whole, session), entry)? else {
            return Ok(());
        };
        open.sent.insert(session.id.clone(), ordinal);
        let bytes = prepared.bytes();
        let ticket = log.append_prepared(prepared)?;
        self.pending.push(Underway { ticket, bytes, events: count, entry });
        Ok(())
    }

    /// A session that the log has in some state.
    fn update(&mut self, open: &mut Open<'_>, whole: &Whole, entry: usize, live: Live) -> Result<(), Error> {
        let merged = match self.options.merge {
            Some(merge) => Some(merge.merge(&live.name, &live.state.session, &whole.session)?),
            None => None,
        };
        let session = merged.as_ref().unwrap_or(&whole.session);
        let mut events: Vec<NewEvent> = Vec::new();
        if live.state.records.deleted {
            events.push(SessionRestored {}.into());
        }
        events
            .extend(difference(&live.state.session, session).into_iter().map(|event| dated(event, session)));
        let at = (live.name.ordinal, live.place);
        if events.is_empty() {
            open.entries[entry].at = Some(at);
            self.count(open, entry, Fate::Unchanged);
            return Ok(());
        }
        if !open.still_has(whole) {
            self.outdate(open);
            return Ok(());
        }
        open.entries[entry].at = Some(at);
        let is_another_copy = open.source.set_aside || whole.array > 0;
        let may_be_stale = is_another_copy || open.entries[entry].before.is_none();
        if may_be_stale && is_older(session, &live.state.session) {
            let reason = format!(
                "an older copy: updated at {}, the log has the session as of {}",
                session.updated_at, live.state.session.updated_at
            );
            return self.put_aside(open, whole, entry, &reason);
        }
        let count = events.len() as u64;
        if let Some(log) = self.writable() {
            let commit = Commit::to(live.name, Expected::At(live.revision), events)
                .meta(meta(open, whole))
                .hook(Arc::new(keep_record(open, entry, Some(live.place))));
            let state = Some(live.state);
            let Some(prepared) = self.check(log, open, state, commit, (whole, session), entry)? else {
                return Ok(());
            };
            log.append_prepared(prepared)?.wait()?;
            open.entries[entry].is_recorded = true;
        } else if self.check_dry(open, Some(live.state), &events, (whole, session), entry)? {
            self.write_dry(open, whole, entry, at);
        } else {
            return Ok(());
        }
        self.report.events_appended += count;
        self.count(open, entry, Fate::Updated);
        Ok(())
    }

    /// Encodes a commit, and proves that what was encoded leads to `session`. Otherwise the session is quarantined.
    fn check(
        &mut self,
        log: &Log,
        open: &mut Open<'_>,
        mut state: Option<SessionState>,
        commit: Commit,
        (whole, session): (&Whole, &Session),
        entry: usize,
    ) -> Result<Option<retold_core::PreparedCommit>, Error> {
        let prepared = match log.prepare(commit) {
            Ok(prepared) => prepared,
            Err(error @ retold_core::Error::TooLarge { .. }) => {
                self.put_aside(open, whole, entry, &error.to_string())?;
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let replayed = prepared.replay(log, &mut state);
        if replayed.is_ok() && state.is_some_and(|state| state.session == *session) {
            return Ok(Some(prepared));
        }
        self.not_reproduced(open, whole, entry)?;
        Ok(None)
    }

    fn check_dry(
        &mut self,
        open: &mut Open<'_>,
        mut state: Option<SessionState>,
        events: &[NewEvent],
        (whole, session): (&Whole, &Session),
        entry: usize,
    ) -> Result<bool, Error> {
        let folded = events.iter().try_for_each(|new| SessionState::apply(&mut state, &new.event));
        let sound = folded.is_ok() && state.is_some_and(|state| state.session == *session);
        if !sound {
            self.not_reproduced(open, whole, entry)?;
        }
        Ok(sound)
    }

    /// Remembers what a dry run did not write.
    fn write_dry(&mut self, open: &mut Open<'_>, whole: &Whole, entry: usize, (ordinal, place): (u32, f64)) {
        let Source { workspace, home, path, .. } = open.source;
        let (path, home) = (path.clone(), home.clone());
        let session = DryRunStream { path, offset: whole.offset, length: whole.length, home, place };
        self.dry_run.write(workspace, &whole.session.id, ordinal, session);
        open.entries[entry].at = Some((ordinal, place));
    }

    fn not_reproduced(&mut self, open: &mut Open<'_>, whole: &Whole, entry: usize) -> Result<(), Error> {
        self.report.not_reproduced.push(whole.session.id.clone());
        self.put_aside(open, whole, entry, "its events do not lead back to it")
    }

    /// Quarantines a session that was read whole.
    fn put_aside(
        &mut self,
        open: &mut Open<'_>,
        whole: &Whole,
        entry: usize,
        reason: &str,
    ) -> Result<(), Error> {
        open.entries[entry].is_set_aside = true;
        let raw = open.raw(whole.offset, whole.length)?;
        self.quarantine(open, whole.offset, &raw, reason).map(drop)
    }
}

/// Another program was faster with a session.
fn yield_to_others(open: &mut Open<'_>, entry: usize) {
    open.is_new = false;
    open.entries[entry].conflicts += 1;
}

fn keep_record(open: &Open<'_>, entry: usize, place: Option<f64>) -> KeepRecord {
    let Entry { before, digest, .. } = open.entries[entry];
    KeepRecord { key: open.record_key(entry), before, digest, place }
}

fn meta(open: &Open<'_>, whole: &Whole) -> Meta {
    let (offset, length) = (whole.offset, whole.length);
    let place = Place { file: open.name.clone(), file_hash: open.hash, offset, length };
    Meta { source: Some(place), ..Meta::of(Origin::Import) }
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
