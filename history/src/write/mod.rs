//! The commands that write.

#[macro_use]
mod declare;

mod agent;
mod edit;
#[cfg(feature = "legacy")]
mod legacy;
mod only;
mod plan;
mod read_back;
mod ticket;
mod update;

use std::sync::OnceLock;

use jiff::Timestamp;
use retold_core::{IdempotencyKey, Instance, Message, Operation, Position, RawText, Session, SessionState};

pub use self::agent::AgentEvent;
pub use self::edit::{Edit, Edited, Seen};
use crate::named::workspace;
use crate::{Error, SessionHistory};
pub(crate) use plan::{Command, Planner};
pub(crate) use read_back::Helper;
pub use ticket::Ticket;

/// A write, on its way.
#[derive(Debug)]
pub(crate) struct Write {
    workspace_path: String,
    /// The workspace's key.
    workspace: String,
    command: Command,
    key: Option<String>,
    /// Whether the answer is the session as it is afterwards, which costs a look at it.
    answers_session: bool,
    /// When it was handed over, as the history's clock says and the old history spelt it.
    now: String,
    folder: OnceLock<String>,
    /// The record that it is for, as its caller has seen it; the first of its id where there is none.
    only: Option<only::Only>,
    /// What its commit belongs to, where its caller says so.
    operation: Option<Operation>,
}

impl Write {
    fn new(
        history: &SessionHistory,
        workspace_path: &str,
        command: Command,
        key: Option<String>,
        answers_session: bool,
    ) -> Result<Self, Error> {
        let (act, advice) = command.words();
        let workspace = workspace(workspace_path, act, advice)?;
        if let Command::Record { event, .. } = &command
            && let Some(reason) = event.fault()
        {
            return Err(retold_core::Error::Malformed { reason }.into());
        }
        let now = retold_core::time::spell((history.inner.options.clock)());
        let workspace_path = workspace_path.to_owned();
        let folder = OnceLock::new();
        let (only, operation) = (None, None);
        Ok(Self { workspace_path, workspace, command, key, answers_session, now, folder, only, operation })
    }

    /// Returns the key, bound to this write.
    fn key(&self) -> Result<Option<IdempotencyKey>, Error> {
        let (act, _) = self.command.words();
        let bound = |key: &String| match self.only {
            None => IdempotencyKey::of(key, act, &(&self.workspace, &self.command)),
            // The time of the call is not part of what it is.
            Some(only) => {
                let (command, at) = (self.command.without_time(), (only.ordinal, only.revision.get()));
                IdempotencyKey::of(key, act, &(&self.workspace, &command, at))
            }
        };
        Ok(self.key.as_ref().map(bound).transpose()?)
    }

    /// Returns the words for it.
    fn name(&self) -> &'static str {
        self.command.words().0
    }

    /// Returns what its commit belongs to.
    fn operation(&self) -> Operation {
        if let Some(operation) = &self.operation {
            return operation.clone();
        }
        let (act, _) = self.command.words();
        Operation::new(act.replace(' ', "_")).argument("session", self.command.session_id())
    }

    /// Returns the workspace's folder without links, where there is one. It is looked for once.
    fn folder(&self) -> &str {
        self.folder.get_or_init(|| match std::fs::canonicalize(&self.workspace_path) {
            Ok(path) => path.to_string_lossy().into_owned(),
            Err(_) => self.workspace_path.clone(),
        })
    }
}

/// What a write answers.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// The session as it is afterwards.
    Session(Box<Session>),
    /// The position of the last event that was written.
    At(Position),
    /// The end of the log that needed no event.
    Nothing(Position),
}

impl Answer {
    fn session(state: &SessionState) -> Self {
        Self::Session(Box::new(state.session.clone()))
    }
}

/// What a caller gets of an answer.
pub(crate) trait Answered: Sized {
    /// Whether it is the session.
    const IS_SESSION: bool;

    fn of(answer: Answer) -> Self;
}

impl Answered for Session {
    const IS_SESSION: bool = true;

    fn of(answer: Answer) -> Self {
        match answer {
            Answer::Session(session) => *session,
            Answer::At(_) | Answer::Nothing(_) => {
                unreachable!("a command that answers a session answers one")
            }
        }
    }
}

impl Answered for () {
    const IS_SESSION: bool = false;

    fn of(_: Answer) -> Self {}
}

impl Answered for Position {
    const IS_SESSION: bool = false;

