//! What the rows and the logs of Vibe Kanban mean.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::log::{self, Message};
use super::logs::Logs;
use super::state::{Process, Session, Task, Turn, Workspace, id, look, text, time};
use crate::formats::saved::{self, Sound};
use crate::formats::tool::Interpreter;
use crate::id::{self, Id};
use crate::json::{self, Object};
use crate::{Fact, Form, Record, Role, Settled, Source, Status, What};

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Reading {
    /// Which database has a row: what an older one has too is left over.
    owners: HashMap<Id, u64>,
    /// The databases that were read.
    databases: HashSet<u64>,
    /// Whether there is another one since, which may be the newer one.
    is_outdated: bool,
    tasks: HashMap<String, Task>,
    workspaces: HashMap<String, Workspace>,
    sessions: HashMap<String, Session>,
    processes: HashMap<String, Process>,
    turns: HashMap<String, Turn>,
    logs: Logs,
    /// How far the logs have been gone through for what is not known in them.
    gone: HashMap<u64, u64>,
}

fn say(each: &mut dyn FnMut(Fact), session: &str, at: Option<i64>, what: What) {
    each(Fact { session: session.to_owned(), at, agent: None, what });
}

impl Interpreter for Reading {
    fn survey(&mut self, source: &Source, record: &Record<'_>) {
        if source.form != Form::Database {
            return self.logs.file(source, record);
        }
        self.is_outdated |= !self.databases.is_empty() && !self.databases.contains(&look(&source.path));
        json::with_object(record.json(), |object| {
            if self.owns(source, &object)
                && object.text("table").is_some_and(|table| table == "execution_process_logs")
                && let Some(row) = object.object("row")
            {
                self.logs.row(&row);
            }
        });
    }

    fn record(&mut self, source: &Source, record: &Record<'_>, each: &mut dyn FnMut(Fact)) {
        if source.form != Form::Database {
            return self.log_message(source, record, each);
        }
        self.databases.insert(look(&source.path));
        json::with_object(record.json(), |object| {
            let (Some(table), Some(row)) = (object.text("table"), object.object("row")) else { return };
            if !self.owns(source, &object) {
                return;
            }
            match &*table {
                "tasks" => self.task(&row, each),
                "workspaces" => self.workspace(&row, each),
                // Before there were sessions, an attempt was one too.
                "task_attempts" => {
                    self.workspace(&row, each);
                    self.session(source, &row, true, each);
                }
                "sessions" => self.session(source, &row, false, each),
                "execution_processes" => self.process(source, &row, each),
                "coding_agent_turns" => self.turn(&row, "agent_session_id", each),
                "executor_sessions" => self.turn(&row, "session_id", each),
                "execution_process_logs" => self.logs.row(&row),
                _ => {}
            }
        });
    }

    fn settled(&self, session: &str) -> Settled {
        let Some(told) = self.sessions.get(session) else { return Settled::default() };
        let status = told.status.map_or((Status::Open, true), |status| (status, false));
        let processes = told.processes.iter().filter_map(|id| Some(self.listed(id, self.processes.get(id)?)));
        let mut native = told.native.clone();
        let mut seen = told.has_native.clone();
        for id in told.processes.iter().filter(|id| self.processes.get(*id).is_some_and(Process::counts)) {
            let more = self.logs.agent_sessions(id).iter().filter(|native| seen.insert(id::id(native)));
            native.extend(more.cloned());
        }
        let also = vec![("native", json!(native)), ("processes", processes.collect())];
        Settled { status: Some(status), is_usage_partial: false, also }
    }

    fn is_outdated(&self) -> bool {
        self.is_outdated
    }

    fn saved(&self) -> Option<Vec<u8>> {
        saved::write(self)
    }
}

impl Sound for Reading {
    fn is_sound(&self) -> bool {
        // Rows refer to each other by their ids.
        true
    }
}

impl Reading {
    /// Returns whether a row counts: an older database may have it too. The first one that has it owns it.
    fn owns(&mut self, source: &Source, object: &Object<'_>) -> bool {
        let (Some(table), Some(row)) = (object.text("table"), object.object("row")) else { return false };
        let Some(id) = id(&row, "id") else { return true };
        let source = look(&source.path);
        *self.owners.entry(id::id_of(&[&table, &id])).or_insert(source) == source
    }

    fn task(&mut self, row: &Object<'_>, each: &mut dyn FnMut(Fact)) {
        let Some(id) = id(row, "id") else { return };
        let task = self.tasks.entry(id).or_default();
        task.title = text(row, "title");
        task.status = text(row, "status");
        for workspace in task.workspaces.clone() {
            self.tell_workspace(&workspace, each);
        }
    }

