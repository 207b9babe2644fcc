//! The writes, as data, and the events that each of them means.

use std::sync::Arc;

use retold_core::event::{
    InstanceAdded, InstanceDetailsChanged, InstanceStatusChanged, MessageAdded, OutputAppended,
    SessionCreated, SessionDeleted, SessionRestored, SessionStatusChanged, TagsChanged, WinnerSelected,
    WorkspaceRegistered,
};
use retold_core::{
    Commit, Document, Event, EventType, Expected, Instance, InstancePatch, Limit, Message, Position, RawText,
    Reader, Revision, Session, SessionState, StreamId, StreamName, Target, difference,
};
use retold_projections::records_of;
use serde::Serialize;

use super::only::{Only, moved};
use super::update::keep_what_is_newer;
use super::{AgentEvent, Write};
use crate::named::first;
use crate::records::{self, Record};
use crate::states::States;
use crate::{Error, StaleUpdate};

/// A write.
#[derive(Clone, Debug, Serialize)]
pub(crate) enum Command {
    CreateSession { session: Session },
    UpdateSession { session: Session },
    DeleteSession { session_id: String },
    AddChatMessage { session_id: String, message: Message },
    UpdateInstanceStatus { session_id: String, instance_id: u32, new_status: String },
    AppendOutput { session_id: String, instance_id: u32, chunk: RawText },
    SelectWinner { session_id: String, instance_id: Option<u32> },
    RestoreSession { session_id: String },
    TagSession { session_id: String, add: Vec<String>, remove: Vec<String> },
    AddInstance { session_id: String, instance: Instance },
    SetStatus { session_id: String, status: String, completed_at: Option<String> },
    Record { session_id: String, event: AgentEvent },
}

impl Command {
    /// Returns what the command is called where it is refused, and what the user may do.
    pub(super) fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::CreateSession { .. } => ("create session", " Please open a valid Git repository."),
            Self::UpdateSession { .. } => ("update session", ""),
            Self::DeleteSession { .. } => ("delete session", ""),
            Self::AddChatMessage { .. } => ("add chat message", ""),
            Self::UpdateInstanceStatus { .. } => ("update instance status", ""),
            Self::AppendOutput { .. } => ("append output", ""),
            Self::SelectWinner { .. } => ("select winner", ""),
            Self::RestoreSession { .. } => ("restore session", ""),
            Self::TagSession { .. } => ("tag session", ""),
            Self::AddInstance { .. } => ("add instance", ""),
            Self::SetStatus { .. } => ("set status", ""),
            Self::Record { .. } => ("record", ""),
        }
    }

    /// Returns the id of the session that it is about.
    pub(super) fn session_id(&self) -> &str {
        match self {
            Self::CreateSession { session } | Self::UpdateSession { session } => &session.id,
            Self::DeleteSession { session_id }
            | Self::AddChatMessage { session_id, .. }
            | Self::UpdateInstanceStatus { session_id, .. }
            | Self::AppendOutput { session_id, .. }
            | Self::SelectWinner { session_id, .. }
            | Self::RestoreSession { session_id }
            | Self::TagSession { session_id, .. }
            | Self::AddInstance { session_id, .. }
            | Self::SetStatus { session_id, .. }
            | Self::Record { session_id, .. } => session_id,
        }
    }

    /// Returns it without what differs when the same is asked for once more.
    pub(super) fn without_time(&self) -> Self {
        match self.clone() {
            Self::SetStatus { session_id, status, completed_at } => {
                Self::SetStatus { session_id, status, completed_at: completed_at.map(|_| String::new()) }
            }
            other => other,
        }
    }

    /// Returns the session that it creates, which is its answer whatever others write.
    pub(super) fn created(&self) -> Option<&Session> {
        match self {
            Self::CreateSession { session } => Some(session),
            _ => None,
        }
    }
}

