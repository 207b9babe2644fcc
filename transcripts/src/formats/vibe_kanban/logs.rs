//! How much processes wrote, in files or in rows.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::log::{self, AgentLines, Message};
use super::state::{id, look};
use crate::id::{self, Given, Id};
use crate::json::Object;
use crate::{Record, Source};

/// How many sessions of agents a process may name.
const AGENT_SESSIONS_MAX: usize = 64;

/// What all processes wrote.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Logs {
    processes: HashMap<String, Log>,
    given: HashMap<u64, Given>,
    /// Of each row, how long it was and what it looked like.
    rows: HashMap<Id, (usize, u64)>,
}

#[derive(Default, Serialize, Deserialize)]
struct Log {
    file: Option<Written>,
    table: Option<Written>,
    agent_sessions: Vec<String>,
}

/// What a process wrote in one of the two places.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Written {
    pub(super) messages: u64,
    pub(super) lines: AgentLines,
}

impl Logs {
    /// Takes a record of a file, once.
    pub(super) fn file(&mut self, source: &Source, record: &Record<'_>) {
        let Some((_, process)) = log::place(&source.path) else { return };
        if self.given.entry(look(&source.path)).or_default().is_new(record.offset, record.json()) {
            let object = Object::read(record.json());
            self.take(process, log::message(object.as_ref(), record.json()), true);
        }
    }

    /// Takes a row. It may have grown since it was taken, and further ones may come.
    pub(super) fn row(&mut self, row: &Object<'_>) {
        let (Some(process), Some(logs)) = (id(row, "execution_id"), row.text("logs")) else { return };
        let inserted = row.text("inserted_at").unwrap_or_default();
        let key = id::id_of(&[&process, &inserted]);
        let (length, before) = self.rows.get(&key).copied().unwrap_or_default();
        let has_grown = logs.get(..length).is_some_and(|known| length == 0 || look(known) == before);
        if !has_grown || logs.len() == length {
            return;
        }
        self.rows.insert(key, (logs.len(), look(&*logs)));
        for line in log::messages(&logs[length..]) {
            let object = Object::of_text(line);
            self.take(&process, log::message(object.as_ref(), line.as_bytes()), false);
        }
    }

    fn take(&mut self, process: &str, message: Message<'_>, is_file: bool) {
        let log = self.processes.entry(process.to_owned()).or_default();
        let written = if is_file { &mut log.file } else { &mut log.table }.get_or_insert_default();
        written.messages += 1;
        match message {
            Message::Output(chunk) => written.lines.push(&chunk),
            Message::AgentSession(id) => {
                if log.agent_sessions.len() < AGENT_SESSIONS_MAX && !log.agent_sessions.contains(&id) {
                    log.agent_sessions.push(id);
                }
            }
            Message::Other | Message::Unknown(_) => {}
        }
    }

    /// Returns the sessions of agents that a process named.
    pub(super) fn agent_sessions(&self, process: &str) -> &[String] {
        self.processes.get(process).map_or(&[], |log| &log.agent_sessions)
    }

    /// Returns what a process wrote, and where: the file counts, where there are both.
    pub(super) fn of(&self, process: &str) -> (Option<&Written>, Option<&'static str>) {
        match self.processes.get(process) {
            Some(Log { file: Some(written), .. }) => (Some(written), Some("file")),
            Some(Log { table: Some(written), .. }) => (Some(written), Some("table")),
            _ => (None, None),
        }
    }
}
