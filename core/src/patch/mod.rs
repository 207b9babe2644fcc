//! What events mean: each one, as the changes that it makes to a session, place by place.
//!
//! [`meaning`] is the only code that knows what an event does. The folded state, the check whether an event is valid, the
//! read models, projections, diff, blame and session queries apply its patches and name no event.

mod meaning;
mod outline;
mod path;
mod record;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub use meaning::{meaning, meaning_of_erased, meaning_of_owned};
pub use outline::{InvalidEvent, Outline};
pub use path::{Key, List, NotAPath, Path};
pub use record::*;

use crate::model::Document;
use crate::model::field::Field;
use crate::{Event, Extra, Held, Text, Value};

/// One change at one place of a session.
///
/// It says what a value becomes and not what it was: who keeps the session before it can look that up.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch<'e> {
    /// The place, as the session is when the patch's turn comes.
    pub path: Path,
    /// What changes there.
    pub op: Op<'e>,
}

/// What changes at a place.
#[derive(Clone, Debug, PartialEq)]
pub enum Op<'e> {
    /// The value becomes this one.
    Set(Value<'e>),
    /// A long text grows at its end; where there was none, it begins.
    Extend(Cow<'e, Text>),
    /// The session begins, or an element comes in before the one at the place.
    Insert(Value<'e>),
    /// The element leaves.
    Remove,
}

impl<'e> Patch<'e> {
    /// Returns what the patch makes of a field: the value that it sets, or the one that a session, an instance or a message
    /// begins with.
    pub fn value_of(&self, field: Field) -> Option<Value<'_>> {
        match (&self.path, &self.op) {
            (Path::Own(Key::Known(known)) | Path::Field(_, _, Key::Known(known)), Op::Set(value)) => {
                (*known == field).then(|| value.clone())
            }
            (_, Op::Insert(Value::Session(session))) => session.value(field),
            (_, Op::Insert(Value::Instance(instance))) => instance.value(field),
            (_, Op::Insert(Value::Message(message))) => message.value(field),
            _ => None,
        }
    }

    /// As [`value_of`](Self::value_of), of a patch whose values are borrowed from its event.
    fn into_value_of(self, field: Field) -> Option<Value<'e>> {
        match (self.path, self.op) {
            (Path::Own(Key::Known(known)) | Path::Field(_, _, Key::Known(known)), Op::Set(value)) => {
                (known == field).then_some(value)
            }
            (_, Op::Insert(Value::Session(Held::Borrowed(session)))) => session.value(field),
            (_, Op::Insert(Value::Instance(Held::Borrowed(instance)))) => instance.value(field),
            (_, Op::Insert(Value::Message(Cow::Borrowed(message)))) => message.value(field),
            _ => None,
        }
    }
}

impl Event {
    /// Returns what the event makes of a field, where it sets it.
    pub fn value_of(&self, field: Field) -> Option<Value<'_>> {
        let mut found = None;
        meaning(Outline::default(), self, |patch| {
            if found.is_none() {
                found = patch.into_value_of(field);
            }
        });
        found
    }

    /// Calls `each` with every text of the event that is content: the fields that declare it, and the values of keys that
    /// this release does not know. A long text that is in the store's blobs is not loaded: see
    /// [`Reader::resolve_event`](crate::Reader::resolve_event).
    pub fn each_content(&self, mut each: impl FnMut(&str)) {
        self.each_content_of_body(&mut each);
        meaning(Outline::default(), self, |patch| match (&patch.path, &patch.op) {
            (_, Op::Insert(Value::Session(session))) => contents(&**session, &mut each),
            (_, Op::Insert(Value::Instance(instance))) => contents(&**instance, &mut each),
            (_, Op::Insert(Value::Message(message))) => contents(&**message, &mut each),
            (_, Op::Extend(text)) => text.as_str().into_iter().for_each(&mut each),
            (_, Op::Set(Value::Extra(extra))) => unknown_contents(extra, &mut each),
            (Path::Own(Key::Known(field)) | Path::Field(_, _, Key::Known(field)), Op::Set(value))
                if field.is_content() =>
            {
                value_contents(value, &mut each);
            }
            _ => {}
        });
    }
}

fn contents<D: Document>(document: &D, each: &mut impl FnMut(&str)) {
    for field in D::LEVEL.values().filter(|field| field.is_content()) {
        if let Some(value) = document.value(field) {
            value_contents(&value, each);
        }
    }
    unknown_contents(document.extra(), each);
}

fn value_contents(value: &Value<'_>, each: &mut impl FnMut(&str)) {
    match value {
        Value::Text(text) => each(text),
        Value::LongText(text) => text.as_str().into_iter().for_each(each),
        Value::Texts(texts) => texts.iter().for_each(|text| each(text)),
        _ => {}
    }
}

/// A text as it reads, another value as JSON writes it.
fn unknown_contents(extra: &Extra, each: &mut impl FnMut(&str)) {
    for (_, json) in extra.of_document() {
        match serde_json::from_str::<String>(json.as_str()) {
            Ok(text) => each(&text),
            Err(_) => each(json.as_str()),
        }
    }
}