    fn of(answer: Answer) -> Self {
        match answer {
            Answer::At(position) | Answer::Nothing(position) => position,
            Answer::Session(_) => unreachable!("a command that answers a position answers one"),
        }
    }
}

impl Answered for Edited {
    const IS_SESSION: bool = false;

    fn of(answer: Answer) -> Self {
        match answer {
            Answer::At(position) => Self { last: Some(position) },
            _ => Self { last: None },
        }
    }
}

/// The writes of a history, each with the idempotency key it was made for: see [`SessionHistory::with_idempotency_key`].
#[derive(Clone, Debug)]
pub struct Writes<'h> {
    history: &'h SessionHistory,
    key: Option<String>,
}

impl SessionHistory {
    /// Makes the write that follows happen once: the next one with the same key, from whatever process and after
    /// whatever crash, changes nothing and gets the answer of the first. That goes for a write that had nothing to change, too.
    ///
    /// A key stands for one write: with another command, workspace, session or content it gets [`Error::KeyReused`]. A blank
    /// key stands for nothing and gets [`Error::Store`] with [`retold_core::Error::BlankKey`].
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # let history = retold::SessionHistory::open(folder.path().join("sessions.db"))?;
    /// let session = retold::Session::new("a1", "debate", "Tabs or spaces");
    /// history.with_idempotency_key("create-17").create("/src/atlas", session.clone())?;
    /// history.with_idempotency_key("create-17").create("/src/atlas", session)?;
    /// assert_eq!(history.list(Some("/src/atlas"), &retold::SessionFilter::new())?.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_idempotency_key(&self, key: impl Into<String>) -> Writes<'_> {
        Writes { history: self, key: Some(key.into()) }
    }

    /// Returns the writes without a key: what the history itself offers too.
    pub fn writes(&self) -> Writes<'_> {
        Writes { history: self, key: None }
    }
}

impl Writes<'_> {
    fn hand_over<T: Answered>(
        &self,
        workspace_path: &str,
        command: Command,
        waits: bool,
    ) -> Result<Ticket<T>, Error> {
        let write = Write::new(self.history, workspace_path, command, self.key.clone(), T::IS_SESSION)?;
        Ticket::of(self.history, write, waits, T::of)
    }
}

