//! The fold: a session is what its events made of it.

use super::shape::{Misfit, Shape};
use crate::event::SessionCreated;
use crate::{Event, EventType, Gone, Instance, Message, Session};

/// A session record at some point of its stream.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionState {
    /// The document.
    pub session: Session,
    /// Where it stands in its workspace's list, where an event said so.
    pub place: Option<f64>,
    /// The name of the legacy file that it is kept in, where that is not the workspace's key.
    pub home: Option<String>,
    /// Whether it is deleted.
    pub deleted: bool,
}

impl SessionState {
    /// Folds `events` from the beginning of a stream; `None` where no session was created.
    ///
    /// # Errors
    /// The first event that does not fit.
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a Event>) -> Result<Option<Self>, Misfit> {
        let mut state = None;
        for event in events {
            Self::apply(&mut state, event)?;
        }
        Ok(state)
    }

    /// Lets `event` happen. Pure, O(1) but for insertions and removals inside a list.
    ///
    /// # Errors
    /// A [`Misfit`], with the state unchanged.
    pub fn apply(state: &mut Option<Self>, event: &Event) -> Result<(), Misfit> {
        Self::apply_owned(state, event.clone())
    }

    /// Does what [`apply`](Self::apply) does, without a copy of the event's texts.
    ///
    /// # Errors
    /// A [`Misfit`], with the state unchanged.
    pub fn apply_owned(state: &mut Option<Self>, event: Event) -> Result<(), Misfit> {
        Self::shape(state.as_ref()).admit(&event)?;
        if let Event::SessionCreated(body) = event {
            let SessionCreated { session, place, home } = *body;
            *state = Some(Self { session, place, home, deleted: false });
        } else if let Some(state) = state {
            state.change(event);
        }
        Ok(())
    }

    /// Lets an event happen whose body is gone: what it added leaves an empty place behind, so that the indexes of later
    /// events still name the same things.
    pub fn apply_gone(state: &mut Option<Self>, kind: EventType, gone: Gone) {
        match (kind, state) {
            (EventType::SessionCreated, state @ None) => {
                *state = Some(Self { session: Session::redacted(), place: None, home: None, deleted: false });
            }
            (EventType::InstanceAdded, Some(state)) => state.session.instances.push(Instance::redacted()),
            (EventType::MessageAdded, Some(state)) => state.session.chat_history.push(Message::gone(gone)),
            (EventType::SessionDeleted, Some(state)) => state.deleted = true,
            (EventType::SessionRestored, Some(state)) => state.deleted = false,
            _ => {}
        }
    }

    fn shape(state: Option<&Self>) -> Shape {
        let length = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        state.map_or_else(Shape::default, |state| Shape {
            exists: true,
            deleted: state.deleted,
            instances: length(state.session.instances.len()),
            messages: length(state.session.chat_history.len()),
        })
    }

    /// The shape has admitted the event: every index is good.
    fn change(&mut self, event: Event) {
        if let Some(text) = event.updated_at() {
            text.clone_into(&mut self.session.updated_at);
        }
        let session = &mut self.session;
        match event {
            Event::TaskChanged(body) => session.task = body.task,
            Event::SessionStatusChanged(body) => {
                session.status = body.status;
                if let Some(completed_at) = body.completed_at {
                    session.completed_at = completed_at;
                }
            }
            Event::WinnerSelected(body) => session.winner_id = body.winner_id,
            Event::SessionDetailsChanged(body) => body.set.apply(session),
            Event::SessionMoved(body) => self.place = Some(body.place),
            Event::SessionDeleted(_) => self.deleted = true,
            Event::SessionRestored(_) => self.deleted = false,
            Event::InstanceAdded(body) => {
                let index = body.index.map_or(session.instances.len(), |index| index as usize);
                session.instances.insert(index, body.instance);
            }
            Event::InstanceStatusChanged(body) => {
                session.instances[body.index as usize].status = body.status;
            }
            Event::OutputAppended(body) => match &mut session.instances[body.index as usize].output {
                Some(output) => output.append(body.text),
                output => *output = Some(body.text),
            },
            Event::OutputReplaced(body) => {
                session.instances[body.index as usize].output = body.text;
            }
            Event::InstanceDetailsChanged(body) => {
                body.set.apply(&mut session.instances[body.index as usize]);
            }
            Event::InstanceRemoved(body) => {
                session.instances.remove(body.index as usize);
            }
            Event::MessageAdded(body) => {
                let index = body.index.map_or(session.chat_history.len(), |index| index as usize);
                session.chat_history.insert(index, body.message);
            }
            Event::MessageChanged(body) => {
                let message = &mut session.chat_history[body.index as usize];
                body.set.apply(message);
                if let Some(content) = body.content {
                    message.content = content;
                }
            }
            Event::MessageRemoved(body) => {
                session.chat_history.remove(body.index as usize);
            }
            Event::SessionCreated(_)
            | Event::WorkspaceRegistered(_)
            | Event::BodyRedacted(_)
            | Event::BodiesPruned(_)
            | Event::BodiesRestored(_) => {}
        }
    }
}
