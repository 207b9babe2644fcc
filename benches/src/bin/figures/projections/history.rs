//! Stores of a million events, whose texts are words that can be searched for.

use std::path::Path;

use retold_benches::generate::{Shape, sessions};
use retold_core::event::{
    InstanceAdded, InstanceStatusChanged, MessageAdded, OutputAppended, SessionCreated, SessionStatusChanged,
    WinnerSelected,
};
use retold_core::{
    Commit, Durability, Event, Expected, Instance, Message, NewEvent, Options, Session, StreamName, Ticket,
    time,
};
use retold_projections::Store;
use serde_json::{Value, json};

use crate::Outcome;
use crate::bench::Scale;

/// Sessions of a store.
const SESSIONS: usize = 10_000;
/// Conversations that are told; after them, the first is told again, with other numbers in it.
const CONVERSATIONS: usize = 500;
const SEED: u64 = 11;
/// From one session's start to the next one's, and from one event to the next, in microseconds.
const SESSION_MICROS: i64 = 37 * 60 * 1_000_000;
const EVENT_MICROS: i64 = 9 * 1_000_000;
/// 2025-11-01T08:00:00Z.
const FIRST_MICROS: i64 = 1_761_984_000_000_000;

/// Of how many events of each kind a session consists.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mix {
    messages: usize,
    outputs: usize,
}

/// A hundred events, sixty of them messages.
pub(super) const EVENTS: Mix = Mix { messages: 60, outputs: 30 };
/// A hundred messages, and what a session needs for them.
pub(super) const MESSAGES: Mix = Mix { messages: 100, outputs: 0 };

/// Tells sessions, each as often as is asked for.
pub(super) struct Teller {
    conversations: Vec<Conversation>,
    mix: Mix,
}

struct Conversation {
    task: String,
    kind: String,
    /// Role and content.
    messages: Vec<(String, String)>,
}

impl Teller {
    pub(super) fn new(mix: Mix, scale: Scale) -> Outcome<Self> {
        let shape = Shape {
            sessions: scale.of(CONVERSATIONS),
            instances_per_session: 2,
            output_bytes: 100,
            messages_per_session: mix.messages,
            message_bytes: 300,
            workspaces: 1,
        };
        let conversations = sessions(&shape, SEED).map(|session| {
            let told = serde_json::to_value(&session)?;
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let messages = told["chatHistory"].as_array().into_iter().flatten();
            Ok(Conversation {
                task: text(&told["task"]),
                kind: text(&told["type"]),
                messages: messages.map(|said| (text(&said["role"]), text(&said["content"]))).collect(),
            })
        });
        Ok(Self { conversations: conversations.collect::<Outcome<_>>()?, mix })
    }

    pub(super) fn name(nth: usize) -> StreamName {
        StreamName::session("orchard", format!("session-{nth:06}"), 1)
    }

    /// Returns the events of a session.
    pub(super) fn session(&self, nth: usize) -> Outcome<Vec<Event>> {
        let told = &self.conversations[nth % self.conversations.len()];
        let session: Session = serde_json::from_value(json!({
            "id": format!("session-{nth:06}"), "type": told.kind, "task": format!("{} ({nth})", told.task),
            "status": "running", "createdAt": "2025-11-01T08:00:00Z", "updatedAt": "2025-11-01T08:00:00Z",
            "instances": [], "chatHistory": [],
        }))?;
        let mut events: Vec<Event> = vec![SessionCreated { session, place: None, home: None }.into()];
        for (number, (agent, runtime)) in [("Ada", "claude"), ("Grace", "codex")].into_iter().enumerate() {
            let instance: Instance = serde_json::from_value(json!({
                "instanceId": number, "worktreePath": "/w", "branch": "b", "agentName": agent,
                "status": "running", "tmuxSessionId": "t", "output": null, "runtime": runtime,
            }))?;
            events.push(InstanceAdded { instance, index: None, updated_at: None }.into());
        }
        for at in 0..self.mix.messages {
            events.push(self.message(nth, at)?);
            if at < self.mix.outputs {
                let text = format!("{at:04} compiling step {nth} of the orchard, warnings 0, errors {at}\n");
                let index = u32::try_from(at % 2)?;
                events.push(OutputAppended { index, text: text.into(), updated_at: None }.into());
            }
        }
        if self.mix.outputs > 0 {
            for index in 0..2 {
                let statuses = ["paused", "running", "completed"];
                events.extend(statuses.map(|status| -> Event {
                    InstanceStatusChanged { index, status: status.to_owned(), updated_at: None }.into()
                }));
            }
            let (winner_id, status) = (Some(0), "completed".to_owned());
            events.push(SessionStatusChanged { status, completed_at: None, updated_at: None }.into());
            events.push(WinnerSelected { winner_id, updated_at: None }.into());
        }
        Ok(events)
    }

    /// Returns a message of a session.
    pub(super) fn message(&self, nth: usize, at: usize) -> Outcome<Event> {
        let told = &self.conversations[nth % self.conversations.len()].messages;
        let (role, content) = &told[at % told.len()];
        let message: Message = serde_json::from_value(json!({
            "id": format!("msg-{nth}-{at}"), "role": role, "content": format!("{content} (see {nth} {at})"),
            "timestamp": "2025-11-01T08:00:00Z", "instanceId": at % 2,
        }))?;
        Ok(MessageAdded { message, index: None, updated_at: None }.into())
    }
}

/// Writes a store with read models, and returns how many events and messages it holds.
pub(super) fn write(path: &Path, mix: Mix, scale: Scale) -> Outcome<(usize, usize)> {
    let teller = Teller::new(mix, scale)?;
    let store = Store::open(path, Options::new().create(true).durability(Durability::Normal))?;
    let (mut events, sessions) = (0, scale.of(SESSIONS));
    let mut tickets: Vec<Ticket> = Vec::new();
    for nth in 0..sessions {
        let told = teller.session(nth)?;
        events += told.len();
        let start = FIRST_MICROS + i64::try_from(nth)? * SESSION_MICROS;
        let told = (0..)
            .zip(told)
            .map(|(at, event)| NewEvent { event, occurred_at: time::from_micros(start + at * EVENT_MICROS) });
        tickets.push(store.log().append_later(Commit::to(Teller::name(nth), Expected::Any, told))?);
    }
    tickets.into_iter().try_for_each(|ticket| ticket.wait().map(drop))?;
    Ok((events, sessions * mix.messages))
}
