//! A record of a rollout: whose it is, and where the thread comes from.

use std::borrow::Cow;

use serde_json::Value;

use super::reading::{Compaction, Prefix, Rollout, Spoken, Thread};
use super::survey::{Base, Survey, begins_turn};
use super::usage::Total;
use crate::json::Object;
use crate::{Fact, Relation, Role, What};

/// A record being read.
pub(super) struct Line<'l> {
    pub(super) survey: &'l Survey,
    pub(super) rollout: &'l mut Rollout,
    pub(super) thread: &'l mut Thread,
    pub(super) offset: u64,
    pub(super) time: Option<i64>,
    pub(super) ordinal: Option<u64>,
    pub(super) is_titled: bool,
    pub(super) each: &'l mut dyn FnMut(Fact),
}

impl Line<'_> {
    pub(super) fn say(&mut self, what: What) {
        let session = self.rollout.thread.clone();
        (self.each)(Fact { session, at: self.time, agent: None, what });
    }

    pub(super) fn read(&mut self, object: &Object<'_>) {
        self.ordinal = object.count("ordinal");
        let Some(kind) = object.text("type") else {
            return match object.raw("id") {
                Some(_) => self.meta(object),
                None if object.raw("record_type").is_some() => {}
                None => self.say(What::Unknown(String::new())),
            };
        };
        let Some(payload) = object.object("payload") else {
            // Before there was an envelope, an item was a line.
            return match object.raw("payload") {
                None => self.item(object, true),
                Some(_) => self.say(What::Unknown(kind.into_owned())),
            };
        };
        if kind == "session_meta" {
            return self.meta(&payload);
        }
        if self.is_copied(&kind, &payload) {
            return self.copied(&kind, &payload);
        }
        match &*kind {
            "response_item" => self.item(&payload, false),
            "event_msg" => self.event(&payload),
            "turn_context" => self.turn_context(&payload),
            "compacted" => self.compacted(&payload),
            "token_usage_record" => self.usage_record(&payload),
            "inter_agent_communication" => {
                let text = payload.text("content");
                self.said(Role::System, payload.text("id"), text.unwrap_or_default(), true);
            }
            "inter_agent_communication_metadata"
            | "world_state"
            | "security_risk_score"
            | "retained_context"
            | "realtime_item"
            | "rollout_reference" => {}
            _ => self.say(What::Unknown(kind.into_owned())),
        }
    }

    /// Whether a record is the ancestor's and not this thread's.
    pub(super) fn is_copied(&mut self, kind: &str, payload: &Object<'_>) -> bool {
        match &self.rollout.copy {
            Prefix::Over => return false,
            Prefix::UntilOrdinal(own) => return self.ordinal.is_some_and(|ordinal| ordinal < *own),
            Prefix::Kept { ordinal: Some(own), .. } => {
                if self.ordinal.is_none_or(|ordinal| ordinal >= *own) {
                    self.rollout.copy = Prefix::Over;
                }
                return false;
            }
            Prefix::Possible { .. } | Prefix::UntilTurn { .. } | Prefix::Kept { .. } => {}
        }
        let Some(turn) = begins_turn(Some(kind), payload) else {
            return matches!(self.rollout.copy, Prefix::UntilTurn { .. });
        };
        let is_older = is_before(&turn, &self.rollout.thread);
        let next = match &mut self.rollout.copy {
            Prefix::UntilTurn { gone } => {
                let mut ancestors = self.survey.ancestors(&self.rollout.id).iter();
                if ancestors.any(|thread| self.survey.has_turn(thread, &turn)) {
                    return true;
                }
                gone.take().filter(|_| is_older)
            }
            Prefix::Kept { .. } if is_older => return false,
            _ => None,
        };
        self.rollout.copy = Prefix::Over;
        if let Some(parent) = next {
            self.keep_copy(parent, None);
        }
        false
    }

    /// The ancestor's own rollout is gone: what was copied from it is all that is left.
    fn keep_copy(&mut self, parent: String, ordinal: Option<u64>) {
        self.say(What::Also { name: "copy_of", value: Value::String(parent.clone()) });
        self.rollout.copy = Prefix::Kept { parent, ordinal };
    }

    /// What is taken of a record that the ancestor has too: how far it had counted, and with which model.
    pub(super) fn copied(&mut self, kind: &str, payload: &Object<'_>) {
        if kind == "turn_context" {
            self.rollout.model = payload.text("model").map(Cow::into_owned).or(self.rollout.model.take());
        }
        if let Some(total) = payload.object("info").and_then(|info| info.object("total_token_usage")) {
            self.rollout.count.base(Total::read(&total));
        }
    }

    pub(super) fn meta(&mut self, meta: &Object<'_>) {
        let Some(id) = meta.text("id") else { return };
        if id != self.rollout.thread {
            // An ancestor's: here its copy begins.
            if let Prefix::Possible { parent } = &mut self.rollout.copy {
                let parent = parent.take().unwrap_or_else(|| id.clone().into_owned());
                let ancestors = self.survey.ancestors(&self.rollout.id);
                let is_there = ancestors.iter().chain([&parent]).any(|thread| self.survey.has(thread));
                match is_there {
                    true => {
                        let gone = Some(parent).filter(|parent| !self.survey.has(parent));
                        self.rollout.copy = Prefix::UntilTurn { gone };
                    }
                    false => self.keep_copy(parent, None),
                }
            }
            return;
        }
        let version = meta.text("cli_version").map(Cow::into_owned).filter(|version| !version.is_empty());
        if let Some(version) = version.filter(|version| self.rollout.version.as_ref() != Some(version)) {
            self.rollout.version = Some(version.clone());
            self.say(What::Versioned(version));
        }
        let branch = meta.object("git").and_then(|git| git.text("branch")).map(Cow::into_owned);
        self.moved(meta.text("cwd"), branch);
        if !self.rollout.has_meta {
            self.rollout.has_meta = true;
            self.ancestry(meta);
        }
    }

    /// Where the thread comes from.
    pub(super) fn ancestry(&mut self, meta: &Object<'_>) {
        let own = self.rollout.thread.clone();
        let owned = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned).filter(|id| *id != own);
        let subagent = meta.object("source").filter(|source| source.raw("subagent").is_some());
        let spawn = subagent.as_ref().and_then(|source| source.object("subagent")?.object("thread_spawn"));
        let is_subagent = subagent.is_some() || meta.text("thread_source").as_deref() == Some("subagent");
        let forked_from = owned(meta.text("forked_from_id"));
        let parent = owned(spawn.and_then(|spawn| spawn.text("parent_thread_id")))
            .or_else(|| owned(meta.text("parent_thread_id")));
        let base = Base::of(meta);
        let base_thread = base.as_ref().map(|base| self.survey.thread(&base.rollout).to_owned());
        let from =
            parent.or_else(|| forked_from.clone()).or_else(|| base_thread.clone().filter(|id| *id != own));
        if let Some(parent) = from.clone() {
            let relation = if is_subagent { Relation::Subagent } else { Relation::Fork };
            self.say(What::Linked { relation, parent, spawned_by: None });
        }
        if let Some(base) = base {
            if base_thread.as_deref() == Some(&own) {
                self.reverted(base.end);
            }
            self.rollout.base = Some(base);
            return;
        }
        let copied_from = forked_from.or(from);
        match (meta.count("subagent_history_start_ordinal"), copied_from) {
            (Some(own), Some(parent)) if !self.survey.has(&parent) => self.keep_copy(parent, Some(own)),
            (Some(own), _) => self.rollout.copy = Prefix::UntilOrdinal(own),
            (None, parent) => self.rollout.copy = Prefix::Possible { parent },
        }
    }

    /// The thread went back to a place in an earlier rollout, and goes on in this one.
    pub(super) fn reverted(&mut self, end: u64) {
        self.rollout.prefix = format!("{end}.");
        let mut dropped = Vec::new();
        self.thread.said.retain(|said| {
            let stays = said.ordinal.is_none_or(|ordinal| ordinal < end);
            if !stays {
                dropped.push(said.id.clone());
            }
            stays
        });
        self.say(What::Rewound { dropped });
    }

    pub(super) fn moved(&mut self, cwd: Option<Cow<'_, str>>, branch: Option<String>) {
        let cwd =
            cwd.map(Cow::into_owned).filter(|cwd| !cwd.is_empty() && self.rollout.cwd.as_ref() != Some(cwd));
        if let Some(cwd) = &cwd {
            self.rollout.cwd = Some(cwd.clone());
        }
        let branch =
            branch.filter(|branch| !branch.is_empty() && self.rollout.branch.as_ref() != Some(branch));
        if let Some(branch) = &branch {
            self.rollout.branch = Some(branch.clone());
        }
        if cwd.is_some() || branch.is_some() {
            self.say(What::Moved { cwd, branch });
        }
    }

    pub(super) fn turn_context(&mut self, context: &Object<'_>) {
        if let Some(model) = context.text("model").filter(|model| !model.is_empty()) {
            self.rollout.model = Some(model.into_owned());
        }
        self.moved(context.text("cwd"), None);
    }

    pub(super) fn said(
        &mut self,
        role: Role,
        id: Option<Cow<'_, str>>,
        text: Cow<'_, str>,
        begins_turn: bool,
    ) {
        if text.is_empty() {
            return;
        }
        let id = id
            .filter(|id| !id.is_empty())
            .map_or_else(|| format!("{}{}", self.rollout.prefix, self.offset), Cow::into_owned);
        let is_models = matches!(role, Role::Assistant | Role::Thinking);
        let model = is_models.then(|| self.rollout.model.clone()).flatten();
        self.thread.said.push(Spoken { id: id.clone(), begins_turn, ordinal: self.ordinal });
        if role == Role::User {
            self.rollout.compaction = Compaction::No;
        }
        self.say(What::Spoke { id, role, text: text.into_owned(), model });
    }
}

/// Whether one id was made before another: both carry their time in front (UUID version 7).
fn is_before(one: &str, other: &str) -> bool {
    let has_time = |id: &str| id.len() == 36 && id.as_bytes()[14] == b'7' && id.is_ascii();
    has_time(one) && has_time(other) && one[..13] < other[..13]
}
