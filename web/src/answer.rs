//! Answers as JSON: the moment that they stand for, and what was asked for.

use retold_core::Reader;
use retold_present::AsOf;
use serde_json::{Map, Value, json};

use crate::problem::Problem;

/// Rises with every change of what the answers hold.
const VERSION: u32 = 1;

/// What a route answers with.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) body: Map<String, Value>,
    /// What the bytes depend on: the same basis gives the same answer.
    pub(crate) basis: String,
    /// Whether the answer to this address never changes.
    pub(crate) is_final: bool,
}

impl Answer {
    /// Begins an answer that stands for a moment of a store.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub(crate) fn of(as_of: &AsOf, reader: &Reader<'_>) -> Result<Self, Problem> {
        let view = view(reader)?;
        let mut told = serde_json::to_value(as_of).unwrap_or_default();
        if let Some(told) = told.as_object_mut() {
            told.insert("view".to_owned(), view.clone().into());
        }
        let hash: String = as_of.hash.to_string().chars().take(12).collect();
        let basis = format!("{}-{hash}-{view}", as_of.position);
        let body = Map::from_iter([("as_of".to_owned(), told)]);
        Ok(Self { body, basis, is_final: false })
    }

    #[must_use]
    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.body.insert(key.to_owned(), value.into());
        self
    }

    #[must_use]
    pub(crate) fn with_rows(self, rows: Vec<Value>) -> Self {
        self.with("rows", rows)
    }
}

/// What an answer that may be kept for good has in its address: which log, how often bodies went from it or came back, and the
/// version of the answers.
pub(crate) fn view(reader: &Reader<'_>) -> Result<String, Problem> {
    let log = reader.log_id()?.to_string();
    let log: String = log.chars().filter(char::is_ascii_hexdigit).take(12).collect();
    Ok(format!("{log}-{}-{VERSION}", retold_travel::redactions(reader.connection())))
}

/// An answer that is of no moment.
pub(crate) fn plain(value: Value) -> Answer {
    let body = match value {
        Value::Object(body) => body,
        other => Map::from_iter([("value".to_owned(), other)]),
    };
    let basis = format!("v{VERSION}");
    Answer { body, basis, is_final: false }
}

/// Says in an answer that not all of it is there.
pub(crate) fn truncated(limit: u64) -> Value {
    json!({ "truncated": true, "limit": limit })
}
