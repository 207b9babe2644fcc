//! The messages that are appended, and the sessions that they go to.

use std::path::Path;
use std::sync::Arc;

use retold_benches::generate::chat_text;
use retold_core::event::{InstanceAdded, MessageAdded, SessionCreated};
use retold_core::{Commit, Event, Expected, Log, Message, Session, StreamName, time};
use serde_json::json;

use crate::Outcome;
use crate::bare::{BareRow, Kept};

/// Different messages; after them, the first comes again.
const MESSAGES: usize = 512;
/// Bytes of a message's content, about.
const CONTENT_BYTES: usize = 300;
/// Events that a session begins with.
const FIRST_EVENTS: usize = 2;

pub(crate) struct Work {
    names: Vec<StreamName>,
    messages: Vec<MessageAdded>,
    rows: Arc<[BareRow]>,
}

impl Work {
    /// Makes the messages, and has a log pack them so that the other side can write the same bytes.
    pub(crate) fn new(folder: &Path, sessions: usize) -> Outcome<Self> {
        let names =
            (0..sessions).map(|nth| StreamName::session("atlas", format!("session-{nth:06}"), 1)).collect();
        let messages: Vec<MessageAdded> = (0..MESSAGES).map(|nth| message(nth, CONTENT_BYTES)).collect();
        let log = Log::open(folder.join("packed.db"))?;
        let name = StreamName::session("atlas", "packed", 1);
        log.append(Commit::to(name, Expected::Any, messages.clone()))?;
        let reader = log.reader()?;
        let mut statement =
            reader.connection().prepare(include_str!("../../../../sql/packed_messages.sql"))?;
        let rows = statement
            .query_map([], BareRow::read)?
            .zip(&messages)
            .map(|(row, added)| Ok(row?.of(&added.message)))
            .collect::<Outcome<_>>()?;
        Ok(Self { names, messages, rows })
    }

    /// Begins the sessions.
    pub(crate) fn begin(&self, log: &Log) -> Outcome<()> {
        let tickets: Vec<_> = self
            .names
            .iter()
            .map(|name| {
                log.append_later(Commit::to(name.clone(), Expected::Any, beginning(name)?))
                    .map_err(Into::into)
            })
            .collect::<Outcome<_>>()?;
        for ticket in tickets {
            ticket.wait()?;
        }
        Ok(())
    }

    /// Returns what is appended as number `nth`, and where to.
    pub(crate) fn nth(&self, nth: usize) -> (&StreamName, &MessageAdded) {
        (&self.names[nth % self.names.len()], &self.messages[nth % MESSAGES])
    }

    pub(crate) fn rows(&self) -> Arc<[BareRow]> {
        Arc::clone(&self.rows)
    }

    /// Checks that all is there that was appended.
    pub(crate) fn check(&self, log: &Log, kept: Kept, commits: usize) -> Outcome<()> {
        let reader = log.reader()?;
        let events = reader.head()?.position.get();
        let expected = (self.names.len() * FIRST_EVENTS + commits) as u64;
        if events != expected {
            return Err(format!("append: expected {expected} events, found {events}").into());
        }
        kept.check(reader.connection(), commits)
    }
}

/// Returns message number `nth`.
pub(crate) fn message(nth: usize, bytes: usize) -> MessageAdded {
    let millis = 1_763_082_123_000 + nth * 1_375;
    let at = format!(
        "2025-11-14T{:02}:{:02}:{:02}.{:03}Z",
        nth / 3_600 % 24,
        nth / 60 % 60,
        nth % 60,
        nth % 1_000
    );
    let mut message = Message::new(
        format!("msg-{millis}"),
        if nth.is_multiple_of(2) { "user" } else { "assistant" },
        chat_text(nth as u64, bytes),
    );
    message.timestamp = at.clone();
    message.instance_id = Some(1);
    MessageAdded { message, index: None, updated_at: Some(at) }
}

/// Returns the events that a session begins with.
pub(crate) fn beginning(name: &StreamName) -> Outcome<Vec<Event>> {
    let session: Session = serde_json::from_value(json!({
        "id": name.session_id, "type": "competition", "task": "mend the paging of the tile cache",
        "status": "running", "createdAt": "2025-11-13T23:58:01.204Z", "updatedAt": "2025-11-13T23:58:01.204Z",
        "instances": [], "chatHistory": [], "model": "opus", "timeoutSeconds": 1800,
    }))?;
    let instance = serde_json::from_value(json!({
        "instanceId": 1, "worktreePath": "/home/mika/work/atlas/src-tauri/.worktrees/competition-1",
        "branch": "competition-1", "agentName": "Backend Developer", "status": "running",
        "tmuxSessionId": "ait42-competition-1", "startTime": "2025-11-13T23:58:02.871Z",
    }))?;
    Ok(vec![
        SessionCreated { session, place: None, home: None }.into(),
        InstanceAdded { instance, index: None, updated_at: None }.into(),
    ])
}

impl BareRow {
    fn of(mut self, message: &Message) -> Self {
        self.id.clone_from(&message.id);
        self.role.clone_from(&message.role);
        self.timestamp.clone_from(&message.timestamp);
        self.instant = time::parse(&message.timestamp).map(time::to_micros);
        self.instance_id = message.instance_id;
        self.content_bytes = i64::try_from(message.content.len()).unwrap_or(i64::MAX);
        self
    }
}
