//! A value of SQLite, on its own.

use rusqlite::types::ValueRef;

use crate::output::Value;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Cell {
    /// Copies a value. A text of SQLite need not be UTF-8: one that is not stays bytes.
    pub(super) fn of(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Integer(number),
            ValueRef::Real(number) => Self::Real(number),
            ValueRef::Text(text) => match std::str::from_utf8(text) {
                Ok(text) => Self::Text(text.to_owned()),
                Err(_) => Self::Bytes(text.to_vec()),
            },
            ValueRef::Blob(bytes) => Self::Bytes(bytes.to_vec()),
        }
    }

    /// Returns the value as the line formats write it; `is_json`: a document stays a document.
    pub(super) fn shown(self, is_json: bool) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Integer(number) => Value::Integer(number),
            Self::Real(number) => Value::Real(number),
            Self::Bytes(bytes) => Value::Hex(bytes),
            Self::Text(text) if is_json => match serde_json::value::RawValue::from_string(text.clone()) {
                // A line is a row, whatever white space a document has in it.
                Ok(document) if !document.get().contains('\n') => Value::Json(document),
                _ => text.into(),
            },
            Self::Text(text) => text.into(),
        }
    }

    /// Returns about how much memory it holds.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Text(text) => text.len(),
                Self::Bytes(bytes) => bytes.len(),
                _ => 0,
            }
    }

    pub(super) fn what(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Integer(_) => "an integer",
            Self::Real(_) => "a real",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
        }
    }
}
