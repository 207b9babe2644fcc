//! How many sessions there are, without their rows.

use retold_core::Reader;
use rusqlite::{Connection, Row};

use super::filter::SessionFilter;
use super::plan;
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
    /// Counts the sessions that `filter` leaves, whatever its page. O(1) where it asks for nothing but a workspace, a status
    /// and a type: these are counted in the transaction that changes them. Otherwise it reads the sessions that may be meant,
    /// and no text of theirs but what is searched; so it does in a store that an older release has written and that is
    /// only read.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn count_sessions(&self, filter: &SessionFilter) -> Result<SessionCounts, Error> {
        self.count_sessions_seen_by(&self.log.reader()?, filter)
    }

    /// Counts sessions as [`count_sessions`](Self::count_sessions) does, at the one moment that a reader sees.
    ///
    /// # Errors
    /// Those of [`count_sessions`](Self::count_sessions).
    pub fn count_sessions_seen_by(
        &self,
        reader: &Reader<'_>,
        filter: &SessionFilter,
    ) -> Result<SessionCounts, Error> {
        let connection = reader.connection();
        let by_status_and_type = match self.counters.ask(connection, filter)? {
            Some(counts) => counts,
            None => one_by_one(connection, filter)?,
        };
        Ok(SessionCounts::of(by_status_and_type))
    }
}

impl SessionCounts {
    fn of(by_status_and_type: Vec<SessionCount>) -> Self {
        let total = by_status_and_type.iter().map(|row| row.count).sum();
        Self { total, by_status_and_type }
    }
}

/// Counts the sessions of the read models that a connection has, whatever keeps them.
pub(crate) fn count(connection: &Connection, filter: &SessionFilter) -> Result<SessionCounts, Error> {
    one_by_one(connection, filter).map(SessionCounts::of)
}

impl SessionCount {
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let count: i64 = row.get(2)?;
        Ok(Self { status: row.get(0)?, kind: row.get(1)?, count: count.cast_unsigned() })
    }
}

/// Counts the rows themselves.
fn one_by_one(connection: &Connection, filter: &SessionFilter) -> Result<Vec<SessionCount>, Error> {
    let act = sqlite("count sessions");
    let (workspace, is_there) = plan::workspace_of(connection, filter).map_err(&act)?;
    if !is_there {
        return Ok(Vec::new());
    }
    let records = record_columns(connection).map_err(&act)?;
    let sql = plan::count(filter, &records);
    let mut statement = connection.prepare_cached(&sql).map_err(&act)?;
    let counts = filter.with_params(workspace, |params| {
        statement.query_map(params, SessionCount::read).and_then(Iterator::collect::<rusqlite::Result<_>>)
    });
    counts.map_err(act)
}
