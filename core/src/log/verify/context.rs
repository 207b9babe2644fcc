//! What every part of a verification needs to know of the whole log.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::RangeInclusive;
use std::sync::OnceLock;

use rusqlite::{Connection, Row};

use super::found::{Faults, VERIFY};
use super::lineage::Lineage;
use crate::{Error, LogId, StreamName, hash};

/// Reads the number and the name of every stream.
pub const STREAM_NAMES: &str = include_str!("../../../sql/all_stream_names.sql");

/// What every range needs to know of the whole.
pub(super) struct Context {
    pub(super) lineage: Lineage,
    pub(super) stream_keys: HashMap<i64, [u8; 32]>,
    /// Whether the texts that events refer to are read with them, and not with all the blobs.
    pub(super) resolves: bool,
    /// The hashes of all blobs, read where the first event asks for one; absent where few events are read, which look each up.
    blobs: Option<OnceLock<Option<BlobHashes>>>,
}

/// The hashes of all blobs: 32 bytes for each of them.
type BlobHashes = HashSet<[u8; 32], BuildHasherDefault<FirstBytes>>;

impl Context {
    pub(super) fn read(connection: &Connection, log: LogId, resolves: bool) -> Result<(Self, Faults), Error> {
        let (mut context, faults) = Self::query(connection, log, STREAM_NAMES, [], resolves)?;
        if !resolves {
            context.blobs = Some(OnceLock::new());
        }
        Ok((context, faults))
    }

    /// Returns whether there is a blob of this hash. Where all events are read, the index of the blobs is read once, from its
    /// beginning to its end, instead of being searched for each text.
    pub(super) fn has_blob(&self, connection: &Connection, hash: &[u8; 32]) -> bool {
        let all =
            self.blobs.as_ref().and_then(|blobs| blobs.get_or_init(|| all_blobs(connection).ok()).as_ref());
        match all {
            Some(all) => all.contains(hash),
            // One by one, those on pages of the index that can be read are found.
            None => connection
                .prepare_cached(include_str!("../../../sql/has_blob.sql"))
                .and_then(|mut statement| statement.exists([hash]))
                .unwrap_or(false),
        }
    }

    pub(super) fn of_range(
        connection: &Connection,
        log: LogId,
        range: &RangeInclusive<u64>,
        resolves: bool,
    ) -> Result<Self, Error> {
        let range = (range.start().cast_signed(), range.end().cast_signed());
        let sql = include_str!("../../../sql/stream_names_of_range.sql");
        Self::query(connection, log, sql, range, resolves).map(|(context, _)| context)
    }

    fn query(
        connection: &Connection,
        log: LogId,
        sql: &str,
        params: impl rusqlite::Params,
        resolves: bool,
    ) -> Result<(Self, Faults), Error> {
        let act = Error::sqlite(VERIFY);
        let (lineage, faults) = Lineage::read(connection, log)?;
        let mut statement = connection.prepare(sql).map_err(&act)?;
        let mut rows = statement.query(params).map_err(&act)?;
        let mut stream_keys = HashMap::new();
        while let Some(row) = rows.next().map_err(&act)? {
            // A name that no release writes makes the events of its stream unknown, not the log unreadable.
            if let (Ok(id), Ok(name)) = (row.get(0), stream_name(row)) {
                stream_keys.insert(id, hash::stream_key(&name));
            }
        }
        Ok((Self { lineage, stream_keys, resolves, blobs: None }, faults))
    }
}

/// Reads the index, and not the table: what the index lacks cannot be loaded by its hash.
fn all_blobs(connection: &Connection) -> rusqlite::Result<BlobHashes> {
    let mut statement = connection.prepare(include_str!("../../../sql/all_blob_hashes.sql"))?;
    let mut rows = statement.query([])?;
    let mut hashes = BlobHashes::default();
    while let Some(row) = rows.next()? {
        // What is no hash is no event's.
        if let Ok(hash) = row.get(0) {
            hashes.insert(hash);
        }
    }
    Ok(hashes)
}

/// Hashes are hashed already: their first bytes are as good. Who writes a file may choose them, and only makes its own
/// verification slow.
#[derive(Default)]
struct FirstBytes(u64);

impl Hasher for FirstBytes {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 ^= u64::from_le_bytes(*first);
        }
    }

    fn write_usize(&mut self, _length: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

fn stream_name(row: &Row<'_>) -> rusqlite::Result<StreamName> {
    Ok(StreamName { workspace: row.get(1)?, session_id: row.get(2)?, ordinal: row.get(3)? })
}
