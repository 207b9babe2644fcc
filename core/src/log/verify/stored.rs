//! A row of the log, as it is stored.

use rusqlite::Row;

use crate::{EventHash, Position, Revision};

/// The columns of an event, in the types that every release writes.
#[derive(Debug)]
pub struct Stored<'r> {
    /// Its stream.
    pub stream: i64,
    /// Its place in the stream.
    pub revision: Revision,
    /// The number of its type.
    pub kind: u16,
    /// The version of its body's schema.
    pub schema_version: u16,
    /// The position of the first event of its commit.
    pub commit_first: Position,
    /// When the log got it.
    pub recorded_at: i64,
    /// When it happened.
    pub occurred_at: i64,
    /// Its hash.
    pub hash: EventHash,
    /// Its commit's meta, where it is the first of it.
    pub meta: Option<&'r [u8]>,
    /// How its body is packed.
    pub codec: u32,
    /// The salt of its body; gone with it.
    pub salt: Option<[u8; 16]>,
    /// Its body, packed.
    pub body: Option<&'r [u8]>,
}

impl<'r> Stored<'r> {
    /// Reads a row that has them after its position, in the order of [`Stored`].
    ///
    /// # Errors
    /// Where a column holds something else.
    pub fn read(row: &'r Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            stream: row.get(1)?,
            revision: row.get(2)?,
            kind: row.get(3)?,
            schema_version: row.get(4)?,
            commit_first: row.get(5)?,
            recorded_at: row.get(6)?,
            occurred_at: row.get(7)?,
            hash: row.get(8)?,
            meta: row.get_ref(9)?.as_blob_or_null()?,
            codec: row.get(10)?,
            salt: row.get(11)?,
            body: row.get_ref(12)?.as_blob_or_null()?,
        })
    }
}
