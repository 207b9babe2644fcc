//! Logs that tests ship.

use std::collections::BTreeSet;

use retold_core::event::{MessageAdded, SessionCreated, TaskChanged};
use retold_core::{Commit, Event, Expected, Log, Message, Options, Position, Session, StreamName};
use retold_trial::chance;
use tempfile::TempDir;

/// A store in a folder that goes with it.
pub(crate) struct Store {
    pub(crate) folder: TempDir,
    pub(crate) log: Log,
}

impl Store {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = Options::new().create(true).open(folder.path().join("sessions.db")).unwrap();
        Self { folder, log }
    }

    pub(crate) fn head(&self) -> u64 {
        self.log.reader().unwrap().head().unwrap().position.get()
    }

    /// Appends one thing of many: a session, a message, a long one, a task, several at once, also in two workspaces.
    pub(crate) fn append_something(&self) -> u64 {
        let workspace = ["atlas", "borealis", "修理\0"][chance::range(0..3)];
        let id = format!("s{}", chance::range(0..4));
        let name = StreamName::session(workspace, &id, 1);
        let is_new = self.log.reader().unwrap().stream(&name).unwrap().is_none();
        let mut events: Vec<Event> = Vec::new();
        if is_new {
            events.push(created(&id));
        }
        for _ in 0..chance::range(1..4) {
            events.push(match chance::range(0..5) {
                0 => task(&format!("mend door {}", chance::range(0..1000))),
                1 => {
                    message(&"a long text, which lies outside of its event. ".repeat(chance::range(100..140)))
                }
                _ => message(&format!("message {} {}", chance::range(0..1000), "of some length ".repeat(6))),
            });
        }
        let commit = Commit::to(name, Expected::Any, events);
        self.log.append(commit).unwrap().last.get()
    }

    pub(crate) fn append(&self, workspace: &str, id: &str, events: impl IntoIterator<Item = Event>) -> u64 {
        let name = StreamName::session(workspace, id, 1);
        self.log.append(Commit::to(name, Expected::Any, events)).unwrap().last.get()
    }

    pub(crate) fn redact(&self, positions: &[u64]) {
        let positions: BTreeSet<_> = positions.iter().map(|at| Position::new(*at).unwrap()).collect();
        retold_upkeep::redact(&self.log, &positions, "a test").unwrap();
    }

    /// Redacts something that can be redacted.
    pub(crate) fn redact_something(&self) {
        let head = self.head();
        let at = chance::range(1..=head);
        let mut reader = self.log.reader().unwrap();
        let event = reader.event_at(Position::new(at).unwrap()).unwrap().unwrap();
        if event.event.is_some() && !event.kind.is_of_bodies() {
            drop(reader);
            self.redact(&[at]);
        }
    }
}

pub(crate) fn created(id: &str) -> Event {
    let session: Session = serde_json::from_value(serde_json::json!({
        "id": id, "type": "competition", "task": "mend the door", "status": "running",
        "createdAt": "2026-11-23T09:00:00Z", "updatedAt": "2026-11-23T09:00:00Z",
        "instances": [], "chatHistory": [],
    }))
    .unwrap();
    SessionCreated { session, place: None, home: None }.into()
}

pub(crate) fn task(task: &str) -> Event {
    TaskChanged { task: task.to_owned(), updated_at: None }.into()
}

pub(crate) fn message(content: &str) -> Event {
    let message: Message = serde_json::from_value(serde_json::json!({
        "id": "msg-1", "role": "user", "content": content, "timestamp": "2026-11-23T09:00:00Z",
    }))
    .unwrap();
    MessageAdded { message, index: None, updated_at: None }.into()
}
