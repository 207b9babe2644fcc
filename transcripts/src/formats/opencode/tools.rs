//! Tools: what kind they are, and how a call ended.

use crate::json::Object;
use crate::{Outcome, ToolKind};

/// Returns what kind of tool has this name.
pub(super) fn tool_kind(name: &str) -> ToolKind {
    match name {
        "read" | "list" | "lsp_diagnostics" | "lsp_hover" | "todoread" => ToolKind::Read,
        "write" | "edit" | "multiedit" | "patch" | "apply_patch" => ToolKind::Edit,
        "glob" | "grep" | "codesearch" | "lsp" => ToolKind::Search,
        "bash" | "shell" | "batch" => ToolKind::Execute,
        "webfetch" | "websearch" => ToolKind::Fetch,
        "task" | "todowrite" | "plan_enter" | "plan_exit" | "skill" => ToolKind::Think,
        _ => ToolKind::Other,
    }
}

/// Returns how a call ended, if it did.
pub(super) fn outcome(tool: &str, state: &Object<'_>) -> Option<Outcome> {
    match state.text("status").as_deref() {
        Some("completed") => {
            let exit = state.object("metadata").and_then(|metadata| metadata.integer("exit"));
            let is_failed = tool == "invalid" || exit.is_some_and(|code| code != 0);
            Some(if is_failed { Outcome::Error } else { Outcome::Ok })
        }
        Some("error") => {
            let error = state.text("error").unwrap_or_default().to_lowercase();
            let says = |words: &[&str]| words.iter().any(|word| error.contains(word));
            Some(
                if says(&[
                    "user rejected",
                    "rejected permission",
                    "permissionrejected",
                    "prevents you from using",
                ]) {
                    Outcome::Denied
                } else if error.starts_with("tool execution aborted") || error.starts_with("aborted") {
                    Outcome::Cancelled
                } else {
                    Outcome::Error
                },
            )
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_call_ended_is_told_from_its_state() {
        for (tool, state, expected) in [
            ("read", r#"{"status":"error","error":"no such file"}"#, Some(Outcome::Error)),
            ("bash", r#"{"status":"error","error":"Tool execution aborted"}"#, Some(Outcome::Cancelled)),
            (
                "bash",
                r#"{"status":"error","error":"The user rejected permission to use this"}"#,
                Some(Outcome::Denied),
            ),
            ("bash", r#"{"status":"completed","metadata":{"exit":1}}"#, Some(Outcome::Error)),
            ("bash", r#"{"status":"completed","metadata":{"exit":null}}"#, Some(Outcome::Ok)),
            ("invalid", r#"{"status":"completed"}"#, Some(Outcome::Error)),
            ("read", r#"{"status":"running"}"#, None),
            ("read", r#"{"status":{}}"#, None),
        ] {
            assert_eq!(outcome(tool, &Object::of_text(state).unwrap()), expected, "{state}");
        }
    }
}
