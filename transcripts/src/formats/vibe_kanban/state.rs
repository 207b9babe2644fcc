//! What is known of tasks, sessions and processes, and how rows say it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::Status;
use crate::id::Id;
use crate::json::Object;
use crate::when::milliseconds;

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Task {
    pub(super) title: Option<String>,
    pub(super) status: Option<String>,
    pub(super) workspaces: Vec<String>,
}

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Workspace {
    pub(super) task: Option<String>,
    pub(super) name: Option<String>,
    pub(super) folder: Option<String>,
    pub(super) branch: Option<String>,
    pub(super) sessions: Vec<String>,
}

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Session {
    pub(super) workspace: Option<String>,
    pub(super) name: Option<String>,
    pub(super) executor: Option<String>,
    pub(super) folder: Option<String>,
    pub(super) sources: HashSet<u64>,
    pub(super) told: HashMap<Cow<'static, str>, u64>,
    pub(super) status: Option<Status>,
    pub(super) processes: Vec<String>,
    pub(super) native: Vec<String>,
    pub(super) has_native: HashSet<Id>,
}

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Process {
    pub(super) session: String,
    pub(super) run_reason: String,
    pub(super) status: String,
    pub(super) exit_code: Option<i64>,
    pub(super) is_dropped: bool,
    pub(super) is_ended: bool,
    /// What was said in it.
    pub(super) said: Vec<String>,
}

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Turn {
    pub(super) prompt: u64,
    pub(super) summary: u64,
}

impl Process {
    /// Whether it is a part of the conversation.
    pub(super) fn counts(&self) -> bool {
        self.run_reason == "codingagent" && !self.is_dropped
    }

    pub(super) fn state(&self) -> Status {
        match &*self.status {
            "completed" => Status::Completed,
            "failed" => Status::Failed,
            "killed" => Status::Interrupted,
            _ => Status::Open,
        }
    }
}

pub(super) fn look(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    // Zero is what was never told.
    hasher.finish() | 1
}

/// Returns an id: sixteen bytes, or a text in older releases.
pub(super) fn id(row: &Object<'_>, column: &str) -> Option<String> {
    if let Some(text) = row.text(column) {
        return (!text.is_empty()).then(|| text.into_owned());
    }
    let hex = row.object(column)?.text("hex")?;
    Some(match hex.len() == 32 && hex.is_ascii() {
        true => format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]),
        false => hex.into_owned(),
    })
}

pub(super) fn text(row: &Object<'_>, column: &str) -> Option<String> {
    row.text(column).filter(|text| !text.is_empty()).map(Cow::into_owned)
}

pub(super) fn time(row: &Object<'_>, column: &str) -> Option<i64> {
    milliseconds(&row.text(column)?)
}
