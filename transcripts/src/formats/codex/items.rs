//! Items of responses, and of what the model is given.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::line::Line;
use super::outcome;
use crate::id;
use crate::json::Object;
use crate::{Outcome, Role, ToolKind, What};

impl Line<'_> {
    /// An item of a response, or of what the model is given. A line of its own before there was an envelope, and then prompts are
    /// nowhere else.
    pub(super) fn item(&mut self, item: &Object<'_>, is_bare: bool) {
        let kind = item.text("type").unwrap_or_default();
        match &*kind {
            "message" => self.message(item, is_bare),
            "agent_message" => {
                let text = content_text(item);
                self.said(Role::System, item.text("id"), text.into(), true);
            }
            "reasoning" => {
                let mut text = texts(&item.list("summary"));
                if text.is_empty() {
                    text = content_text(item);
                }
                self.said(Role::Thinking, item.text("id"), text.into(), false);
            }
            "function_call" => {
                let input = item.text("arguments").map(Cow::into_owned);
                let input = input.or_else(|| item.raw("arguments").map(|raw| raw.get().to_owned()));
                self.called(item, item.text("name").unwrap_or_default(), input.unwrap_or_default());
            }
            "custom_tool_call" => {
                let input = item.text("input").map(Cow::into_owned);
                self.called(item, item.text("name").unwrap_or_default(), input.unwrap_or_default());
            }
            "local_shell_call" => {
                self.called(item, "local_shell".into(), raw_text(item.raw("action")));
            }
            "tool_search_call" => {
                self.called(item, "tool_search".into(), raw_text(item.raw("arguments")));
            }
            "web_search_call" => self.called_and_returned(item, "web_search", raw_text(item.raw("action"))),
            "image_generation_call" => {
                let input = item.text("revised_prompt").map(Cow::into_owned).unwrap_or_default();
                self.called_and_returned(item, "image_generation", input);
            }
            "function_call_output" | "custom_tool_call_output" | "mcp_tool_call_output" => {
                let (output, told) = outcome::read(item.raw("output"));
                self.returned(item, output, told);
            }
            "tool_search_output" => self.returned(item, raw_text(item.raw("tools")), None),
            "compaction" | "compaction_summary" | "context_compaction" | "compaction_trigger"
            | "ghost_snapshot" | "additional_tools" | "other" => {}
            _ if is_bare => self.say(What::Unknown(kind.into_owned())),
            _ => self.say(What::Unknown(format!("response_item/{kind}"))),
        }
    }

    pub(super) fn message(&mut self, item: &Object<'_>, is_bare: bool) {
        let text = content_text(item);
        match item.text("role").as_deref() {
            Some("assistant") => self.said(Role::Assistant, item.text("id"), text.into(), false),
            // What people say is an event too, and that one counts.
            Some("user") if !is_put_in(&text) => {
                if is_bare {
                    self.said(Role::User, item.text("id"), text.into(), true);
                }
            }
            Some("user" | "developer" | "system") => {
                if is_bare {
                    self.moved(environment_cwd(&text).map(Cow::Borrowed), None);
                }
                self.said(Role::System, item.text("id"), text.into(), false);
            }
            _ => self.say(What::Unknown("message".to_owned())),
        }
    }

    pub(super) fn called(&mut self, item: &Object<'_>, name: Cow<'_, str>, input: String) {
        let id = call_id(item).unwrap_or_else(|| format!("{}{}", self.rollout.prefix, self.offset));
        let mut name = name.into_owned();
        let kind = outcome::tool_kind(&name);
        if let Some(server) = item.text("namespace").filter(|namespace| namespace.starts_with("mcp__")) {
            name = format!("{}__{name}", server.trim_end_matches('_'));
        }
        let kind = if name.starts_with("mcp__") { ToolKind::Other } else { kind };
        self.say(What::Called { id, message: None, name, kind, input });
    }

    /// A call of which the record of the call says how it ended.
    pub(super) fn called_and_returned(&mut self, item: &Object<'_>, name: &str, input: String) {
        let id = call_id(item).unwrap_or_else(|| format!("{}{}", self.rollout.prefix, self.offset));
        let kind = outcome::tool_kind(name);
        self.say(What::Called { id: id.clone(), message: None, name: name.to_owned(), kind, input });
        let outcome = match item.text("status").as_deref() {
            Some("failed") => Outcome::Error,
            Some("in_progress" | "searching" | "generating") => return,
            _ => Outcome::Ok,
        };
        self.say(What::Returned { id, outcome, output: String::new() });
    }

    pub(super) fn returned(&mut self, item: &Object<'_>, output: String, told: Option<Outcome>) {
        let Some(id) = call_id(item) else {
            return self.say(What::Unknown("response_item/output".to_owned()));
        };
        let noted = self.rollout.ended.remove(&id::id(&id));
        let outcome = told.or(noted).unwrap_or(Outcome::Ok);
        self.say(What::Returned { id, outcome, output });
    }
}

pub(super) fn call_id(item: &Object<'_>) -> Option<String> {
    let id = item.text("call_id").or_else(|| item.text("id"))?;
    (!id.is_empty()).then(|| id.into_owned())
}

fn raw_text(value: Option<&RawValue>) -> String {
    value.map(|value| value.get().to_owned()).unwrap_or_default()
}

fn texts(parts: &[&RawValue]) -> String {
    let texts: Vec<_> = parts.iter().filter_map(|part| outcome::part_text(part)).collect();
    texts.join("\n")
}

/// Returns the text of `content`, which is a list of parts, or a text.
pub(super) fn content_text(item: &Object<'_>) -> String {
    item.text("content").map_or_else(|| texts(&item.list("content")), Cow::into_owned)
}

/// Whether Codex put a text in, where the model sees a person's words.
fn is_put_in(text: &str) -> bool {
    let text = text.trim_start();
    let is_tag = text.strip_prefix('<').is_some_and(|rest| {
        let name = rest.split(['>', ' ', '\n']).next().unwrap_or_default();
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            && (name.contains('_')
                || matches!(name, "skill" | "permissions" | "apps" | "plugins" | "hook" | "image"))
    });
    is_tag || text.starts_with("# AGENTS.md instructions")
}

/// Returns the folder that the oldest releases say only to the model.
fn environment_cwd(text: &str) -> Option<&str> {
    let text = text.trim_start().strip_prefix("<environment_context>")?;
    let tagged = text.split_once("<cwd>").and_then(|(_, rest)| rest.split_once("</cwd>"));
    let spoken = || text.lines().find_map(|line| line.trim().strip_prefix("Current working directory: "));
    tagged.map(|(cwd, _)| cwd.trim()).or_else(spoken)
}
