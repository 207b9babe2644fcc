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

pub(crate) fn record(workspace: &str, id: &str) -> StreamName {
    StreamName::session(workspace, id, 1)
}

pub(crate) fn append(log: &Log, name: &StreamName, events: impl IntoIterator<Item = Event>) {
    log.append(Commit::to(name.clone(), Expected::Any, events)).unwrap();
}
