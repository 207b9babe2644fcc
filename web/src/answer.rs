//! Answers as JSON: the moment that they stand for, and what was asked for.

use hyper::body::Bytes;
use retold_core::Reader;
use retold_present::AsOf;
use serde_json::{Map, Value, json};

use crate::problem::Problem;

/// Rises with every change of what the answers hold.
pub(crate) const VERSION: u32 = 1;

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

/// An answer as it is sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) bytes: Bytes,
    /// Of its answer, as are both.
    pub(crate) basis: String,
    pub(crate) is_final: bool,
}

impl From<Answer> for Told {
    fn from(Answer { body, basis, is_final }: Answer) -> Self {
        Self { bytes: serde_json::to_vec(&body).unwrap_or_default().into(), basis, is_final }
    }
}

impl Told {
    /// Writes it down: a byte for whether it is final, the basis, a line break, the answer.
    pub(crate) fn written(&self) -> Vec<u8> {
        let mut written = Vec::with_capacity(self.bytes.len() + self.basis.len() + 2);
        written.push(u8::from(self.is_final));
        written.extend_from_slice(self.basis.as_bytes());
        written.push(b'\n');
        written.extend_from_slice(&self.bytes);
        written
    }

    /// Reads what [`written`](Self::written) wrote.
    pub(crate) fn read(written: Vec<u8>) -> Option<Self> {
        let line = written.iter().position(|byte| *byte == b'\n')?;
        let (is_final, basis) = written.get(..line)?.split_first()?;
        let (is_final, basis) = (*is_final == 1, std::str::from_utf8(basis).ok()?.to_owned());
        Some(Self { bytes: Bytes::from(written).slice(line + 1..), basis, is_final })
    }
}

#[cfg(test)]
mod tests {
    use super::Told;

    #[test]
    fn an_answer_is_read_as_it_was_written() {
        for (bytes, basis, is_final) in
            [("{}", "5-ab-c", false), ("{\"a\":\"\\n\"}", "", true), ("", "x", true)]
        {
            let told = Told { bytes: bytes.into(), basis: basis.to_owned(), is_final };
            assert_eq!(Told::read(told.written()).as_ref(), Some(&told));
        }
        assert_eq!(Told::read(Vec::new()), None);
        assert_eq!(Told::read(b"\n{}".to_vec()), None);
    }
}
