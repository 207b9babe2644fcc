//! The list of events: their numbers and names, which never change.

use std::fmt;

use super::body::*;
use super::decode::decode;
use crate::model::field::{self, Field, Level};
use crate::{Instance, List, Message, Session, Text};

/// A large body is boxed, so that the events of a long chat take no more room than messages do.
macro_rules! holder {
    ($name:ident) => { $name };
    ($name:ident Box) => { Box<$name> };
}

/// The fields of the document that a body can carry.
macro_rules! carries {
    ($level:ident all) => { Level::$level.fields() };
    ($level:ident $($field:ident)*) => { &[$(level!($level $field),)*] };
}
macro_rules! level {
    (Session $field:ident) => {
        field::session::$field
    };
    (Instance $field:ident) => {
        field::instance::$field
    };
    (Message $field:ident) => {
        field::message::$field
    };
}

macro_rules! subject {
    (Session) => {
        Subject::Session
    };
    (Instance) => {
        Subject::Element(List::Instances)
    };
    (Message) => {
        Subject::Element(List::Messages)
    };
    (Workspace) => {
        Subject::Workspace
    };
    (Bodies) => {
        Subject::Bodies
    };
}

macro_rules! fields_of {
    (Workspace) => { &[] };
    (Bodies) => { &[] };
    ($level:ident $($field:ident)*) => { carries!($level $($field)*) };
}

/// The table of events. A line gives the number, the schema version of the body, the name, whether the body is content or
/// structure, whether the event begins something (`new`) or not (`of`), what it is about, and the fields of the document that
/// its body can set.
macro_rules! events {
    ($($number:literal $version:literal $name:ident $(in $holder:ident)?,
        $class:ident, $begins:ident $subject:ident [$($field:ident)*];)*) => {
        /// Something that happened to a session.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, reason = "each variant is documented at its body")]
        pub enum Event { $($name(holder!($name $($holder)?)),)* }

        /// Which event: its number in the store and its name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "each variant is documented at its body")]
        pub enum EventType { $($name = $number,)* }

        impl EventType {
            /// Every type, by number.
            pub const ALL: &'static [EventType] = &[$(Self::$name,)*];

            /// Returns the number that the store holds.
            pub const fn number(self) -> u16 {
                self as u16
            }

            /// Returns the type of this number, or `None` where this release knows none.
            pub fn from_number(number: i64) -> Option<Self> {
                match number { $($number => Some(Self::$name),)* _ => None }
            }

            /// Returns the name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// Returns the version of the body's schema that this release writes.
            pub const fn schema_version(self) -> u16 {
                match self { $(Self::$name => $version,)* }
            }

            /// Returns what an event of this type is about.
            pub const fn subject(self) -> Subject {
                match self { $(Self::$name => subject!($subject),)* }
            }

            /// Whether the session or the element that it is about begins with it.
            pub const fn begins(self) -> bool {
                match self { $(Self::$name => begins!($begins),)* }
            }

            /// Whether its body is content: what people or agents said or wrote. A body that is structure may hold fields
            /// that are content: [`Field::is_content`] says which.
            pub const fn is_content(self) -> bool {
                match self { $(Self::$name => is_content!($class),)* }
            }

            /// Returns the fields of the document that its body can set, at the level that it is about. `updatedAt` of the
            /// session comes with most events and is not named.
            pub const fn fields(self) -> &'static [Field] {
                match self { $(Self::$name => fields_of!($subject $($field)*),)* }
            }
        }

        impl Event {
            /// Returns which event this is.
            pub fn event_type(&self) -> EventType {
                match self { $(Self::$name(_) => EventType::$name,)* }
            }

            pub(crate) fn write_body(&self, bytes: &mut Vec<u8>) -> Result<(), rmp_serde::encode::Error> {
                let mut writer = rmp_serde::Serializer::new(bytes).with_struct_map();
                match self { $(Self::$name(body) => serde::Serialize::serialize(body, &mut writer),)* }
            }

            pub(crate) fn read_body(kind: EventType, bytes: &[u8]) -> Result<Self, rmp_serde::decode::Error> {
                match kind { $(EventType::$name => decode(bytes).map(Self::$name),)* }
            }

            /// Returns what the session's `updatedAt` becomes, where the event says so.
            pub fn updated_at(&self) -> Option<&str> {
                match self { $(Self::$name(body) => body.updated_at(),)* }
            }

            /// Returns where the body keeps what `updatedAt` becomes; `None` where it has no room for it.
            pub(crate) fn updated_at_mut(&mut self) -> Option<&mut Option<String>> {
                match self { $(Self::$name(body) => body.updated_at_mut(),)* }
            }

            /// Returns the place of the element that the event is about; `None` at the end of the list.
            pub fn index(&self) -> Option<u32> {
                match self { $(Self::$name(body) => body.index(),)* }
            }

            /// Returns the one text of the event that may be long.
            pub fn long_text(&self) -> Option<&Text> {
                match self { $(Self::$name(body) => body.long_text(),)* }
            }

            /// Returns the one text of the event that may be long, and then moves into the store's blobs.
            pub fn long_text_mut(&mut self) -> Option<&mut Text> {
                match self { $(Self::$name(body) => body.long_text_mut(),)* }
            }
        }

        impl serde::Serialize for Event {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self { $(Self::$name(body) => body.serialize(serializer),)* }
            }
        }

        $(impl From<$name> for Event {
            fn from(body: $name) -> Self {
                Self::$name(body.into())
            }
        })*
    };
}

