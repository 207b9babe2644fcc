//! A store of a million events: one session of a hundred thousand, and sessions of a hundred around it.

use std::path::Path;

use retold_core::event::{
    InstanceAdded, InstanceStatusChanged, MessageAdded, MessageChanged, OutputAppended, SessionCreated,
    SessionStatusChanged, TaskChanged,
};
use retold_core::{
    Commit, Durability, Event, Expected, Instance, Log, Message, MessagePatch, Options, Session, StreamId,
    StreamName,
};
use serde_json::json;

use crate::Outcome;
use crate::bench::Scale;

const EVENTS: usize = 100_000;
const STORE: usize = 1_000_000;
/// Events of one commit.
const COMMIT: usize = 500;
const AGENTS: u32 = 5;

pub(super) fn events(scale: Scale) -> usize {
    scale.of(EVENTS)
}

fn name(id: &str) -> StreamName {
    StreamName::session("bench", id, 1)
}

/// Writes a store that is one session of a million events.
pub(super) fn write_one(path: &Path, scale: Scale) -> Outcome<StreamId> {
    let log = Options::new().create(true).durability(Durability::Normal).open(path)?;
    let mut story = story(scale.of(STORE)).peekable();
    let mut tickets = Vec::new();
    while story.peek().is_some() {
        let events: Vec<Event> = story.by_ref().take(COMMIT).collect();
        tickets.push(log.append_later(Commit::to(name("long"), Expected::Any, events))?);
    }
    tickets.into_iter().try_for_each(|ticket| ticket.wait().map(drop))?;
    long_stream(&log)
}

/// Writes the store, and returns the long session.
pub(super) fn write(path: &Path, scale: Scale) -> Outcome<StreamId> {
    let log = Options::new().create(true).durability(Durability::Normal).open(path)?;
    let others = scale.of(STORE).saturating_sub(scale.of(EVENTS)) / COMMIT;
    let mut long = story(scale.of(EVENTS));
    let commits = scale.of(EVENTS).div_ceil(COMMIT).max(1);
    let mut tickets = Vec::new();
    for nth in 0..commits.max(others) {
        // The long session's commits lie all over the log.
        if nth % (others / commits).max(1) == 0 {
            let events: Vec<Event> = long.by_ref().take(COMMIT).collect();
            if !events.is_empty() {
                tickets.push(log.append_later(Commit::to(name("long"), Expected::Any, events))?);
            }
        }
        if nth < others {
            let id = format!("other-{nth}");
            let task = |number: usize| -> Event {
                TaskChanged { task: format!("mend door {number}"), updated_at: None }.into()
            };
            let events = std::iter::once(created(&id)).chain((1..COMMIT).map(task));
            tickets.push(log.append_later(Commit::to(name(&id), Expected::Any, events))?);
        }
    }
    tickets.into_iter().try_for_each(|ticket| ticket.wait().map(drop))?;
    long_stream(&log)
}

pub(super) fn long_stream(log: &Log) -> Outcome<StreamId> {
    log.reader()?.stream(&name("long"))?.ok_or_else(|| "travel: the session is missing".into())
}

fn created(id: &str) -> Event {
    let session: Session = serde_json::from_value(json!({
        "id": id, "type": "competition", "task": "mend the door", "status": "running",
        "createdAt": "2026-11-23T09:00:00Z", "updatedAt": "2026-11-23T09:00:00Z", "instances": [], "chatHistory": [],
    }))
    .expect("a document that has every required key");
    SessionCreated { session, place: None, home: None }.into()
}

/// Three events of ten are messages, the most are pieces of output.
fn story(events: usize) -> impl Iterator<Item = Event> {
    let instance = |number: u32| -> Event {
        let instance: Instance = serde_json::from_value(json!({
            "instanceId": number, "worktreePath": "/w", "branch": "b", "agentName": "Ada", "status": "running",
            "tmuxSessionId": "t", "output": null,
        }))
        .expect("an instance that has every required key");
        InstanceAdded { instance, index: None, updated_at: None }.into()
    };
    let begin = std::iter::once(created("long")).chain((0..AGENTS).map(instance));
    let mut messages = 0_u32;
    let rest = (0..events.saturating_sub(1 + AGENTS as usize)).map(move |nth| {
        let updated_at = Some(format!("2026-11-23T09:{:02}:{:02}Z", nth / 60 % 60, nth % 60));
        let index = u32::try_from(nth % AGENTS as usize).unwrap_or_default();
        match nth % 20 {
            0..6 => {
                messages += 1;
                let message: Message = serde_json::from_value(json!({
                    "id": format!("msg-{nth}"), "role": "assistant",
                    "content": format!("Step {nth}: {}", "the hinge is bent and the lock is stuck. ".repeat(7)),
                    "timestamp": "2026-11-23T09:00:00.123456Z", "instanceId": index,
                }))
                .expect("a message that has every required key");
                MessageAdded { message, index: None, updated_at }.into()
            }
            6..8 => InstanceStatusChanged { index, status: "running".to_owned(), updated_at }.into(),
            8 => {
                let status = if nth % 40_000 < 20_000 { "running" } else { "failed" };
                SessionStatusChanged { status: status.to_owned(), completed_at: None, updated_at }.into()
            }
            9 if messages > 0 => {
                let content = Some(format!("Step {nth}, said again").as_str().into());
                let index = messages - 1;
                MessageChanged { index, set: MessagePatch::default(), content, updated_at }.into()
            }
            _ => {
                let text = format!("{nth:08} {}\n", "compiling retold ".repeat(10));
                OutputAppended { index, text: text.into(), updated_at }.into()
            }
        }
    });
    begin.chain(rest).take(events.max(1))
}
