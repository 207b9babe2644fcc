//! The commands that write.

mod plan;
mod read_back;
mod ticket;
mod update;

use std::sync::OnceLock;

use retold_core::{IdempotencyKey, Message, Operation, RawText, Session, SessionState};

use crate::read::workspace;
use crate::{Error, SessionHistory, clock};
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
    /// When it was handed over, as the history's clock says and the old history spelt it.
    now: String,
    folder: OnceLock<String>,
}

impl Write {
    fn new(
        history: &SessionHistory,
        workspace_path: &str,
        command: Command,
        key: Option<String>,
    ) -> Result<Self, Error> {
        let (act, advice) = command.words();
        let workspace = workspace(workspace_path, act, advice)?;
        let now = clock::spell((history.inner.options.clock)());
        let workspace_path = workspace_path.to_owned();
        Ok(Self { workspace_path, workspace, command, key, now, folder: OnceLock::new() })
    }

    /// Returns the key, bound to this write.
    fn key(&self) -> Result<Option<IdempotencyKey>, Error> {
        let (act, _) = self.command.words();
        let bound = |key: &String| IdempotencyKey::of(key, act, &(&self.workspace, &self.command));
        Ok(self.key.as_ref().map(bound).transpose()?)
    }

    /// Returns what its commit belongs to.
    fn operation(&self) -> Operation {
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
    Session(Box<Session>),
    Nothing,
}

impl Answer {
    fn session(state: &SessionState) -> Self {
        Self::Session(Box::new(state.session.clone()))
    }
}

impl From<Answer> for Session {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Session(session) => *session,
            Answer::Nothing => unreachable!("a command that answers a session answers one"),
        }
    }
}

impl From<Answer> for () {
    fn from(_: Answer) {}
}

/// The writes of a history, each with the idempotency key it was made for: see [`SessionHistory::once`].
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
    /// # let session: retold::Session = serde_json::from_str(
    /// #     r#"{"id": "a1", "type": "debate", "task": "", "status": "running", "createdAt": "",
    /// #         "updatedAt": "", "instances": [], "chatHistory": []}"#,
    /// # )?;
    /// history.once("create-17").create_session("/src/atlas", session.clone())?;
    /// history.once("create-17").create_session("/src/atlas", session)?;
    /// assert_eq!(history.get_all_sessions("/src/atlas")?.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn once(&self, key: impl Into<String>) -> Writes<'_> {
        Writes { history: self, key: Some(key.into()) }
    }

    /// Returns the writes without a key: what the history itself offers too.
    pub fn writes(&self) -> Writes<'_> {
        Writes { history: self, key: None }
    }
}

impl Writes<'_> {
    fn hand_over<T>(&self, workspace_path: &str, command: Command, waits: bool) -> Result<Ticket<T>, Error>
    where
        Answer: Into<T>,
    {
        let write = Write::new(self.history, workspace_path, command, self.key.clone())?;
        Ticket::of(self.history, write, waits, Into::into)
    }
}

