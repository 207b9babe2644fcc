//! What a file is written without: texts that somebody leaves out, whatever is in them. Their events are there, and say so.

use std::collections::HashSet;
use std::str::FromStr;

use serde_json::{Value, json};

/// What stands in the place of a text that was left out.
pub(super) const MARK: &str = "[left out]";

/// What of a session is left out of a file, besides secrets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Without {
    /// What agents wrote.
    pub outputs: bool,
    /// What tools returned.
    pub results: bool,
    /// What the model thought.
    pub thoughts: bool,
}

impl Without {
    /// What can be left out, by its names.
    pub const NAMES: [&str; 3] = ["outputs", "results", "thoughts"];

    /// Returns the names of what is left out.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let are_left_out = [self.outputs, self.results, self.thoughts];
        Self::NAMES
            .into_iter()
            .zip(are_left_out)
            .filter_map(|(name, is_left_out)| is_left_out.then_some(name))
    }
}

impl FromStr for Without {
    type Err = String;

    /// Reads names, separated by commas.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut without = Self::default();
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match name {
                "outputs" => without.outputs = true,
                "results" => without.results = true,
                "thoughts" => without.thoughts = true,
                _ => return Err(format!("accepted is {}, separated by commas", Self::NAMES.join(", "))),
            }
        }
        Ok(without)
    }
}

/// Leaves texts out of the events of a session, which it is shown in order, and then of what was made of them.
#[derive(Default)]
pub(super) struct Leaving {
    without: Without,
    /// The revisions of the events whose texts are left out.
    revisions: HashSet<u64>,
    /// Of each message of the list, whether it was a thought once.
    were_thoughts: Vec<bool>,
}

impl Leaving {
    pub(super) fn new(without: Without) -> Self {
        Self { without, ..Self::default() }
    }

    pub(super) fn leaves_outputs(&self) -> bool {
        self.without.outputs
    }

    /// How many events have a text that was left out.
    pub(super) fn events(&self) -> usize {
        self.revisions.len()
    }

    /// Leaves out what the body of an event says; the texts of outputs are those of [`super::outputs`].
    pub(super) fn event(&mut self, revision: u64, kind: &str, body: &mut Value) {
        let leaves = self.without;
        let is_left_out = match kind {
            "OutputAppended" | "OutputReplaced" => leaves.outputs,
            "ToolReturned" if leaves.results => put(body.get_mut("output")),
            "SessionCreated" if leaves.thoughts => {
                let messages = body.pointer_mut("/session/chatHistory").and_then(Value::as_array_mut);
                self.were_thoughts = messages.into_iter().flatten().map(leave_thought).collect::<Vec<_>>();
                self.were_thoughts.contains(&true)
            }
            "MessageAdded" if leaves.thoughts => {
                let is_thought = body.get_mut("message").is_some_and(leave_thought);
                let end = self.were_thoughts.len();
                let at = index(body).unwrap_or(end).min(end);
                self.were_thoughts.insert(at, is_thought);
                is_thought
            }
            "MessageChanged" if leaves.thoughts => {
                let becomes_one = body.pointer("/set/role").is_some_and(|role| role == "thinking");
                // Of a message that is not known nothing is said.
                let was_one = index(body).and_then(|at| self.were_thoughts.get_mut(at));
                let is_thought = was_one.is_none_or(|was_one| {
                    *was_one |= becomes_one;
                    *was_one
                });
                is_thought && put(body.get_mut("content"))
            }
            "MessageRemoved" if leaves.thoughts => {
                if let Some(at) = index(body).filter(|at| *at < self.were_thoughts.len()) {
                    self.were_thoughts.remove(at);
                }
                false
            }
            _ => false,
        };
        if is_left_out {
            self.revisions.insert(revision);
        }
    }

    /// Leaves out what the line of an event says.
    pub(super) fn line(&self, line: &mut Value) {
        if line["revision"].as_u64().is_some_and(|revision| self.revisions.contains(&revision)) {
            put(line.get_mut("said"));
        }
    }

    /// Leaves out what a step from state to state brings and takes away.
    pub(super) fn step(&self, step: &mut Value) {
        if !self.without.thoughts {
            return;
        }
        let is_left_out =
            step["revision"].as_u64().is_some_and(|revision| self.revisions.contains(&revision));
        for patch in step["patches"].as_array_mut().into_iter().flatten() {
            let is_content = patch["key"] == "content";
            for side in ["old", "new"] {
                let Some(value) = patch.get_mut(side) else { continue };
                if is_content && is_left_out {
                    *value = MARK.into();
                } else {
                    leave_thoughts(value);
                }
            }
        }
    }

    /// Leaves out entries of a turn.
    pub(super) fn turn(&self, turn: &mut Value) {
        for entry in turn["entries"].as_array_mut().into_iter().flatten() {
            let is_thought = entry["entry"] == "thinking" || entry["role"] == "thinking";
            let is_left_out =
                entry["revision"].as_u64().is_some_and(|revision| self.revisions.contains(&revision));
            let is_said = entry["entry"] == "thinking" || entry["entry"] == "message";
            if self.without.thoughts && (is_thought || is_said && is_left_out) {
                put_excerpt(entry.get_mut("text"));
            }
            if self.without.results {
                put_excerpt(entry.pointer_mut("/returned/output"));
            }
        }
    }
}

fn index(body: &Value) -> Option<usize> {
    usize::try_from(body["index"].as_u64()?).ok()
}

/// Puts the mark into the place of a text; says whether there was one.
fn put(text: Option<&mut Value>) -> bool {
    let Some(text) = text.filter(|text| !text.is_null() && *text != "") else { return false };
    *text = MARK.into();
    true
}

fn put_excerpt(excerpt: Option<&mut Value>) {
    let Some(excerpt) = excerpt.filter(|excerpt| excerpt["bytes"] != 0) else { return };
    let position = excerpt["position"].take();
    *excerpt = json!({ "head": MARK, "bytes": MARK.len(), "position": position });
}

/// Leaves all of a message that is a thought out but what tells it from others; says whether it was one.
fn leave_thought(message: &mut Value) -> bool {
    let is_thought = message["role"] == "thinking";
    if let Some(keys) = message.as_object_mut().filter(|_| is_thought) {
        keys.retain(|key, _| ["id", "role", "timestamp", "content"].contains(&key.as_str()));
        keys.insert("content".to_owned(), MARK.into());
    }
    is_thought
}

fn leave_thoughts(value: &mut Value) {
    if leave_thought(value) {
        return;
    }
    match value {
        Value::Object(keys) => keys.values_mut().for_each(leave_thoughts),
        Value::Array(values) => values.iter_mut().for_each(leave_thoughts),
        _ => {}
    }
}
