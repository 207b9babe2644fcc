//! How events are declared: one table, of which the types, the bodies and what is known of both are made.

use crate::Text;

/// What every body can be asked.
pub(super) trait Body {
    /// What the session's `updatedAt` becomes, where the body says so.
    fn updated_at(&self) -> Option<&str> {
        None
    }

    /// Where the body keeps it; `None` where it has no room for it.
    fn updated_at_mut(&mut self) -> Option<&mut Option<String>> {
        None
    }

    /// The place of the element that the body is about, in the list of instances or of messages; `None` at the end.
    fn index(&self) -> Option<u32> {
        None
    }

    /// Says which place that is, where the body names one.
    fn set_index(&mut self, _index: u32) {}

    /// The one text that may be long, and then moves into the store's blobs.
    fn long_text(&self) -> Option<&Text> {
        None
    }

    /// The same, to be replaced.
    fn long_text_mut(&mut self) -> Option<&mut Text> {
        None
    }

    /// Calls `each` with the texts that are content and that no patch of the event has.
    fn each_content(&self, _each: &mut dyn FnMut(&str)) {}
}

/// Declares a body: its fields, and after them what it answers as a [`Body`]. `dated` adds `updated_at`.
macro_rules! body {
    (plain $(#[$about:meta])* $name:ident { $($fields:tt)* } $($more:tt)*) => {
        body!(@struct $(#[$about])* $name { $($fields)* });
        impl Body for $name { $($more)* }
    };
    (dated $(#[$about:meta])* $name:ident { $($fields:tt)* } $($more:tt)*) => {        body!(@struct $(#[$about])* $name {
            $($fields)*
            #[serde(default, skip_serializing_if = "Option::is_none")]
            updated_at: Option<String>,
        });
        impl Body for $name {
            fn updated_at(&self) -> Option<&str> {
                self.updated_at.as_deref()
            }
            fn updated_at_mut(&mut self) -> Option<&mut Option<String>> {
                Some(&mut self.updated_at)
            }
            $($more)*
        }
    };
    (@struct $(#[$about:meta])* $name:ident { $($(#[$field_about:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[allow(missing_docs, reason = "fields that are the document's own are named like it")]
        pub struct $name { $($(#[$field_about])* pub $field: $type,)* }
    };
}

/// The element that a body names by a required `index`.
macro_rules! index {
    () => {
        fn index(&self) -> Option<u32> {
            Some(self.index)
        }
        fn set_index(&mut self, index: u32) {
            self.index = index;
        }
    };
    (optional) => {
        fn index(&self) -> Option<u32> {
            self.index
        }
        fn set_index(&mut self, index: u32) {
            self.index = Some(index);
        }
    };
}

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
/// structure, whether the event begins something (`new`) or not (`of`), what it is about, the fields of the document that its body
/// can set, and what it can set beside the document (`+`).
macro_rules! events {
    ($(
        $(#[$about:meta])*
        $number:literal $version:literal $name:ident $(in $holder:ident)?,
        $class:ident, $begins:ident $subject:ident [$($field:ident)*] $(+ [$($record:ident)*])?
        $body:ident { $($fields:tt)* } { $($more:tt)* }
    )*) => {
        $(body! { $body $(#[$about])* $name { $($fields)* } $($more)* })*

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

            /// Returns what is known of a session beside its document that its body can set.
            pub const fn records(self) -> &'static [Record] {
                match self { $(Self::$name => &[$($(Record::$record,)*)?],)* }
            }
        }

        impl Event {
            /// Returns which event this is.
            pub fn event_type(&self) -> EventType {
                match self { $(Self::$name(_) => EventType::$name,)* }
            }

            /// Writes the body as an append would, MessagePack of the schema of today, after what `bytes` holds.
            ///
            /// # Errors
            /// Where a text of it was joined and not resolved.
            pub fn write_body(&self, bytes: &mut Vec<u8>) -> Result<(), rmp_serde::encode::Error> {
                let mut writer = rmp_serde::Serializer::new(bytes).with_struct_map();
                match self { $(Self::$name(body) => serde::Serialize::serialize(body, &mut writer),)* }
            }

            pub(crate) fn read_body(kind: EventType, bytes: &[u8]) -> Result<Self, rmp_serde::decode::Error> {
                match kind { $(EventType::$name => decode(bytes).map(Self::$name),)* }
            }

            /// The same by `rmp_serde`, to be compared with.
            #[cfg(test)]
            pub(crate) fn read_body_by_rmp_serde(kind: EventType, bytes: &[u8]) -> Result<Self, rmp_serde::decode::Error> {
                let mut reader = rmp_serde::Deserializer::from_read_ref(bytes);
                reader.set_max_depth(super::decode::DEPTH_MAX.into());
                match kind { $(EventType::$name => Deserialize::deserialize(&mut reader).map(Self::$name),)* }
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

            /// Names another place of the element that the event is about; does nothing where it is about none.
            pub fn set_index(&mut self, index: u32) {
                match self { $(Self::$name(body) => body.set_index(index),)* }
            }

            /// Calls `each` with the texts that are content and that no patch of the event has.
            pub(crate) fn each_content_of_body(&self, each: &mut dyn FnMut(&str)) {
                match self { $(Self::$name(body) => body.each_content(each),)* }
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