/// What a write comes to.
#[allow(clippy::large_enum_variant, reason = "there is one at a time, and it is taken apart at once")]
pub(super) enum Plan {
    /// Nothing has to be written: the session is so already. None where there is no session to it.
    Nothing(Option<(StreamId, Arc<SessionState>)>),
    /// These events, with what they lead to, where that was asked for and is an answer.
    Append(Commit, Option<After>),
}

/// What is true once the commit is written.
pub(super) struct After {
    /// The stream whose session is the answer.
    pub(super) stream: StreamId,
    /// The revision that the stream is at then, unless somebody wrote in between.
    pub(super) revision: Revision,
    pub(super) state: Arc<SessionState>,
}

/// What planning needs besides the store. It holds no log, for the log's writer holds it.
#[derive(Clone)]
pub(crate) struct Planner {
    pub(crate) states: Arc<States>,
    pub(crate) stale_update: StaleUpdate,
}

/// When a write is planned.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// On the caller's thread, before its turn: with what it leads to, which is the answer unless somebody is faster.
    Before,
    /// At its turn, on the writer's thread: nothing that is read is kept, and what it leads to is read by who asks for it.
    AtItsTurn,
}

/// What a write finds: one moment of the store.
struct Found<'a, 'r> {
    planner: &'a Planner,
    write: &'a Write,
    reader: &'a mut Reader<'r>,
    head: Position,
    when: When,
}

/// Plans a write as of the moment that `reader` holds on to, which ends at `head`.
pub(super) fn plan(
    planner: &Planner,
    write: &Write,
    reader: &mut Reader<'_>,
    head: Position,
    when: When,
) -> Result<Plan, Error> {
    let updated_at = Some(write.now.clone());
    let mut found = Found { planner, write, reader, head, when };
    match &write.command {
        Command::CreateSession { session } => found.create(session),
        Command::UpdateSession { session } => found.update(session),
        Command::DeleteSession { session_id } => found.delete(session_id),
        Command::AddChatMessage { session_id, message } => {
            let record = found.first(session_id)?;
            let added = MessageAdded { message: message.clone(), index: None, updated_at };
            // It goes after whatever others write.
            found.append(record, Expects::TheSession, vec![added.into()])
        }
        Command::UpdateInstanceStatus { session_id, instance_id, new_status } => {
            let record = found.first(session_id)?;
            let index = found.place(&record, *instance_id, session_id)?;
            let changed = InstanceStatusChanged { index, status: new_status.clone(), updated_at };
            found.append(record, Expects::TheRevision, vec![changed.into()])
        }
        Command::AppendOutput { session_id, instance_id, chunk } => {
            let record = found.first(session_id)?;
            let index = found.place(&record, *instance_id, session_id)?;
            let extra = match chunk.is_text() {
                true => None,
                false => {
                    let state = found.state(&record)?;
                    state
                        .session
                        .instances
                        .get(index as usize)
                        .and_then(|instance| chunk.extra_behind(instance))
                }
            };
            let appended = OutputAppended { index, text: chunk.as_str().into(), updated_at };
            let mut events: Vec<Event> = vec![appended.into()];
            if let Some(extra) = extra {
                let set = InstancePatch { extra: Some(extra), ..InstancePatch::default() };
                events.push(InstanceDetailsChanged { index, set, updated_at: None }.into());
            }
            found.append(record, Expects::TheRevision, events)
        }
        Command::SelectWinner { session_id, instance_id } => {
            let record = found.first(session_id)?;
            let events = found.select(&record, *instance_id, session_id)?;
            found.append(record, Expects::TheRevision, events)
        }
        Command::RestoreSession { session_id } => found.restore(session_id),
        Command::AddInstance { session_id, instance } => {
            let record = found.first(session_id)?;
            found.add_instance(record, instance)
        }
        Command::SetStatus { session_id, status, completed_at } => {
            let record = found.first(session_id)?;
            let completed_at = completed_at.clone().map(Some);
            let changed = SessionStatusChanged { status: status.clone(), completed_at, updated_at };
            found.append(record, Expects::TheSession, vec![changed.into()])
        }
        Command::Record { session_id, event } => {
            let record = found.first(session_id)?;
            if let Some(instance_id) = event.instance_id() {
                found.place(&record, instance_id, session_id)?;
            }
            let mut event = Event::from(event.clone());
            event.set_updated_at(&write.now);
            found.append(record, Expects::TheSession, vec![event])
        }
        Command::TagSession { session_id, add, remove } => {
            let record = found.first(session_id)?;
            // From the read models, so that the cost does not grow with the session.
            let known = records_of(found.reader, record.stream)?.unwrap_or_default();
            match TagsChanged::of(&known.tags, add, remove).map_err(retold_core::Error::from)? {
                Some(changed) => found.append(record, Expects::TheRevision, vec![changed.into()]),
                None => {
                    let state = found.state(&record)?;
                    Ok(Plan::Nothing(Some((record.stream, state))))
                }
            }
        }
    }
}

