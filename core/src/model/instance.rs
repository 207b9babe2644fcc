//! The instance level of a document: one agent at work.

use super::document::document;
use crate::{Extra, Text};

document! {
    /// One agent's part in a session.
    Instance,
    /// A change of an instance's keys, its output left aside.
    InstancePatch,
    before {
        /// A number that writers count from 0 or from 1; not unique.
        instance_id: u32 = "instanceId",
        worktree_path: String = "worktreePath",
        branch: String = "branch",
        agent_name: String = "agentName",
        status: String = "status",
        tmux_session_id: String = "tmuxSessionId",
    }
    apart {
        output: Option<Text> = "output",
    }
    after {
        start_time: Option<String> = "startTime",
        end_time: Option<String> = "endTime",
        files_changed: Option<u32> = "filesChanged",
        lines_added: Option<u32> = "linesAdded",
        lines_deleted: Option<u32> = "linesDeleted",
        runtime: Option<String> = "runtime",
        model: Option<String> = "model",
        runtime_label: Option<String> = "runtimeLabel",
    }
}

impl Instance {
    /// What stands in the place of one whose event was redacted.
    pub fn redacted() -> Self {
        Self {
            instance_id: 0,
            worktree_path: String::new(),
            branch: String::new(),
            agent_name: String::new(),
            status: "redacted".to_owned(),
            tmux_session_id: String::new(),
            output: None,
            start_time: None,
            end_time: None,
            files_changed: None,
            lines_added: None,
            lines_deleted: None,
            runtime: None,
            model: None,
            runtime_label: None,
            extra: Extra::default(),
        }
    }
}
