//! From a command to the events it means.

use std::sync::Arc;

use retold_core::event::{
    InstanceStatusChanged, MessageAdded, OutputAppended, SessionCreated, SessionDeleted, SessionRestored,
    WinnerSelected, WorkspaceRegistered,
};
use retold_core::{
    Commit, Event, EventType, Expected, Limit, Position, Reader, Revision, Session, SessionState, StreamId,
    StreamName, Target, difference,
};

use super::update::keep_what_is_newer;
use super::{Answer, Command, Write};
use crate::history::Inner;
use crate::read::{first, workspace};
use crate::records::{self, Record};
use crate::{Error, StaleUpdate, clock};

/// What a write comes to.
pub(super) enum Plan {
    /// Nothing has to be written.
    Done(Answer),
    /// These events, with what they lead to where the command answers it.
    Append(Commit, Option<After>),
}

/// What is true once the commit is written.
pub(super) struct After {
    /// The stream whose session is the answer; none for a session that begins.
    pub(super) stream: Option<StreamId>,
    /// The revision that the stream is at then, unless somebody wrote in between.
    pub(super) revision: Revision,
    pub(super) state: Arc<SessionState>,
}

/// What a write finds: one moment of the store.
struct Found<'a> {
    inner: &'a Inner,
    reader: Reader<'a>,
    workspace: String,
    head: Position,
}

/// Plans a write as of now.
pub(super) fn plan(inner: &Inner, write: &Write) -> Result<Plan, Error> {
    let (act, advice) = write.command.words();
    let workspace = workspace(&write.workspace_path, act, advice)?;
    let reader = inner.store.log().reader()?;
    reader.begin()?;
    let head = reader.head()?.position;
    let mut found = Found { inner, reader, workspace, head };
    if let Some(key) = &write.key
        && let Some(answer) = found.answer_of_key(key, &write.command)?
    {
        return Ok(Plan::Done(answer));
    }
    let plan = match &write.command {
        Command::CreateSession { session } => found.create(session, &write.workspace_path),
        Command::UpdateSession { session } => found.update(session),
        Command::DeleteSession { session_id } => found.delete(session_id),
        Command::AddChatMessage { session_id, message } => {
            let added = MessageAdded { message: message.clone(), index: None, updated_at: Some(found.now()) };
            found.change(session_id, Expects::TheSession, |_| Ok(vec![added.into()]))
        }
        Command::UpdateInstanceStatus { session_id, instance_id, new_status } => {
            let (status, updated_at) = (new_status.clone(), Some(found.now()));
            found.change(session_id, Expects::TheRevision, |session| {
                let index = instance(session, *instance_id)?;
                Ok(vec![InstanceStatusChanged { index, status, updated_at }.into()])
            })
        }
        Command::AppendOutput { session_id, instance_id, chunk } => {
            found.append_output(session_id, *instance_id, chunk)
        }
        Command::SelectWinner { session_id, instance_id } => {
            let now = found.now();
            found.change(session_id, Expects::TheRevision, |session| select(session, *instance_id, &now))
        }
        Command::RestoreSession { session_id } => found.restore(session_id),
    }?;
    Ok(match plan {
        Plan::Append(commit, after) => Plan::Append(
            match &write.key {
                Some(key) => commit.key(key),
                None => commit,
            },
            after,
        ),
        done => done,
    })
}

/// Returns the answer of the commit that has a key already.
pub(super) fn answer_of_key(inner: &Inner, key: &str, command: &Command) -> Result<Option<Answer>, Error> {
    let reader = inner.store.log().reader()?;
    let head = reader.head()?.position;
    Found { inner, reader, workspace: String::new(), head }.answer_of_key(key, command)
}

/// What a commit asks of its stream.
#[derive(Clone, Copy)]
enum Expects {
    /// That the session is there: what others write does not matter.
    TheSession,
    /// That nobody has written since: places in its lists are named.
    TheRevision,
}