/// Declares each write twice: one that waits, and one that gives a ticket; on a history, and with a key.
macro_rules! writes {
    ($($(#[$about:meta])* $name:ident $later:ident
        ($($argument:ident: $type:ty),*) -> $answer:ty = $command:expr;)*) => {
        impl SessionHistory {
            $(
                $(#[$about])*
                pub fn $name(&self, workspace_path: &str, $($argument: $type),*) -> Result<$answer, Error> {
                    self.writes().$name(workspace_path, $($argument),*)
                }

                #[doc = concat!("Does what [`", stringify!($name), "`](Self::", stringify!($name), ") does, without")]
                /// waiting for the disk: the ticket does. The write is made in the order of handing over, whatever becomes
                /// of the ticket. What is wrong with the call by itself comes at once; what is wrong with it as of its turn,
                /// a session that is not there, comes with the ticket.
                ///
                /// # Errors
                #[doc = concat!("Those of [`", stringify!($name), "`](Self::", stringify!($name), ").")]
                pub fn $later(
                    &self,
                    workspace_path: &str,
                    $($argument: $type),*
                ) -> Result<Ticket<$answer>, Error> {
                    self.writes().$later(workspace_path, $($argument),*)
                }
            )*
        }

        impl Writes<'_> {
            $(
                #[doc = concat!("See [`SessionHistory::", stringify!($name), "`].")]
                ///
                /// # Errors
                /// The same.
                pub fn $name(&self, workspace_path: &str, $($argument: $type),*) -> Result<$answer, Error> {
                    self.hand_over(workspace_path, $command, true)?.wait()
                }

                #[doc = concat!("See [`SessionHistory::", stringify!($later), "`].")]
                ///
                /// # Errors
                /// The same.
                pub fn $later(
                    &self,
                    workspace_path: &str,
                    $($argument: $type),*
                ) -> Result<Ticket<$answer>, Error> {
                    self.hand_over(workspace_path, $command, false)
                }
            )*
        }
    };
}

writes! {
    /// Appends a session to the workspace's list, also where its id exists, and returns it.
    ///
    /// # Errors
    /// [`Error::BlankWorkspace`]; [`Error::Store`] where the store refused.
    create_session create_session_later (session: Session) -> Session =
        Command::CreateSession { session };

    /// Makes the first session of the document's id what the document says, in its place, and returns it. Only what
    /// differs is written, nothing where nothing does; what a document that was read too early lacks stays, unless
    /// the history was opened with [`StaleUpdate::Literal`](crate::StaleUpdate::Literal).
    ///
    /// # Errors
    /// [`Error::BlankWorkspace`], [`Error::SessionNotFound`]; [`Error::Store`] where the store refused.
    update_session update_session_later (session: Session) -> Session =
        Command::UpdateSession { session };

    /// Removes every session of this id from the list; that there is none is no error. Their events stay.
    ///
    /// # Errors
    /// [`Error::BlankWorkspace`]; [`Error::Store`] where the store refused.
    delete_session delete_session_later (session_id: &str) -> () =
        Command::DeleteSession { session_id: session_id.to_owned() };

    /// Appends a message to the first session of this id, sets its `updatedAt` to now, and returns it.
    ///
    /// # Errors
    /// [`Error::BlankWorkspace`], [`Error::SessionNotFound`]; [`Error::Store`] where the store refused.
    add_chat_message add_chat_message_later (session_id: &str, message: Message) -> Session =
        Command::AddChatMessage { session_id: session_id.to_owned(), message };

    /// Sets the status of the first instance of this number, and `updatedAt` to now also where the status stays, and
    /// returns the session.
    ///
    /// # Errors
    /// [`Error::BlankWorkspace`], [`Error::SessionNotFound`], [`Error::InstanceNotFound`]; [`Error::Store`] where
    /// the store refused.
    update_instance_status update_instance_status_later
        (session_id: &str, instance_id: u32, new_status: &str) -> Session =
        Command::UpdateInstanceStatus {
            session_id: session_id.to_owned(),
            instance_id,
            new_status: new_status.to_owned(),
        };

    /// Appends to the output of the first instance of this number, and sets `updatedAt` to now. Only the chunk is
    /// written, whatever the length of the output. A [`RawText`] may hold what is no text, a character that was cut in two say: it is
    /// U+FFFD in the output, and a legacy file gets the original back. Such a chunk costs a look at the session.
    ///
    /// # Errors
    /// Those of [`update_instance_status`](Self::update_instance_status).
    append_output append_output_later (session_id: &str, instance_id: u32, chunk: impl Into<RawText>) -> () =
        Command::AppendOutput { session_id: session_id.to_owned(), instance_id, chunk: chunk.into() };

    /// Makes an instance the winner and archives the others, or takes the choice back, and returns the session.
    ///
    /// # Errors
    /// Those of [`update_instance_status`](Self::update_instance_status).
    select_winner select_winner_later (session_id: &str, instance_id: Option<u32>) -> Session =
        Command::SelectWinner { session_id: session_id.to_owned(), instance_id };

    /// Undoes the last delete of this id: the sessions that it removed stand in their places again. Returns the first
    /// of them.
    ///
    /// # Errors
    /// [`Error::BlankWorkspace`]; [`Error::SessionNotFound`] where none of this id is deleted; [`Error::Store`] where
    /// the store refused.
    restore_session restore_session_later (session_id: &str) -> Session =
        Command::RestoreSession { session_id: session_id.to_owned() };

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
