//! The session level of a document.

use super::document::document;
use super::field::Document;
use super::{Instance, Message};

document! {
    /// A session, as the legacy document has it.
    Session,
    /// A change of a session's own keys.
    SessionPatch,
    before {
        id: String = "id" Structure,
        kind: String = "type" Structure,
        task: String = "task" Content,
        status: String = "status" Structure,
        created_at: String = "createdAt" Time,
        updated_at: String = "updatedAt" Time,
        completed_at: Option<String> = "completedAt" Time,
    }
    apart {
        instances: Vec<Instance> = "instances" Structure,
        chat_history: Vec<Message> = "chatHistory" Structure,
    }
    after {
        model: Option<String> = "model" Structure,
        timeout_seconds: Option<u32> = "timeoutSeconds" Structure,
        preserve_worktrees: Option<bool> = "preserveWorktrees" Structure,
        winner_id: Option<u32> = "winnerId" Structure,
        /// In the order given, with repeats.
        runtime_mix: Option<Vec<String>> = "runtimeMix" Structure,
        /// In seconds.
        total_duration: Option<u64> = "totalDuration" Structure,
        total_files_changed: Option<u32> = "totalFilesChanged" Structure,
        total_lines_added: Option<u32> = "totalLinesAdded" Structure,
        total_lines_deleted: Option<u32> = "totalLinesDeleted" Structure,
    }
}

impl Session {
    /// What replaces one whose event was redacted.
    pub fn redacted() -> Self {
        let word = || "redacted".to_owned();
        Self { kind: word(), status: word(), ..Self::blank() }
    }
}
