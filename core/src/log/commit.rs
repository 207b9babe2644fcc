//! What a caller hands to the log.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::hook::CommitHook;
use super::key::CommitDigest;
use super::operation::Operation;
use crate::{Event, Position, Revision, StreamName};

/// One atomic append: all of its events or none, in one or several streams.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    pub(crate) parts: Vec<Part>,
    pub(crate) key: Option<String>,
    pub(crate) meta: Option<Meta>,
    pub(crate) operation: Option<Operation>,
    pub(crate) hook: Option<Arc<dyn CommitHook>>,
}

impl Commit {
    /// Begins a commit with events for one stream.
    pub fn to(
        target: impl Into<Target>,
        expected: Expected,
        events: impl IntoIterator<Item = impl Into<NewEvent>>,
    ) -> Self {
        Self::default().and(target, expected, events)
    }

    /// Adds events for another stream, in the same commit.
    #[must_use]
    pub fn and(
        mut self,
        target: impl Into<Target>,
        expected: Expected,
        events: impl IntoIterator<Item = impl Into<NewEvent>>,
    ) -> Self {
        let events = events.into_iter().map(Into::into).collect();
        self.parts.push(Part { target: target.into(), expected, events });
        self
    }

    /// Gives the commit an idempotency key: a second commit with the same key, the same streams and the same events appends
    /// nothing and gets the answer of the first. Another commit with the same key is refused.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Says where the commit came from. Its own operation is passed over: see [`operation`](Self::operation).
    #[must_use]
    pub fn meta(mut self, meta: Meta) -> Self {
        self.meta = Some(meta);
        self
    }

    /// Says which command the commit belongs to. Without it the commit gets the [log's](crate::Log::during), or else one of its
    /// own, called `append`.
    #[must_use]
    pub fn operation(mut self, operation: Operation) -> Self {
        self.operation = Some(operation);
        self
    }

    /// Checks and writes rows beside the log in the commit's own transaction.
    #[must_use]
    pub fn hook(mut self, hook: Arc<dyn CommitHook>) -> Self {
        self.hook = Some(hook);
        self
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) target: Target,
    pub(crate) expected: Expected,
    pub(crate) events: Vec<NewEvent>,
}

/// Which stream events go to.
#[derive(Clone, Debug)]
pub enum Target {
    /// This one, which is begun where it does not exist.
    Stream(StreamName),
    /// A new record of a session: the next free ordinal of its id.
    NewSession {
        /// The workspace's key.
        workspace: String,
        /// The session's id.
        session_id: String,
    },
}

impl Target {
    /// Tells which session or workspace it is, to what a key is bound to.
    pub(super) fn digest(&self, digest: &mut CommitDigest) {
        let (workspace, session_id, ordinal) = match self {
            Self::Stream(name) => (&name.workspace, &name.session_id, Some(name.ordinal)),
            Self::NewSession { workspace, session_id } => (workspace, session_id, None),
        };
        digest.add(workspace.as_bytes());
        digest.add(session_id.as_bytes());
        digest.add(&ordinal.map_or([0; 5], |ordinal| {
            let [a, b, c, d] = ordinal.to_le_bytes();
            [1, a, b, c, d]
        }));
    }
}

impl From<StreamName> for Target {
    fn from(name: StreamName) -> Self {
        Self::Stream(name)
    }
}

/// What the caller thinks the stream holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Anything.
    Any,
    /// Exactly up to this revision; [`Revision::ZERO`] for a stream that has no event yet.
    At(Revision),
}

impl std::fmt::Display for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Any => f.write_str("any revision"),
            Self::At(revision) => write!(f, "revision {revision}"),
        }
    }
}

/// An event on its way into the log.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// What happened.
    pub event: Event,
    /// When it happened; `None`: when the log gets it.
    pub occurred_at: Option<Timestamp>,
}

impl<E: Into<Event>> From<E> for NewEvent {
    fn from(event: E) -> Self {
        Self { event: event.into(), occurred_at: None }
    }
}

/// Where a commit came from. Stored on its first event, covered by that event's hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// Who or what made the events.
    pub origin: Origin,
    /// The text that the events were made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The moment of a session that the events lead back to, or that they repeat the way to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Box<StateRef>>,
    /// The command that the commit belongs to. Commits of releases before there were operations have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Box<Operation>>,
}

impl Meta {
    /// Returns a meta that says who made the events, and nothing else.
    pub fn of(origin: Origin) -> Self {
        Self { origin, source: None, from: None, operation: None }
    }
}

/// Who or what made the events of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A program, as it happened. A commit without meta means the same.
    Application,
    /// The importer: the events are synthetic, made so that they lead to a document.
    Import,
    /// A fork: another session's events up to a moment, said again in a stream of their own.
    Fork,
    /// A revert: the events bring the session back to what it was at an earlier moment.
    Revert,
}

impl Origin {
    /// Every origin.
    pub const ALL: &'static [Self] = &[Self::Application, Self::Import, Self::Fork, Self::Revert];

    /// Returns the name, as a meta has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Import => "import",
            Self::Fork => "fork",
            Self::Revert => "revert",
        }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// A session as it was at a position. The hash says of which log, and of which history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateRef {
    /// The workspace's key.
    pub workspace: String,
    /// The session's id.
    pub session_id: String,
    /// Which record of this id.
    pub ordinal: u32,
    /// The position of the session's last event that counts.
    pub position: u64,
    /// That event's hash.
    pub hash: Digest,
}

/// A place in a file that events were made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The file's path, as it was given.
    pub file: String,
    /// BLAKE3 of the file.
    pub file_hash: Digest,
    /// Where the text begins, in bytes.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
}

/// A BLAKE3 hash: bytes in a body, hexadecimal in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(blake3::Hash::from_bytes(self.0).to_hex().as_str())
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl serde::de::Visitor<'_> for Bytes {
            type Value = Digest;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("32 bytes, or 64 hexadecimal digits")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Digest, E> {
                let hash = blake3::Hash::from_hex(text);
                hash.map(|hash| Digest(*hash.as_bytes()))
                    .map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Digest, E> {
                bytes.try_into().map(Digest).map_err(|_| E::invalid_length(bytes.len(), &self))
            }
        }
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(Bytes)
        } else {
            deserializer.deserialize_bytes(Bytes)
        }
    }
}

/// What an append answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The position of the commit's first event.
    pub first: Position,
    /// The position of its last.
    pub last: Position,
    /// Each stream with the revision it is at now, in the order of the commit; empty for a repeated key.
    pub streams: Vec<(StreamName, Revision)>,
    /// Whether the commit's key was seen before: nothing was appended this time.
    pub repeated: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_as_it_was_written() {
        let digest = Digest([0xa7; 32]);
        let json = serde_json::to_string(&digest).unwrap();
        assert_eq!(json, format!("\"{}\"", "a7".repeat(32)));
        assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
        let bytes = rmp_serde::to_vec(&digest).unwrap();
        assert_eq!(rmp_serde::from_slice::<Digest>(&bytes).unwrap(), digest);
        assert!(serde_json::from_str::<Digest>("\"a7\"").is_err());
    }
}
