//! The instance level of a document: one agent at work.

use super::document::document;
use crate::Text;

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
