//! The events that lead from one document to another.

use super::lists::{Step, steps};
use crate::event::*;
use crate::{Document, Event, Instance, InstancePatch, Message, MessagePatch, Session, SessionPatch, Text};

/// Returns the events that make `new` of `old`, none where they are equal.
///
/// A change of a known meaning is its own event; output that grew is its suffix. Folding the events onto `old`
/// gives `new` exactly, lists in order. The texts of both must be all here ([`Text::Inline`]).
pub fn difference(old: &Session, new: &Session) -> Vec<Event> {
    let mut events = Vec::new();
    instances(&old.instances, &new.instances, &mut events);
    messages(&old.chat_history, &new.chat_history, &mut events);
    own_keys(old, new, &mut events);
    events
}

fn own_keys(old: &Session, new: &Session, events: &mut Vec<Event>) {
    let mut patch = SessionPatch::between(old, new);
    let updated_at = patch.updated_at.take();
    if let Some(task) = patch.task.take() {
        events.push(TaskChanged { task, updated_at: None }.into());
    }
    if let Some(winner_id) = patch.winner_id.take() {
        events.push(WinnerSelected { winner_id, updated_at: None }.into());
    }
    if let Some(status) = patch.status.take() {
        let completed_at = patch.completed_at.take();
        events.push(SessionStatusChanged { status, completed_at, updated_at: None }.into());
    }
    if !patch.is_empty() {
        events.push(SessionDetailsChanged { set: patch }.into());
    }
    if let Some(text) = updated_at
        && !events.last_mut().is_some_and(|event| event.set_updated_at(&text))
    {
        let set = SessionPatch { updated_at: Some(text), ..SessionPatch::default() };
        events.push(SessionDetailsChanged { set }.into());
    }
}

fn instances(old: &[Instance], new: &[Instance], events: &mut Vec<Event>) {
    for step in steps(old, new, |instance| instance.instance_id) {
        match step {
            Step::Change { index, old, new } => change_instance(index, old, new, events),
            Step::Remove { index } => events.push(InstanceRemoved { index, updated_at: None }.into()),
            Step::Insert { index, new, last } => {
                let instance = new.own();
                let index_unless_last = (!last).then_some(index);
                events.push(InstanceAdded { instance, index: index_unless_last, updated_at: None }.into());
                change_output(index, None, new.output.as_ref(), events);
            }
        }
    }
}

fn change_instance(index: u32, old: &Instance, new: &Instance, events: &mut Vec<Event>) {
    let mut set = InstancePatch::between(old, new);
    change_output(index, old.output.as_ref(), new.output.as_ref(), events);
    if let Some(status) = set.status.take() {
        events.push(InstanceStatusChanged { index, status, updated_at: None }.into());
    }
    if !set.is_empty() {
        events.push(InstanceDetailsChanged { index, set, updated_at: None }.into());
    }
}

fn change_output(index: u32, old: Option<&Text>, new: Option<&Text>, events: &mut Vec<Event>) {
    if old == new {
        return;
    }
    let suffix = match (old, new) {
        (None, Some(new)) => Some(new.clone()),
        (Some(Text::Inline(old)), Some(Text::Inline(new))) => new.strip_prefix(old.as_str()).map(Text::from),
        _ => None,
    };
    events.push(match suffix {
        Some(text) => OutputAppended { index, text, updated_at: None }.into(),
        None => OutputReplaced { index, text: new.cloned(), updated_at: None }.into(),
    });
}

fn messages(old: &[Message], new: &[Message], events: &mut Vec<Event>) {
    for step in steps(old, new, |message| message.id.as_str()) {
        events.push(match step {
            Step::Change { index, old, new } => {
                let content = (old.content != new.content).then(|| new.content.clone());
                let set = MessagePatch::between(old, new);
                MessageChanged { index, set, content, updated_at: None }.into()
            }
            Step::Remove { index } => MessageRemoved { index, updated_at: None }.into(),
            Step::Insert { index, new, last } => {
                MessageAdded { message: new.clone(), index: (!last).then_some(index), updated_at: None }
                    .into()
            }
        });
    }
}