    fn workspace(&mut self, row: &Object<'_>, each: &mut dyn FnMut(Fact)) {
        let Some(key) = id(row, "id") else { return };
        let is_new = !self.workspaces.contains_key(&key);
        let workspace = self.workspaces.entry(key.clone()).or_default();
        workspace.task = id(row, "task_id");
        workspace.name = text(row, "name");
        workspace.folder = text(row, "container_ref").or_else(|| text(row, "worktree_path"));
        workspace.branch = text(row, "branch");
        if let (true, Some(task)) = (is_new, workspace.task.clone()) {
            self.tasks.entry(task).or_default().workspaces.push(key.clone());
        }
        self.tell_workspace(&key, each);
    }

    fn tell_workspace(&mut self, workspace: &str, each: &mut dyn FnMut(Fact)) {
        let sessions = self.workspaces.get(workspace).map(|workspace| workspace.sessions.clone());
        for session in sessions.unwrap_or_default() {
            self.tell(&session, each);
        }
    }

    fn session(&mut self, source: &Source, row: &Object<'_>, is_attempt: bool, each: &mut dyn FnMut(Fact)) {
        let Some(key) = id(row, "id") else { return };
        self.begin(source, &key, each);
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let is_new = session.workspace.is_none();
        session.workspace = if is_attempt { Some(key.clone()) } else { id(row, "workspace_id") };
        session.name = text(row, "name").filter(|_| !is_attempt);
        session.executor = text(row, "executor").or(session.executor.take());
        session.folder = text(row, "agent_working_dir");
        if let (true, Some(workspace)) = (is_new, session.workspace.clone()) {
            self.workspaces.entry(workspace).or_default().sessions.push(key.clone());
        }
        self.tell(&key, each);
    }

    fn begin(&mut self, source: &Source, session: &str, each: &mut dyn FnMut(Fact)) {
        let told = self.sessions.entry(session.to_owned()).or_default();
        if told.sources.insert(look(&source.path)) {
            say(each, session, None, What::Began);
        }
    }

