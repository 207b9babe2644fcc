//! What a session was when an event happened: the least of it that projections ask for.
//!
//! It is folded from the log, as every state is, and kept in memory: a projection's file holds nothing of it, and a
//! rebuild sees what the first filling saw.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use retold_core::field::{instance, message, session};
use retold_core::{
    Erasure, Event, Field, Instance, Key, Level, List, Message, Op, Outline, Patch, Path, Position, Record,
    Recorded, Value, meaning, meaning_of_erased,
};

/// A session before one of its events.
#[derive(Clone, Debug, Default)]
pub(crate) struct PriorState {
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
    /// The fields of its own that are content, and the positions of the events that brought them.
    contents: Vec<(Field, Position)>,
    pub(crate) winner: Option<u32>,
    pub(crate) agents: Vec<Agent>,
    pub(crate) messages: Vec<PriorMessage>,
    /// The calls of tools, by what [`CallKey`] makes of their ids: of an id that repeats the last one.
    calls: HashMap<CallKey, PriorCall>,
}

/// A call before an event.
#[derive(Clone, Debug)]
pub(crate) struct PriorCall {
    /// The tool's name.
    pub(crate) tool: Arc<str>,
    /// What kind of tool it is.
    pub(crate) kind: Arc<str>,
    /// The number of the agent that called.
    pub(crate) instance: Option<u32>,
    /// The event that brought what it returned.
    pub(crate) returned: Option<Position>,
}

/// Ids may be of any length.
type CallKey = [u8; 16];

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
pub(crate) struct PriorMessage {
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

/// Above, they are let go: an agent could have another name in every session.
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

impl PriorState {
    /// Returns whether there is a session, and how long its lists are.
    pub(crate) fn outline(&self) -> Outline {
        let outline = Outline::of(self.deleted, self.agents.len(), self.messages.len());
        Outline { exists: self.exists, ..outline }
    }

