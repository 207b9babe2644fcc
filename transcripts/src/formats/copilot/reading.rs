//! What the events of Copilot CLI mean.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::line::{Line, long_name, name};
use super::sessions::{Last, Sessions, folder};
use super::usage::{Total, Used};
use super::words;
use crate::formats::saved::{self, Sound};
use crate::formats::tool::Interpreter;
use crate::id::{Copies, Id, id, id_within};
use crate::raw::{Raw, mended};
use crate::{Fact, Record, Settled, Source, SourceRole, Status, What};

/// What is known of all that was read.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Reading {
    pub(super) sessions: Sessions,
    copies: Copies,
    /// The messages that asked for calls.
    pub(super) requests: HashMap<Id, Box<str>>,
    /// The sessions that made calls.
    pub(super) callers: HashMap<Id, u32>,
}

/// An event, and whose it is.
#[derive(Clone, Copy)]
pub(super) struct Event {
    /// The session of the file.
    pub(super) main: u32,
    /// The session that it is of: the file's, or an agent's.
    pub(super) session: u32,
    pub(super) number: u64,
}

impl Interpreter for Reading {
    fn record(&mut self, source: &Source, record: &Record<'_>, each: &mut dyn FnMut(Fact)) {
        if source.role == SourceRole::Companion {
            return;
        }
        let bytes = mended(record.json());
        let Some(raw) = Raw::of(&bytes) else { return };
        let line = Line::of(raw);
        let file = self.sessions.file(source);
        let told = match &*line.kind {
            "session.start" => line.data.field("sessionId").and_then(name),
            _ => None,
        };
        let main = self.sessions.of_file(file, told.as_deref());
        self.sessions.begin(main, file, line.at, each);
        // An event without an id is known by its bytes.
        let number = match &line.id {
            Some(event) => id(event.as_bytes()),
            None if self.copies.is_copy(main, file, record) => return,
            None => id(format!("{file}\0{}", record.offset)),
        };
        let events = &mut self.sessions.get(main).events;
        let next = events.len() as u64;
        if events.insert(number, next).is_some() {
            return;
        }
        let session = match &line.agent {
            Some(agent) => self.agent(main, file, agent, &line, each),
            None => main,
        };
        self.event(Event { main, session, number: next }, &line, each);
    }

    fn beside(&mut self, source: &Source, contents: &[u8], each: &mut dyn FnMut(Fact)) {
        if !source.path.ends_with("workspace.yaml") {
            return;
        }
        let text = String::from_utf8_lossy(contents);
        let session = words::yaml(&text, "id").map(Into::into).or_else(|| folder(&source.path));
        if let Some((session, title)) = session.zip(words::yaml(&text, "name")) {
            self.sessions.beside(&session, &title, each);
        }
    }

    fn settled(&self, session: &str) -> Settled {
        let Some(session) = self.sessions.known(session) else { return Settled::default() };
        let inferred = match session.last {
            Last::Nothing => None,
            Last::Work => Some((Status::Open, true)),
            Last::TurnEnd => Some((Status::Completed, true)),
            Last::Error => Some((Status::Failed, true)),
        };
        let status = session.status.map(|status| (status, false)).or(inferred);
        Settled { status, is_usage_partial: session.usage.is_partial(), ..Settled::default() }
    }

    fn saved(&self) -> Option<Vec<u8>> {
        saved::write(self)
    }
}

impl Sound for Reading {
    fn is_sound(&self) -> bool {
        self.sessions.is_sound() && saved::all_below(self.callers.values(), self.sessions.count())
    }
}

impl Reading {
    /// Returns the session of an agent, and says that it is there.
    fn agent(
        &mut self,
        main: u32,
        file: u32,
        agent: &str,
        line: &Line<'_>,
        each: &mut dyn FnMut(Fact),
    ) -> u32 {
        let session = self.sessions.agent(main, agent);
        let is_new = self.sessions.begin(session, file, line.at, each);
        let is_start = line.kind == "subagent.started";
        let call = line.data.field("toolCallId").filter(|_| is_start).and_then(name);
        if is_new || is_start {
            // An agent may be begun by another one.
            let caller = call.as_ref().and_then(|call| self.callers.get(&id_within(main, call.as_bytes())));
            let parent = caller.copied().filter(|caller| *caller != session).unwrap_or(main);
            self.sessions.link(session, parent, call.as_deref(), each);
            let parent = self.sessions.get(parent);
            let (cwd, branch) = (parent.cwd.clone(), parent.branch.clone());
            self.sessions.moved(session, line.at, cwd.as_deref(), branch.as_deref(), each);
        }
        if is_start {
            let [name, id] =
                line.data.fields(&["agentDisplayName", "agentName"]).map(|field| field.and_then(long_name));
            if let Some(title) = name.or(id) {
                self.sessions.told_title(session, &title, each);
            }
        }
        session
    }

