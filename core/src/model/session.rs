//! The session level of a document.

use super::document::document;
use super::{Extra, Instance, Message};

document! {
    /// A session, as the legacy document has it.
    Session,
    /// A change of a session's own keys.
    SessionPatch,
    before {
        id: String = "id",
        kind: String = "type",
        task: String = "task",
        status: String = "status",
        created_at: String = "createdAt",
        updated_at: String = "updatedAt",
        completed_at: Option<String> = "completedAt",
    }
    apart {
        instances: Vec<Instance> = "instances",
        chat_history: Vec<Message> = "chatHistory",
    }
    after {
        model: Option<String> = "model",
        timeout_seconds: Option<u32> = "timeoutSeconds",
        preserve_worktrees: Option<bool> = "preserveWorktrees",
        winner_id: Option<u32> = "winnerId",
        /// In the order given, with repeats.
        runtime_mix: Option<Vec<String>> = "runtimeMix",
        /// In seconds.
        total_duration: Option<u64> = "totalDuration",
        total_files_changed: Option<u32> = "totalFilesChanged",
        total_lines_added: Option<u32> = "totalLinesAdded",
        total_lines_deleted: Option<u32> = "totalLinesDeleted",
    }
}

impl Session {
    /// What stands in the place of one whose event was redacted.
    pub fn redacted() -> Self {
        Self {
            id: String::new(),
            kind: "redacted".to_owned(),
            task: String::new(),
            status: "redacted".to_owned(),
            created_at: String::new(),
            updated_at: String::new(),
            completed_at: None,
            instances: Vec::new(),
            chat_history: Vec::new(),
            model: None,
            timeout_seconds: None,
            preserve_worktrees: None,
            winner_id: None,
            runtime_mix: None,
            total_duration: None,
            total_files_changed: None,
            total_lines_added: None,
            total_lines_deleted: None,
            extra: Extra::default(),
        }
    }
}