impl Found<'_> {
    fn now(&self) -> String {
        clock::spell((self.inner.options.clock)())
    }

    fn create(&mut self, session: &Session, workspace_path: &str) -> Result<Plan, Error> {
        let bare = Session { instances: Vec::new(), chat_history: Vec::new(), ..session.clone() };
        let mut events: Vec<Event> = difference(&bare, session);
        events.insert(0, SessionCreated { session: bare, place: None, home: None }.into());
        let target = Target::NewSession { workspace: self.workspace.clone(), session_id: session.id.clone() };
        let revision = Revision::ZERO.plus(events.len() as u64);
        let mut commit = Commit::to(target, Expected::Any, events);
        if !records::has_path(&self.reader, &self.workspace)? {
            let path = std::fs::canonicalize(workspace_path)
                .map_or_else(|_| workspace_path.to_owned(), |path| path.to_string_lossy().into_owned());
            let registered = WorkspaceRegistered { path: Some(path), hashes: vec![self.workspace.clone()] };
            commit = commit.and(StreamName::workspace(&self.workspace), Expected::Any, [registered]);
        }
        let state = SessionState { session: session.clone(), place: None, home: None, deleted: false };
        Ok(Plan::Append(commit, Some(After { stream: None, revision, state: Arc::new(state) })))
    }

    fn update(&mut self, sent: &Session) -> Result<Plan, Error> {
        let keeps = self.inner.options.stale_update == StaleUpdate::Keep;
        self.change(&sent.id, Expects::TheRevision, |current| {
            let mut sent = sent.clone();
            // An application does not see how texts were spelled that are none.
            sent.keep_spelling(current);
            if keeps {
                keep_what_is_newer(&mut sent, current);
                return Ok(difference(current, &sent));
            }
            Ok(difference(current, &sent))
        })
    }

    /// Lets events happen to the first session of an id.
    fn change(
        &mut self,
        session_id: &str,
        expects: Expects,
        events: impl FnOnce(&Session) -> Result<Vec<Event>, Error>,
    ) -> Result<Plan, Error> {
        let record = first(records::of_id(&self.reader, &self.workspace, session_id)?, session_id)?;
        let state = self.inner.states.get(&mut self.reader, &record, self.head)?;
        let events = events(&state.session)?;
        if events.is_empty() {
            return Ok(Plan::Done(Answer::session(&state)));
        }
        let expected = match expects {
            Expects::TheSession => Expected::Any,
            Expects::TheRevision => Expected::At(record.revision),
        };
        let after = self.after(&record, state, &events)?;
        Ok(Plan::Append(Commit::to(record.name, expected, events), Some(after)))
    }

    /// Asks the read models for the instance's place, so that the cost is that of the chunk alone.
    fn append_output(&self, session_id: &str, instance_id: u32, chunk: &str) -> Result<Plan, Error> {
        let record = first(records::of_id(&self.reader, &self.workspace, session_id)?, session_id)?;
        let index = records::place_of_instance(&self.reader, record.stream, instance_id)?
            .ok_or_else(|| no_instance(instance_id, session_id))?;
        let appended = OutputAppended { index, text: chunk.into(), updated_at: Some(self.now()) };
        Ok(Plan::Append(Commit::to(record.name, Expected::At(record.revision), [appended]), None))
    }

    fn delete(&self, session_id: &str) -> Result<Plan, Error> {
        let records = records::of_id(&self.reader, &self.workspace, session_id)?;
        if records.is_empty() {
            return Ok(Plan::Done(Answer::Nothing));
        }
        let commit = records.iter().fold(Commit::default(), |commit, Record { name, revision, .. }| {
            commit.and(name.clone(), Expected::At(*revision), [SessionDeleted {}])
        });
        Ok(Plan::Append(commit, None))
    }

    /// The records of an id that its last delete took away: their last events are of one commit.
    fn restore(&mut self, session_id: &str) -> Result<Plan, Error> {
        let mut deleted: Vec<(Record, Position)> = Vec::new();
        for record in records::all_of_id(&self.reader, &self.workspace, session_id)? {
            let before = Revision::new(record.revision.get().saturating_sub(1)).unwrap_or_default();
            let limit = Limit { rows: 1, bytes: 0 };
            let last = self.reader.stream_events_after(record.stream, before, self.head, limit)?;
            let last = last.events.into_iter().next().filter(|last| last.kind == EventType::SessionDeleted);
            deleted.extend(last.map(|last| (record, last.commit_first)));
        }
        let latest = deleted.iter().map(|(_, commit)| *commit).max();
        deleted.retain(|(_, commit)| Some(*commit) == latest);
        let mut records = deleted.into_iter().map(|(record, _)| record);
        let record = first(records.by_ref().take(1).collect(), session_id)?;
        let state = crate::states::load(&mut self.reader, record.stream, self.head)?;
        let after = self.after(&record, state, &[SessionRestored {}.into()])?;
        let commit = std::iter::once(record).chain(records).fold(Commit::default(), |commit, record| {
            commit.and(record.name, Expected::At(record.revision), [SessionRestored {}])
        });
        Ok(Plan::Append(commit, Some(after)))
    }

    fn after(&self, record: &Record, state: Arc<SessionState>, events: &[Event]) -> Result<After, Error> {
        let mut state = Some(Arc::unwrap_or_clone(state));
        for event in events {
            SessionState::apply(&mut state, event)
                .map_err(|source| retold_core::Error::Misfit { stream: record.name.clone(), source })?;
        }
        Ok(After {
            stream: Some(record.stream),
            revision: record.revision.plus(events.len() as u64),
            state: Arc::new(state.expect("it was there before")),
        })
    }

    fn answer_of_key(&mut self, key: &str, command: &Command) -> Result<Option<Answer>, Error> {
        let Some((first, last)) = self.reader.commit_of_key(key)? else { return Ok(None) };
        if command.is_silent() {
            return Ok(Some(Answer::Nothing));
        }
        let Some(event) = self.reader.event_at(first)? else { return Ok(None) };
        let state = crate::states::load(&mut self.reader, event.stream, last)?;
        Ok(Some(Answer::session(&state)))
    }
}

/// Returns the place of the first instance of a number.
fn instance(session: &Session, instance_id: u32) -> Result<u32, Error> {
    let place = session.instances.iter().position(|instance| instance.instance_id == instance_id);
    place.and_then(|place| u32::try_from(place).ok()).ok_or_else(|| no_instance(instance_id, &session.id))
}

fn no_instance(instance_id: u32, session_id: &str) -> Error {
    Error::InstanceNotFound { instance_id, session_id: session_id.to_owned() }
}

/// The first instance of the number wins, and every other one is archived.
fn select(session: &Session, instance_id: Option<u32>, now: &str) -> Result<Vec<Event>, Error> {
    let updated_at = Some(now.to_owned());
    let mut events = vec![WinnerSelected { winner_id: instance_id, updated_at }.into()];
    let Some(instance_id) = instance_id else { return Ok(events) };
    let winner = instance(session, instance_id)?;
    for (index, other) in (0_u32..).zip(&session.instances) {
        if index != winner && other.status != "archived" {
            let status = "archived".to_owned();
            events.push(InstanceStatusChanged { index, status, updated_at: None }.into());
        }
    }
    Ok(events)
}