    fn event(&mut self, event: Event, line: &Line<'_>, each: &mut dyn FnMut(Fact)) {
        let Event { main, session, .. } = event;
        match &*line.kind {
            "user.message" => self.user(event, line, each),
            "assistant.message" => self.assistant(event, line, each),
            "assistant.reasoning" | "assistant.thinking" => self.reasoning(event, line, each),
            "assistant.turn_start" => self.works(session),
            "assistant.turn_end" => self.sessions.get(session).last = Last::TurnEnd,
            "tool.execution_start" => self.called(event, line, each),
            "tool.execution_complete" => self.returned(event, line, each),
            "subagent.started" => self.works(session),
            "subagent.completed" => self.ended(session, Status::Completed, line, each),
            "subagent.failed" => self.ended(session, Status::Failed, line, each),
            "abort" => self.ended(session, Status::Interrupted, line, each),
            "system.message"
            | "system.notification"
            | "session.info"
            | "session.warning"
            | "session.error" => {
                self.notice(event, line, each);
            }
            "session.start" | "session.resume" => {
                let [context, version, model] =
                    line.data.fields(&["context", "copilotVersion", "selectedModel"]);
                if line.kind == "session.resume" {
                    self.sessions.get(main).usage.resumed();
                }
                if let Some(version) = version.and_then(name) {
                    self.sessions.versioned(main, line.at, &version, each);
                }
                self.model(main, model);
                self.context(main, context.unwrap_or(Raw::NULL), line, each);
            }
            "session.context_changed" => self.context(main, line.data, line, each),
            "session.model_change" => self.model(main, line.data.field("newModel")),
            "session.title_changed" => {
                if let Some(title) = line.data.field("title").and_then(long_name) {
                    self.sessions.told_title(main, &title, each);
                }
            }
            "session.compaction_complete" => self.compacted(event, line, each),
            "session.snapshot_rewind" => self.rewound(event, line, each),
            "session.shutdown" => self.shutdown(main, line, each),
            kind if words::is_silent(kind) => {}
            kind => {
                let kind = kind.chars().take(128).collect();
                self.sessions.teller(session, line.at, each).tell(What::Unknown(kind));
            }
        }
    }

    /// Takes it that a session works.
    pub(super) fn works(&mut self, session: u32) {
        let this = self.sessions.get(session);
        (this.last, this.status) = (Last::Work, None);
    }

    fn model(&mut self, session: u32, model: Option<Raw<'_>>) {
        if let Some(model) = model.and_then(name) {
            self.sessions.get(session).model = Some((&*model).into());
        }
    }

    /// Says that the tool says how a session stands.
    fn ended(&mut self, session: u32, status: Status, line: &Line<'_>, each: &mut dyn FnMut(Fact)) {
        self.sessions.get(session).status = Some(status);
        self.sessions.teller(session, line.at, each).tell(What::HasStatus(status));
    }

    /// Says where a session is.
    fn context(&mut self, session: u32, context: Raw<'_>, line: &Line<'_>, each: &mut dyn FnMut(Fact)) {
        let names = ["cwd", "branch", "gitRoot", "repository", "headCommit"];
        let [cwd, branch, root, repository, commit] =
            context.fields(&names).map(|field| field.and_then(long_name));
        self.sessions.moved(session, line.at, cwd.as_deref(), branch.as_deref(), each);
        if root.is_none() && repository.is_none() && commit.is_none() {
            return;
        }
        let value = serde_json::json!({"root": root, "repository": repository, "commit": commit});
        let new = Some(id(value.to_string()));
        if std::mem::replace(&mut self.sessions.get(session).git, new) != new {
            self.sessions.teller(session, line.at, each).tell(What::Also { name: "git", value });
        }
    }

    /// Reads what is said when a session is left.
    fn shutdown(&mut self, session: u32, line: &Line<'_>, each: &mut dyn FnMut(Fact)) {
        let [kind, metrics] = line.data.fields(&["shutdownType", "modelMetrics"]);
        let mut totals: BTreeMap<String, Total> = BTreeMap::new();
        if let Some(metrics) = metrics {
            metrics.each_field(|model, metrics| {
                let Some(usage) = metrics.field("usage") else { return };
                let names =
                    ["inputTokens", "cacheReadTokens", "cacheWriteTokens", "outputTokens", "reasoningTokens"];
                let total = usage.fields(&names).map(|field| field.and_then(Raw::count).unwrap_or_default());
                totals.insert(model.chars().take(128).collect(), total);
            });
        }
        for used in self.sessions.get(session).usage.told(totals) {
            self.used(session, used, line, each);
        }
        // Who stopped the agent and left has left it stopped.
        let was_stopped = self.sessions.get(session).status == Some(Status::Interrupted);
        let status = match kind.and_then(Raw::text).as_deref() {
            Some("error" | "crash") => Status::Failed,
            _ if was_stopped => Status::Interrupted,
            _ => Status::Completed,
        };
        self.ended(session, status, line, each);
    }

    /// Says what a model used in a stretch of a session.
    pub(super) fn used(&mut self, session: u32, used: Used, line: &Line<'_>, each: &mut dyn FnMut(Fact)) {
        let Used { stretch, model, tokens } = used;
        let key = format!("{}#{stretch}/{model}", self.sessions.name(session));
        let what = What::Used { key, is_hearsay: false, model, tokens, cost: None };
        self.sessions.teller(session, line.at, each).tell(what);
    }
}
