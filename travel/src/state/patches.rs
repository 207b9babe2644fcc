//! What an event does, place by place. It stands beside the fold of `retold-core`, and a property holds the two together.

use retold_core::{Event, EventType, Gone, Instance, Message, Misfit, Session, Shape};

use super::{Rope, State, fields};
use crate::{Change, Key, List, Patch, Path, Value};

/// Returns what `event` does to a session, in the order in which it is to be done.
///
/// # Errors
/// A [`Misfit`] for an event that does not fit, as the fold has it.
pub(crate) fn patches(before: Option<&State>, event: Event) -> Result<Vec<Patch>, Misfit> {
    let mut shape: Shape = State::shape(before);
    shape.admit(&event)?;
    let mut made = Vec::with_capacity(2);
    match (event, before) {
        (Event::SessionCreated(body), _) => {
            made.push(Patch {
                path: Path::Whole,
                change: Change::Insert(Value::Session(Box::new(body.session))),
            });
            made.extend(body.place.map(|place| record("place", Value::Null, Value::Real(place))));
            made.extend(body.home.map(|home| record("home", Value::Null, Value::text(&home))));
        }
        (event, Some(state)) => of_session(state, event, &mut made),
        (_, None) => {}
    }
    Ok(made)
}

/// Returns what an event does whose body is gone: what it added leaves an empty place behind.
pub(crate) fn patches_of_gone(before: Option<&State>, kind: EventType, gone: Gone) -> Vec<Patch> {
    let change = match (kind, before) {
        (EventType::SessionCreated, None) => {
            (Path::Whole, Change::Insert(Value::Session(Box::new(Session::redacted()))))
        }
        (EventType::InstanceAdded, Some(state)) => {
            let value = Value::Instance(Box::new(Instance::redacted()));
            (Path::Row(List::Instances, index(state.agents.len())), Change::Insert(value))
        }
        (EventType::MessageAdded, Some(state)) => {
            let value = Value::Message(Box::new(Message::gone(gone)));
            (Path::Row(List::Messages, index(state.messages.len())), Change::Insert(value))
        }
        (EventType::SessionDeleted, Some(state)) => return vec![deleted(state, true)],
        (EventType::SessionRestored, Some(state)) => return vec![deleted(state, false)],
        _ => return Vec::new(),
    };
    vec![Patch { path: change.0, change: change.1 }]
}

/// The shape has admitted the event: every index is good.
fn of_session(state: &State, event: Event, made: &mut Vec<Patch>) {
    let own = &state.session;
    if !matches!(event, Event::SessionDetailsChanged(_))
        && let Some(text) = event.updated_at()
        // A pruning says what it was.
        && (!matches!(event, Event::BodiesPruned(_)) || text != own.updated_at)
    {
        made.push(known("updatedAt", Value::text(&own.updated_at), Value::text(text)));
    }
    match event {
        Event::TaskChanged(body) => made.push(known("task", Value::text(&own.task), Value::text(&body.task))),
        Event::SessionStatusChanged(body) => {
            made.push(known("status", Value::text(&own.status), Value::text(&body.status)));
            if let Some(completed_at) = body.completed_at {
                let value = |text: Option<&String>| text.map_or(Value::Null, |text| Value::text(text));
                made.push(known(
                    "completedAt",
                    value(own.completed_at.as_ref()),
                    value(completed_at.as_ref()),
                ));
            }
        }
        Event::WinnerSelected(body) => {
            let value =
                |number: Option<u32>| number.map_or(Value::Null, |number| Value::Number(number.into()));
            made.push(known("winnerId", value(own.winner_id), value(body.winner_id)));
        }
        Event::SessionDetailsChanged(body) => {
            fields::session::set(own, &body.set, |key, old, new| made.push(known(key, old, new)));
            if let Some(extra) = &body.set.extra {
                fields::unknowns(&own.extra, extra, |key, old, new| made.push(set(Path::Own(key), old, new)));
            }
        }
        Event::SessionMoved(body) => {
            made.push(record("place", state.place.map_or(Value::Null, Value::Real), Value::Real(body.place)));
        }
        Event::SessionDeleted(_) => made.push(deleted(state, true)),
        Event::SessionRestored(_) => made.push(deleted(state, false)),
        Event::InstanceAdded(body) => {
            let at = body.index.unwrap_or(index(state.agents.len()));
            let mut instance = body.instance;
            let output = instance.output.take();
            made.push(insert(List::Instances, at, Value::Instance(Box::new(instance))));
            made.extend(output.map(|text| Patch {
                path: Path::Field(List::Instances, at, Key::Known("output")),
                change: Change::Extend { old_bytes: None, text },
            }));
        }
        Event::MessageAdded(body) => {
            let at = body.index.unwrap_or(index(state.messages.len()));
            made.push(insert(List::Messages, at, Value::Message(Box::new(body.message))));
        }
        Event::MessageRemoved(body) => {
            let said = state.messages.get(body.index as usize).map(|said| said.message.clone());
            made.extend(
                said.map(|message| remove(List::Messages, body.index, Value::Message(Box::new(message)))),
            );
        }
        Event::MessageChanged(body) => {
            let Some(said) = state.messages.get(body.index as usize) else { return };
            let field = |key| Path::Field(List::Messages, body.index, key);
            fields::message::set(&said.message, &body.set, |key, old, new| {
                made.push(set(field(Key::Known(key)), old, new));
            });
            if let Some(extra) = &body.set.extra {
                fields::unknowns(&said.message.extra, extra, |key, old, new| {
                    made.push(set(field(key), old, new))
                });
            }
            if let Some(content) = body.content {
                let old = Value::Text(said.message.content.clone());
                made.push(set(field(Key::Known("content")), old, Value::Text(content)));
            }
        }
        event => of_instance(state, event, made),
    }
}

