//! A session, changed by patches.

use retold_core::field::instance;
use retold_core::{Erasure, Event, EventType, InvalidEvent, Position, Records};

use super::{
    AGENTS_A_CHUNK, Agent, MESSAGES_A_CHUNK, MessageRow, Provenance, Rope, Rows, State, fields, patches,
};
use crate::{Change, Key, List, Patch, Path, Value};

/// A patch of another state: there is no such place, or another value belongs there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("patch {path}: it does not fit the session")]
pub struct Unfit {
    /// The place.
    pub path: Path,
}

impl State {
    /// Lets an event happen that was recorded at `position`, or what is known of it where its body is gone.
    ///
    /// # Errors
    /// A [`InvalidEvent`], with the state unchanged.
    pub fn apply_event(
        state: &mut Option<Self>,
        kind: EventType,
        event: Result<Event, Erasure>,
        position: Position,
    ) -> Result<(), InvalidEvent> {
        let made = Self::patches(state.as_ref(), kind, event)?;
        for patch in made {
            Self::apply(state, patch, position).expect("what an event does fits what it was made for");
        }
        Ok(())
    }

    /// Returns what an event does to `state`, in the order in which it is to be done.
    ///
    /// Applied one after the other they give what the fold gives. An element's index is the one it has at its turn.
    ///
    /// # Errors
    /// A [`InvalidEvent`] for an event that does not fit.
    pub fn patches(
        state: Option<&Self>,
        kind: EventType,
        event: Result<Event, Erasure>,
    ) -> Result<Vec<Patch>, InvalidEvent> {
        patches::patches(state, kind, event)
    }

    /// Applies one patch, which the event at `by` made.
    ///
    /// # Errors
    /// [`Unfit`], with the state unchanged.
    pub fn apply(state: &mut Option<Self>, patch: Patch, by: Position) -> Result<(), Unfit> {
        let Patch { path, change } = patch;
        let fits = match (&path, change, &mut *state) {
            (Path::Whole, Change::Insert(Value::Session(session)), state @ None) => {
                *state = Some(Self {
                    session: *session,
                    records: Records::default(),
                    agents: Rows::new(AGENTS_A_CHUNK),
                    messages: Rows::new(MESSAGES_A_CHUNK),
                    provenance: Provenance::new(by),
                });
                true
            }
            (Path::Whole, Change::Remove(_), state @ Some(_)) => {
                *state = None;
                true
            }
            (Path::Own(key), Change::Set { new, .. }, Some(state)) => state.own(key, new, by),
            (Path::Row(List::Instances, at), change, Some(state)) => {
                state.agent_row(*at as usize, change, by)
            }
            (Path::Row(List::Messages, at), change, Some(state)) => {
                state.message_row(*at as usize, change, by)
            }
            (Path::Field(List::Instances, at, key), change, Some(state)) => {
                state.agents.get_mut(*at as usize).is_some_and(|agent| agent.change(key, change, by))
            }
            (Path::Field(List::Messages, at, key), Change::Set { new, .. }, Some(state)) => {
                state.messages.get_mut(*at as usize).is_some_and(|said| said.change(key, new, by))
            }
            _ => false,
        };
        if fits { Ok(()) } else { Err(Unfit { path }) }
    }

    fn own(&mut self, key: &Key, value: Value, by: Position) -> bool {
        let fits = match (key, value) {
            (Key::Record(record), value) => {
                value.into_kind(record.kind()).is_some_and(|value| self.records.set(*record, value))
            }
            (key, value) => fields::put(&mut self.session, key, value),
        };
        if fits {
            self.provenance.write(key.clone(), by);
        }
        fits
    }

    fn agent_row(&mut self, at: usize, change: Change, by: Position) -> bool {
        match change {
            Change::Insert(Value::Instance(instance)) if at <= self.agents.len() => {
                let row = Agent { instance: *instance, output: None, provenance: Provenance::new(by) };
                self.agents.insert(at, row);
                true
            }
            Change::Remove(_) => self.agents.remove(at).is_some(),
            _ => false,
        }
    }

    fn message_row(&mut self, at: usize, change: Change, by: Position) -> bool {
        match change {
            Change::Insert(Value::Message(message)) if at <= self.messages.len() => {
                self.messages.insert(at, MessageRow { message: *message, provenance: Provenance::new(by) });
                true
            }
            Change::Remove(_) => self.messages.remove(at).is_some(),
            _ => false,
        }
    }
}

impl Agent {
    fn change(&mut self, key: &Key, change: Change, by: Position) -> bool {
        let fits = match (key, change) {
            (Key::Known(instance::output), Change::Extend { text, .. }) => {
                self.output.get_or_insert_with(Rope::empty).append(text);
                true
            }
            (Key::Known(instance::output), Change::Set { new, .. }) => match new {
                Value::Null => {
                    self.output = None;
                    true
                }
                Value::Output(rope) => {
                    self.output = Some(rope);
                    true
                }
                _ => false,
            },
            (key, Change::Set { new, .. }) => fields::put(&mut self.instance, key, new),
            _ => false,
        };
        if fits {
            self.provenance.write(key.clone(), by);
        }
        fits
    }
}

impl MessageRow {
    fn change(&mut self, key: &Key, value: Value, by: Position) -> bool {
        let fits = fields::put(&mut self.message, key, value);
        if fits {
            self.provenance.write(key.clone(), by);
        }
        fits
    }
}
