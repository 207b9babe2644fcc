//! Bodies of earlier schema versions, brought up to date when they are read.

use std::collections::BTreeMap;

use rmpv::Value;

use super::decode::decode;
use super::{Event, EventType};

/// Brings a body from one schema version to the next.
pub type Upcast = fn(Value) -> Value;

/// The chain of upcasters: at most one for each type and version, applied one after the other.
///
/// The store keeps the bytes that were written; only what is handed out is brought up to date.
#[derive(Clone, Debug, Default)]
pub struct Upcasters(BTreeMap<(EventType, u16), Upcast>);

/// Why a body could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// A newer release wrote it.
    #[error("{kind} has schema version {found}, this release reads up to {known}")]
    Newer {
        /// The event's type.
        kind: EventType,
        /// The version stored.
        found: u16,
        /// The version this release writes.
        known: u16,
    },
    /// The chain has a hole.
    #[error("nothing brings {kind} from schema version {from} to {to}", to = .from + 1)]
    NoUpcaster {
        /// The event's type.
        kind: EventType,
        /// The version that nothing leads on from.
        from: u16,
    },
    /// The bytes are not what the type says.
    #[error("the body is no {kind}")]
    Malformed {
        /// The event's type.
        kind: EventType,
        /// What the decoder found.
        source: rmp_serde::decode::Error,
    },
}

impl Upcasters {
    /// Adds the step that leads `kind` from schema version `from` to the next.
    #[must_use]
    pub fn step(mut self, kind: EventType, from: u16, upcast: Upcast) -> Self {
        self.0.insert((kind, from), upcast);
        self
    }

    /// Reads a body of schema version `version`.
    ///
    /// # Errors
    /// Every variant of [`BodyError`].
    pub fn read(&self, kind: EventType, version: u16, bytes: &[u8]) -> Result<Event, BodyError> {
        let known = kind.schema_version();
        if version == known {
            return Event::read_body(kind, bytes).map_err(|source| BodyError::Malformed { kind, source });
        }
        if version > known {
            return Err(BodyError::Newer { kind, found: version, known });
        }
        // First whether it can be read at all: read without knowing what it is, it takes many times its bytes.
        let steps = (version..known)
            .map(|from| self.0.get(&(kind, from)).ok_or(BodyError::NoUpcaster { kind, from }))
            .collect::<Result<Vec<_>, _>>()?;
        let value: Value = decode(bytes).map_err(|source| BodyError::Malformed { kind, source })?;
        let value = steps.into_iter().fold(value, |value, upcast| upcast(value));
        let mut current = Vec::with_capacity(bytes.len());
        rmpv::encode::write_value(&mut current, &value).expect("writing to memory does not fail");
        Event::read_body(kind, &current).map_err(|source| BodyError::Malformed { kind, source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::TaskChanged;

    fn renamed(body: Value) -> Value {
        let Value::Map(pairs) = body else { return body };
        let rename = |key: Value| if key.as_str() == Some("title") { Value::from("task") } else { key };
        Value::Map(pairs.into_iter().map(|(key, value)| (rename(key), value)).collect())
    }

    fn old_body() -> Vec<u8> {
        let mut bytes = Vec::new();
        let body = Value::Map(vec![(Value::from("title"), Value::from("mend the door"))]);
        rmpv::encode::write_value(&mut bytes, &body).unwrap();
        bytes
    }

    #[test]
    fn an_old_body_is_read_as_a_current_one() {
        let upcasters = Upcasters::default().step(EventType::TaskChanged, 0, renamed);
        let event = upcasters.read(EventType::TaskChanged, 0, &old_body()).unwrap();
        assert_eq!(event, TaskChanged { task: "mend the door".to_owned(), updated_at: None }.into());
    }

    #[test]
    fn a_hole_in_the_chain_is_named() {
        let refused = Upcasters::default().read(EventType::TaskChanged, 0, &old_body()).unwrap_err();
        assert_eq!(refused.to_string(), "nothing brings TaskChanged from schema version 0 to 1");
    }

    #[test]
    fn a_body_of_a_newer_release_is_refused() {
        let refused = Upcasters::default().read(EventType::TaskChanged, 9, &old_body()).unwrap_err();
        assert_eq!(refused.to_string(), "TaskChanged has schema version 9, this release reads up to 1");
    }
}
