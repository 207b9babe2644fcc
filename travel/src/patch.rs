//! What an event did to the session, place by place, with what was there before.

use std::borrow::Cow;
use std::sync::Arc;

use retold_core::Value as FieldValue;
use retold_core::{Extra, FieldKind, Instance, Json, Message, Path, Session, Text};
use serde::{Serialize, Serializer};

use crate::Rope;

/// One change at one place of a session, reversible: it says what was there and what is.
///
/// It is a patch of [`retold_core::meaning`] with the value that the state had at its turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch {
    /// The place, as the session is when its turn comes.
    pub path: Path,
    /// What changes there.
    pub change: Change,
}

/// What changes at a place.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A value becomes another one. An event may also say what was so before.
    Set {
        /// What it was.
        old: Value,
        /// What it is.
        new: Value,
    },
    /// A text grows at its end: an output that was written on.
    Extend {
        /// Its length in bytes before; `None` where there was none.
        old_bytes: Option<u64>,
        /// What comes after.
        text: Text,
    },
    /// An element comes in at a place of a list, or the session begins; what was there and after moves down.
    Insert(Value),
    /// An element leaves; what was after moves up.
    Remove(Value),
}

/// A value of a session's document, as typed as the document is.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No such key: only unknown keys come and go.
    Absent,
    /// `null`.
    Null,
    /// A yes or no.
    Bool(bool),
    /// A number of the document.
    Number(u64),
    /// A place in the workspace's list.
    Real(f64),
    /// A text; a long one is named by its hash and not loaded.
    Text(Text),
    /// The runtimes.
    Texts(Vec<String>),
    /// The value of an unknown key.
    Json(Json),
    /// All unknown keys.
    Unknowns(Extra),
    /// An output.
    Output(Rope),
    /// An element of `instances`, its output left aside.
    Instance(Box<Instance>),
    /// An element of `chatHistory`.
    Message(Box<Message>),
    /// A session's own keys.
    Session(Box<Session>),
}

impl Value {
    /// Returns a text.
    pub fn text(text: &str) -> Self {
        Self::Text(Text::from(text))
    }

    /// Returns the value as a field of this kind holds it; `None` where it is of another type.
    pub(crate) fn into_kind(self, kind: FieldKind) -> Option<FieldValue<'static>> {
        Some(match (self, kind) {
            (Self::Null, _) => FieldValue::Null,
            (Self::Bool(flag), _) => FieldValue::Flag(flag),
            (Self::Real(number), _) => FieldValue::Real(number),
            (Self::Number(number), _) => FieldValue::Number(number),
            (Self::Text(text), FieldKind::LongText) => FieldValue::LongText(Cow::Owned(text)),
            (Self::Text(Text::Inline(text)), _) => FieldValue::Text(Cow::Owned(Arc::unwrap_or_clone(text))),
            (Self::Texts(texts), _) => FieldValue::Texts(Cow::Owned(texts)),
            _ => return None,
        })
    }
}

impl From<FieldValue<'_>> for Value {
    fn from(value: FieldValue<'_>) -> Self {
        match value {
            FieldValue::Null => Self::Null,
            FieldValue::Flag(flag) => Self::Bool(flag),
            FieldValue::Number(number) => Self::Number(number),
            FieldValue::Real(number) => Self::Real(number),
            FieldValue::Text(text) => Self::Text(Text::from(text.into_owned())),
            FieldValue::LongText(text) => Self::Text(text.into_owned()),
            FieldValue::Texts(texts) => Self::Texts(texts.into_owned()),
            FieldValue::Extra(extra) => Self::Unknowns(extra.into_owned()),
            FieldValue::Session(session) => Self::Session(Box::new(session.into_owned())),
            FieldValue::Instance(instance) => Self::Instance(Box::new(instance.into_owned())),
            FieldValue::Message(message) => Self::Message(Box::new(message.into_owned())),
        }
    }
}

/// As the document has it. A long text is `{"blob": …, "bytes": …}` or `{"bytes": …}`.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent | Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => value.serialize(serializer),
            Self::Number(number) => number.serialize(serializer),
            Self::Real(number) => number.serialize(serializer),
            Self::Text(text) => text.serialize(serializer),
            Self::Texts(texts) => texts.serialize(serializer),
            Self::Json(json) => json.serialize(serializer),
            Self::Unknowns(extra) => extra.serialize(serializer),
            Self::Output(rope) => rope.serialize(serializer),
            Self::Instance(instance) => instance.serialize(serializer),
            Self::Message(message) => message.serialize(serializer),
            Self::Session(session) => session.serialize(serializer),
        }
    }
}

/// `{"path", "op", "old", "new"}`; `op` is set, extend, insert or remove.
impl Serialize for Patch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("path", &self.path.to_string())?;
        map.serialize_entry("op", self.change.name())?;
        match &self.change {
            Change::Set { old, new } => {
                map.serialize_entry("old", old)?;
                map.serialize_entry("new", new)?;
            }
            Change::Extend { old_bytes, text } => {
                map.serialize_entry("old_bytes", old_bytes)?;
                map.serialize_entry("text", text)?;
            }
            Change::Insert(new) => map.serialize_entry("new", new)?,
            Change::Remove(old) => map.serialize_entry("old", old)?,
        }
        map.end()
    }
}

impl Change {
    /// Returns its name: set, extend, insert or remove.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Set { .. } => "set",
            Self::Extend { .. } => "extend",
            Self::Insert(_) => "insert",
            Self::Remove(_) => "remove",
        }
    }
}
