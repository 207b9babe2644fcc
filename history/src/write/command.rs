//! The writes, as data.

use retold_core::{Instance, Message, RawText, Session};
use serde::Serialize;

#[derive(Clone, Debug, Serialize)]
pub(crate) enum Command {
    CreateSession { session: Session },
    UpdateSession { session: Session },
    DeleteSession { session_id: String },
    AddChatMessage { session_id: String, message: Message },
    UpdateInstanceStatus { session_id: String, instance_id: u32, new_status: String },
    AppendOutput { session_id: String, instance_id: u32, chunk: RawText },
    SelectWinner { session_id: String, instance_id: Option<u32> },
    RestoreSession { session_id: String },
    AddInstance { session_id: String, instance: Instance },
    SetStatus { session_id: String, status: String, completed_at: Option<String> },
}

impl Command {
    /// Returns what the command is called where it is refused, and what the user may do.
    pub(super) fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::CreateSession { .. } => ("create session", " Please open a valid Git repository."),
            Self::UpdateSession { .. } => ("update session", ""),
            Self::DeleteSession { .. } => ("delete session", ""),
            Self::AddChatMessage { .. } => ("add chat message", ""),
            Self::UpdateInstanceStatus { .. } => ("update instance status", ""),
            Self::AppendOutput { .. } => ("append output", ""),
            Self::SelectWinner { .. } => ("select winner", ""),
            Self::RestoreSession { .. } => ("restore session", ""),
            Self::AddInstance { .. } => ("add instance", ""),
            Self::SetStatus { .. } => ("set status", ""),
        }
    }

    /// Returns the id of the session that it is about.
    pub(super) fn session_id(&self) -> &str {
        match self {
            Self::CreateSession { session } | Self::UpdateSession { session } => &session.id,
            Self::DeleteSession { session_id }
            | Self::AddChatMessage { session_id, .. }
            | Self::UpdateInstanceStatus { session_id, .. }
            | Self::AppendOutput { session_id, .. }
            | Self::SelectWinner { session_id, .. }
            | Self::RestoreSession { session_id }
            | Self::AddInstance { session_id, .. }
            | Self::SetStatus { session_id, .. } => session_id,
        }
    }

    /// Returns the session that it creates, which is its answer whatever others write.
    pub(super) fn created(&self) -> Option<&Session> {
        match self {
            Self::CreateSession { session } => Some(session),
            _ => None,
        }
    }
}
