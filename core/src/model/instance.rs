//! The instance level of a document: one agent at work.

use super::document::document;
use super::field::Document;
use crate::Text;

document! {
    /// One agent's part in a session.
    Instance,
    /// A change of an instance's keys, its output left aside.
    InstancePatch,
    before {
        /// A number that writers count from 0 or from 1; not unique.
        instance_id: u32 = "instanceId" Structure,
        worktree_path: String = "worktreePath" Structure,
        branch: String = "branch" Structure,
        agent_name: String = "agentName" Structure,
        status: String = "status" Structure,
        tmux_session_id: String = "tmuxSessionId" Structure,
    }
    apart {
        output: Option<Text> = "output" Content,
    }
    after {
        start_time: Option<String> = "startTime" Time,
        end_time: Option<String> = "endTime" Time,
        files_changed: Option<u32> = "filesChanged" Structure,
        lines_added: Option<u32> = "linesAdded" Structure,
        lines_deleted: Option<u32> = "linesDeleted" Structure,
        runtime: Option<String> = "runtime" Structure,
        model: Option<String> = "model" Structure,
        runtime_label: Option<String> = "runtimeLabel" Structure,
    }
}

impl Instance {
    /// What replaces one whose event was redacted.
    pub fn redacted() -> Self {
        Self { status: "redacted".to_owned(), ..Self::blank() }
    }
}
