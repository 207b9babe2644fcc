//! What a file is written without: texts that somebody leaves out, whatever is in them. Their events are there, and say so.

use std::collections::HashSet;
use std::str::FromStr;

use serde_json::{Value, json};

/// What replaces a text that is left out.
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

/// A message of a session, as far as its events tell.
#[derive(Default)]
struct Known {
    /// The revisions of the events that brought it, changed it or took it away.
    revisions: Vec<u64>,
    /// Whether it was a thought once, or may have been.
    is_thought: bool,
}

/// Leaves texts out of the events of a session, once it was shown all of them in order, and of what was made of them.
#[derive(Default)]
pub(super) struct Leaving {
    without: Without,
    /// The revisions of the events whose texts are left out.
    revisions: HashSet<u64>,
    /// Those among them that are about a thought.
    thoughts: HashSet<u64>,
    /// All messages that there ever were.
    messages: Vec<Known>,
    /// Which of them are in the list, in order; `None` after an event of it that cannot be read.
    list: Option<Vec<usize>>,
}

impl Leaving {
    pub(super) fn new(without: Without) -> Self {
        Self { without, list: Some(Vec::new()), ..Self::default() }
    }

    pub(super) fn leaves_outputs(&self) -> bool {
        self.without.outputs
    }

    /// How many events have a text that was left out.
    pub(super) fn events(&self) -> usize {
        self.revisions.len()
    }

    /// Looks at an event, before any is written: a message may turn out to be a thought later.
    pub(super) fn look(&mut self, revision: u64, kind: &str, body: &Value) {
        let is_left_out = match kind {
            "OutputAppended" | "OutputReplaced" => self.without.outputs,
            "ToolReturned" => self.without.results && !body.is_null(),
            "SessionCreated" if self.without.thoughts => {
                let there = body.pointer("/session/chatHistory").and_then(Value::as_array);
                for message in there.into_iter().flatten() {
                    self.add(None, is_thought(message));
                }
                self.list = Some((0..self.messages.len()).collect());
                false
            }
            "MessageAdded" | "MessageChanged" | "MessageRemoved" if self.without.thoughts => {
                self.look_at_message(revision, kind, body);
                false
            }
            _ => false,
        };
        if is_left_out {
            self.revisions.insert(revision);
        }
    }

    /// Notes a message; returns its number.
    fn add(&mut self, revision: Option<u64>, is_thought: bool) -> usize {
        self.messages.push(Known { revisions: revision.into_iter().collect(), is_thought });
        self.messages.len() - 1
    }

    fn look_at_message(&mut self, revision: u64, kind: &str, body: &Value) {
        let index = body["index"].as_u64().and_then(|index| usize::try_from(index).ok());
        let Some(mut list) = self.list.take().filter(|_| !body.is_null()) else {
            // Which message others are about is no longer known: what they say may be of a thought.
            if kind != "MessageAdded" || is_thought(&body["message"]) {
                self.add(Some(revision), true);
            }
            return;
        };
        match kind {
            "MessageAdded" => {
                let new = self.add(Some(revision), is_thought(&body["message"]));
                list.insert(index.unwrap_or(list.len()).min(list.len()), new);
            }
            "MessageChanged" => {
                match index.and_then(|at| list.get(at)).and_then(|at| self.messages.get_mut(*at)) {
                    Some(known) => {
                        known.revisions.push(revision);
                        known.is_thought |= is_thought(&body["set"]);
                    }
                    None => drop(self.add(Some(revision), true)),
                }
            }
            // What goes is in the step that takes it away.
            _ => {
                if let Some(at) = index.filter(|at| *at < list.len()) {
                    self.messages[list.remove(at)].revisions.push(revision);
                }
            }
        }
        self.list = Some(list);
    }

    /// Ends looking: from here on it is known what is left out.
    pub(super) fn settle(&mut self) {
        let thoughts = self.messages.iter().filter(|known| known.is_thought);
        self.thoughts = thoughts.flat_map(|known| known.revisions.iter().copied()).collect();
        self.revisions.extend(&self.thoughts);
    }

    /// Leaves out what the body of an event says; the texts of outputs are those of [`super::outputs`].
    pub(super) fn event(&self, revision: u64, kind: &str, body: &mut Value) {
        match kind {
            "ToolReturned" if self.without.results => put(body.get_mut("output")),
            "SessionCreated" if self.without.thoughts => {
                let messages = body.pointer_mut("/session/chatHistory").and_then(Value::as_array_mut);
                // They are the first of all.
                for (nth, message) in messages.into_iter().flatten().enumerate() {
                    if self.messages.get(nth).is_none_or(|known| known.is_thought) {
                        leave(message);
                    }
                }
            }
            "MessageAdded" if self.thoughts.contains(&revision) => {
                if let Some(message) = body.get_mut("message") {
                    leave(message);
                }
            }
            "MessageChanged" if self.thoughts.contains(&revision) => {
                if let Some(Value::Object(set)) = body.get_mut("set") {
                    set.retain(|key, _| KEPT.contains(&key.as_str()));
                }
                put(body.get_mut("content"));
            }
            _ => {}
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
        let is_left_out = step["revision"].as_u64().is_some_and(|revision| self.thoughts.contains(&revision));
        for patch in step["patches"].as_array_mut().into_iter().flatten() {
            // Fields of the session itself, such as when it was updated, are no part of a message.
            let is_left_out = is_left_out && patch["in"] != "own";
            let is_kept = patch["key"].as_str().is_some_and(|key| KEPT.contains(&key) && key != "content");
            for side in ["old", "new"] {
                match patch.get_mut(side) {
                    Some(value) if is_left_out && value.is_object() => leave(value),
                    Some(value) if is_left_out && !is_kept => *value = MARK.into(),
                    Some(value) => leave_thoughts(value),
                    None => {}
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

fn is_thought(message: &Value) -> bool {
    message["role"] == "thinking"
}

/// Puts the mark into the place of a text.
fn put(text: Option<&mut Value>) {
    if let Some(text) = text.filter(|text| !text.is_null() && *text != "") {
        *text = MARK.into();
    }
}

fn put_excerpt(excerpt: Option<&mut Value>) {
    let Some(excerpt) = excerpt.filter(|excerpt| excerpt["bytes"] != 0) else { return };
    let position = excerpt["position"].take();
    *excerpt = json!({ "head": MARK, "bytes": MARK.len(), "position": position });
}

/// What stays of a message that is a thought: what tells it from others.
const KEPT: [&str; 4] = ["id", "role", "timestamp", "content"];

/// Leaves all of a message out but what tells it from others.
fn leave(message: &mut Value) {
    if let Some(keys) = message.as_object_mut() {
        keys.retain(|key, _| KEPT.contains(&key.as_str()));
        keys.insert("content".to_owned(), MARK.into());
    }
}

fn leave_thoughts(value: &mut Value) {
    match value {
        Value::Object(_) if is_thought(value) => leave(value),
        Value::Object(keys) => keys.values_mut().for_each(leave_thoughts),
        Value::Array(values) => values.iter_mut().for_each(leave_thoughts),
        _ => {}
    }
}