/// What a commit asks of its stream.
#[derive(Clone, Copy)]
enum Expects {
    /// That it is the same session still: what others write to it does not matter.
    TheSession,
    /// That nobody has written since: places in its lists are named.
    TheRevision,
}

impl Found<'_, '_> {
    /// Commands act on the first record of an id, or on the one that their caller has seen.
    fn first(&self, session_id: &str) -> Result<Record, Error> {
        let mut records = records::of_id(self.reader, &self.write.workspace, session_id)?;
        if let Some(Only { ordinal, revision }) = self.write.only {
            records.retain(|record| record.name.ordinal == ordinal);
            if let Some(record) = records.iter().find(|record| record.revision != revision) {
                return Err(moved(record.name.clone(), revision, record.revision));
            }
        }
        first(records, session_id)
    }

    /// Asks the read models for the instance's place, so that the cost does not grow with the session.
    fn place(&self, record: &Record, instance_id: u32, session_id: &str) -> Result<u32, Error> {
        let place = records::place_of_instance(self.reader, record.stream, instance_id)?;
        place.ok_or_else(|| no_instance(instance_id, session_id))
    }

    fn create(&self, session: &Session) -> Result<Plan, Error> {
        let workspace = &self.write.workspace;
        let bare = session.own();
        let mut events: Vec<Event> = difference(&bare, session);
        events.insert(0, SessionCreated { session: bare, place: None, home: None }.into());
        let target = Target::NewSession { workspace: workspace.clone(), session_id: session.id.clone() };
        // The writer finds its ordinal, and it goes after all others: whatever they write does not matter.
        let mut commit = Commit::to(target, Expected::Any, events);
        if !records::has_path(self.reader, workspace)? {
            let name = StreamName::workspace(workspace);
            let stream = self.reader.stream(&name)?;
            let revision = stream.map_or(Ok(Revision::ZERO), |stream| self.reader.revision(stream))?;
            let path = Some(self.write.folder().to_owned());
            let registered = WorkspaceRegistered { path, hashes: vec![workspace.clone()] };
            commit = commit.and(name, Expected::At(revision), [registered]);
        }
        Ok(Plan::Append(commit, None))
    }

    fn update(&mut self, sent: &Session) -> Result<Plan, Error> {
        let record = self.first(&sent.id)?;
        let state = self.state(&record)?;
        let mut sent = sent.clone();
        // An application does not see how texts were spelled that are none.
        sent.keep_spelling(&state.session);
        if self.planner.stale_update == StaleUpdate::Keep {
            keep_what_is_newer(&mut sent, &state.session);
        }
        let events = difference(&state.session, &sent);
        if events.is_empty() {
            return Ok(Plan::Nothing(Some((record.stream, state))));
        }
        self.append(record, Expects::TheRevision, events)
    }

