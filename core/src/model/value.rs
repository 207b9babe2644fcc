//! The value of a field, read and set without knowing the field's type.

use std::borrow::Cow;
use std::sync::Arc;

use super::field::Kind;
use super::{Extra, Instance, Message, Session, Text};

/// A value of the document, borrowed where it can be.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// `null`.
    Null,
    /// A yes or no.
    Flag(bool),
    /// A number of the document.
    Number(u64),
    /// A place in the workspace's list.
    Real(f64),
    /// A short text.
    Text(Cow<'a, str>),
    /// A text that may be long.
    LongText(Cow<'a, Text>),
    /// A list of short texts.
    Texts(Cow<'a, [String]>),
    /// All unknown keys of a level.
    Extra(Cow<'a, Extra>),
    /// A session's own keys.
    Session(Held<'a, Session>),
    /// An element of `instances`; its output comes apart.
    Instance(Held<'a, Instance>),
    /// An element of `chatHistory`.
    Message(Cow<'a, Message>),
}

/// A large value, borrowed or boxed.
#[derive(Clone, Debug, PartialEq)]
pub enum Held<'a, T> {
    /// Somebody else's.
    Borrowed(&'a T),
    /// One's own.
    Owned(Box<T>),
}

impl<T> std::ops::Deref for Held<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        match self {
            Self::Borrowed(value) => value,
            Self::Owned(value) => value,
        }
    }
}

impl<T: Clone> Held<'_, T> {
    /// Returns the value, copied where it is borrowed.
    pub fn into_owned(self) -> T {
        match self {
            Self::Borrowed(value) => value.clone(),
            Self::Owned(value) => *value,
        }
    }
}

impl Value<'_> {
    /// Returns the text of a short text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the number.
    pub fn as_number(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }
}

/// What a field's type knows of its values.
pub(crate) trait Slot: Sized {
    const KIND: Kind;
    const IS_OPTIONAL: bool = false;

    /// The value in a document that is yet to be filled.
    fn blank() -> Self;

    fn value(&self) -> Value<'_>;

    fn into_value(self) -> Value<'static>;

    /// Takes a value; returns whether it is of the right type. Otherwise nothing changes.
    fn set(&mut self, value: Value<'_>) -> bool;
}

macro_rules! field_value {
    ($type:ty, $kind:ident, $self:ident => $value:expr, $owned:expr; $pattern:pat => $set:expr) => {
        impl Slot for $type {
            const KIND: Kind = Kind::$kind;
            fn blank() -> Self {
                Self::default()
            }
            fn value(&self) -> Value<'_> {
                let $self = self;
                $value
            }
            fn into_value(self) -> Value<'static> {
                let $self = self;
                $owned
            }
            fn set(&mut self, value: Value<'_>) -> bool {
                let $pattern = value else { return false };
                let Some(value) = $set else { return false };
                *self = value;
                true
            }
        }
    };
}

field_value! { String, Text, text => Value::Text(Cow::Borrowed(text)), Value::Text(Cow::Owned(text));
Value::Text(text) => Some(text.into_owned()) }
field_value! { u32, Integer, number => Value::Number((*number).into()), Value::Number(number.into());
Value::Number(number) => u32::try_from(number).ok() }
field_value! { u64, BigInteger, number => Value::Number(*number), Value::Number(number);
Value::Number(number) => Some(number) }
field_value! { f64, Real, number => Value::Real(*number), Value::Real(number);
Value::Real(number) => Some(number) }
field_value! { bool, Flag, flag => Value::Flag(*flag), Value::Flag(flag);
Value::Flag(flag) => Some(flag) }
field_value! { Vec<String>, Texts, texts => Value::Texts(Cow::Borrowed(texts)), Value::Texts(Cow::Owned(texts));
Value::Texts(texts) => Some(texts.into_owned()) }
field_value! { Text, LongText, text => Value::LongText(Cow::Borrowed(text)), Value::LongText(Cow::Owned(text));
Value::LongText(text) => Some(text.into_owned()) }

impl<T: Slot> Slot for Option<T> {
    const KIND: Kind = T::KIND;
    const IS_OPTIONAL: bool = true;
    fn blank() -> Self {
        None
    }
    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, T::value)
    }
    fn into_value(self) -> Value<'static> {
        self.map_or(Value::Null, T::into_value)
    }
    fn set(&mut self, value: Value<'_>) -> bool {
        if value == Value::Null {
            *self = None;
            return true;
        }
        let mut inner = T::blank();
        let fits = inner.set(value);
        if fits {
            *self = Some(inner);
        }
        fits
    }
}

/// The session's lists: their elements have a level of their own, and come and go by themselves.
macro_rules! list {
    ($type:ty) => {
        impl Slot for Vec<$type> {
            const KIND: Kind = Kind::List;
            fn blank() -> Self {
                Self::new()
            }
            fn value(&self) -> Value<'_> {
                Value::Null
            }
            fn into_value(self) -> Value<'static> {
                Value::Null
            }
            fn set(&mut self, _: Value<'_>) -> bool {
                false
            }
        }
    };
}
list!(Instance);
list!(Message);

impl Default for Text {
    fn default() -> Self {
        Self::Inline(Arc::default())
    }
}
