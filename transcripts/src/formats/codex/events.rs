//! Events: what people said, how turns went, what was used.

use super::items::{call_id, content_text};
use super::line::Line;
use super::outcome;
use super::reading::{Compaction, Prefix};
use super::usage::Total;
use crate::id;
use crate::json::Object;
use crate::{Outcome, Role, Status, What};

/// The model of a response of which nothing says it.
const NO_MODEL: &str = "unknown";

impl Line<'_> {
    pub(super) fn event(&mut self, event: &Object<'_>) {
        let kind = event.text("type").unwrap_or_default();
        match &*kind {
            "user_message" => {
                let is_put_in = event.text("kind").is_some_and(|kind| kind != "plain");
                let role = if is_put_in { Role::System } else { Role::User };
                self.said(role, None, event.text("message").unwrap_or_default(), !is_put_in);
            }
            "item_completed" => self.completed(&event.object("item").unwrap_or_default()),
            "token_count" => self.token_count(event),
            "task_started" | "turn_started" => self.status(Status::Open),
            "task_complete" | "turn_complete" => {
                self.status(if event.raw("error").is_some() { Status::Failed } else { Status::Completed });
            }
            "turn_aborted" => self.status(Status::Interrupted),
            "context_compacted" => self.announced(),
            "thread_rolled_back" => self.rolled_back(event.count("num_turns").unwrap_or(0)),
            "thread_name_updated" => {
                let name = event.text("thread_name").map(|name| name.trim().to_owned());
                if let (Some(name), false) = (name.filter(|name| !name.is_empty()), self.is_titled) {
                    self.say(What::Titled(name));
                }
            }
            "error" => {
                self.said(Role::System, None, event.text("message").unwrap_or_default(), false);
            }
            "exec_command_end" => self.note(event, event.integer("exit_code").map(outcome::of_code)),
            "patch_apply_end" => {
                let failed = event.raw("success").is_some_and(|value| value.get() == "false");
                self.note(event, failed.then_some(Outcome::Error));
            }
            "mcp_tool_call_end" => {
                let result = event.object("result");
                let failed = result.as_ref().is_some_and(|result| {
                    result.raw("Err").is_some()
                        || result
                            .object("Ok")
                            .is_some_and(|ok| ok.is_true("isError") || ok.is_true("is_error"))
                });
                self.note(event, failed.then_some(Outcome::Error));
            }
            _ if is_known_event(&kind) => {}
            _ => self.say(What::Unknown(format!("event_msg/{kind}"))),
        }
    }

    /// An item in the newer spelling of events. All but the person's words are items of responses too.
    pub(super) fn completed(&mut self, item: &Object<'_>) {
        match item.text("type").as_deref() {
            Some("UserMessage") => {
                let text = content_text(item);
                self.said(Role::User, item.text("id"), text.into(), true);
            }
            Some("CommandExecution") => self.note(item, item.integer("exit_code").map(outcome::of_code)),
            Some("ContextCompaction") => self.announced(),
            _ => {}
        }
    }

    pub(super) fn note(&mut self, event: &Object<'_>, outcome: Option<Outcome>) {
        if let (Some(id), Some(outcome)) = (call_id(event), outcome) {
            self.rollout.ended.insert(id::id(&id), outcome);
        }
    }

    pub(super) fn status(&mut self, status: Status) {
        self.rollout.compaction = Compaction::No;
        self.thread.status = Some(status);
        self.say(What::HasStatus(status));
    }

    pub(super) fn compacted(&mut self, payload: &Object<'_>) {
        if self.rollout.compaction != Compaction::Announced {
            self.say(What::Compacted { dropped: Vec::new() });
            self.rollout.compaction = Compaction::Recorded;
        } else {
            self.rollout.compaction = Compaction::No;
        }
        self.said(Role::System, None, payload.text("message").unwrap_or_default(), false);
    }

    pub(super) fn announced(&mut self) {
        if self.rollout.compaction == Compaction::No {
            self.say(What::Compacted { dropped: Vec::new() });
            self.rollout.compaction = Compaction::Announced;
        } else {
            self.rollout.compaction = Compaction::No;
        }
    }

    pub(super) fn rolled_back(&mut self, turns: u64) {
        if turns == 0 {
            return;
        }
        let said = &mut self.thread.said;
        let mut left = turns;
        let mut from = said.len();
        for at in (0..said.len()).rev() {
            if said[at].begins_turn {
                from = at;
                left -= 1;
                if left == 0 {
                    break;
                }
            }
        }
        let dropped = said.drain(from..).map(|said| said.id).collect();
        self.say(What::Rewound { dropped });
    }

    pub(super) fn token_count(&mut self, event: &Object<'_>) {
        let Some(info) = event.object("info") else { return };
        let Some(total) = info.object("total_token_usage").map(|total| Total::read(&total)) else { return };
        if let Some(base) = self.rollout.base.take()
            && !self.rollout.count.has_begun()
        {
            let last = info.object("last_token_usage").map(|last| total.without(Total::read(&last)));
            let known = self.survey.total_at(&base);
            self.thread.is_usage_partial |= known.or(last).is_none();
            self.rollout.count.base(known.or(last).unwrap_or_default());
        }
        let Some((added, name)) = self.rollout.count.go_on(total) else { return };
        if self.rollout.has_usage_records {
            return;
        }
        let (thread, is_hearsay) = match &self.rollout.copy {
            Prefix::Kept { parent, .. } => (parent, true),
            _ => (&self.rollout.thread, false),
        };
        self.used(format!("{thread}:{name}"), is_hearsay, added);
    }

    pub(super) fn usage_record(&mut self, record: &Object<'_>) {
        let (Some(key), Some(usage)) = (record.text("response_id"), record.object("usage")) else {
            return self.say(What::Unknown("token_usage_record".to_owned()));
        };
        let usage = Total::read(&usage);
        // The count may have said it already, before the first of these records.
        let is_said = self.rollout.count.has_said(usage) && !self.rollout.has_usage_records;
        self.rollout.has_usage_records = true;
        let other = record.text("thread_id").filter(|thread| *thread != self.rollout.thread);
        if is_said || other.as_ref().is_some_and(|thread| self.survey.has(thread)) {
            return;
        }
        self.used(key.into_owned(), other.is_some(), usage);
    }

    pub(super) fn used(&mut self, key: String, is_hearsay: bool, usage: Total) {
        let model = self.rollout.model.clone().unwrap_or_else(|| NO_MODEL.to_owned());
        self.say(What::Used { key, is_hearsay, model, tokens: usage.tokens(), cost: None });
    }
}

