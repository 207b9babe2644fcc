//! What is known of an event besides its body.

use std::fmt;

use super::body::*;
use crate::{Instance, List, Message, Session};

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The session itself.
    Session,
    /// An element of one of its lists.
    Element(List),
    /// A workspace: the events of its own stream.
    Workspace,
    /// The bodies of other events: it changes nothing of what the session is.
    Bodies,
}

/// Writes the numbers of types into a statement that has marks for them: `/*structure*/` for those whose bodies are no
/// content, so that a type which this release does not know counts as content; `/*bodies*/` for those that are about bodies.
pub fn with_types(sql: &str) -> String {
    let numbers = |wanted: fn(EventType) -> bool| {
        let types = EventType::ALL.iter().copied().filter(|kind| wanted(*kind));
        types.map(|kind| kind.number().to_string()).collect::<Vec<_>>().join(", ")
    };
    sql.replace("/*structure*/", &numbers(|kind| !kind.is_content()))
        .replace("/*bodies*/", &numbers(EventType::is_of_bodies))
}

impl EventType {
    /// Returns whether it says something of bodies, and changes nothing of what its session is.
    pub const fn is_of_bodies(self) -> bool {
        matches!(self.subject(), Subject::Bodies)
    }
}

impl Event {
    /// Returns what an event does whose body is erased, as an event; `None` where it does nothing.
    ///
    /// What it added is an empty element at the end of its list, so that the indexes of later events name what they named.
    pub fn of_erased(kind: EventType, erasure: Erasure) -> Option<Self> {
        Some(match kind {
            EventType::SessionCreated => {
                SessionCreated { session: Session::redacted(), place: None, home: None }.into()
            }
            EventType::InstanceAdded => {
                InstanceAdded { instance: Instance::redacted(), index: None, updated_at: None }.into()
            }
            EventType::MessageAdded => {
                MessageAdded { message: Message::erased(erasure), index: None, updated_at: None }.into()
            }
            EventType::SessionDeleted => SessionDeleted {}.into(),
            EventType::SessionRestored => SessionRestored {}.into(),
            _ => return None,
        })
    }

    /// Says what the session's `updatedAt` becomes with this event; returns whether the event has room for it.
    pub fn set_updated_at(&mut self, text: &str) -> bool {
        if let Self::SessionCreated(body) = self {
            text.clone_into(&mut body.session.updated_at);
            return true;
        }
        self.updated_at_mut().map(|updated_at| *updated_at = Some(text.to_owned())).is_some()
    }
}

/// Why an event has no body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erasure {
    /// It was redacted: for good.
    Redacted,
    /// It was pruned: an archive has it.
    Pruned,
    /// It was never here: a part of a log was given without it.
    Withheld,
}

impl Erasure {
    /// Returns the word that is shown in place of a value.
    pub fn word(self) -> &'static str {
        match self {
            Self::Redacted => "redacted",
            Self::Pruned => "pruned",
            Self::Withheld => "withheld",
        }
    }
}

impl fmt::Display for Erasure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
