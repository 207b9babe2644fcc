//! Sessions that are written while something is measured.

use std::path::Path;

use retold_core::event::{MessageAdded, SessionCreated};
use retold_core::{Commit, Event, Expected, Log, Message, Options, Session, StreamName};
use serde_json::json;

use crate::Outcome;

/// Messages of a commit.
const COMMIT: usize = 10;

pub(super) fn log(path: &Path) -> Outcome<Log> {
    Ok(Options::new().create(true).open(path)?)
}

fn name(id: &str) -> StreamName {
    StreamName::session("atlas", id, 1)
}

pub(super) fn begin(log: &Log, id: &str) -> Outcome<()> {
    let time = "2026-01-01T09:00:00Z";
    let session: Session = serde_json::from_value(json!({
        "id": id, "type": "competition", "task": "mend the door", "status": "running", "createdAt": time, "updatedAt": time,
        "instances": [], "chatHistory": [],
    }))?;
    let created: Event = SessionCreated { session, place: None, home: None }.into();
    log.append(Commit::to(name(id), Expected::Any, [created]))?;
    Ok(())
}

/// Says so many things.
pub(super) fn say(log: &Log, id: &str, messages: usize) -> Outcome<()> {
    for first in (0..messages).step_by(COMMIT) {
        let events = (first..messages.min(first + COMMIT)).map(message).collect::<Outcome<Vec<Event>>>()?;
        log.append(Commit::to(name(id), Expected::Any, events))?;
    }
    Ok(())
}

fn message(nth: usize) -> Outcome<Event> {
    let content = retold_benches::generate::chat_text(nth as u64, 300);
    let message: Message = serde_json::from_value(json!({
        "id": format!("msg-{nth}"), "role": "user", "content": content, "timestamp": "2026-01-01T09:00:00Z",
    }))?;
    Ok(MessageAdded { message, index: None, updated_at: None }.into())
}
