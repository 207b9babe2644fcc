//! Tools: what kind they are, and how a call ended, which Codex writes in five ways, and often not at all.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::json::{self, Object};
use crate::{Outcome, ToolKind};

/// How many lines of an output may come before what the command printed.
const HEAD_LINES: usize = 16;

/// Returns what kind of tool has this name.
pub(super) fn tool_kind(name: &str) -> ToolKind {
    match name {
        "shell" | "shell_command" | "exec_command" | "exec" | "container.exec" | "local_shell"
        | "unified_exec" | "write_stdin" | "js_repl" => ToolKind::Execute,
        "apply_patch" => ToolKind::Edit,
        "read_file"
        | "view_image"
        | "list_dir"
        | "read_mcp_resource"
        | "list_mcp_resources"
        | "list_mcp_resource_templates" => ToolKind::Read,
        "grep_files" | "tool_search" | "test_sync_tool" => ToolKind::Search,
        "web_search" | "web_fetch" => ToolKind::Fetch,
        "update_plan" | "spawn_agent" | "send_input" | "send_message" | "followup_task" | "assign_task"
        | "wait" | "wait_agent" | "close_agent" | "resume_agent" | "list_agents" | "interrupt_agent" => {
            ToolKind::Think
        }
        _ => ToolKind::Other,
    }
}

/// Returns the text of an output: a text, a list of parts, or an object that holds one of them; and how the call ended, where that
/// can be told.
pub(super) fn read(output: Option<&RawValue>) -> (String, Option<Outcome>) {
    let Some(output) = output else { return (String::new(), None) };
    if let Some(text) = json::text(output) {
        let outcome = of_text(&text);
        return (text.into_owned(), outcome);
    }
    if let Some(object) = Object::of(output) {
        let (text, told) = read_inner(object.raw("content").or_else(|| object.raw("output")));
        let outcome = match object.raw("success").map(RawValue::get) {
            Some("false") => told.filter(|told| *told != Outcome::Ok).or(Some(Outcome::Error)),
            Some("true") => told.or(Some(Outcome::Ok)),
            _ => told.or_else(|| exit_code(&object)),
        };
        return (text, outcome);
    }
    read_inner(Some(output))
}

/// Reads a text, or a list of parts.
fn read_inner(output: Option<&RawValue>) -> (String, Option<Outcome>) {
    let Some(output) = output else { return (String::new(), None) };
    if let Some(text) = json::text(output) {
        let outcome = of_text(&text);
        return (text.into_owned(), outcome);
    }
    let (mut whole, mut outcome) = (String::new(), None);
    for part in json::list(output) {
        let Some(text) = part_text(part) else { continue };
        // Of several commands in one call, one that failed is what counts.
        outcome = match (outcome, of_text(&text)) {
            (Some(Outcome::Ok) | None, Some(told)) => Some(told),
            (outcome, _) => outcome,
        };
        if !whole.is_empty() && !whole.ends_with('\n') {
            whole.push('\n');
        }
        whole.push_str(&text);
    }
    (whole, outcome)
}

/// Returns the text of a part of a message or an output.
pub(super) fn part_text(part: &RawValue) -> Option<Cow<'_, str>> {
    json::text(part).or_else(|| Object::of(part)?.text("text"))
}

fn of_text(text: &str) -> Option<Outcome> {
    let start = text.trim_start();
    if start.starts_with('{')
        && text.contains("\"exit_code\"")
        && let Some(told) = Object::of_text(start).as_ref().and_then(exit_code)
    {
        return Some(told);
    }
    // What a command prints is not what is said of it.
    for line in text.lines().take(HEAD_LINES) {
        let line = line.trim();
        if line == "Output:" {
            break;
        }
        let code =
            line.strip_prefix("Process exited with code ").or_else(|| line.strip_prefix("Exit code: "));
        if let Some(code) = code {
            return code.trim().parse::<i64>().ok().map(of_code);
        }
    }
    said(start)
}

fn exit_code(object: &Object<'_>) -> Option<Outcome> {
    let code = object.integer("exit_code").or_else(|| object.object("metadata")?.integer("exit_code"))?;
    Some(of_code(code))
}

pub(super) fn of_code(code: i64) -> Outcome {
    if code == 0 { Outcome::Ok } else { Outcome::Error }
}

/// What Codex says in words, where no command ran.
fn said(text: &str) -> Option<Outcome> {
    const FAILED: &[&str] = &[
        "apply_patch verification failed",
        "collab tool failed",
        "exec_command failed",
        "execution error",
        "failed in sandbox",
        "failed to parse function arguments",
        "tool call error",
        "unsupported call",
        "unsupported custom tool call",
        "unable to locate image",
        "write_stdin failed",
    ];
    if text.starts_with("aborted") {
        return Some(Outcome::Cancelled);
    }
    let head: String = text.chars().take(120).collect::<String>().to_lowercase();
    if head.contains("rejected by user") || head.contains("rejected by the user") {
        return Some(Outcome::Denied);
    }
    FAILED.iter().any(|words| head.starts_with(words)).then_some(Outcome::Error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_call_ended_is_read_in_each_of_its_spellings() {
        for (output, outcome) in [
            (r#""Chunk ID: 1\nProcess exited with code 0\nOutput:\nExit code: 3""#, Some(Outcome::Ok)),
            (r#""Wall time: 1\nProcess exited with code 2\nOutput:\n""#, Some(Outcome::Error)),
            (r#""Exit code: 1\nWall time: 0\nOutput:\nx""#, Some(Outcome::Error)),
            (r#""{\"output\":\"\",\"metadata\":{\"exit_code\":7}}""#, Some(Outcome::Error)),
            (r#""{\"output\":\"exit_code\",\"metadata\":{\"exit_code\":0}}""#, Some(Outcome::Ok)),
            (
                r#"[{"type":"input_text","text":"Script completed"},{"type":"input_text","text":"{\"exit_code\":101}"}]"#,
                Some(Outcome::Error),
            ),
            (r#"[{"text":"{\"exit_code\":1}"},{"text":"{\"exit_code\":0}"}]"#, Some(Outcome::Error)),
            (r#"{"content":"x","success":false}"#, Some(Outcome::Error)),
            (r#"{"content":"x","success":true}"#, Some(Outcome::Ok)),
            (r#""aborted by user after 2s""#, Some(Outcome::Cancelled)),
            (r#""exec command rejected by user""#, Some(Outcome::Denied)),
            (r#""unsupported call: x""#, Some(Outcome::Error)),
            (r#""{\"task_name\":\"/root/bump\"}""#, None),
            (r#""Output:\nExit code: 1""#, None),
            ("null", None),
            ("[1,null,[]]", None),
        ] {
            let raw: Box<RawValue> = serde_json::from_str(output).unwrap();
            assert_eq!(read(Some(&raw)).1, outcome, "{output}");
        }
    }
}