    /// Says what is new of a session. It has no time of its own: it lasts as long as its processes do.
    fn tell(&mut self, id: &str, each: &mut dyn FnMut(Fact)) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        let workspace = session.workspace.as_ref().and_then(|id| self.workspaces.get(id));
        let task_id = workspace.and_then(|workspace| workspace.task.clone());
        let task = task_id.as_ref().and_then(|id| self.tasks.get(id));
        let folder = workspace.and_then(|workspace| workspace.folder.clone());
        let title = session.name.clone();
        let title = title.or_else(|| task?.title.clone()).or_else(|| workspace?.name.clone());
        let cwd = match (&folder, &session.folder) {
            (Some(folder), Some(below)) if !below.starts_with('/') => {
                Some(format!("{}/{below}", folder.trim_end_matches('/')))
            }
            (_, Some(folder)) => Some(folder.clone()),
            (folder, None) => folder.clone(),
        };
        let branch = workspace.and_then(|workspace| workspace.branch.clone());
        let task_status = task.and_then(|task| task.status.clone());
        let also =
            |name, value: Option<String>| value.map(|value| What::Also { name, value: Value::String(value) });
        let facts = [
            ("title", title.map(What::Titled)),
            ("moved", (cwd.is_some() || branch.is_some()).then_some(What::Moved { cwd, branch })),
            ("worktree", folder.map(What::InWorktree)),
            ("task", also("task", task_id)),
            ("task_status", also("task_status", task_status)),
            ("executor", also("executor", session.executor.clone())),
        ];
        for (name, what) in facts.into_iter().filter_map(|(name, what)| Some((name, what?))) {
            let now = look(format!("{what:?}"));
            if session.told.insert(name.into(), now) != Some(now) {
                say(each, id, None, what);
            }
        }
    }

    fn process(&mut self, source: &Source, row: &Object<'_>, each: &mut dyn FnMut(Fact)) {
        let Some(key) = id(row, "id") else { return };
        let Some(session) = id(row, "session_id").or_else(|| id(row, "task_attempt_id")) else { return };
        if !self.sessions.contains_key(&session) {
            self.begin(source, &session, each);
        }
        let is_new = !self.processes.contains_key(&key);
        let process = self.processes.entry(key.clone()).or_default();
        let (before, did_count) = (process.state(), process.counts());
        if is_new {
            process.session = session.clone();
        }
        process.run_reason = text(row, "run_reason").unwrap_or_default();
        process.status = text(row, "status").unwrap_or_default();
        process.exit_code = row.integer("exit_code");
        process.is_dropped = row.integer("dropped").unwrap_or(0) != 0;
        let (now, counts, ended) = (process.state(), process.counts(), time(row, "completed_at"));
        let ends = ended.is_some() && !process.is_ended;
        process.is_ended |= ends;
        let dropped = if did_count && !counts { std::mem::take(&mut process.said) } else { Vec::new() };
        let Some(told) = self.sessions.get_mut(&session) else { return };
        if is_new {
            told.processes.push(key);
        }
        if told.executor.is_none() {
            told.executor = executor(row);
            if told.executor.is_some() {
                self.tell(&session, each);
            }
        }
        if !dropped.is_empty() {
            say(each, &session, None, What::Rewound { dropped });
        }
        if counts || did_count {
            self.stand(&session);
        }
        let status = self.sessions[&session].status.unwrap_or(Status::Open);
        // A script, and what was thrown away, lasts too, and does not change how the session stands.
        if is_new {
            let at = time(row, "started_at").or_else(|| time(row, "created_at"));
            let status = if counts { Status::Open } else { status };
            say(each, &session, at, What::HasStatus(status));
        }
        if ends || !is_new && (before != now || did_count != counts) {
            say(each, &session, ended, What::HasStatus(status));
        }
    }

    /// Notes how a session stands: as the last process that counts does.
    fn stand(&mut self, session: &str) {
        let Some(told) = self.sessions.get_mut(session) else { return };
        let processes = told.processes.iter().rev().filter_map(|id| self.processes.get(id));
        let last = processes.take(PROCESSES_LOOKED_AT).find(|process| process.counts());
        told.status = last.map(Process::state);
    }

    fn turn(&mut self, row: &Object<'_>, native: &str, each: &mut dyn FnMut(Fact)) {
        let (Some(key), Some(process)) = (id(row, "id"), id(row, "execution_process_id")) else { return };
        let Some(process) = self.processes.get_mut(&process).filter(|process| process.counts()) else {
            return;
        };
        let session = process.session.clone();
        let turn = self.turns.entry(key.clone()).or_default();
        let summary_id = format!("{key}/summary");
        for (role, id, column, at, told) in [
            (Role::User, key, "prompt", time(row, "created_at"), &mut turn.prompt),
            (Role::Assistant, summary_id, "summary", time(row, "updated_at"), &mut turn.summary),
        ] {
            let Some(text) = text(row, column) else { continue };
            let now = look(&text);
            let before = std::mem::replace(told, now);
            if before == 0 {
                process.said.push(id.clone());
                say(each, &session, at, What::Spoke { id, role, text, model: None });
            } else if before != now {
                say(each, &session, at, What::Revised { id, text });
            }
        }
        if let Some(native) = text(row, native) {
            self.has_native(&session, native);
        }
    }

    fn has_native(&mut self, session: &str, native: String) {
        if let Some(told) = self.sessions.get_mut(session)
            && told.has_native.insert(id::id(&native))
        {
            told.native.push(native);
        }
    }

    /// Says what is not known in a log. What it holds was counted before.
    fn log_message(&mut self, source: &Source, record: &Record<'_>, each: &mut dyn FnMut(Fact)) {
        let Some((session, _)) = log::place(&source.path) else { return };
        self.logs.file(source, record);
        let next = self.gone.entry(look(&source.path)).or_default();
        if record.offset < *next {
            return;
        }
        *next = record.offset + 1;
        let object = Object::read(record.json());
        if let Message::Unknown(kind) = log::message(object.as_ref(), record.json())
            && self.sessions.contains_key(session)
        {
            say(each, session, None, What::Unknown(format!("log/{kind}")));
        }
    }

    fn listed(&self, id: &str, process: &Process) -> Value {
        let (written, place) = self.logs.of(id);
        let is_agent = process.run_reason == "codingagent";
        json!({
            "id": id,
            "run_reason": process.run_reason,
            "status": process.status,
            "exit_code": process.exit_code,
            "dropped": process.is_dropped,
            "log_messages": written.map_or(0, |written| written.messages),
            "native_lines": written.filter(|_| is_agent).map_or(0, |written| written.lines.count()),
            "log_in": place,
        })
    }
}

/// How many of the newest processes are looked at to see how a session stands.
const PROCESSES_LOOKED_AT: usize = 1000;

/// Returns the agent that a process started, where the session does not say it.
fn executor(row: &Object<'_>) -> Option<String> {
    let action = row.text("executor_action")?;
    let kind = Object::of_text(&action)?.object("typ")?;
    let profile = kind.object("executor_profile_id")?;
    text(&profile, "executor")
}