/// Events that say what an item says too, or that are of no conversation.
fn is_known_event(kind: &str) -> bool {
    matches!(
        kind,
        "agent_message"
            | "agent_reasoning"
            | "agent_reasoning_raw_content"
            | "agent_reasoning_section_break"
            | "background_event"
            | "deprecation_notice"
            | "dynamic_tool_call_request"
            | "dynamic_tool_call_response"
            | "elicitation_request"
            | "entered_review_mode"
            | "exited_review_mode"
            | "guardian_assessment"
            | "guardian_warning"
            | "image_generation_end"
            | "item_started"
            | "mcp_startup_complete"
            | "mcp_startup_update"
            | "model_reroute"
            | "model_verification"
            | "plan_update"
            | "raw_response_item"
            | "session_configured"
            | "shutdown_complete"
            | "stream_error"
            | "sub_agent_activity"
            | "terminal_interaction"
            | "thread_goal_updated"
            | "thread_settings_applied"
            | "turn_diff"
            | "turn_moderation_metadata"
            | "undo_completed"
            | "view_image_tool_call"
            | "warning"
            | "web_search_end"
    ) || kind.starts_with("collab_")
        || kind.starts_with("exec_")
        || kind.starts_with("hook_")
        || kind.starts_with("realtime_")
}
