//! The words of Claude Code's records.

use crate::ToolKind;

/// Whether records of this type are links of a conversation: each has an id and a parent.
pub(super) fn is_chain(kind: &str) -> bool {
    matches!(kind, "user" | "assistant" | "system" | "attachment" | "progress")
}

/// Whether a type of record is known, and says nothing that is a fact of the session.
pub(super) fn is_silent(kind: &str) -> bool {
    matches!(
        kind,
        "agent-color"
            | "agent-name"
            | "agent-setting"
            | "attribution-snapshot"
            | "content-replacement"
            | "file-history-snapshot"
            | "last-prompt"
            | "mode"
            | "permission-mode"
            | "pr-link"
            | "queue-operation"
            | "speculation-accept"
            | "tag"
            | "task-summary"
    )
}

/// Whether a text that a user's record holds was written by the program: commands and what they printed, notices, reminders.
pub(super) fn is_of_program(text: &str) -> bool {
    const BEGINNINGS: &[&str] = &[
        "<bash-",
        "<command-",
        "<ide_",
        "<local-command-",
        "<system-reminder>",
        "<task-notification>",
        "<teammate-message",
        "<user-memory-input>",
        INTERRUPTED,
    ];
    let text = text.trim_start();
    BEGINNINGS.iter().any(|beginning| text.starts_with(beginning))
}

/// How a text begins that says that somebody stopped the agent.
pub(super) const INTERRUPTED: &str = "[Request interrupted";

/// The model that is none: what it says was made on this machine.
pub(super) const SYNTHETIC: &str = "<synthetic>";

/// Whether what came back of a tool says that a person did not allow it: older releases have no field for it.
pub(super) fn is_denial(twin: &str, output: &str) -> bool {
    twin == "\"User rejected tool use\""
        || output.starts_with("The user doesn't want to proceed with this tool use")
}

/// Returns what kind of tool has this name.
pub(super) fn tool_kind(name: &str) -> ToolKind {
    match name {
        "Read" | "NotebookRead" | "ReadMcpResourceTool" | "BashOutput" | "TaskOutput" => ToolKind::Read,
        "Edit" | "MultiEdit" | "Write" | "NotebookEdit" => ToolKind::Edit,
        "Grep" | "Glob" | "LS" | "ToolSearch" | "LSP" | "ListMcpResourcesTool" => ToolKind::Search,
        "Bash" | "PowerShell" | "KillShell" | "KillBash" | "TaskStop" | "REPL" => ToolKind::Execute,
        "Task" | "Agent" | "TodoWrite" | "TodoRead" | "EnterPlanMode" | "ExitPlanMode" | "exit_plan_mode" => {
            ToolKind::Think
        }
        "WebFetch" | "WebSearch" | "web_search" | "web_fetch" => ToolKind::Fetch,
        _ => ToolKind::Other,
    }
}