    /// Returns what an event does to the session; `None` where the event is not valid: what the read models leave out,
    /// projections never see.
    pub(crate) fn patches<'e>(&self, recorded: &'e Recorded) -> Option<Vec<Patch<'e>>> {
        let (outline, mut patches) = (self.outline(), Vec::with_capacity(2));
        match &recorded.event {
            Some(event) => {
                outline.check(event).ok()?;
                meaning(outline, event, |patch| patches.push(patch));
            }
            None => {
                let gone = recorded.erasure.unwrap_or(Erasure::Redacted);
                meaning_of_erased(outline, recorded.kind, gone, |patch| patches.push(patch));
            }
        }
        Some(patches)
    }

    /// Returns how much memory it takes, in units of some 50 bytes.
    pub(crate) fn weight(&self) -> usize {
        let outputs: usize = self.agents.iter().map(|agent| 4 + agent.outputs.len() / 4).sum();
        4 + self.messages.len() + self.calls.len() * 2 + outputs
    }

    /// Returns the first instance of this number.
    pub(crate) fn agent_of_number(&self, number: u32) -> Option<&Agent> {
        self.agents.iter().find(|agent| agent.number == number)
    }

    /// Returns the position of the event that brought a field of the session's own that is content.
    pub(crate) fn content(&self, field: Field) -> Option<Position> {
        self.contents.iter().find(|(known, _)| *known == field).map(|(_, position)| *position)
    }

    pub(crate) fn agent(&self, index: u32) -> Option<&Agent> {
        self.agents.get(index as usize)
    }

    pub(crate) fn message(&self, index: u32) -> Option<&PriorMessage> {
        self.messages.get(index as usize)
    }

    /// Returns the last call of this id.
    pub(crate) fn call(&self, id: &str) -> Option<&PriorCall> {
        self.calls.get(&call_key(id))
    }

    /// Applies an event by its patches. Calls have none: they are beside the document.
    pub(crate) fn apply(&mut self, recorded: &Recorded, patches: &[Patch<'_>], words: &mut Words) {
        let (position, now) = (recorded.position, recorded.occurred_at);
        self.last = self.last.max(now);
        for patch in patches {
            self.apply_patch(patch, position, now, words);
        }
        match &recorded.event {
            Some(Event::ToolCalled(body)) => {
                let (tool, kind) = (words.get(&body.name), words.get(&body.kind));
                let call = PriorCall { tool, kind, instance: body.instance_id, returned: None };
                self.calls.insert(call_key(&body.call), call);
            }
            Some(Event::ToolReturned(body)) => {
                if let Some(call) = self.calls.get_mut(&call_key(&body.call)) {
                    call.returned = Some(position);
                }
            }
            _ => {}
        }
    }

    fn apply_patch(&mut self, patch: &Patch<'_>, position: Position, now: i64, words: &mut Words) {
        match (&patch.path, &patch.op) {
            (Path::Whole, Op::Insert(Value::Session(session))) => {
                *self = Self {
                    exists: true,
                    kind: words.get(&session.kind),
                    status: words.get(&session.status),
                    status_since: now,
                    begun: now,
                    last: now,
                    contents: contents().map(|field| (field, position)).collect(),
                    winner: session.winner_id,
                    ..Self::default()
                };
            }
            (Path::Own(Key::Record(Record::Deleted)), Op::Set(Value::Flag(deleted))) => {
                self.deleted = *deleted
            }
            (Path::Own(Key::Known(field)), Op::Set(value)) => match (*field, value) {
                (field, _) if field.is_content() => {
                    self.contents.retain(|(known, _)| *known != field);
                    self.contents.push((field, position));
                }
                (session::kind, Value::Text(kind)) => self.kind = words.get(kind),
                (session::status, Value::Text(status)) => {
                    (self.status, self.status_since) = (words.get(status), now);
                }
                (session::winner_id, value) => self.winner = number(value),
                _ => {}
            },
            (Path::Row(List::Instances, at), Op::Insert(Value::Instance(instance))) => {
                self.agents.insert(*at as usize, Agent::new(instance, position, now, words));
            }
            (Path::Row(List::Instances, at), Op::Remove) => drop(self.agents.remove(*at as usize)),
            (Path::Row(List::Messages, at), Op::Insert(Value::Message(message))) => {
                self.messages.insert(*at as usize, PriorMessage::new(message, position, words));
            }
            (Path::Row(List::Messages, at), Op::Remove) => drop(self.messages.remove(*at as usize)),
            (Path::Field(List::Instances, at, Key::Known(instance::output)), Op::Extend(_)) => {
                self.agents[*at as usize].outputs.push(position);
            }
            (Path::Field(List::Instances, at, Key::Known(field)), Op::Set(value)) => {
                self.agents[*at as usize].set(*field, value, position, now, words);
            }
            (Path::Field(List::Messages, at, Key::Known(field)), Op::Set(value)) => {
                let said = &mut self.messages[*at as usize];
                match (*field, value) {
                    (message::content, _) => said.content = position,
                    (message::role, Value::Text(role)) => said.role = words.get(role),
                    (message::instance_id, value) => said.instance = number(value),
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

fn call_key(id: &str) -> CallKey {
    let [key @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = *blake3::hash(id.as_bytes()).as_bytes();
    key
}

/// The session's own fields that are content.
fn contents() -> impl Iterator<Item = Field> {
    Level::Session.values().filter(|field| field.is_content())
}

/// Returns a number of the document; `None` for null.
fn number(value: &Value<'_>) -> Option<u32> {
    value.as_number().and_then(|number| u32::try_from(number).ok())
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

    fn set(&mut self, field: Field, value: &Value<'_>, position: Position, now: i64, words: &mut Words) {
        let (added, deleted) =
            self.lines.map_or((None, None), |(added, deleted)| (Some(added), Some(deleted)));
        match (field, value) {
            (instance::output, value) => {
                self.outputs.clear();
                self.outputs.extend((*value != Value::Null).then_some(position));
            }
            (instance::instance_id, value) => self.number = number(value).unwrap_or(self.number),
            (instance::agent_name, Value::Text(name)) => self.name = words.get(name),
            (instance::runtime, value) => self.runtime = value.as_text().map(|text| words.get(text)),
            (instance::model, value) => self.model = value.as_text().map(|text| words.get(text)),
            (instance::status, Value::Text(status)) => {
                (self.status, self.status_since) = (words.get(status), now);
            }
            (instance::lines_added, value) => self.lines = lines(number(value), deleted),
            (instance::lines_deleted, value) => self.lines = lines(added, number(value)),
            _ => {}
        }
    }
}

fn lines(added: Option<u32>, deleted: Option<u32>) -> Option<(u32, u32)> {
    (added.is_some() || deleted.is_some()).then(|| (added.unwrap_or(0), deleted.unwrap_or(0)))
}

impl PriorMessage {
    fn new(message: &Message, added: Position, words: &mut Words) -> Self {
        Self { added, content: added, role: words.get(&message.role), instance: message.instance_id }
    }
}
