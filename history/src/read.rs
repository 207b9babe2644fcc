//! The commands that change nothing.

use retold_core::{Recorded, Session};
use retold_importer::ait42::workspace_hash;
use retold_projections::{SessionCounts, SessionFilter, SessionRow};

use crate::{Error, SessionHistory, records};

impl SessionHistory {
    /// Returns the first session with `session_id`.
    ///
    /// # Errors
    /// [`Error::BlankWorkspace`], [`Error::SessionNotFound`]; [`Error::Store`] where the store cannot be read.
    pub fn get_session(&self, workspace_path: &str, session_id: &str) -> Result<Session, Error> {
        let workspace = workspace(workspace_path, "get session", "")?;
        let mut reader = self.inner.store.log().reader()?;
        reader.begin()?;
        let head = reader.head()?.position;
        let record = first(records::of_id(&reader, &workspace, session_id)?, session_id)?;
        let state = self.inner.states.get(&mut reader, &record, head)?;
        Ok(state.session.clone())
    }

    /// Returns every session of the workspace in the order of its list, twins too; none for a blank path.
    ///
    /// # Errors
    /// [`Error::Store`] where the store cannot be read.
    pub fn get_all_sessions(&self, workspace_path: &str) -> Result<Vec<Session>, Error> {
        let Ok(workspace) = workspace(workspace_path, "get all sessions", "") else { return Ok(Vec::new()) };
        let log = self.inner.store.log();
        let reader = log.reader()?;
        reader.begin()?;
        let head = reader.head()?.position;
        let records = records::of_file(&reader, &workspace, &workspace)?;
        let states = self.inner.states.get_all(log, &reader, &records, head)?;
        Ok(states.iter().map(|state| state.session.clone()).collect())
    }

    /// Lists sessions without their outputs and messages: those of one workspace, or of all where `workspace_path` is
    /// `None`; the path says the workspace, whatever `filter` says of it. [`SessionFilter::after`] begins the next page
    /// behind the [cursor](SessionRow::cursor) of the last row.
    ///
    /// # Errors
    /// [`Error::BlankWorkspace`]; [`Error::ReadModels`] for a cursor of another order; [`Error::Store`] where the store
    /// cannot be read.
    pub fn list_sessions(
        &self,
        workspace_path: Option<&str>,
        filter: &SessionFilter,
    ) -> Result<Vec<SessionRow>, Error> {
        Ok(self.inner.store.sessions(&of_workspace(workspace_path, filter)?)?)
    }

    /// Counts the sessions that `filter` leaves, whatever its page, by status and type.
    ///
    /// # Errors
    /// Those of [`list_sessions`](Self::list_sessions).
    pub fn count_sessions(
        &self,
        workspace_path: Option<&str>,
        filter: &SessionFilter,
    ) -> Result<SessionCounts, Error> {
        Ok(self.inner.store.count_sessions(&of_workspace(workspace_path, filter)?)?)
    }

    /// Returns the last `limit` events of the first session with `session_id`, the newest first, with their texts.
    ///
    /// # Errors
    /// As [`get_session`](Self::get_session).
    pub fn latest_events(
        &self,
        workspace_path: &str,
        session_id: &str,
        limit: u32,
    ) -> Result<Vec<Recorded>, Error> {
        let workspace = workspace(workspace_path, "list events", "")?;
        let mut reader = self.inner.store.log().reader()?;
        reader.begin()?;
        let head = reader.head()?.position;
        let record = first(records::of_id(&reader, &workspace, session_id)?, session_id)?;
        let after = retold_core::Revision::new(record.revision.get().saturating_sub(limit.into()));
        let limit = retold_core::Limit { rows: limit, bytes: usize::MAX };
        let mut events =
            reader.stream_events_after(record.stream, after.unwrap_or_default(), head, limit)?.events;
        for recorded in &mut events {
            if let Some(event) = &mut recorded.event {
                reader.resolve_event(event)?;
            }
        }
        events.reverse();
        Ok(events)
    }
}

fn of_workspace(path: Option<&str>, filter: &SessionFilter) -> Result<SessionFilter, Error> {
    let workspace = path.map(|path| workspace(path, "list sessions", "")).transpose()?;
    Ok(SessionFilter { workspace, ..filter.clone() })
}

/// Returns the key of the workspace at a path.
pub(crate) fn workspace(path: &str, act: &'static str, advice: &'static str) -> Result<String, Error> {
    if path.trim().is_empty() {
        return Err(Error::BlankWorkspace { act, advice });
    }
    Ok(workspace_hash(path))
}

/// Commands act on the first of the records of an id.
pub(crate) fn first(records: Vec<records::Record>, session_id: &str) -> Result<records::Record, Error> {
    records.into_iter().next().ok_or_else(|| Error::SessionNotFound { session_id: session_id.to_owned() })
}