writes! {
    /// Appends a session to the workspace's list, also where its id exists.
    ///
    /// Like every command here it returns the position of its last event, or the end of the log where nothing had to be
    /// written: the moment at which [`session_at`](Self::session_at) gives the session as the command left it.
    ///
    /// # Errors
    /// [`Error::BlankWorkspace`]; [`Error::Store`] where the store refused.
    create create_later (session: Session) -> Position = Command::CreateSession { session };

    /// Makes the first session of the document's id what the document says. Only what differs is written, nothing where
    /// nothing does; what a document that was read too early lacks stays, unless the history was opened with
    /// [`StaleUpdate::Literal`](crate::StaleUpdate::Literal).
    ///
    /// # Errors
    /// Those of [`add_message`](Self::add_message).
    update update_later (session: Session) -> Position = Command::UpdateSession { session };

    /// Appends a message to the first session of this id, and sets its `updatedAt` to now.
    ///
    /// # Errors
    /// [`Error::BlankWorkspace`], [`Error::SessionNotFound`]; [`Error::Store`] where the store refused.
    add_message add_message_later (session_id: &str, message: Message) -> Position =
        Command::AddChatMessage { session_id: session_id.to_owned(), message };

    /// Appends an instance to the first session of this id, and sets its `updatedAt` to now.
    ///
    /// # Errors
    /// Those of [`add_message`](Self::add_message).
    add_instance add_instance_later (session_id: &str, instance: Instance) -> Position =
        Command::AddInstance { session_id: session_id.to_owned(), instance };

    /// Appends to the output of the first instance of this number, and sets `updatedAt` to now. Only the chunk is
    /// written, whatever the length of the output. A [`RawText`] may hold what is no text, a character that was cut in two say: it is
    /// U+FFFD in the output, and a legacy file gets the original back. Such a chunk costs a look at the session.
    ///
    /// # Errors
    /// Those of [`set_instance_status`](Self::set_instance_status).
    append_output append_output_later (session_id: &str, instance_id: u32, chunk: impl Into<RawText>) -> Position =
        Command::AppendOutput { session_id: session_id.to_owned(), instance_id, chunk: chunk.into() };

    /// Sets the status of the first session of this id, and `updatedAt` to now. Its `completedAt` becomes `completed_at`
    /// where there is one.
    ///
    /// # Errors
    /// Those of [`add_message`](Self::add_message).
    set_status set_status_later
        (session_id: &str, status: &str, completed_at: Option<Timestamp>) -> Position =
        Command::SetStatus {
            session_id: session_id.to_owned(),
            status: status.to_owned(),
            completed_at: completed_at.map(retold_core::time::spell),
        };

    /// Sets the status of the first instance of this number, and `updatedAt` to now.
    ///
    /// # Errors
    /// Those of [`add_message`](Self::add_message), and [`Error::InstanceNotFound`].
    set_instance_status set_instance_status_later
        (session_id: &str, instance_id: u32, status: &str) -> Position =
        Command::UpdateInstanceStatus {
            session_id: session_id.to_owned(),
            instance_id,
            new_status: status.to_owned(),
        };

    /// Makes an instance the winner and archives the others, or takes the choice back, and returns the session.
    ///
    /// # Errors
    /// Those of [`set_instance_status`](Self::set_instance_status).
    select_winner select_winner_later (session_id: &str, instance_id: Option<u32>) -> Session =
        Command::SelectWinner { session_id: session_id.to_owned(), instance_id };

    /// Removes every session of this id from the list; that there is none is not an error. Their events stay.
    ///
    /// # Errors
    /// [`Error::BlankWorkspace`]; [`Error::Store`] where the store refused.
    delete delete_later (session_id: &str) -> Position =
        Command::DeleteSession { session_id: session_id.to_owned() };

    /// Undoes the last delete of this id: the sessions that it removed are in their places again. Returns the first
    /// of them.
    ///
    /// # Errors
    /// [`Error::BlankWorkspace`]; [`Error::SessionNotFound`] where none of this id is deleted; [`Error::Store`] where
    /// the store refused.
    restore_session restore_session_later (session_id: &str) -> Session =
        Command::RestoreSession { session_id: session_id.to_owned() };

    /// Records what an agent did in the first session of this id: a tool call and its return, tokens that were used, a
    /// compaction, a title, and what else [`AgentEvent`] has. Its `updatedAt` becomes now where the event says so; the
    /// legacy document has no place for the rest, which lists, SQL and the projection `transcripts` hold. Nothing is read but
    /// the session's place, whatever its length.
    ///
    /// A tool call and its return are two events that the call's id joins; a usage whose key comes again replaces what was
    /// recorded with it.
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # let history = retold::SessionHistory::open(folder.path().join("sessions.db"))?;
    /// # history.create("/src/atlas", retold::Session::new("a1", "debate", "Tabs or spaces"))?;
    /// use retold::event::{ToolCalled, ToolReturned};
    /// let called = ToolCalled {
    ///     call: "c1".to_owned(),
    ///     message: None,
    ///     name: "shell".to_owned(),
    ///     kind: "execute".to_owned(),
    ///     instance_id: None,
    ///     input: r#"{"command":"cargo test"}"#.into(),
    ///     updated_at: None,
    /// };
    /// history.record("/src/atlas", "a1", called)?;
    /// let returned = ToolReturned {
    ///     call: "c1".to_owned(),
    ///     outcome: "ok".to_owned(),
    ///     output: "1,275 passed".into(),
    ///     updated_at: None,
    /// };
    /// history.record("/src/atlas", "a1", returned)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`add_message`](Self::add_message), and [`Error::InstanceNotFound`]; [`Error::Store`] with
    /// [`StoreError::Malformed`](crate::StoreError::Malformed) for a blank id, and for a kind, an outcome or a relation that is not a
    /// known word.
    record record_later (session_id: &str, event: impl Into<AgentEvent>) -> Position =
        Command::Record { session_id: session_id.to_owned(), event: event.into() };

    /// Adds and removes tags of the first session of this id, and returns the session; tags are beside its document
    /// ([`SessionRow`](crate::SessionRow) has them), and legacy files do not hold them.
    ///
    /// # Errors
    /// [`Error::BlankWorkspace`], [`Error::SessionNotFound`]; [`Error::Store`] for a text that is no tag, and where the store refused.
    tag_session tag_session_later (session_id: &str, add: &[String], remove: &[String]) -> Session =
        Command::TagSession {
            session_id: session_id.to_owned(),
            add: add.to_owned(),
            remove: remove.to_owned(),
        };
}
