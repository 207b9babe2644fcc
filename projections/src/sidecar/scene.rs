//! What a session was when an event happened: the least of it that projections ask for.
//!
//! It is folded from the log, as every state is, and kept in memory: a projection's file holds nothing of it, and a
//! rebuild sees what the first filling saw.

use std::collections::HashSet;
use std::sync::Arc;

use retold_core::{Event, EventType, Gone, Instance, Message, Position, Recorded, Shape};

/// A session before one of its events.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scene {
    pub(crate) exists: bool,
    pub(crate) deleted: bool,
    pub(crate) kind: Arc<str>,
    pub(crate) status: Arc<str>,
    /// When the status began, in microseconds since 1970, by the event's own time.
    pub(crate) status_since: i64,
    /// When the session began, likewise.
    pub(crate) begun: i64,
    /// When something happened to it last, likewise; a clock that goes back takes nothing back.
    pub(crate) last: i64,
    /// The position of the event that brought the task.
    pub(crate) task: Option<Position>,
    pub(crate) winner: Option<u32>,
    pub(crate) agents: Vec<Agent>,
    pub(crate) messages: Vec<Said>,
}

/// An instance before an event.
#[derive(Clone, Debug)]
pub(crate) struct Agent {
    /// The position of its InstanceAdded: what it is known by, wherever it moves in the list.
    pub(crate) added: Position,
    pub(crate) number: u32,
    pub(crate) name: Arc<str>,
    pub(crate) runtime: Option<Arc<str>>,
    pub(crate) model: Option<Arc<str>>,
    pub(crate) status: Arc<str>,
    pub(crate) status_since: i64,
    pub(crate) lines: Option<(u32, u32)>,
    /// The events that its output is made of.
    pub(crate) outputs: Vec<Position>,
}

/// A message before an event.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    /// The position of its MessageAdded.
    pub(crate) added: Position,
    /// The position of the event that brought its content.
    pub(crate) content: Position,
    pub(crate) role: Arc<str>,
    pub(crate) instance: Option<u32>,
}

/// Texts that repeat, each kept once.
#[derive(Debug, Default)]
pub(crate) struct Words(HashSet<Arc<str>>);

/// Above, they are let go: an agent could be named anew in every session.
const WORDS_MAX: usize = 10_000;

impl Words {
    fn get(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        if self.0.len() >= WORDS_MAX {
            self.0.clear();
        }
        let word: Arc<str> = text.into();
        self.0.insert(Arc::clone(&word));
        word
    }
}

impl Scene {
    /// Returns whether the event fits: what the read models leave out, projections never see.
    pub(crate) fn admits(&self, recorded: &Recorded) -> bool {
        let mut shape = Shape {
            exists: self.exists,
            deleted: self.deleted,
            instances: u32::try_from(self.agents.len()).unwrap_or(u32::MAX),
            messages: u32::try_from(self.messages.len()).unwrap_or(u32::MAX),
        };
        recorded.event.as_ref().is_none_or(|event| shape.admit(event).is_ok())
    }

    /// Returns how much memory it takes, in units of some 50 bytes.
    pub(crate) fn weight(&self) -> usize {
        let outputs: usize = self.agents.iter().map(|agent| 4 + agent.outputs.len() / 4).sum();
        4 + self.messages.len() + outputs
    }

    /// Returns the first instance of this number.
    pub(crate) fn agent_of_number(&self, number: u32) -> Option<&Agent> {
        self.agents.iter().find(|agent| agent.number == number)
    }

    pub(crate) fn agent(&self, index: u32) -> Option<&Agent> {
        self.agents.get(index as usize)
    }

    pub(crate) fn message(&self, index: u32) -> Option<&Said> {
        self.messages.get(index as usize)
    }