fn of_instance(state: &State, event: Event, made: &mut Vec<Patch>) {
    let at = match &event {
        Event::InstanceStatusChanged(body) => body.index,
        Event::OutputAppended(body) => body.index,
        Event::OutputReplaced(body) => body.index,
        Event::InstanceDetailsChanged(body) => body.index,
        Event::InstanceRemoved(body) => body.index,
        _ => return,
    };
    let Some(agent) = state.agents.get(at as usize) else { return };
    let field = |key| Path::Field(List::Instances, at, key);
    let output = || agent.output.clone().map_or(Value::Null, Value::Output);
    match event {
        Event::InstanceStatusChanged(body) => {
            let (old, new) = (Value::text(&agent.instance.status), Value::text(&body.status));
            made.push(set(field(Key::Known("status")), old, new));
        }
        Event::OutputAppended(body) => made.push(Patch {
            path: field(Key::Known("output")),
            change: Change::Extend { old_bytes: agent.output.as_ref().map(Rope::len), text: body.text },
        }),
        Event::OutputReplaced(body) => {
            let new = body.text.map_or(Value::Null, |text| Value::Output(Rope::of(text)));
            made.push(set(field(Key::Known("output")), output(), new));
        }
        Event::InstanceDetailsChanged(body) => {
            fields::instance::set(&agent.instance, &body.set, |key, old, new| {
                made.push(set(field(Key::Known(key)), old, new));
            });
            if let Some(extra) = &body.set.extra {
                fields::unknowns(&agent.instance.extra, extra, |key, old, new| {
                    made.push(set(field(key), old, new));
                });
            }
        }
        Event::InstanceRemoved(_) => {
            // So that the removal can be told back: an instance comes in without its output.
            if agent.output.is_some() {
                made.push(set(field(Key::Known("output")), output(), Value::Null));
            }
            made.push(remove(List::Instances, at, Value::Instance(Box::new(agent.instance.clone()))));
        }
        _ => {}
    }
}

/// No list of a document is longer: its indexes are of this type.
pub(crate) fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

pub(crate) fn set(path: Path, old: Value, new: Value) -> Patch {
    Patch { path, change: Change::Set { old, new } }
}

fn known(key: &'static str, old: Value, new: Value) -> Patch {
    set(Path::Own(Key::Known(key)), old, new)
}

pub(crate) fn record(key: &'static str, old: Value, new: Value) -> Patch {
    set(Path::Own(Key::Record(key)), old, new)
}

fn deleted(state: &State, deleted: bool) -> Patch {
    record("deleted", Value::Bool(state.deleted), Value::Bool(deleted))
}

pub(crate) fn insert(list: List, at: u32, value: Value) -> Patch {
    Patch { path: Path::Row(list, at), change: Change::Insert(value) }
}

pub(crate) fn remove(list: List, at: u32, value: Value) -> Patch {
    Patch { path: Path::Row(list, at), change: Change::Remove(value) }
}
