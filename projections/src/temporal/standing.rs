//! Since when a session has had the status that it has at a moment.

use retold_core::StreamId;
use retold_core::happening::Moment;
use rusqlite::OptionalExtension;

use super::read::{AT, TemporalReader};
use super::views::Bound;
use crate::Error;
use crate::error::sqlite;

const ACT: &str = "read since when sessions have their status";

/// The status of a session at a moment, and since when it has had it without a break.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Standing {
    /// The number of the session's stream in this store.
    pub stream: StreamId,
    /// What the status is.
    pub status: String,
    /// When what made it so happened, in microseconds since 1970-01-01T00:00:00Z.
    pub since: i64,
}

impl TemporalReader {
    /// Returns how sessions stand at the moment, and since when; a session that is not there then is left out. A session that was
    /// deleted and came back stands so since it came back. O(changes of the fields of these sessions).
    ///
    /// # Errors
    /// Where the read models cannot be read.
    pub fn standings(&self, streams: &[StreamId]) -> Result<Vec<Standing>, Error> {
        let sql =
            Bound::of(self.moment()).render_interval(include_str!("../../sql/temporal/standings.sql"), AT);
        let standings = streams.iter().filter_map(|&stream| self.standing(stream, &sql).transpose());
        standings.collect::<rusqlite::Result<_>>().map_err(sqlite(ACT))
    }

    fn standing(&self, stream: StreamId, sql: &str) -> rusqlite::Result<Option<Standing>> {
        let mut versions = self.connection().prepare_cached(sql)?;
        let mut rows = versions.query([self.rows_of(stream)?])?;
        // The status, and the position and the time of the first version that has it without a break.
        let (mut status, mut first) = (None::<String>, (0, 0));
        while let Some(row) = rows.next()? {
            let goes_on = match &status {
                None => row.get(4)?,
                Some(status) => row.get::<_, i64>(3)? == first.1 && row.get_ref(0)?.as_str()? == status,
            };
            if !goes_on {
                break;
            }
            first = (row.get(1)?, row.get(2)?);
            status = Some(row.get(0)?);
        }
        let Some(status) = status else { return Ok(None) };
        let since = match self.moment() {
            Moment::Occurred(_) => Some(first.1),
            Moment::Recorded(_) => self.happened(first.0)?,
        };
        Ok(since.map(|since| Standing { stream, status, since }))
    }

    /// Returns the number under which what a stream was is found, by the clock of the moment.
    fn rows_of(&self, stream: StreamId) -> rusqlite::Result<i64> {
        let sql = include_str!("../../sql/temporal/is_stream_corrected.sql").replace("{at}", AT);
        let is_corrected = match self.moment() {
            Moment::Recorded(_) => false,
            Moment::Occurred(_) => self
                .connection()
                .prepare_cached(&sql)?
                .query_row([stream], |row| row.get(0))
                .optional()?
                .unwrap_or(false),
        };
        Ok(if is_corrected { -stream.get() } else { stream.get() })
    }

    fn happened(&self, position: i64) -> rusqlite::Result<Option<i64>> {
        let sql = include_str!("../../sql/temporal/happened_at.sql");
        self.connection().prepare_cached(sql)?.query_row([position], |row| row.get(0)).optional()
    }
}
