//! The three documents, with their keys in the order in which the old backend wrote them.

use serde::{Deserialize, Serialize};

/// One run of several agents on one task.
///
/// Reading drops unknown keys; writing gives every absent option as `null`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// A UUID as a rule; nothing keeps it unique.
    pub id: String,
    /// `competition`, `ensemble` or `debate`, unchecked.
    #[serde(rename = "type")]
    pub session_type: String,
    /// What the agents were asked to do; overwritten while a debate runs.
    pub task: String,
    /// `running`, `completed`, `failed`, `paused`, `round_1` to `round_3`, unchecked.
    pub status: String,
    /// RFC 3339, in the page's or the backend's spelling.
    pub created_at: String,
    /// RFC 3339, in the page's or the backend's spelling.
    pub updated_at: String,
    /// RFC 3339; may be set on a session that runs again.
    pub completed_at: Option<String>,
    /// The agents at work, in the order they were started.
    pub instances: Vec<Instance>,
    /// The conversation, oldest first.
    pub chat_history: Vec<Message>,
    /// The model asked for, where all instances share one.
    pub model: Option<String>,
    /// How long an agent may work; 0 occurs.
    pub timeout_seconds: Option<u32>,
    /// Whether worktrees outlive the session.
    pub preserve_worktrees: Option<bool>,
    /// The number of the instance that won.
    pub winner_id: Option<u32>,
    /// One runtime per instance, repeats included.
    pub runtime_mix: Option<Vec<String>>,
    /// Seconds from start to end.
    pub total_duration: Option<u64>,
    /// Files changed by all instances.
    pub total_files_changed: Option<u32>,
    /// Lines added by all instances.
    pub total_lines_added: Option<u32>,
    /// Lines deleted by all instances.
    pub total_lines_deleted: Option<u32>,
}

/// One agent in its own worktree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Instance {
    /// Counts from 0 or from 1, by writer; nothing keeps it unique.
    pub instance_id: u32,
    /// `<root>/src-tauri/.worktrees/...`, or an invented path under `/tmp`.
    pub worktree_path: String,
    /// The git branch checked out there.
    pub branch: String,
    /// As shown to people, often with an emoji.
    pub agent_name: String,
    /// `running`, `completed`, `failed`, `archived`, `idle`, `paused`, `timeout`, unchecked.
    pub status: String,
    /// The terminal multiplexer's name for the agent's terminal.
    pub tmux_session_id: String,
    /// The terminal's log, whole.
    pub output: Option<String>,
    /// RFC 3339.
    pub start_time: Option<String>,
    /// RFC 3339.
    pub end_time: Option<String>,
    /// Files changed on the branch.
    pub files_changed: Option<u32>,
    /// Lines added on the branch.
    pub lines_added: Option<u32>,
    /// Lines deleted on the branch.
    pub lines_deleted: Option<u32>,
    /// The program that ran the agent: `claude`, `codex`, `gemini`.
    pub runtime: Option<String>,
    /// The model that the runtime was given.
    pub model: Option<String>,
    /// Runtime and model as shown to people.
    pub runtime_label: Option<String>,
}

/// One line of the conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// `msg-<ms>` and its kin; collisions happen.
    pub id: String,
    /// `user`, `assistant` or `system`, unchecked.
    pub role: String,
    /// A sentence, or a whole terminal scrollback.
    pub content: String,
    /// RFC 3339, in the page's or the backend's spelling.
    pub timestamp: String,
    /// The number of the instance it belongs to, which the session may not have.
    pub instance_id: Option<u32>,
}
