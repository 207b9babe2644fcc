//! What an event needs to find in order to fit: the least that one must know of a session to check a write.

use crate::{Event, EventType};

/// How much of a session there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Whether the session was created.
    pub exists: bool,
    /// Whether it was deleted, and not restored.
    pub deleted: bool,
    /// How many instances its list holds.
    pub instances: u32,
    /// How many messages its list holds.
    pub messages: u32,
}

/// An event that does not fit the session that it was to happen to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misfit {
    /// The session was created before.
    #[error("{0} on a session that exists")]
    Exists(EventType),
    /// The session was not created yet.
    #[error("{0} on a session that was never created")]
    Absent(EventType),
    /// The session is deleted.
    #[error("{0} on a deleted session")]
    Deleted(EventType),
    /// The session is not deleted.
    #[error("{0} on a session that is not deleted")]
    NotDeleted(EventType),
    /// The event names a place in a list that is shorter.
    #[error("{kind} at index {index} of {length} {list}")]
    NoSuchIndex {
        /// The event's type.
        kind: EventType,
        /// The list.
        list: &'static str,
        /// The place named.
        index: u32,
        /// How many there are.
        length: u32,
    },
    /// The event belongs to another kind of stream.
    #[error("{0} in the stream of another kind")]
    Foreign(EventType),
    /// A session begins with its own keys; the lists come by their own events.
    #[error("{0} with lists that are not empty")]
    ListsNotEmpty(EventType),
}

impl Shape {
    /// Takes `event` in, or says why it does not fit and stays as it is.
    ///
    /// # Errors
    /// A [`Misfit`], with the shape unchanged.
    pub fn admit(&mut self, event: &Event) -> Result<(), Misfit> {
        let kind = event.event_type();
        match event {
            Event::WorkspaceRegistered(_) => return Err(Misfit::Foreign(kind)),
            Event::BodyRedacted(_) | Event::BodiesPruned(_) | Event::BodiesRestored(_) => return Ok(()),
            Event::SessionCreated(_) if self.exists => return Err(Misfit::Exists(kind)),
            Event::SessionCreated(body) => {
                if !body.session.instances.is_empty() || !body.session.chat_history.is_empty() {
                    return Err(Misfit::ListsNotEmpty(kind));
                }
                self.exists = true;
                return Ok(());
            }
            _ if !self.exists => return Err(Misfit::Absent(kind)),
            Event::SessionRestored(_) if !self.deleted => return Err(Misfit::NotDeleted(kind)),
            Event::SessionRestored(_) => self.deleted = false,
            _ if self.deleted => return Err(Misfit::Deleted(kind)),
            Event::SessionDeleted(_) => self.deleted = true,
            Event::InstanceAdded(body) => {
                self.instance(kind, body.index.unwrap_or(0), 1)?;
                self.instances += 1;
            }
            Event::InstanceStatusChanged(body) => self.instance(kind, body.index, 0)?,
            Event::OutputAppended(body) => self.instance(kind, body.index, 0)?,
            Event::OutputReplaced(body) => self.instance(kind, body.index, 0)?,
            Event::InstanceDetailsChanged(body) => self.instance(kind, body.index, 0)?,
            Event::InstanceRemoved(body) => {
                self.instance(kind, body.index, 0)?;
                self.instances -= 1;
            }
            Event::MessageAdded(body) => {
                self.message(kind, body.index.unwrap_or(0), 1)?;
                self.messages += 1;
            }
            Event::MessageChanged(body) => self.message(kind, body.index, 0)?,
            Event::MessageRemoved(body) => {
                self.message(kind, body.index, 0)?;
                self.messages -= 1;
            }
            Event::TaskChanged(_)
            | Event::SessionStatusChanged(_)
            | Event::WinnerSelected(_)
            | Event::SessionDetailsChanged(_)
            | Event::SessionMoved(_) => {}
        }
        Ok(())
    }

    /// Takes in an event whose body was redacted: only its type is known.
    pub fn admit_redacted(&mut self, kind: EventType) {
        match kind {
            EventType::SessionCreated => self.exists = true,
            EventType::SessionDeleted => self.deleted = true,
            EventType::SessionRestored => self.deleted = false,
            EventType::InstanceAdded => self.instances += 1,
            EventType::MessageAdded => self.messages += 1,
            _ => {}
        }
    }

    fn instance(&self, kind: EventType, index: u32, room: u32) -> Result<(), Misfit> {
        within(kind, "instances", index, self.instances, room)
    }

    fn message(&self, kind: EventType, index: u32, room: u32) -> Result<(), Misfit> {
        within(kind, "messages", index, self.messages, room)
    }
}

fn within(kind: EventType, list: &'static str, index: u32, length: u32, room: u32) -> Result<(), Misfit> {
    if index < length.saturating_add(room) {
        Ok(())
    } else {
        Err(Misfit::NoSuchIndex { kind, list, index, length })
    }
}
