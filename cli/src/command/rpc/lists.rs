//! Lists and states, for programs.

use jiff::Timestamp;
use retold::{Position, Revision, SessionFilter, SessionHistory};
use serde::Serialize;

/// A page of a list, with the place after it; null after the last.
#[derive(Serialize)]
pub(super) struct Page {
    sessions: Vec<retold::SessionRow>,
    next: Option<String>,
}

pub(super) fn list(
    history: &SessionHistory,
    workspace_path: Option<&str>,
    filter: &SessionFilter,
) -> Result<Page, retold::Error> {
    let sessions = history.list(workspace_path, filter)?;
    let is_full = filter.limit.is_some_and(|limit| u32::try_from(sessions.len()) == Ok(limit));
    let next = sessions.last().filter(|_| is_full).map(|last| last.cursor.to_string());
    Ok(Page { sessions, next })
}

/// An event, with the field names of `retold log -o json`.
#[derive(Serialize)]
pub(super) struct Event {
    position: Position,
    revision: Revision,
    r#type: &'static str,
    recorded_at: Timestamp,
    occurred_at: Timestamp,
    /// Null where it is gone.
    body: Option<retold::Event>,
}

impl From<retold::LogEvent> for Event {
    fn from(event: retold::LogEvent) -> Self {
        Self {
            position: event.position,
            revision: event.revision,
            r#type: event.kind.name(),
            recorded_at: event.recorded_at,
            occurred_at: event.occurred_at,
            body: event.event,
        }
    }
}

pub(super) fn latest_events(
    history: &SessionHistory,
    workspace_path: &str,
    session_id: &str,
    limit: u32,
) -> Result<Vec<Event>, retold::Error> {
    let events = history.latest_events(workspace_path, session_id, limit)?;
    Ok(events.into_iter().map(Event::from).collect())
}

/// How far the mirrored files are.
#[derive(Serialize)]
pub(super) struct Mirror {
    position: Position,
    head: Position,
    error: Option<String>,
    skipped: Vec<String>,
}

pub(super) fn mirror_status(history: &SessionHistory) -> Result<Option<Mirror>, retold::Error> {
    let status = history.mirror_status()?;
    Ok(status.map(|status| Mirror {
        position: status.position,
        head: status.head,
        error: status.error,
        skipped: status.skipped,
    }))
}
