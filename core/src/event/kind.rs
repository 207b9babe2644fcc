//! The list of events: their numbers and names, which never change.

use std::fmt;

use super::body::*;
use super::decode::decode;
use crate::Text;

/// A large body stands apart, so that the events of a long chat take no more room than messages do.
macro_rules! holder {
    ($name:ident) => { $name };
    ($name:ident Box) => { Box<$name> };
}

macro_rules! events {
    ($($number:literal $version:literal $name:ident $(in $holder:ident)?,)*) => {
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
            pub fn number(self) -> u16 {
                match self { $(Self::$name => $number,)* }
            }

            /// Returns the type of this number, or `None` where this release knows none.
            pub fn from_number(number: i64) -> Option<Self> {
                match number { $($number => Some(Self::$name),)* _ => None }
            }

            /// Returns the name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// Returns the version of the body's schema that this release writes.
            pub fn schema_version(self) -> u16 {
                match self { $(Self::$name => $version,)* }
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

events! {
    1 1 SessionCreated in Box,
    2 1 TaskChanged,
    3 1 SessionStatusChanged,
    4 1 WinnerSelected,
    5 1 SessionDetailsChanged in Box,
    6 1 SessionMoved,
    7 1 SessionDeleted,
    8 1 SessionRestored,
    9 1 InstanceAdded in Box,
    10 1 InstanceStatusChanged,
    11 1 OutputAppended,
    12 1 OutputReplaced,
    13 1 InstanceDetailsChanged in Box,
    14 1 InstanceRemoved,
    15 1 MessageAdded,
    16 1 MessageChanged,
    17 1 MessageRemoved,
    18 1 WorkspaceRegistered,
    19 1 BodyRedacted,
    20 1 BodiesPruned in Box,
    21 1 BodiesRestored,
}

impl EventType {
    /// Returns whether it says something of bodies, and changes nothing of what its session is.
    pub fn is_of_bodies(self) -> bool {
        matches!(self, Self::BodyRedacted | Self::BodiesPruned | Self::BodiesRestored)
    }

    /// Returns whether it is about what was said or written: what a pruning takes out, while everything else stays.
    pub fn is_said(self) -> bool {
        matches!(
            self,
            Self::MessageAdded | Self::MessageChanged | Self::OutputAppended | Self::OutputReplaced
        )
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

impl Event {
    /// Returns the one text of the event that may be long.
    pub fn long_text(&self) -> Option<&Text> {
        match self {
            Self::MessageAdded(body) => Some(&body.message.content),
            Self::MessageChanged(body) => body.content.as_ref(),
            Self::OutputAppended(body) => Some(&body.text),
            Self::OutputReplaced(body) => body.text.as_ref(),
            _ => None,
        }
    }

    /// Returns the one text of the event that may be long, and then moves into the store's blobs.
    pub fn long_text_mut(&mut self) -> Option<&mut Text> {
        match self {
            Self::MessageAdded(body) => Some(&mut body.message.content),
            Self::MessageChanged(body) => body.content.as_mut(),
            Self::OutputAppended(body) => Some(&mut body.text),
            Self::OutputReplaced(body) => body.text.as_mut(),
            _ => None,
        }
    }

    /// Returns what the session's `updatedAt` becomes, where the event says so.
    pub fn updated_at(&self) -> Option<&str> {
        match self {
            Self::SessionCreated(body) => Some(&body.session.updated_at),
            Self::SessionDetailsChanged(body) => body.set.updated_at.as_deref(),
            Self::InstanceAdded(body) => body.updated_at.as_deref(),
            Self::InstanceDetailsChanged(body) => body.updated_at.as_deref(),
            Self::BodiesPruned(body) => body.updated_at.as_deref(),
            Self::TaskChanged(TaskChanged { updated_at, .. })
            | Self::SessionStatusChanged(SessionStatusChanged { updated_at, .. })
            | Self::WinnerSelected(WinnerSelected { updated_at, .. })
            | Self::InstanceStatusChanged(InstanceStatusChanged { updated_at, .. })
            | Self::OutputAppended(OutputAppended { updated_at, .. })
            | Self::OutputReplaced(OutputReplaced { updated_at, .. })
            | Self::InstanceRemoved(InstanceRemoved { updated_at, .. })
            | Self::MessageAdded(MessageAdded { updated_at, .. })
            | Self::MessageChanged(MessageChanged { updated_at, .. })
            | Self::MessageRemoved(MessageRemoved { updated_at, .. }) => updated_at.as_deref(),
            Self::SessionMoved(_)
            | Self::SessionDeleted(_)
            | Self::SessionRestored(_)
            | Self::WorkspaceRegistered(_)
            | Self::BodyRedacted(_)
            | Self::BodiesRestored(_) => None,
        }
    }

    /// Says what the session's `updatedAt` becomes with this event; returns whether the event has room for it.
    pub fn set_updated_at(&mut self, text: &str) -> bool {
        let place = match self {
            Self::SessionCreated(body) => {
                body.session.updated_at = text.to_owned();
                return true;
            }
            Self::SessionDetailsChanged(body) => &mut body.set.updated_at,
            Self::InstanceAdded(body) => &mut body.updated_at,
            Self::InstanceDetailsChanged(body) => &mut body.updated_at,
            Self::BodiesPruned(body) => &mut body.updated_at,
            Self::TaskChanged(TaskChanged { updated_at, .. })
            | Self::SessionStatusChanged(SessionStatusChanged { updated_at, .. })
            | Self::WinnerSelected(WinnerSelected { updated_at, .. })
            | Self::InstanceStatusChanged(InstanceStatusChanged { updated_at, .. })
            | Self::OutputAppended(OutputAppended { updated_at, .. })
            | Self::OutputReplaced(OutputReplaced { updated_at, .. })
            | Self::InstanceRemoved(InstanceRemoved { updated_at, .. })
            | Self::MessageAdded(MessageAdded { updated_at, .. })
            | Self::MessageChanged(MessageChanged { updated_at, .. })
            | Self::MessageRemoved(MessageRemoved { updated_at, .. }) => updated_at,
            Self::SessionMoved(_)
            | Self::SessionDeleted(_)
            | Self::SessionRestored(_)
            | Self::WorkspaceRegistered(_)
            | Self::BodyRedacted(_)
            | Self::BodiesRestored(_) => return false,
        };
        *place = Some(text.to_owned());
        true
    }
}
