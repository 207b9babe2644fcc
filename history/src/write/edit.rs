//! Writes to one record of a session that are made only while it is what the caller has seen: what a person does on a page.

use retold_core::{Operation, Position, Revision, StreamName, time};

use super::only::Only;
use super::{Command, Ticket, Write};
use crate::{Error, SessionHistory};

/// One record of a session, as the caller has seen it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Which one, twins told apart.
    pub session: StreamName,
    /// The last of its events that the caller has seen.
    pub revision: Revision,
}

/// What is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Its status. `ends`: whether it is over with it, so that its `completedAt` becomes now.
    Status {
        /// The status.
        status: String,
        /// Whether the session is over.
        ends: bool,
    },
    /// Its winner, the others being archived; `None` takes the choice back.
    Winner(Option<u32>),
    /// Its tags.
    Tags {
        /// What is added.
        add: Vec<String>,
        /// What is taken away.
        remove: Vec<String>,
    },
}

/// What an edit came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Edited {
    /// The position of its last event; `None` where nothing had to be written.
    pub last: Option<Position>,
}

impl SessionHistory {
    /// Changes one record of a session, if it is what the caller has seen, and once for each key. Whether it is, is decided inside the
    /// transaction.
    ///
    /// # Errors
    /// [`Error::Store`] with [`retold_core::Error::Conflict`] where others have written to it since: nothing was changed;
    /// [`Error::SessionNotFound`] where it is deleted; otherwise those of [`set_status`](Self::set_status),
    /// [`select_winner`](Self::select_winner) and [`tag_session`](Self::tag_session).
    #[doc(hidden)]
    pub fn edit(
        &self,
        seen: &Seen,
        edit: Edit,
        key: Option<String>,
        operation: Operation,
    ) -> Result<Edited, Error> {
        let session_id = seen.session.session_id.clone();
        let now = time::spell((self.inner.options.clock)());
        let command = match edit {
            Edit::Status { status, ends } => {
                Command::SetStatus { session_id, status, completed_at: ends.then(|| now.clone()) }
            }
            Edit::Winner(instance_id) => Command::SelectWinner { session_id, instance_id },
            Edit::Tags { add, remove } => Command::TagSession { session_id, add, remove },
        };
        let write = Write {
            workspace_path: String::new(),
            workspace: seen.session.workspace.clone(),
            command,
            key,
            answers_session: false,
            now,
            folder: std::sync::OnceLock::new(),
            only: Some(Only { ordinal: seen.session.ordinal, revision: seen.revision }),
            operation: Some(operation),
        };
        let ticket: Ticket<Edited> = Ticket::of(self, write, true, super::Answered::of)?;
        ticket.wait()
    }
}
