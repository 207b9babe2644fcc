//! Which command of a person or a program a commit belongs to.

use std::fmt;

use rand::RngExt;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One command of a person or a program. All commits that it makes carry it, each on its first event.
///
/// Who gave it is the commit's [`Origin`](crate::Origin), when it was given is when the first of its commits was recorded. It holds
/// no content: an argument that does is recorded by its name alone. Costs some 30 bytes a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Which one it is; no two have the same.
    pub id: OperationId,
    /// Which command: `add_chat_message`, `import`, `revert`.
    pub kind: String,
    /// What it was given, by name; `None` for a value that holds content.
    pub arguments: Vec<(String, Option<String>)>,
}

/// The name of an operation: 64 random bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OperationId(u64);

impl Operation {
    /// The command of a caller that does not say which.
    pub(super) const APPEND: &str = "append";

    /// Begins an operation with a new id.
    pub fn new(kind: impl Into<String>) -> Self {
        let id = OperationId(rand::rng().random());
        Self { id, kind: kind.into(), arguments: Vec::new() }
    }

    /// Adds an argument that holds no content, with its value.
    #[must_use]
    pub fn argument(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.arguments.push((name.into(), Some(value.into())));
        self
    }

    /// Adds an argument that may hold content: that it was given is recorded, and not what.
    #[must_use]
    pub fn content(mut self, name: impl Into<String>) -> Self {
        self.arguments.push((name.into(), None));
        self
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// In a body an array, for it is in every commit: id, kind, and arguments where there are any. In JSON an object.
impl Serialize for Operation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { id, kind, arguments } = self;
        if serializer.is_human_readable() {
            let mut map = serializer.serialize_map(None)?;
            map.serialize_entry("id", &id.to_string())?;
            map.serialize_entry("kind", kind)?;
            if !arguments.is_empty() {
                map.serialize_entry("arguments", arguments)?;
            }
            return map.end();
        }
        match arguments.is_empty() {
            true => (id.0, kind).serialize(serializer),
            false => (id.0, kind, arguments).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Operation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> serde::de::Visitor<'de> for Reader {
            type Value = Operation;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an operation: its id and its kind")
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Operation, A::Error> {
                let missing = |length| serde::de::Error::invalid_length(length, &self);
                let id = OperationId(seq.next_element()?.ok_or_else(|| missing(0))?);
                let kind = seq.next_element()?.ok_or_else(|| missing(1))?;
                let arguments = seq.next_element()?.unwrap_or_default();
                // What a newer release adds.
                while seq.next_element::<serde::de::IgnoredAny>()?.is_some() {}
                Ok(Operation { id, kind, arguments })
            }
        }
        deserializer.deserialize_seq(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Operation {
        rmp_serde::from_slice(bytes).unwrap()
    }

    #[test]
    fn an_operation_reads_as_it_was_written() {
        let plain = Operation::new("append");
        let full = Operation::new("revert").argument("to", "p:4").content("reason");
        for operation in [plain, full] {
            assert_eq!(read(&rmp_serde::to_vec_named(&operation).unwrap()), operation);
        }
    }

    #[test]
    fn what_a_newer_release_adds_is_passed_over() {
        let newer = rmp_serde::to_vec(&(7_u64, "append", [("to", Some("p:4"))], "more")).unwrap();
        assert_eq!(read(&newer).id.to_string(), "0000000000000007");
    }
}
