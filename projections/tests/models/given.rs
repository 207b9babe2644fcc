//! Sessions, instances and messages to write tests with.

use retold_core::{Commit, Event, Expected, Instance, Log, Message, Options, Session, StreamName};
use retold_projections::Store;
use serde_json::json;
use tempfile::TempDir;

/// A folder for one store, gone with it.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

pub(crate) fn store(folder: &TempDir) -> Store {
    Store::open(folder.path().join("sessions.db"), options()).unwrap()
}

/// The log without read models.
pub(crate) fn bare_log(folder: &TempDir) -> Log {
    options().open(folder.path().join("sessions.db")).unwrap()
}

pub(crate) fn options() -> Options {
    Options::new().create(true).durability(retold_core::Durability::Normal)
}

pub(crate) fn session(id: &str) -> Session {
    serde_json::from_value(json!({
        "id": id, "type": "competition", "task": "mend the door", "status": "running",
        "createdAt": "2026-11-23T09:00:00.123Z", "updatedAt": "2026-11-23T09:00:00.123456789+00:00",
        "instances": [], "chatHistory": [],
    }))
    .unwrap()
}

pub(crate) fn instance(number: u32) -> Instance {
    serde_json::from_value(json!({
        "instanceId": number, "worktreePath": "/w", "branch": "b", "agentName": "🦊", "status": "running",
        "tmuxSessionId": "t",
    }))
    .unwrap()
}

pub(crate) fn message(id: &str, content: &str) -> Message {
    serde_json::from_value(json!({
        "id": id, "role": "user", "content": content, "timestamp": "2026-11-23 09:00:01",
    }))
    .unwrap()
}

pub(crate) fn created(id: &str) -> Event {
    retold_core::event::SessionCreated { session: session(id), place: None, home: None }.into()
}

pub(crate) fn task(text: &str) -> Event {
    retold_core::event::TaskChanged { task: text.to_owned(), updated_at: None }.into()
}

pub(crate) fn said(id: &str, content: &str) -> Event {
    retold_core::event::MessageAdded { message: message(id, content), index: None, updated_at: None }.into()
}

/// A call of a tool.
pub(crate) fn called(call: &str, name: &str, kind: &str, input: &str) -> Event {
    let body = retold_core::event::ToolCalled {
        call: call.to_owned(),
        message: None,
        name: name.to_owned(),
        kind: kind.to_owned(),
        instance_id: None,
        input: input.into(),
        updated_at: None,
    };
    body.into()
}

/// What a call returned.
pub(crate) fn returned(call: &str, output: &str) -> Event {
    let (call, outcome) = (call.to_owned(), "ok".to_owned());
    retold_core::event::ToolReturned { call, outcome, output: output.into(), updated_at: None }.into()
}

/// Says that no record says any more what these events say.
pub(crate) fn withdrawn(positions: &[u64]) -> Event {
    let withdrawn = positions.to_vec();
    retold_core::event::MappingCorrected { revision: 1, events: 0, withdrawn, unused: Vec::new() }.into()
}

pub(crate) fn record(workspace: &str, id: &str) -> StreamName {
    StreamName::session(workspace, id, 1)
}

pub(crate) fn append(log: &Log, name: &StreamName, events: impl IntoIterator<Item = Event>) {
    log.append(Commit::to(name.clone(), Expected::Any, events)).unwrap();
}
