//! The words of Gemini CLI's records.

use crate::{Outcome, ToolKind};

/// Whether a text that a user's message holds was put there by the program.
pub(super) fn is_of_program(text: &str) -> bool {
    text.trim_start().starts_with("<hook_context>") || is_session_context(text)
}

/// Whether a text is what the program tells the model at the beginning.
pub(super) fn is_session_context(text: &str) -> bool {
    text.trim_start().starts_with("<session_context>")
}

/// Returns how a call ended that has this status; nothing, where it did not.
pub(super) fn outcome(status: &str) -> Option<Outcome> {
    match status {
        "success" => Some(Outcome::Ok),
        "error" => Some(Outcome::Error),
        "cancelled" => Some(Outcome::Cancelled),
        _ => None,
    }
}

/// Returns what kind of tool has this name.
pub(super) fn tool_kind(name: &str) -> ToolKind {
    match name {
        "read_file" | "read_many_files" | "get_internal_docs" => ToolKind::Read,
        "write_file" | "replace" | "edit" => ToolKind::Edit,
        "glob" | "grep_search" | "search_file_content" | "list_directory" => ToolKind::Search,
        "run_shell_command" => ToolKind::Execute,
        "web_fetch" | "google_web_search" => ToolKind::Fetch,
        "activate_skill"
        | "codebase_investigator"
        | "delegate_to_agent"
        | "enter_plan_mode"
        | "exit_plan_mode"
        | "invoke_agent"
        | "save_memory"
        | "write_todos" => ToolKind::Think,
        _ => ToolKind::Other,
    }
}
