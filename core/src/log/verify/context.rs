//! What every part of a verification needs to know of the whole log.

use std::collections::HashMap;
use std::ops::RangeInclusive;

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
}

impl Context {
    pub(super) fn read(connection: &Connection, log: LogId, resolves: bool) -> Result<(Self, Faults), Error> {
        Self::query(connection, log, STREAM_NAMES, [], resolves)
    }

    pub(super) fn of_range(
        connection: &Connection,
        log: LogId,
        range: &RangeInclusive<u64>,
    ) -> Result<Self, Error> {
        let range = (range.start().cast_signed(), range.end().cast_signed());
        let sql = include_str!("../../../sql/stream_names_of_range.sql");
        Self::query(connection, log, sql, range, false).map(|(context, _)| context)
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
        Ok((Self { lineage, stream_keys, resolves }, faults))
    }
}

fn stream_name(row: &Row<'_>) -> rusqlite::Result<StreamName> {
    Ok(StreamName { workspace: row.get(1)?, session_id: row.get(2)?, ordinal: row.get(3)? })
}
