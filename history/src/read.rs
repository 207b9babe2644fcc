//! The commands that change nothing.

use retold_core::Session;

use crate::log_event::Names;
use crate::named::{first, workspace};
use crate::{Error, LogEvent, SessionHistory, records};

impl SessionHistory {
    /// Returns the first session with `session_id`, as it is.
    ///
    /// # Errors
    /// [`Error::BlankWorkspace`], [`Error::SessionNotFound`]; [`Error::Store`] where the store cannot be read.
    pub fn session(&self, workspace_path: &str, session_id: &str) -> Result<Session, Error> {
        let workspace = workspace(workspace_path, "get session", "")?;
        let mut reader = self.inner.store.log().reader()?;
        reader.begin()?;
        let head = reader.head()?.position;
        let record = first(records::of_id(&reader, &workspace, session_id)?, session_id)?;
        let state = self.inner.states.get(&mut reader, &record, head)?;
        Ok(state.session.clone())
    }

    /// Returns the last `limit` events of the first session with `session_id`, the newest first, with their texts.
    ///
    /// # Errors
    /// As [`session`](Self::session).
    pub fn latest_events(
        &self,
        workspace_path: &str,
        session_id: &str,
        limit: u32,
    ) -> Result<Vec<LogEvent>, Error> {
        let workspace = workspace(workspace_path, "list events", "")?;
        let mut reader = self.inner.store.log().reader()?;
        reader.begin()?;
        let head = reader.head()?.position;
        let record = first(records::of_id(&reader, &workspace, session_id)?, session_id)?;
        let after = retold_core::Revision::new(record.revision.get().saturating_sub(limit.into()));
        let limit = retold_core::Limit { rows: limit, bytes: usize::MAX };
        let page = reader.stream_events_after(record.stream, after.unwrap_or_default(), head, limit)?;
        let mut names = Names::default();
        let events = page.events.into_iter().map(|event| LogEvent::of(event, &mut reader, &mut names));
        let mut events: Vec<LogEvent> = events.collect::<Result<_, _>>()?;
        events.reverse();
        Ok(events)
    }
}
