//! What the records of rollouts mean.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::PathBuf;

use serde_json::Value;
use serde_json::value::RawValue;

use super::outcome;
use super::survey::{Base, Survey, begins_turn};
use super::usage::{Count, Total};
use crate::formats::Interpreter;
use crate::formats::known::{self, Given, Id};
use crate::json::{self, Object};
use crate::when::milliseconds;
use crate::{Fact, Outcome, Record, Relation, Role, Settled, Source, Status, ToolKind, What};

/// The model of a response of which nothing says it.
const NO_MODEL: &str = "unknown";

#[derive(Default)]
pub(super) struct Reading {
    survey: Survey,
    titles: HashMap<String, Title>,
    rollouts: Vec<Rollout>,
    /// By thread and rollout: a file and a copy of it elsewhere are one.
    by_rollout: HashMap<(String, String), usize>,
    by_path: HashMap<PathBuf, usize>,
    threads: HashMap<String, Thread>,
}

/// A title that stands beside the rollouts.
#[derive(PartialEq, Eq)]
struct Title {
    text: String,
    /// Whether it is of the list of threads, which knows better than the older index.
    is_listed: bool,
}

/// A thread, over all of its rollouts.
#[derive(Default)]
struct Thread {
    status: Option<Status>,
    /// What is part of the conversation, in order.
    said: Vec<Said>,
    is_usage_partial: bool,
}

struct Said {
    id: String,
    begins_turn: bool,
    ordinal: Option<u64>,
}

/// A rollout, as far as it is read.
#[derive(Default)]
struct Rollout {
    thread: String,
    id: String,
    given: Given,
    has_meta: bool,
    /// Before each id of a message that Codex gave none.
    prefix: String,
    copy: Prefix,
    model: Option<String>,
    cwd: Option<String>,
    count: Count,
    /// Where the count goes on from, until it does.
    base: Option<Base>,
    has_usage_records: bool,
    compaction: Compaction,
    /// How calls ended, as events say it before the output comes.
    ended: HashMap<Id, Outcome>,
}

/// What of a rollout is a copy of its ancestors.
#[derive(Default)]
enum Prefix {
    /// Nothing, or no more.
    #[default]
    Over,
    /// From the first ancestor's metadata to the first turn that no ancestor has.
    Possible { parent: Option<String> },
    /// Now.
    UntilTurn,
    /// What has a smaller number.
    UntilOrdinal(u64),
    /// Now, and the ancestor's own rollout is gone: this is all that is left.
    Kept { parent: String, ordinal: Option<u64> },
}

/// A compaction is written twice, as a record and as an event.
#[derive(Default, PartialEq, Eq)]
enum Compaction {
    #[default]
    No,
    Recorded,
    Announced,
}

impl Interpreter for Reading {
    fn survey(&mut self, source: &Source, record: &Record<'_>) {
        self.survey.take(source, record);
    }

    fn record(&mut self, source: &Source, record: &Record<'_>, each: &mut dyn FnMut(Fact)) {
        let is_first = !self.by_path.contains_key(&source.path);
        let Some(at) = self.rollout(source, record) else { return };
        let is_new_record = self.rollouts[at].given.is_new(record.offset, record.json());
        if !is_new_record && !is_first {
            return;
        }
        json::with_object(record.json(), |object| {
            let time = object.text("timestamp").and_then(|time| milliseconds(&time));
            let thread = self.rollouts[at].thread.clone();
            if is_first {
                let is_new = !self.threads.contains_key(&thread);
                self.threads.entry(thread.clone()).or_default();
                each(Fact { session: thread.clone(), at: time, agent: None, what: What::Began });
                if let (true, Some(title)) = (is_new, self.titles.get(&thread)) {
                    let what = What::Titled(title.text.clone());
                    each(Fact { session: thread.clone(), at: None, agent: None, what });
                }
            }
            if !is_new_record {
                return;
            }
            let Self { survey, rollouts, threads, titles, .. } = self;
            let thread = threads.entry(thread).or_default();
            let is_titled = titles.contains_key(&rollouts[at].thread);
            let offset = record.offset;
            Line { survey, rollout: &mut rollouts[at], thread, offset, time, ordinal: None, is_titled, each }
                .read(&object);
        });
    }

