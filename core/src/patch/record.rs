//! What the log knows of a session beside its document.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::event::{SessionMoved, TagsChanged};
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
    Tags tags: Vec<String> = "the session's tags",
    Cwds cwds: Vec<String> = "the folders that it worked in, in order",
    Branches branches: Vec<String> = "the branches that it worked on, in order",
    Worktree worktree: Option<String> = "the worktree that it moved to",
    Models models: Vec<String> = "the models that responded in it, in order",
    Versions versions: Vec<String> = "the versions of the tool that wrote it, in order",
    Files files: Vec<String> = "the files that it was read from, in order",
    Relation relation: Option<String> = "how it comes from another session: subagent or fork",
    Parent parent: Option<String> = "the id of the session that it comes from",
    SpawnedBy spawned_by: Option<String> = "the id of the tool call that began it",
    Inferred inferred: bool = "whether its status is inferred: the tool that ran it wrote none",
    Partial partial: bool = "whether a part of what it used is not known",
    Details details: Option<String> = "what only its tool has, and what was not understood: a JSON object",
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
        if self.tags != new.tags {
            events.push(TagsChanged { tags: new.tags.clone() }.into());
        }
        events
    }
}

/// The most letters of a tag.
const TAG_MAX: usize = 64;

/// A text that is no tag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("tag {tag:?}: {reason}")]
pub struct NotATag {
    /// The text.
    pub tag: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl From<NotATag> for crate::Error {
    fn from(_: NotATag) -> Self {
        Self::Malformed {
            reason: "a tag has 1 to 64 letters, no white space, control characters or commas, and no + or - in front",
        }
    }
}

impl TagsChanged {
    /// Returns the event that adds and removes tags of a session; `None` where it has and lacks them already. A tag is 1 to 64
    /// letters without white space, control characters or commas, and does not begin with `+` or `-`. One that is both added
    /// and removed is removed.
    ///
    /// # Errors
    /// [`NotATag`] for the first text that is none.
    pub fn of(tags: &[String], add: &[String], remove: &[String]) -> Result<Option<Self>, NotATag> {
        for tag in add {
            let is_blank = |letter: char| letter.is_whitespace() || letter.is_control() || letter == ',';
            let reason = match tag.chars().count() {
                0 => "it is empty",
                length if length > TAG_MAX => "it is longer than 64 letters",
                _ if tag.contains(is_blank) => "white space, control characters and commas are not for tags",
                _ if tag.starts_with(['+', '-']) => "it begins with + or -, which say what is to be done",
                _ => continue,
            };
            return Err(NotATag { tag: tag.clone(), reason });
        }
        let all: BTreeSet<&String> = tags.iter().chain(add).filter(|tag| !remove.contains(tag)).collect();
        let new: Vec<String> = all.into_iter().cloned().collect();
        Ok((new != tags).then_some(Self { tags: new }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tags: &[&str], add: &[&str], remove: &[&str]) -> Result<Option<Vec<String>>, NotATag> {
        let [tags, add, remove] =
            [tags, add, remove].map(|list| list.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>());
        TagsChanged::of(&tags, &add, &remove).map(|changed| changed.map(|changed| changed.tags))
    }

    #[test]
    fn tags_are_added_and_removed_in_order_and_once() {
        let list = |tags: &[&str]| Ok(Some(tags.iter().map(|tag| (*tag).to_owned()).collect()));
        assert_eq!(of(&[], &["wip", "bug", "wip"], &[]), list(&["bug", "wip"]));
        assert_eq!(of(&["bug", "wip"], &["new"], &["bug"]), list(&["new", "wip"]));
        assert_eq!(of(&["bug"], &["bug"], &["wip"]), Ok(None));
        assert_eq!(of(&["bug"], &["wip"], &["wip", "bug"]), list(&[]));
    }

    #[test]
    fn a_text_that_is_no_tag_is_refused() {
        for tag in ["", "two words", "a,b", "+a", "-a", "\u{1b}[31m", &"x".repeat(65)] {
            assert_eq!(of(&[], &["good", tag], &[]).unwrap_err().tag, tag);
        }
    }
}