    /// Lets an event that fits happen.
    pub(crate) fn take_in(&mut self, recorded: &Recorded, words: &mut Words) {
        let (position, now) = (recorded.position, recorded.occurred_at);
        self.last = self.last.max(now);
        let Some(event) = &recorded.event else { return self.take_in_gone(recorded, words) };
        match event {
            Event::SessionCreated(body) => {
                let session = &body.session;
                *self = Self {
                    exists: true,
                    kind: words.get(&session.kind),
                    status: words.get(&session.status),
                    status_since: now,
                    begun: now,
                    last: now,
                    task: Some(position),
                    winner: session.winner_id,
                    ..Self::default()
                };
            }
            Event::TaskChanged(_) => self.task = Some(position),
            Event::SessionStatusChanged(body) => self.change_status(&body.status, now, words),
            Event::WinnerSelected(body) => self.winner = body.winner_id,
            Event::SessionDetailsChanged(body) => {
                if let Some(kind) = &body.set.kind {
                    self.kind = words.get(kind);
                }
                if let Some(status) = &body.set.status {
                    self.change_status(status, now, words);
                }
                if body.set.task.is_some() {
                    self.task = Some(position);
                }
                if let Some(winner) = body.set.winner_id {
                    self.winner = winner;
                }
            }
            Event::SessionDeleted(_) => self.deleted = true,
            Event::SessionRestored(_) => self.deleted = false,
            Event::InstanceAdded(body) => {
                let place = place(body.index, self.agents.len());
                self.agents.insert(place, Agent::new(&body.instance, position, now, words));
            }
            Event::InstanceRemoved(body) => drop(self.agents.remove(body.index as usize)),
            Event::MessageAdded(body) => {
                let place = place(body.index, self.messages.len());
                self.messages.insert(place, Said::new(&body.message, position, words));
            }
            Event::MessageChanged(body) => {
                let said = &mut self.messages[body.index as usize];
                if let Some(role) = &body.set.role {
                    said.role = words.get(role);
                }
                if let Some(instance) = body.set.instance_id {
                    said.instance = instance;
                }
                if body.content.is_some() {
                    said.content = position;
                }
            }
            Event::MessageRemoved(body) => drop(self.messages.remove(body.index as usize)),
            Event::InstanceStatusChanged(body) => {
                self.agents[body.index as usize].change_status(&body.status, now, words);
            }
            Event::OutputAppended(body) => self.agents[body.index as usize].outputs.push(position),
            Event::OutputReplaced(body) => {
                let outputs = &mut self.agents[body.index as usize].outputs;
                outputs.clear();
                outputs.extend(body.text.as_ref().map(|_| position));
            }
            Event::InstanceDetailsChanged(body) => {
                self.agents[body.index as usize].change(&body.set, now, words);
            }
            Event::SessionMoved(_)
            | Event::WorkspaceRegistered(_)
            | Event::BodyRedacted(_)
            | Event::BodiesPruned(_)
            | Event::BodiesRestored(_) => {}
        }
    }

    /// What was added leaves an empty place behind, as in the fold.
    fn take_in_gone(&mut self, recorded: &Recorded, words: &mut Words) {
        let (position, now) = (recorded.position, recorded.occurred_at);
        match recorded.kind {
            EventType::SessionCreated if !self.exists => {
                let word = words.get("redacted");
                let (kind, status) = (Arc::clone(&word), word);
                let begun = Self { status_since: now, begun: now, last: now, ..Self::default() };
                *self = Self { exists: true, kind, status, ..begun };
            }
            EventType::SessionDeleted => self.deleted = self.exists,
            EventType::SessionRestored => self.deleted = false,
            EventType::InstanceAdded if self.exists && !self.deleted => {
                self.agents.push(Agent::new(&Instance::redacted(), position, now, words));
            }
            EventType::MessageAdded if self.exists && !self.deleted => {
                self.messages.push(Said::new(
                    &Message::gone(recorded.gone.unwrap_or(Gone::Redacted)),
                    position,
                    words,
                ));
            }
            _ => {}
        }
    }

    fn change_status(&mut self, status: &str, now: i64, words: &mut Words) {
        self.status = words.get(status);
        self.status_since = now;
    }
}

fn place(index: Option<u32>, length: usize) -> usize {
    index.map_or(length, |index| index as usize)
}

impl Agent {
    fn new(instance: &Instance, added: Position, now: i64, words: &mut Words) -> Self {
        Self {
            added,
            number: instance.instance_id,
            name: words.get(&instance.agent_name),
            runtime: instance.runtime.as_deref().map(|runtime| words.get(runtime)),
            model: instance.model.as_deref().map(|model| words.get(model)),
            status: words.get(&instance.status),
            status_since: now,
            lines: lines(instance.lines_added, instance.lines_deleted),
            outputs: Vec::new(),
        }
    }

    fn change(&mut self, set: &retold_core::InstancePatch, now: i64, words: &mut Words) {
        if let Some(number) = set.instance_id {
            self.number = number;
        }
        if let Some(name) = &set.agent_name {
            self.name = words.get(name);
        }
        if let Some(runtime) = &set.runtime {
            self.runtime = runtime.as_deref().map(|runtime| words.get(runtime));
        }
        if let Some(model) = &set.model {
            self.model = model.as_deref().map(|model| words.get(model));
        }
        if let Some(status) = &set.status {
            self.change_status(status, now, words);
        }
        let (added, deleted) =
            self.lines.map_or((None, None), |(added, deleted)| (Some(added), Some(deleted)));
        self.lines = lines(set.lines_added.unwrap_or(added), set.lines_deleted.unwrap_or(deleted));
    }

    fn change_status(&mut self, status: &str, now: i64, words: &mut Words) {
        self.status = words.get(status);
        self.status_since = now;
    }
}

fn lines(added: Option<u32>, deleted: Option<u32>) -> Option<(u32, u32)> {
    (added.is_some() || deleted.is_some()).then(|| (added.unwrap_or(0), deleted.unwrap_or(0)))
}

impl Said {
    fn new(message: &Message, added: Position, words: &mut Words) -> Self {
        Self { added, content: added, role: words.get(&message.role), instance: message.instance_id }
    }
}
