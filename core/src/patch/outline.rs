//! The least that one must know of a session to say whether an event is valid.

use super::{Key, List, Op, Patch, Path, Record, meaning, meaning_of_erased};
use crate::event::Subject;
use crate::{Erasure, Event, EventType, Value};

/// Whether there is a session, and how long its lists are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// Whether the session was created.
    pub exists: bool,
    /// Whether it was deleted, and not restored.
    pub deleted: bool,
    /// How many instances its list holds.
    pub instances: u32,
    /// How many messages its list holds.
    pub messages: u32,
}

/// An event that is not valid for the session as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidEvent {
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
    /// The event names an element of a list that is shorter.
    #[error("{kind} at index {index} of {length} {list}")]
    NoSuchIndex {
        /// The event's type.
        kind: EventType,
        /// The list.
        list: &'static str,
        /// The index named.
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

impl Outline {
    /// Returns the outline of a session that exists, from the lengths of its lists.
    pub fn of(deleted: bool, instances: usize, messages: usize) -> Self {
        // No list of a document is longer: its indexes are of this type.
        let length = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        Self { exists: true, deleted, instances: length(instances), messages: length(messages) }
    }

    /// Returns the length of a list.
    pub const fn len(&self, list: List) -> u32 {
        match list {
            List::Instances => self.instances,
            List::Messages => self.messages,
        }
    }

    /// Says whether an event is valid.
    ///
    /// # Errors
    /// Why it is not.
    pub fn check(&self, event: &Event) -> Result<(), InvalidEvent> {
        let kind = event.event_type();
        let list = match kind.subject() {
            Subject::Bodies => return Ok(()),
            Subject::Workspace => return Err(InvalidEvent::Foreign(kind)),
            Subject::Element(list) => Some(list),
            Subject::Session => None,
        };
        if let Event::SessionCreated(body) = event {
            let has_lists = !body.session.instances.is_empty() || !body.session.chat_history.is_empty();
            return match (self.exists, has_lists) {
                (true, _) => Err(InvalidEvent::Exists(kind)),
                (false, true) => Err(InvalidEvent::ListsNotEmpty(kind)),
                (false, false) => Ok(()),
            };
        }
        match (self.exists, self.deleted, kind) {
            (false, ..) => return Err(InvalidEvent::Absent(kind)),
            (true, false, EventType::SessionRestored) => return Err(InvalidEvent::NotDeleted(kind)),
            (true, true, EventType::SessionRestored) => return Ok(()),
            (true, true, _) => return Err(InvalidEvent::Deleted(kind)),
            (true, false, _) => {}
        }
        let (Some(list), Some(index)) = (list, event.index()) else { return Ok(()) };
        let length = self.len(list);
        if index < length.saturating_add(u32::from(kind.begins())) {
            return Ok(());
        }
        let list = match list {
            List::Instances => "instances",
            List::Messages => "messages",
        };
        Err(InvalidEvent::NoSuchIndex { kind, list, index, length })
    }

    /// Applies an event, or says why it is not valid and stays as it is.
    ///
    /// # Errors
    /// An [`InvalidEvent`], with the outline unchanged.
    pub fn apply(&mut self, event: &Event) -> Result<(), InvalidEvent> {
        self.check(event)?;
        meaning(*self, event, |patch| self.apply_patch(&patch));
        Ok(())
    }

    /// Applies an event of which only the type is known: its body is erased.
    pub fn apply_erased(&mut self, kind: EventType, erasure: Erasure) {
        meaning_of_erased(*self, kind, erasure, |patch| self.apply_patch(&patch));
    }

    /// Applies a patch.
    pub fn apply_patch(&mut self, patch: &Patch<'_>) {
        match (&patch.path, &patch.op) {
            (Path::Whole, Op::Insert(_)) => self.exists = true,
            (Path::Own(Key::Record(Record::Deleted)), Op::Set(Value::Flag(deleted))) => {
                self.deleted = *deleted
            }
            (Path::Row(list, _), Op::Insert(_)) => *self.len_mut(*list) += 1,
            (Path::Row(list, _), Op::Remove) => *self.len_mut(*list) -= 1,
            _ => {}
        }
    }

    fn len_mut(&mut self, list: List) -> &mut u32 {
        match list {
            List::Instances => &mut self.instances,
            List::Messages => &mut self.messages,
        }
    }
}
