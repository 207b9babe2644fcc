//! What the methods are handed, and what is said of it.

use jiff::Timestamp;
use retold::{Message, Order, RawText, Session, SessionHistory, Text, Writes};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A type of a parameter, as the reference has it.
pub(super) trait Parameter {
    /// Its form in JSON.
    const FORM: &'static str;
    /// Whether it can be left out.
    const IS_OPTIONAL: bool = false;
}

macro_rules! parameters {
    ($($type:ty = $form:literal;)*) => {
        $(impl Parameter for $type {
            const FORM: &'static str = $form;
        })*
    };
}

parameters! {
    String = "string";
    u32 = "number, 0 to 4294967295";
    u64 = "number, 0 to 18446744073709551615";
    i64 = "number";
    bool = "true or false";
    Session = "a session's document";
    Message = "a message's document";
    RawText = "string; half a surrogate pair in it, from a character that was cut in two, is kept";
    Timestamp = "time, as RFC 3339 has it";
    Vec<String> = "array of strings";
}

impl<T: Parameter> Parameter for Option<T> {
    const FORM: &'static str = T::FORM;
    const IS_OPTIONAL: bool = true;
}

/// A text: a string as it is, any other JSON by its spelling.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct TextOrJson(Box<RawValue>);

impl TextOrJson {
    pub(super) fn into_string(self) -> String {
        let json = self.0.get();
        // What is no text in a string, half a character, stays as it is spelt.
        serde_json::from_str(json).unwrap_or_else(|_| json.to_owned())
    }

    pub(super) fn into_text(self) -> Text {
        self.into_string().into()
    }
}

impl Parameter for TextOrJson {
    const FORM: &'static str = "string, or any JSON, which is kept as it is spelt";
}

/// The idempotency key of a write: the write happens once, however often it is asked for.
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Key(Option<String>);

impl Key {
    pub(super) fn of(self, history: &SessionHistory) -> Writes<'_> {
        match self.0 {
            Some(key) => history.with_idempotency_key(key),
            None => history.writes(),
        }
    }
}

impl Parameter for Key {
    const FORM: &'static str = "string: the write is made once, however often it comes with this key";
    const IS_OPTIONAL: bool = true;
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Sort {
    #[default]
    File,
    Updated,
    Created,
    Duration,
    FilesChanged,
}

impl From<Sort> for Order {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::File => Self::File,
            Sort::Updated => Self::Updated,
            Sort::Created => Self::Created,
            Sort::Duration => Self::Duration,
            Sort::FilesChanged => Self::FilesChanged,
        }
    }
}

impl Parameter for Sort {
    const FORM: &'static str = "`file` (as the legacy files have them, the default), `updated`, `created`, `duration` or \
        `filesChanged`";
}

/// Where the page before ended.
#[derive(Default)]
pub(super) struct After(pub(super) Option<retold::Cursor>);

impl<'de> Deserialize<'de> for After {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| text.parse().map_err(D::Error::custom)).transpose().map(Self)
    }
}

impl Parameter for After {
    const FORM: &'static str = "string: the `next` of the page before, in the same order";
    const IS_OPTIONAL: bool = true;
}