    fn beside(&mut self, source: &Source, contents: &[u8], each: &mut dyn FnMut(Fact)) {
        let is_index = source.path.file_name().is_some_and(|name| name == "session_index.jsonl");
        let mut changed = Vec::new();
        for line in contents.split(|byte| *byte == b'\n') {
            let Some(object) = Object::read(line) else { continue };
            let (row, name) = match (is_index, object.object("row")) {
                (true, _) => (object, "thread_name"),
                (false, Some(row)) => (row, "name"),
                (false, None) => continue,
            };
            let (Some(id), Some(text)) = (row.text("id"), row.text(name)) else { continue };
            let title = Title { text: text.trim().to_owned(), is_listed: !is_index };
            let known = self.titles.get(&*id);
            let is_weaker = known.is_some_and(|known| *known == title || known.is_listed && is_index);
            if !title.text.is_empty() && !is_weaker {
                self.titles.insert(id.clone().into_owned(), title);
                changed.push(id.into_owned());
            }
        }
        changed.sort();
        changed.dedup();
        for id in changed {
            if self.threads.contains_key(&id) {
                let what = What::Titled(self.titles[&id].text.clone());
                each(Fact { session: id, at: None, agent: None, what });
            }
        }
    }

    fn settled(&self, session: &str) -> Settled {
        let Some(thread) = self.threads.get(session) else { return Settled::default() };
        let status = thread.status.map_or((Status::Open, true), |status| (status, false));
        Settled { status: Some(status), is_usage_partial: thread.is_usage_partial, ..Settled::default() }
    }
}

impl Reading {
    /// Returns which rollout a source is of.
    fn rollout(&mut self, source: &Source, record: &Record<'_>) -> Option<usize> {
        if let Some(at) = self.by_path.get(&source.path) {
            return Some(*at);
        }
        if self.survey.of(source).is_none() {
            self.survey.take(source, record);
        }
        let (thread, id) = self.survey.of(source)?;
        let key = (thread.to_owned(), id.to_owned());
        let rollouts = &mut self.rollouts;
        let at = *self.by_rollout.entry(key).or_insert_with_key(|(thread, id)| {
            rollouts.push(Rollout { thread: thread.clone(), id: id.clone(), ..Rollout::default() });
            rollouts.len() - 1
        });
        self.by_path.insert(source.path.clone(), at);
        Some(at)
    }
}

/// A record being read.
struct Line<'l> {
    survey: &'l Survey,
    rollout: &'l mut Rollout,
    thread: &'l mut Thread,
    offset: u64,
    time: Option<i64>,
    ordinal: Option<u64>,
    is_titled: bool,
    each: &'l mut dyn FnMut(Fact),
}

