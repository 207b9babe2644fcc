//! What could not be imported: kept with its raw bytes until it can.

use std::collections::HashMap;

use retold_core::{Log, Reader};
use rusqlite::{OptionalExtension, Row, params};
use serde::Serialize;

use crate::Error;
use crate::error::sqlite;

/// A quarantined record, its raw bytes left aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    /// Its number.
    pub id: i64,
    /// The file it was found in.
    pub file: String,
    /// The key of its workspace.
    pub workspace: String,
    /// The name of the legacy file that it belongs to.
    pub home: String,
    /// Where it begins in the file, in bytes.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
    /// What is wrong with it.
    pub reason: String,
    /// When it was found, in microseconds since 1970.
    pub found_at: i64,
    /// When it was settled, in microseconds since 1970: imported after all, found whole in its file, or dismissed.
    pub resolved_at: Option<i64>,
}

impl Record {
    /// Returns whether somebody has still to see to it.
    pub fn is_open(&self) -> bool {
        self.resolved_at.is_none()
    }
}

/// A record that is not settled, for its file to be read again.
#[derive(Debug)]
pub(crate) struct OpenPiece {
    pub(crate) id: i64,
    pub(crate) digest: [u8; 32],
    /// The session that it begins, where that can be told.
    pub(crate) session_id: Option<String>,
}

const READ: &str = "read the quarantine";

/// Returns every quarantined record, oldest first.
///
/// # Errors
/// Where the store cannot be read.
pub fn list(log: &Log) -> Result<Vec<Record>, Error> {
    let reader = log.reader()?;
    let mut statement =
        reader.connection().prepare(include_str!("../sql/list_quarantine.sql")).map_err(sqlite(READ))?;
    statement.query_map([], read).and_then(Iterator::collect).map_err(sqlite(READ))
}

/// Returns one record.
///
/// # Errors
/// [`Error::NoQuarantined`], or where the store cannot be read.
pub fn get(log: &Log, id: i64) -> Result<Record, Error> {
    list(log)?.into_iter().find(|record| record.id == id).ok_or(Error::NoQuarantined { id })
}

/// Returns a record's raw bytes, as they were in the file.
///
/// # Errors
/// [`Error::NoQuarantined`], or where the store cannot be read.
pub fn raw(log: &Log, id: i64) -> Result<Vec<u8>, Error> {
    let reader = log.reader()?;
    let found: Option<(Vec<u8>, i64)> = reader
        .connection()
        .query_row(include_str!("../sql/raw_quarantine.sql"), [id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
        .map_err(sqlite(READ))?;
    let (packed, length) = found.ok_or(Error::NoQuarantined { id })?;
    let capacity = usize::try_from(length).unwrap_or(0);
    zstd::bulk::decompress(&packed, capacity).map_err(|error| {
        Error::Log(retold_core::Error::Damaged { act: READ, found: format!("record {id}: {error}") })
    })
}

/// What is in the quarantine, by the BLAKE3 of its bytes.
pub(crate) struct Quarantine {
    /// Whether it is dealt with: imported after all, dismissed or redacted.
    by_digest: HashMap<[u8; 32], bool>,
}

impl Quarantine {
    /// O(quarantined records).
    pub(crate) fn read(reader: &Reader<'_>) -> Result<Self, Error> {
        let mut statement = reader
            .connection()
            .prepare(include_str!("../sql/quarantine_digests.sql"))
            .map_err(sqlite(READ))?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        Ok(Self { by_digest: rows.and_then(Iterator::collect).map_err(sqlite(READ))? })
    }

    /// Returns whether these bytes wait in the quarantine; `None` where they were never put there.
    pub(crate) fn is_open(&self, digest: &[u8; 32]) -> Option<bool> {
        self.by_digest.get(digest).map(|is_dealt_with| !is_dealt_with)
    }
}

/// Returns the records of a source that are not settled.
pub(crate) fn open_pieces(log: &Log, source: &str) -> Result<Vec<OpenPiece>, Error> {
    let reader = log.reader()?;
    let mut statement =
        reader.connection().prepare_cached(include_str!("../sql/open_pieces.sql")).map_err(sqlite(READ))?;
    let piece = |row: &Row<'_>| {
        let (packed, length): (Vec<u8>, i64) = (row.get(2)?, row.get(3)?);
        let capacity = usize::try_from(length).unwrap_or(0);
        let raw = zstd::bulk::decompress(&packed, capacity).unwrap_or_default();
        Ok(OpenPiece { id: row.get(0)?, digest: row.get(1)?, session_id: crate::ait42::begun_by(&raw) })
    };
    statement.query_map([source], piece).and_then(Iterator::collect).map_err(sqlite(READ))
}

/// Dismisses records: what they hold is not wanted, and the same bytes are not reported again. Their raw bytes stay.
/// Returns how many were open.
///
/// # Errors
/// [`Error::NoQuarantined`] for a number that does not exist: nothing was dismissed then; otherwise where the store cannot
/// be written.
pub fn dismiss(log: &Log, ids: &[i64], reason: &str) -> Result<u64, Error> {
    const DISMISS: &str = "dismiss a quarantined record";
    let known: Vec<i64> = list(log)?.into_iter().map(|record| record.id).collect();
    if let Some(&id) = ids.iter().find(|id| !known.contains(id)) {
        return Err(Error::NoQuarantined { id });
    }
    let now = retold_core::time::to_micros(jiff::Timestamp::now());
    let mut connection = log.open_writer()?;
    let tx = connection.transaction().map_err(sqlite(DISMISS))?;
    let mut dismissed = 0;
    for id in ids {
        let sql = include_str!("../sql/dismiss_quarantine.sql");
        dismissed += tx.execute(sql, params![id, reason, now]).map_err(sqlite(DISMISS))? as u64;
    }
    tx.commit().map_err(sqlite(DISMISS))?;
    Ok(dismissed)
}

/// Marks a record as imported.
pub(crate) fn resolve(log: &Log, id: i64) -> Result<(), Error> {
    let now = retold_core::time::to_micros(jiff::Timestamp::now());
    log.open_writer()?
        .execute(include_str!("../sql/resolve_quarantine.sql"), params![id, now])
        .map(drop)
        .map_err(sqlite("resolve a quarantined record"))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Record> {
    let (offset, length): (i64, i64) = (row.get(4)?, row.get(5)?);
    Ok(Record {
        id: row.get(0)?,
        file: row.get(1)?,
        workspace: row.get(2)?,
        home: row.get(3)?,
        offset: offset.cast_unsigned(),
        length: length.cast_unsigned(),
        reason: row.get(6)?,
        found_at: row.get(7)?,
        resolved_at: row.get(8)?,
    })
}

/// Takes the raw bytes of records out of the store. What is left says that there was one, so that importing the same file
/// again does not bring it back.
///
/// # Errors
/// Where the store cannot be written.
pub fn redact(log: &Log, ids: &[i64], reason: &str) -> Result<(), Error> {
    const REDACT: &str = "redact a quarantined record";
    let empty = zstd::bulk::compress(&[], 1)
        .map_err(|error| Error::Log(retold_core::Error::Damaged { act: REDACT, found: error.to_string() }))?;
    let now = retold_core::time::to_micros(jiff::Timestamp::now());
    let mut connection = log.open_writer()?;
    let tx = connection.transaction().map_err(sqlite(REDACT))?;
    for id in ids {
        let reason = format!("redacted: {reason}");
        tx.execute(include_str!("../sql/redact_quarantine.sql"), params![id, empty, reason, now])
            .map_err(sqlite(REDACT))?;
    }
    tx.commit().map_err(sqlite(REDACT))
}
