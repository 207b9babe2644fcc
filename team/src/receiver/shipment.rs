//! A shipment: a range of positions, with what of it may leave.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};

/// What of an event leaves the machine. Each level holds the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// Nothing but how many events there are, with the hash at their end.
    None,
    /// When and of which type, and what the hashes cover; no names, no bodies.
    Headers,
    /// Names, and the bodies that are not content: as after a pruning.
    Facts,
    /// Everything.
    All,
}

impl Level {
    /// All of them, by their numbers.
    pub const ALL: [Self; 4] = [Self::None, Self::Headers, Self::Facts, Self::All];

    /// Its number.
    pub fn number(self) -> i16 {
        match self {
            Self::None => 0,
            Self::Headers => 1,
            Self::Facts => 2,
            Self::All => 3,
        }
    }

    /// Returns the level of a number.
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.number() == number)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Headers => "headers",
            Self::Facts => "facts",
            Self::All => "all",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// 32 bytes: a hash, a key, a commitment.
pub type Hash = ByteArray<32>;

/// A range of positions of a log, without a gap: whole commits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    /// Its first position.
    pub first: u64,
    /// Its last.
    pub last: u64,
    /// The hash of the event before it.
    pub previous: Hash,
    /// The hash of its last event.
    pub last_hash: Hash,
    /// The level that it is shipped at.
    pub level: Level,
    /// Whether nothing was held back.
    pub whole: bool,
    /// The streams that its events are of.
    pub streams: Vec<StreamNames>,
    /// Its events that leave, in order.
    pub events: Vec<ShippedEvent>,
    /// The ranges of those that do not, in order.
    pub absent: Vec<Absent>,
    /// The long texts that its bodies refer to, each once.
    pub texts: Vec<Text>,
    /// The bodies that its events say are gone, of any position before.
    pub gone: Vec<Erased>,
}

/// A stream, by what stands for it in hashes; and its name, where that may leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamNames {
    /// The key of the stream.
    pub key: Hash,
    /// What the key is the hash of: the workspace, the session's id, the ordinal.
    pub name: Option<(String, String, u32)>,
}

/// An event that leaves: its header, and of its body what may leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShippedEvent {
    /// Its position.
    pub position: u64,
    /// Which of the shipment's streams.
    pub stream: u32,
    /// Its place in the stream.
    pub revision: u64,
    /// The number of its type.
    pub kind: u16,
    /// The version of its body's schema.
    pub schema_version: u16,
    /// The position of the first event of its commit.
    pub commit_first: u64,
    /// When the log got it, in microseconds since 1970.
    pub recorded_at: i64,
    /// When it happened.
    pub occurred_at: i64,
    /// Its hash.
    pub hash: Hash,
    /// What it commits to of its body.
    pub body_commit: Hash,
    /// Its commit's meta, where it has one and that may leave.
    pub meta: Option<ByteBuf>,
    /// The digest of the meta, where that may not leave.
    pub meta_digest: Option<Hash>,
    /// Its body, where that is there and may leave.
    pub body: Option<Body>,
}

/// A body, packed with what comes with the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// How it is packed.
    pub codec: u8,
    /// What it was committed to with.
    pub salt: ByteArray<16>,
    /// Its bytes, packed.
    pub bytes: ByteBuf,
    /// The long texts that it refers to.
    pub texts: Vec<Hash>,
}

/// A long text, packed as bodies are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// The hash of the text, unpacked.
    pub hash: Hash,
    /// How it is packed.
    pub codec: u8,
    /// How long it is, unpacked.
    pub size: u64,
    /// Its bytes, packed.
    pub bytes: ByteBuf,
}

/// A range of positions that was held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absent {
    /// Its first position.
    pub first: u64,
    /// Its last.
    pub last: u64,
    /// The hash of the event there.
    pub hash: Hash,
}

impl Absent {
    /// How many positions it is of.
    pub fn count(&self) -> u64 {
        self.within(0, u64::MAX)
    }

    /// How many of its positions are among those from `first` to `last`.
    pub fn within(&self, first: u64, last: u64) -> u64 {
        let (first, last) = (self.first.max(first), self.last.min(last));
        if last < first { 0 } else { (last - first).saturating_add(1) }
    }
}

/// A body that is gone where it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// The event whose body it was.
    pub position: u64,
    /// The event that says so.
    pub by: u64,
    /// Why.
    pub why: Why,
}

/// Why a body is gone. What was redacted stays redacted; what was pruned may come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Why {
    /// For good.
    Redacted,
    /// An archive has it.
    Pruned,
}

impl Shipment {
    /// How many events it is of, those that are held back among them.
    pub fn count(&self) -> u64 {
        (self.last + 1).saturating_sub(self.first)
    }

    /// How many bytes of bodies and texts it holds.
    pub fn bytes(&self) -> usize {
        let bodies = self.events.iter().filter_map(|event| event.body.as_ref());
        bodies.map(|body| body.bytes.len()).sum::<usize>()
            + self.texts.iter().map(|text| text.bytes.len()).sum::<usize>()
    }
}
