//! The commands of the old history that write, with its answers: whole sessions.

use retold_core::{Message, Session};

use super::{Command, Ticket, Writes};
use crate::{Error, SessionHistory};

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

    /// Removes every session of this id from the list; that there is none is not an error. Their events stay.
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
}
