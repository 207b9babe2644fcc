//! Long text: in its event's body, or by hash in the store's blobs.

use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// A text that may be long.
///
/// Documents as applications see them hold [`Text::Inline`] only. In an event's body a long text is replaced by
/// [`Text::Blob`]; a fold that was not asked to resolve them joins pieces without loading them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    /// The text itself, shared by its copies until one of them grows.
    Inline(Arc<String>),
    /// A text that is in the store's blobs.
    Blob(BlobRef),
    /// Pieces of output, in order.
    Joined(Vec<Text>),
}

/// A text in the store's blobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BlobRef {
    /// BLAKE3 of the text.
    pub hash: [u8; 32],
    /// Its length in bytes.
    pub bytes: u64,
}

impl Text {
    /// Returns the length in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Inline(text) => text.len() as u64,
            Self::Blob(blob) => blob.bytes,
            // A store may say anything of how long a text is.
            Self::Joined(pieces) => {
                pieces.iter().fold(0, |bytes: u64, piece| bytes.saturating_add(piece.len()))
            }
        }
    }

    /// Returns whether there is not one byte.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the text where it is all here, in one piece.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Inline(text) => Some(text),
            Self::Blob(_) | Self::Joined(_) => None,
        }
    }

    /// Appends a piece without loading either.
    pub(crate) fn append(&mut self, piece: Text) {
        match (&mut *self, piece) {
            (Self::Inline(text), Self::Inline(more)) => Arc::make_mut(text).push_str(&more),
            (Self::Joined(pieces), more) => pieces.push(more),
            (_, piece) => {
                let first = std::mem::replace(self, Self::Joined(Vec::new()));
                *self = Self::Joined(vec![first, piece]);
            }
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::Inline(Arc::new(text))
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Inline(text) => serializer.serialize_str(text),
            Self::Blob(blob) if serializer.is_human_readable() => {
                let mut map = serializer.serialize_map(Some(2))?;
                map.serialize_entry("blob", &blake3::Hash::from_bytes(blob.hash).to_hex().as_str())?;
                map.serialize_entry("bytes", &blob.bytes)?;
                map.end()
            }
            Self::Blob(blob) => serializer.serialize_bytes(&blob.to_bytes()),
            Self::Joined(_) => Err(serde::ser::Error::custom("a joined text must be resolved first")),
        }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Text;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text::from(text))
            }
            fn visit_string<E: Error>(self, text: String) -> Result<Text, E> {
                Ok(Text::from(text))
            }
            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Text, E> {
                let blob =
                    BlobRef::from_bytes(bytes).ok_or_else(|| E::invalid_length(bytes.len(), &"40 bytes"))?;
                Ok(Text::Blob(blob))
            }
        }
        if deserializer.is_human_readable() {
            deserializer.deserialize_string(Either)
        } else {
            deserializer.deserialize_any(Either)
        }
    }
}

impl BlobRef {
    fn to_bytes(self) -> [u8; 40] {
        let mut bytes = [0; 40];
        bytes[..32].copy_from_slice(&self.hash);
        bytes[32..].copy_from_slice(&self.bytes.to_be_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (hash, length) = bytes.split_at_checked(32)?;
        Some(Self { hash: hash.try_into().ok()?, bytes: u64::from_be_bytes(length.try_into().ok()?) })
    }
}
