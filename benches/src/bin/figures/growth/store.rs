//! Stores of any size, with the same sessions in them: ten workspaces in turn, times that go on.

use std::path::Path;

use retold_benches::generate::chat_text;
use retold_core::event::{
    InstanceAdded, InstanceStatusChanged, MessageAdded, OutputAppended, SessionCreated, SessionStatusChanged,
};
use retold_core::{Commit, Durability, Event, Expected, Instance, Message, Options, Session, StreamName};
use retold_projections::Store;
use serde_json::json;

use crate::Outcome;

pub(super) const WORKSPACES: usize = 10;
const INSTANCES: u32 = 3;
const MESSAGES: usize = 12;
/// Sessions of one commit.
const COMMIT: usize = 20;
/// Texts that are said in turn.
const TEXTS: u64 = 2_000;
/// Commits that wait.
const WAITING_MAX: usize = 64;

/// What was written.
pub(crate) struct Stored {
    pub(crate) events: u64,
    pub(crate) sessions: usize,
}

/// Writes whole sessions until the store has so many events.
pub(crate) fn write(path: &Path, events: usize) -> Outcome<Stored> {
    let store = Store::open(path, Options::new().create(true).durability(Durability::Normal))?;
    let texts: Vec<String> = (0..TEXTS).map(|seed| chat_text(seed, 300)).collect();
    let sessions = events.div_ceil(of_session(0, &texts).len()).max(WORKSPACES);
    let mut tickets = std::collections::VecDeque::new();
    for first in (0..sessions).step_by(COMMIT) {
        let mut commit = Commit::default();
        for nth in first..(first + COMMIT).min(sessions) {
            commit = commit.and(name(nth), Expected::Any, of_session(nth, &texts));
        }
        tickets.push_back(store.log().append_later(commit)?);
        if tickets.len() >= WAITING_MAX {
            tickets.pop_front().map(|ticket| ticket.wait()).transpose()?;
        }
    }
    tickets.into_iter().try_for_each(|ticket| ticket.wait().map(drop))?;
    let events = store.log().reader()?.head()?.position.get();
    Ok(Stored { events, sessions })
}

pub(super) fn name(nth: usize) -> StreamName {
    StreamName::session(format!("w{}", nth % WORKSPACES), format!("session-{nth:08}"), 1)
}

pub(super) fn message(nth: usize, at: usize, text: &str) -> Event {
    let message: Message = serde_json::from_value(json!({
        "id": format!("msg-{nth}-{at}"), "role": if at.is_multiple_of(2) { "user" } else { "assistant" }, "content": text,
        "timestamp": time(nth, at), "instanceId": 1,
    }))
    .expect("a message that has every required key");
    MessageAdded { message, index: None, updated_at: Some(time(nth, at)) }.into()
}

/// A minute a session, from 2025 on.
fn time(nth: usize, at: usize) -> String {
    let seconds = i64::try_from(nth * 60 + at).unwrap_or_default();
    jiff::Timestamp::from_second(1_735_689_600 + seconds)
        .map_or_else(|_| String::new(), |time| time.to_string())
}

fn of_session(nth: usize, texts: &[String]) -> Vec<Event> {
    let kind = ["competition", "ensemble", "debate"][nth / 7 % 3];
    let session: Session = serde_json::from_value(json!({
        "id": format!("session-{nth:08}"), "type": kind,
        "task": &texts[nth % texts.len()], "status": "running", "createdAt": time(nth, 0), "updatedAt": time(nth, 0),
        "totalDuration": nth * 7_919 % 5_000, "totalFilesChanged": nth * 31 % 40, "instances": [], "chatHistory": [],
    }))
    .expect("a document that has every required key");
    let mut events: Vec<Event> = vec![SessionCreated { session, place: None, home: None }.into()];
    for number in 1..=INSTANCES {
        let instance: Instance = serde_json::from_value(json!({
            "instanceId": number, "worktreePath": "/w", "branch": "b", "agentName": "Ada", "status": "running",
            "tmuxSessionId": "t", "output": null,
        }))
        .expect("an instance that has every required key");
        events.push(InstanceAdded { instance, index: None, updated_at: None }.into());
    }
    for at in 0..MESSAGES {
        events.push(message(nth, at, &texts[(nth * 31 + at) % texts.len()]));
    }
    for index in 0..INSTANCES {
        let text = texts[(nth * 17 + index as usize) % texts.len()].as_str().into();
        events.push(OutputAppended { index, text, updated_at: None }.into());
        let status = "completed".to_owned();
        events.push(InstanceStatusChanged { index, status, updated_at: None }.into());
    }
    let status = if nth.is_multiple_of(3) { "failed" } else { "completed" };
    let updated_at = Some(time(nth, MESSAGES));
    events.push(SessionStatusChanged { status: status.to_owned(), completed_at: None, updated_at }.into());
    events
}
