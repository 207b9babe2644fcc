//! The fields of the document as data: what each one is called, what it holds, and how to read and set it by name.
//!
//! All of it comes from the one declaration of each level (`document!`).

use std::fmt;

/// A level of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The session's own keys.
    Session,
    /// An element of `instances`.
    Instance,
    /// An element of `chatHistory`.
    Message,
}

impl Level {
    /// Returns its fields, in the order of the document, the session's two lists among them.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::Session => session::FIELDS,
            Self::Instance => instance::FIELDS,
            Self::Message => message::FIELDS,
        }
    }

    const fn about(self) -> &'static [About] {
        match self {
            Self::Session => session::ABOUT,
            Self::Instance => instance::ABOUT,
            Self::Message => message::ABOUT,
        }
    }

    /// Returns the fields that hold a value: all but the session's lists.
    pub fn values(self) -> impl Iterator<Item = Field> + Clone {
        self.fields().iter().copied().filter(|field| field.kind() != Kind::List)
    }

    /// Returns the field of this key of the document.
    pub fn field(self, key: &str) -> Option<Field> {
        self.fields().iter().copied().find(|field| field.key() == key)
    }
}

/// A field of the document that this release knows. Its constants are in [`session`], [`instance`] and [`message`]:
/// `session::status` is the session's `status`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Field {
    level: Level,
    at: u8,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A short text.
    Text,
    /// A text that may be long, and then is in the store's blobs.
    LongText,
    /// A number below 2^32.
    Integer,
    /// A number below 2^64.
    BigInteger,
    /// A number with a fraction.
    Real,
    /// A yes or no.
    Flag,
    /// A list of short texts.
    Texts,
    /// A list of elements, which have a level of their own.
    List,
}

/// What a field is for: each declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// What people or agents said or wrote.
    Content,
    /// Anything else.
    Structure,
    /// A time as text, which is structure.
    Time,
}

/// What is declared of a field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About {
    pub(crate) key: &'static str,
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) class: Class,
    pub(crate) is_optional: bool,
}

impl Field {
    pub(crate) const fn new(level: Level, at: u8) -> Self {
        Self { level, at }
    }

    const fn about(self) -> &'static About {
        &self.level.about()[self.at as usize]
    }

    /// Returns the level that it belongs to.
    pub const fn level(self) -> Level {
        self.level
    }

    /// Returns its key in the document: `createdAt`.
    pub const fn key(self) -> &'static str {
        self.about().key
    }

    /// Returns its name as a column: `created_at`.
    pub fn column(self) -> &'static str {
        let About { key, name, .. } = self.about();
        // A key of one word is a column as it is, also where Rust has to call the field otherwise (`type`).
        if key.bytes().any(|byte| byte.is_ascii_uppercase()) { name } else { key }
    }

    /// Returns what it holds.
    pub const fn kind(self) -> Kind {
        self.about().kind
    }

    /// Whether it may be null.
    pub const fn is_optional(self) -> bool {
        self.about().is_optional
    }

    /// Whether it holds what people or agents said or wrote. Unknown keys do, as far as this release can tell.
    pub const fn is_content(self) -> bool {
        matches!(self.about().class, Class::Content)
    }

    /// Whether its text is a time.
    pub const fn is_time(self) -> bool {
        matches!(self.about().class, Class::Time)
    }
}

/// A level of the document, whose fields are read and set by name.
pub trait Document: Clone {
    /// Which level it is.
    const LEVEL: crate::Level;

    /// Returns the value of a field of this level; `None` for a field of another one.
    fn value(&self, field: crate::Field) -> Option<crate::Value<'_>>;

    /// Sets a field of this level; returns whether there is such a field and the value is of its type. Otherwise nothing
    /// changes.
    fn set(&mut self, field: crate::Field, value: crate::Value<'_>) -> bool;

    /// Sets a key of this level: a field, or all keys that this release does not know; returns whether the value fits.
    fn set_key(&mut self, key: crate::Key, value: crate::Value<'_>) -> bool {
        match (key, value) {
            (crate::Key::Known(field), value) => self.set(field, value),
            (crate::Key::Unknowns, crate::Value::Extra(extra)) => {
                let all = extra.into_owned().after(self.extra());
                *self.extra_mut() = all;
                true
            }
            _ => false,
        }
    }

    /// Returns a document in which every text is empty, every number 0 and every option absent.
    fn blank() -> Self;

    /// Returns a copy of its own keys: without the parts that have events of their own.
    fn own(&self) -> Self;

    /// Returns the keys that this release does not know.
    fn extra(&self) -> &crate::Extra;

    /// Returns them to be changed.
    fn extra_mut(&mut self) -> &mut crate::Extra;
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}.{}", self.level, self.key())
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.key())
    }
}

pub use super::instance::fields as instance;
pub use super::message::fields as message;
pub use super::session::fields as session;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Instance, Message, Session};

    #[test]
    fn the_fields_of_a_level_are_its_keys_in_order() {
        let keys = |level: Level| level.fields().iter().map(|field| field.key()).collect::<Vec<_>>();
        assert_eq!(keys(Level::Session), Session::KEYS);
        assert_eq!(keys(Level::Instance), Instance::KEYS);
        assert_eq!(keys(Level::Message), Message::KEYS);
    }

    #[test]
    fn a_column_is_called_like_its_key() {
        assert_eq!(session::created_at.column(), "created_at");
        assert_eq!(session::kind.column(), "type");
        assert_eq!(instance::tmux_session_id.column(), "tmux_session_id");
    }

    #[test]
    fn what_was_said_is_content_and_what_was_counted_is_not() {
        assert!(session::task.is_content() && message::content.is_content() && instance::output.is_content());
        assert!(!session::status.is_content() && !session::created_at.is_content());
        assert!(session::created_at.is_time() && message::timestamp.is_time());
    }
}
