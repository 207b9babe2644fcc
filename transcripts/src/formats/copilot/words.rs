//! The words of Copilot CLI's events.

use std::borrow::Cow;

use crate::{Outcome, ToolKind};

/// Whether a type of event is known, and says nothing that is a fact of the session.
pub(super) fn is_silent(kind: &str) -> bool {
    const FAMILIES: &[&str] = &[
        "auto_mode_switch.",
        "command.",
        "commands.",
        "elicitation.",
        "exit_plan_mode.",
        "external_tool.",
        "hook.",
        "mcp.",
        "pending_messages.",
        "permission.",
        "sampling.",
        "user_input.",
    ];
    const TYPES: &[&str] = &[
        "assistant.intent",
        "assistant.message_delta",
        "assistant.reasoning_delta",
        "assistant.streaming_delta",
        "assistant.usage",
        "capabilities.changed",
        "session.background_tasks_changed",
        "session.compaction_start",
        "session.custom_agents_updated",
        "session.extensions_loaded",
        "session.handoff",
        "session.idle",
        "session.import_legacy",
        "session.mcp_server_status_changed",
        "session.mcp_servers_loaded",
        "session.mode_changed",
        "session.plan_changed",
        "session.remote_steerable_changed",
        "session.schedule_cancelled",
        "session.schedule_created",
        "session.skills_loaded",
        "session.task_complete",
        "session.tools_updated",
        "session.truncation",
        "session.usage_checkpoint",
        "session.usage_info",
        "session.workspace_file_changed",
        "skill.invoked",
        "subagent.deselected",
        "subagent.selected",
        "tool.execution_partial_result",
        "tool.execution_progress",
        "tool.user_requested",
    ];
    TYPES.contains(&kind) || FAMILIES.iter().any(|family| kind.starts_with(family))
}

/// Returns how a call ended that failed with this code.
pub(super) fn failure(code: Option<&str>) -> Outcome {
    match code {
        Some("denied" | "rejected" | "permission_denied" | "user_rejected") => Outcome::Denied,
        _ => Outcome::Error,
    }
}

/// Returns what kind of tool has this name.
pub(super) fn tool_kind(name: &str) -> ToolKind {
    match name {
        "view" | "read_bash" | "read_powershell" | "read_agent" => ToolKind::Read,
        "apply_patch" | "create" | "edit" | "str_replace" | "str_replace_editor" | "insert" => ToolKind::Edit,
        "glob" | "grep" | "rg" | "list_bash" | "list_agents" => ToolKind::Search,
        "bash" | "powershell" | "shell" | "stop_bash" | "stop_powershell" | "write_bash"
        | "write_powershell" | "sql" => ToolKind::Execute,
        "report_intent" | "task" | "think" | "update_todo" | "skill" | "store_memory" => ToolKind::Think,
        "fetch" | "web_fetch" | "web_search" => ToolKind::Fetch,
        _ => ToolKind::Other,
    }
}

/// Returns a value of the first level of a file of YAML, of which only what these files use is read: plain and quoted texts of one
/// line.
pub(super) fn yaml<'a>(file: &'a str, key: &str) -> Option<Cow<'a, str>> {
    let value = file.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?.trim();
    let quoted = |quote: char| value.strip_prefix(quote).and_then(|value| value.strip_suffix(quote));
    let text: Cow<'_, str> = if let Some(text) = quoted('\'') {
        text.replace("''", "'").into()
    } else if value.starts_with('"') {
        // Its escapes are JSON's, but for some that nobody writes.
        serde_json::from_str::<String>(value).ok()?.into()
    } else {
        value.split(" #").next().unwrap_or_default().trim_end().into()
    };
    let is_none =
        matches!(&*text, "" | "null" | "~" | "|" | ">" | "|-" | ">-") && !value.starts_with(['\'', '"']);
    (!is_none && !text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_yaml_is_read_in_each_of_its_spellings() {
        let file = "id: 1\nname: 'It''s'\nother: \"a\\nb\"\nplain: x: y # z\nnone: null\nempty:\nblock: |\n  name: no\n";
        let read = |key: &str| yaml(file, key).map(Cow::into_owned);
        assert_eq!(read("name").as_deref(), Some("It's"));
        assert_eq!(read("other").as_deref(), Some("a\nb"));
        assert_eq!(read("plain").as_deref(), Some("x: y"));
        for key in ["none", "empty", "block", "nam", "missing"] {
            assert_eq!(read(key), None, "{key}");
        }
    }
}