impl Line<'_> {
    fn say(&mut self, what: What) {
        let session = self.rollout.thread.clone();
        (self.each)(Fact { session, at: self.time, agent: None, what });
    }

    fn read(&mut self, object: &Object<'_>) {
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
    fn is_copied(&mut self, kind: &str, payload: &Object<'_>) -> bool {
        match &self.rollout.copy {
            Prefix::Over => return false,
            Prefix::UntilOrdinal(own) => return self.ordinal.is_some_and(|ordinal| ordinal < *own),
            Prefix::Kept { ordinal: Some(own), .. } => {
                if self.ordinal.is_none_or(|ordinal| ordinal >= *own) {
                    self.rollout.copy = Prefix::Over;
                }
                return false;
            }
            Prefix::Possible { .. } | Prefix::UntilTurn | Prefix::Kept { .. } => {}
        }
        let Some(turn) = begins_turn(Some(kind), payload) else {
            return matches!(self.rollout.copy, Prefix::UntilTurn);
        };
        let is_own = match &self.rollout.copy {
            Prefix::UntilTurn => {
                let ancestors = self.survey.ancestors(&self.rollout.id);
                !ancestors.iter().any(|thread| self.survey.has_turn(thread, &turn))
            }
            Prefix::Kept { .. } => !is_before(&turn, &self.rollout.thread),
            _ => true,
        };
        if is_own {
            self.rollout.copy = Prefix::Over;
        }
        matches!(self.rollout.copy, Prefix::UntilTurn)
    }

    /// What is taken of a record that the ancestor has too: how far it had counted, and with which model.
    fn copied(&mut self, kind: &str, payload: &Object<'_>) {
        if kind == "turn_context" {
            self.rollout.model = payload.text("model").map(Cow::into_owned).or(self.rollout.model.take());
        }
        if let Some(total) = payload.object("info").and_then(|info| info.object("total_token_usage")) {
            self.rollout.count.base(Total::read(&total));
        }
    }

    fn meta(&mut self, meta: &Object<'_>) {
        let Some(id) = meta.text("id") else { return };
        if id != self.rollout.thread {
            // An ancestor's: here its copy begins.
            if let Prefix::Possible { parent } = &mut self.rollout.copy {
                let parent = parent.take().unwrap_or_else(|| id.clone().into_owned());
                let ancestors = self.survey.ancestors(&self.rollout.id);
                let is_there = ancestors.iter().chain([&parent]).any(|thread| self.survey.has(thread));
                self.rollout.copy = match is_there {
                    true => Prefix::UntilTurn,
                    false => {
                        self.say(What::Also { name: "copy_of", value: Value::String(parent.clone()) });
                        Prefix::Kept { parent, ordinal: None }
                    }
                };
            }
            return;
        }
        if let Some(version) = meta.text("cli_version").filter(|version| !version.is_empty()) {
            self.say(What::Versioned(version.into_owned()));
        }
        let branch = meta.object("git").and_then(|git| git.text("branch")).map(Cow::into_owned);
        self.moved(meta.text("cwd"), branch);
        if !self.rollout.has_meta {
            self.rollout.has_meta = true;
            self.ancestry(meta);
        }
    }

    /// Where the thread comes from.
    fn ancestry(&mut self, meta: &Object<'_>) {
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
        self.rollout.copy = match (meta.count("subagent_history_start_ordinal"), copied_from) {
            (Some(own), Some(parent)) if !self.survey.has(&parent) => {
                self.say(What::Also { name: "copy_of", value: Value::String(parent.clone()) });
                Prefix::Kept { parent, ordinal: Some(own) }
            }
            (Some(own), _) => Prefix::UntilOrdinal(own),
            (None, parent) => Prefix::Possible { parent },
        };
    }

    /// The thread went back to a place in an earlier rollout, and goes on in this one.
    fn reverted(&mut self, end: u64) {
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

    fn moved(&mut self, cwd: Option<Cow<'_, str>>, branch: Option<String>) {
        let cwd =
            cwd.map(Cow::into_owned).filter(|cwd| !cwd.is_empty() && self.rollout.cwd.as_ref() != Some(cwd));
        if let Some(cwd) = &cwd {
            self.rollout.cwd = Some(cwd.clone());
        }
        if cwd.is_some() || branch.is_some() {
            self.say(What::Moved { cwd, branch });
        }
    }

    fn turn_context(&mut self, context: &Object<'_>) {
        if let Some(model) = context.text("model").filter(|model| !model.is_empty()) {
            self.rollout.model = Some(model.into_owned());
        }
        self.moved(context.text("cwd"), None);
    }

    fn said(&mut self, role: Role, id: Option<Cow<'_, str>>, text: Cow<'_, str>, begins_turn: bool) {
        if text.is_empty() {
            return;
        }
        let id = id
            .filter(|id| !id.is_empty())
            .map_or_else(|| format!("{}{}", self.rollout.prefix, self.offset), Cow::into_owned);
        let is_models = matches!(role, Role::Assistant | Role::Thinking);
        let model = is_models.then(|| self.rollout.model.clone()).flatten();
        self.thread.said.push(Said { id: id.clone(), begins_turn, ordinal: self.ordinal });
        if role == Role::User {
            self.rollout.compaction = Compaction::No;
        }
        self.say(What::Said { id, role, text: text.into_owned(), model });
    }

    /// An item of a response, or of what the model is given. A line of its own before there was an envelope, and then prompts are
    /// nowhere else.
    fn item(&mut self, item: &Object<'_>, is_bare: bool) {
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

    fn message(&mut self, item: &Object<'_>, is_bare: bool) {
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

    fn called(&mut self, item: &Object<'_>, name: Cow<'_, str>, input: String) {
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
    fn called_and_returned(&mut self, item: &Object<'_>, name: &str, input: String) {
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

    fn returned(&mut self, item: &Object<'_>, output: String, told: Option<Outcome>) {
        let Some(id) = call_id(item) else {
            return self.say(What::Unknown("response_item/output".to_owned()));
        };
        let noted = self.rollout.ended.remove(&known::id(&id));
        let outcome = told.or(noted).unwrap_or(Outcome::Ok);
        self.say(What::Returned { id, outcome, output });
    }

    fn event(&mut self, event: &Object<'_>) {
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
    fn completed(&mut self, item: &Object<'_>) {
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

    fn note(&mut self, event: &Object<'_>, outcome: Option<Outcome>) {
        if let (Some(id), Some(outcome)) = (call_id(event), outcome) {
            self.rollout.ended.insert(known::id(&id), outcome);
        }
    }

    fn status(&mut self, status: Status) {
        self.rollout.compaction = Compaction::No;
        self.thread.status = Some(status);
        self.say(What::HasStatus(status));
    }

    fn compacted(&mut self, payload: &Object<'_>) {
        if self.rollout.compaction != Compaction::Announced {
            self.say(What::Compacted { dropped: Vec::new() });
            self.rollout.compaction = Compaction::Recorded;
        } else {
            self.rollout.compaction = Compaction::No;
        }
        self.said(Role::System, None, payload.text("message").unwrap_or_default(), false);
    }

    fn announced(&mut self) {
        if self.rollout.compaction == Compaction::No {
            self.say(What::Compacted { dropped: Vec::new() });
            self.rollout.compaction = Compaction::Announced;
        } else {
            self.rollout.compaction = Compaction::No;
        }
    }

    fn rolled_back(&mut self, turns: u64) {
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

    fn token_count(&mut self, event: &Object<'_>) {
        let Some(info) = event.object("info") else { return };
        let Some(total) = info.object("total_token_usage").map(|total| Total::read(&total)) else { return };
        if let Some(base) = self.rollout.base.take() {
            if !self.rollout.count.has_begun() {
                let last = info.object("last_token_usage").map(|last| total.without(Total::read(&last)));
                let known = self.survey.total_at(&base);
                self.thread.is_usage_partial |= known.or(last).is_none();
                self.rollout.count.base(known.or(last).unwrap_or_default());
            }
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

    fn usage_record(&mut self, record: &Object<'_>) {
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

    fn used(&mut self, key: String, is_hearsay: bool, usage: Total) {
        let model = self.rollout.model.clone().unwrap_or_else(|| NO_MODEL.to_owned());
        self.say(What::Used { key, is_hearsay, model, tokens: usage.tokens(), cost: None });
    }
}

fn call_id(item: &Object<'_>) -> Option<String> {
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
fn content_text(item: &Object<'_>) -> String {
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

/// Whether one id was made before another: both carry their time in front (UUID version 7).
fn is_before(one: &str, other: &str) -> bool {
    let has_time = |id: &str| id.len() == 36 && id.as_bytes()[14] == b'7' && id.is_ascii();
    has_time(one) && has_time(other) && one[..13] < other[..13]
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