    /// It goes to the end of the list, and its output has an event of its own, which names the index.
    fn add_instance(&mut self, record: Record, instance: &Instance) -> Result<Plan, Error> {
        let updated_at = Some(self.write.now.clone());
        let added = InstanceAdded { instance: instance.own(), index: None, updated_at };
        let Some(text) = instance.output.clone() else {
            return self.append(record, Expects::TheSession, vec![added.into()]);
        };
        let instances = self.state(&record)?.session.instances.len();
        let index = u32::try_from(instances).map_err(|_| retold_core::Error::TooLarge {
            what: "a list of instances",
            bytes: instances as u64,
            limit: u32::MAX.into(),
        })?;
        let output = OutputAppended { index, text, updated_at: None };
        self.append(record, Expects::TheRevision, vec![added.into(), output.into()])
    }

    /// Lets events happen to a session.
    fn append(&mut self, record: Record, expects: Expects, events: Vec<Event>) -> Result<Plan, Error> {
        let after = self.after(&record, &events)?;
        let expected = match expects {
            Expects::TheSession if self.write.only.is_none() => Expected::Any,
            _ => Expected::At(record.revision),
        };
        Ok(Plan::Append(Commit::to(record.name, expected, events), after))
    }

    fn delete(&self, session_id: &str) -> Result<Plan, Error> {
        let records = records::of_id(self.reader, &self.write.workspace, session_id)?;
        if records.is_empty() {
            return Ok(Plan::Nothing(None));
        }
        let commit = records.iter().fold(Commit::default(), |commit, Record { name, revision, .. }| {
            commit.and(name.clone(), Expected::At(*revision), [SessionDeleted {}])
        });
        Ok(Plan::Append(commit, None))
    }

    /// The records of an id that its last delete took away: their last events are of one commit.
    fn restore(&mut self, session_id: &str) -> Result<Plan, Error> {
        let mut deleted: Vec<(Record, Position)> = Vec::new();
        for record in records::all_of_id(self.reader, &self.write.workspace, session_id)? {
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
        let after = self.after(&record, &[SessionRestored {}.into()])?;
        let commit = std::iter::once(record).chain(records).fold(Commit::default(), |commit, record| {
            commit.and(record.name, Expected::At(record.revision), [SessionRestored {}])
        });
        Ok(Plan::Append(commit, after))
    }

    /// The first instance of the number wins, and every other one is archived.
    fn select(
        &self,
        record: &Record,
        instance_id: Option<u32>,
        session_id: &str,
    ) -> Result<Vec<Event>, Error> {
        let updated_at = Some(self.write.now.clone());
        let mut events = vec![WinnerSelected { winner_id: instance_id, updated_at }.into()];
        let Some(instance_id) = instance_id else { return Ok(events) };
        let winner = self.place(record, instance_id, session_id)?;
        for index in records::not_archived(self.reader, record.stream)? {
            if index != winner {
                let status = ARCHIVED.to_owned();
                events.push(InstanceStatusChanged { index, status, updated_at: None }.into());
            }
        }
        Ok(events)
    }

    fn state(&mut self, record: &Record) -> Result<Arc<SessionState>, Error> {
        match self.when {
            When::Before => self.planner.states.get(self.reader, record, self.head),
            When::AtItsTurn => {
                self.planner.states.look(self.reader, record.stream, record.revision, self.head)
            }
        }
    }

    /// What the session is after the events, where that is an answer and wanted now.
    fn after(&mut self, record: &Record, events: &[Event]) -> Result<Option<After>, Error> {
        if self.when == When::AtItsTurn || !self.write.answers_session {
            return Ok(None);
        }
        let mut state = Some(Arc::unwrap_or_clone(self.state(record)?));
        for event in events {
            SessionState::apply(&mut state, event)
                .map_err(|source| retold_core::Error::InvalidEvent { stream: record.name.clone(), source })?;
        }
        let revision = record.revision.plus(events.len() as u64);
        Ok(state.map(|state| After { stream: record.stream, revision, state: Arc::new(state) }))
    }
}

const ARCHIVED: &str = "archived";

fn no_instance(instance_id: u32, session_id: &str) -> Error {
    Error::InstanceNotFound { instance_id, session_id: session_id.to_owned() }
}
