//! The commands of the old history that read.

use retold_core::Session;

use crate::named::workspace;
use crate::{Error, SessionHistory, records};

impl SessionHistory {
    /// Returns the first session with `session_id`: [`session`](Self::session).
    ///
    /// # Errors
    /// Those of [`session`](Self::session).
    pub fn get_session(&self, workspace_path: &str, session_id: &str) -> Result<Session, Error> {
        self.session(workspace_path, session_id)
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
}
