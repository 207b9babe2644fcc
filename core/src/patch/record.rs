//! What the log knows of a session beside its document.

use serde::{Deserialize, Serialize};

use crate::event::SessionMoved;
use crate::model::Slot;
use crate::model::field::Kind;
use crate::{Event, Value};

macro_rules! records {
    ($($name:ident $field:ident: $type:ty = $about:literal,)*) => {
        /// What the log knows of a session beside its document. Legacy files do not hold it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Record { $(#[doc = $about] $name,)* }

        impl Record {
            /// All of it.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Returns its name, as a column has it too.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($field),)* }
            }

            /// Returns what it tells.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$name => $about,)* }
            }

            /// Returns what its value is.
            pub const fn kind(self) -> Kind {
                match self { $(Self::$name => <$type as Slot>::KIND,)* }
            }

            /// Returns those that are lists of texts, by which sessions can be chosen and counted.
            pub fn lists() -> impl Iterator<Item = Self> {
                Self::ALL.iter().copied().filter(|record| record.kind() == Kind::Texts)
            }

            /// Returns what is called so.
            pub fn of(name: &str) -> Option<Self> {
                match name { $(stringify!($field) => Some(Self::$name),)* _ => None }
            }

            /// The names as they are typed, for who typed another one.
            pub(super) const NAMES: &'static str =
                concat!("what is known beside the document is called", $(" .", stringify!($field),)*);
        }

        /// The values of every [`Record`] of a session.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Records { $(#[doc = $about] pub $field: $type,)* }

        impl Records {
            /// Returns a value.
            pub fn value(&self, record: Record) -> Value<'_> {
                match record { $(Record::$name => Slot::value(&self.$field),)* }
            }

            /// Sets a value; returns whether it is of the right type. Otherwise nothing changes.
            pub fn set(&mut self, record: Record, value: Value<'_>) -> bool {
                match record { $(Record::$name => Slot::set(&mut self.$field, value),)* }
            }
        }
    };
}

records! {
    Deleted deleted: bool = "whether the session is deleted",
    Place place: Option<f64> = "its place in the workspace's list, where it was given",
    Home home: Option<String> = "the name of the session's legacy file, where it is not the workspace's key",
}

impl Records {
    /// Returns the events that make a session with these records one with `new`'s, but for whether it is deleted; none where they
    /// are the same. `home` is what a session begins with and keeps.
    pub fn difference(&self, new: &Self) -> Vec<Event> {
        let mut events = Vec::new();
        if let Some(place) = new.place
            && self.place != new.place
        {
            events.push(SessionMoved { place }.into());
        }
        events
    }
}
