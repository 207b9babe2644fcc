//! The values of a row.

use std::collections::HashSet;

use retold_core::{EventHash, Position, Revision};
use serde_json::value::RawValue;

/// One value of a row.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Integer(i64),
    Real(f64),
    Text(String),
    /// Microseconds since 1970.
    Instant(i64),
    /// A number of bytes.
    Size(u64),
    /// Millionths of a dollar.
    Dollars(i64),
    /// Bytes, shown in hexadecimal.
    Hex(Vec<u8>),
    /// Some of a text, in pieces; those that were looked for are shown whatever is cut.
    Marked(Vec<(String, bool)>),
    /// A text that has a colour where there are colours.
    Toned(String, crate::styled::Tone),
    /// What a session is called; the part that tells it apart is bold where there are colours.
    Called(crate::session::Called),
    /// A document of its own.
    Json(Box<RawValue>),
}

impl Value {
    /// Returns a document as a value.
    pub(crate) fn json(document: &impl serde::Serialize) -> Self {
        let text = serde_json::value::to_raw_value(document).expect("what a log holds has a form in JSON");
        Self::Json(text)
    }

    /// Returns an object of named values.
    pub(crate) fn object<'a>(members: impl IntoIterator<Item = (&'a str, Self)>) -> Self {
        let members: Vec<(&str, Self)> = members.into_iter().collect();
        let text = super::json::object(members.iter().map(|(name, value)| (*name, value)));
        Self::Json(RawValue::from_string(text).expect("an object is written as JSON"))
    }

    /// Returns whether it belongs to the right of its column.
    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Self::Integer(_) | Self::Real(_) | Self::Size(_) | Self::Dollars(_))
    }
}

impl From<&rusqlite::types::Value> for Value {
    fn from(value: &rusqlite::types::Value) -> Self {
        use rusqlite::types::Value::{Blob, Integer, Null, Real, Text};
        match value {
            Null => Self::Null,
            Integer(number) => Self::Integer(*number),
            Real(number) => Self::Real(*number),
            Text(text) => text.as_str().into(),
            Blob(bytes) => Self::Hex(bytes.clone()),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<u64> for Value {
    /// No count of things in a file comes near to what an `i64` holds.
    fn from(number: u64) -> Self {
        Self::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<Position> for Value {
    fn from(position: Position) -> Self {
        position.get().into()
    }
}

impl From<Revision> for Value {
    fn from(revision: Revision) -> Self {
        revision.get().into()
    }
}

impl From<EventHash> for Value {
    fn from(hash: EventHash) -> Self {
        Self::Hex(hash.as_bytes().to_vec())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Gives every column a name of its own: an object cannot hold two of a name.
pub(crate) fn distinct(names: Vec<String>) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut give = |name: String| {
        let mut candidate = name.clone();
        let mut nth = 1;
        while !taken.insert(candidate.clone()) {
            nth += 1;
            candidate = format!("{name}_{nth}");
        }
        candidate
    };
    names.into_iter().map(&mut give).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_columns_share_a_name() {
        let names = ["a", "a", "a_2", "a"].map(str::to_owned).to_vec();
        assert_eq!(distinct(names), ["a", "a_2", "a_2_2", "a_3"]);
    }
}
