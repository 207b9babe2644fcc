//! How many sessions there are, without their rows.

use rusqlite::Connection;

use super::filter::SessionFilter;
use super::sessions::record_columns;
use crate::error::sqlite;
use crate::{Error, Store};

/// How many sessions a filter leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct SessionCounts {
    /// All of them.
    pub total: u64,
    /// By status and type, in the order of these.
    pub by_status_and_type: Vec<SessionCount>,
}

/// How many sessions have this status and this type.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct SessionCount {
    /// The status.
    pub status: String,
    /// The type.
    #[serde(rename = "type")]
    pub kind: String,
    /// How many.
    pub count: u64,
}

impl Store {
    /// Counts the sessions that `filter` leaves, whatever its page. Reads every session of the workspace, or of the
    /// store, and no text of theirs but what is searched.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn count_sessions(&self, filter: &SessionFilter) -> Result<SessionCounts, Error> {
        count(self.log.reader()?.connection(), filter)
    }
}

/// Counts the sessions of the read models that a connection has.
pub(crate) fn count(connection: &Connection, filter: &SessionFilter) -> Result<SessionCounts, Error> {
    let act = sqlite("count sessions");
    let records = record_columns(connection).map_err(&act)?;
    let sql = include_str!("../../sql/session_counts.sql").replace("/*filter*/", &filter.condition(&records));
    let mut statement = connection.prepare_cached(&sql).map_err(&act)?;
    let counts = filter.with_params(|params| {
        let rows = statement.query_map(params, |row| {
            let count: i64 = row.get(2)?;
            Ok(SessionCount { status: row.get(0)?, kind: row.get(1)?, count: count.cast_unsigned() })
        });
        rows.and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>)
    });
    let by_status_and_type = counts.map_err(&act)?;
    let total = by_status_and_type.iter().map(|row| row.count).sum();
    Ok(SessionCounts { total, by_status_and_type })
}
