//! Places and names in a log, each checked once at the door.

use std::fmt;

/// A place in the whole log, from 1, gap-free. 0 stands for "before the first event".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub(crate) u64);

/// A place in one stream, from 1, gap-free. 0 stands for "before the first event".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub(crate) u64);

macro_rules! place {
    ($name:ident, $what:literal) => {
        impl $name {
            /// Before the first event.
            pub const ZERO: Self = Self(0);

            #[doc = concat!("Returns the ", $what, " of this number, or `None` above `i64::MAX`, which SQLite cannot hold.")]
            pub fn new(number: u64) -> Option<Self> {
                i64::try_from(number).ok().map(|_| Self(number))
            }

            /// Returns the number.
            pub fn get(self) -> u64 {
                self.0
            }

            /// Returns the place `steps` further on, stopping at the last there can be.
            #[must_use]
            pub fn plus(self, steps: u64) -> Self {
                Self(self.0.saturating_add(steps).min(i64::MAX.unsigned_abs()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        /// A number, in every format.
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_u64(self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let number = u64::deserialize(deserializer)?;
                Self::new(number).ok_or_else(|| {
                    serde::de::Error::custom(concat!("there is no ", $what, " above 9223372036854775807"))
                })
            }
        }

        impl rusqlite::ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                Ok(self.0.cast_signed().into())
            }
        }

        impl rusqlite::types::FromSql for $name {
            fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
                let number = value.as_i64()?;
                u64::try_from(number).map(Self).map_err(|_| rusqlite::types::FromSqlError::OutOfRange(number))
            }
        }
    };
}
place!(Position, "position");
place!(Revision, "revision");

/// The number of a stream in this store. It means nothing in another store: see [`StreamName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub(crate) i64);

impl StreamId {
    /// Returns the stream of a number, for rows that are kept elsewhere than in a store.
    pub fn of_number(number: i64) -> Self {
        Self(number)
    }

    /// Returns the number.
    pub fn get(self) -> i64 {
        self.0
    }
}

impl rusqlite::ToSql for StreamId {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        Ok(self.0.into())
    }
}

impl rusqlite::types::FromSql for StreamId {
    fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
        value.as_i64().map(Self)
    }
}

/// The name of a stream: a session record of a workspace, or the workspace's own stream.
///
/// Session ids repeat in real data, so a record is named by its ordinal too, from 1 in order of creation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamName {
    /// The workspace's key.
    pub workspace: String,
    /// The session's id, byte for byte; empty for the workspace's own stream (and for sessions without an id).
    pub session_id: String,
    /// Which record of this id, from 1; 0 for the workspace's own stream.
    pub ordinal: u32,
}

impl StreamName {
    /// Returns the name of a session record.
    pub fn session(workspace: impl Into<String>, session_id: impl Into<String>, ordinal: u32) -> Self {
        Self { workspace: workspace.into(), session_id: session_id.into(), ordinal }
    }

    /// Returns the name of a workspace's own stream.
    pub fn workspace(workspace: impl Into<String>) -> Self {
        Self { workspace: workspace.into(), session_id: String::new(), ordinal: 0 }
    }

    /// Returns whether this is a workspace's own stream.
    pub fn is_workspace(&self) -> bool {
        self.ordinal == 0
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ordinal {
            0 => write!(f, "workspace {}", self.workspace),
            1 => write!(f, "session {}", self.session_id),
            ordinal => write!(f, "session {}~{ordinal}", self.session_id),
        }
    }
}

/// The id of a log: random, given at its creation, part of every event's hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LogId(pub(crate) [u8; 16]);

impl std::str::FromStr for LogId {
    type Err = &'static str;

    /// Reads it as it is written: 32 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = "the id of a log has 32 hexadecimal digits";
        let digit = |at: usize| text.get(at..at + 1).and_then(|digit| u8::from_str_radix(digit, 16).ok());
        if text.len() != 32 {
            return Err(refused);
        }
        let mut id = [0; 16];
        for (at, byte) in id.iter_mut().enumerate() {
            let [high, low] = [digit(2 * at), digit(2 * at + 1)];
            *byte = high.zip(low).map(|(high, low)| high << 4 | low).ok_or(refused)?;
        }
        Ok(Self(id))
    }
}

impl LogId {
    /// Draws the id of a new log.
    pub fn random() -> Self {
        Self(rand::random())
    }
}

/// The hash of an event, and so of the log up to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EventHash(pub(crate) [u8; 32]);

impl EventHash {
    /// What stands for the hash before the first event.
    pub const ZERO: Self = Self([0; 32]);
}

macro_rules! bytes {
    ($name:ident, $length:literal) => {
        impl $name {
            /// Returns what has these bytes.
            pub const fn from_bytes(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }

            /// Returns the bytes.
            pub fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl rusqlite::ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                Ok(self.0.as_slice().into())
            }
        }

        impl rusqlite::types::FromSql for $name {
            fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
                let bytes = value.as_blob()?;
                bytes.try_into().map(Self).map_err(|_| rusqlite::types::FromSqlError::InvalidBlobSize {
                    expected_size: $length,
                    blob_size: bytes.len(),
                })
            }
        }
    };
}
bytes!(LogId, 16);
bytes!(EventHash, 32);