macro_rules! begins {
    (new) => {
        true
    };
    (of) => {
        false
    };
}

macro_rules! is_content {
    (content) => {
        true
    };
    (structure) => {
        false
    };
}

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

events! {
    1 1 SessionCreated in Box, structure, new Session [all];
    2 1 TaskChanged, structure, of Session [task];
    3 1 SessionStatusChanged, structure, of Session [status completed_at];
    4 1 WinnerSelected, structure, of Session [winner_id];
    5 1 SessionDetailsChanged in Box, structure, of Session [all];
    6 1 SessionMoved, structure, of Session [];
    7 1 SessionDeleted, structure, of Session [];
    8 1 SessionRestored, structure, of Session [];
    9 1 InstanceAdded in Box, structure, new Instance [all];
    10 1 InstanceStatusChanged, structure, of Instance [status];
    11 1 OutputAppended, content, of Instance [output];
    12 1 OutputReplaced, content, of Instance [output];
    13 1 InstanceDetailsChanged in Box, structure, of Instance [all];
    14 1 InstanceRemoved, structure, of Instance [];
    15 1 MessageAdded, content, new Message [all];
    16 1 MessageChanged, content, of Message [all];
    17 1 MessageRemoved, structure, of Message [];
    18 1 WorkspaceRegistered, structure, of Workspace [];
    19 1 BodyRedacted, structure, of Bodies [];
    20 1 BodiesPruned in Box, structure, of Bodies [];
    21 1 BodiesRestored, structure, of Bodies [];
}

/// Writes the numbers of types into a statement that has marks for them: `/*structure*/` for those whose bodies are no
/// content, so that a type which this release does not know counts as content; `/*bodies*/` for those that are about bodies.
pub(crate) fn with_types(sql: &str) -> String {
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
    pub fn of_erased(kind: EventType, gone: Gone) -> Option<Self> {
        Some(match kind {
            EventType::SessionCreated => {
                SessionCreated { session: Session::redacted(), place: None, home: None }.into()
            }
            EventType::InstanceAdded => {
                InstanceAdded { instance: Instance::redacted(), index: None, updated_at: None }.into()
            }
            EventType::MessageAdded => {
                MessageAdded { message: Message::gone(gone), index: None, updated_at: None }.into()
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

/// Why an event has no body any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// It was redacted: for good.
    Redacted,
    /// It was pruned: an archive has it.
    Pruned,
}

impl Gone {
    /// Returns the word that stands where a value was.
    pub fn word(self) -> &'static str {
        match self {
            Self::Redacted => "redacted",
            Self::Pruned => "pruned",
        }
    }
}

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
