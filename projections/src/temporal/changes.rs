//! What changed in lists between two moments, event by event.

use std::fmt;
use std::str::FromStr;

use retold_core::happening::Moment;
use retold_core::{OnProgress, Position, StreamName};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, Statement, params};

use super::read::{AT, TemporalReader};
use super::views::{self, Bound, Rows};
use crate::error::sqlite;
use crate::{Error, Store};

const ACT: &str = "read what changed";

/// The keys of a session in lists that may change, as the columns of `sessions` are called. Whether there is a session at all
/// is the first one, [`EXISTS`].
pub const CHANGING: [&str; 22] = [
    "id",
    "type",
    "task",
    "status",
    "home",
    "place",
    "created_at",
    "updated_at",
    "completed_at",
    "model",
    "timeout_seconds",
    "preserve_worktrees",
    "winner_id",
    "runtime_mix",
    "total_duration",
    "total_files_changed",
    "total_lines_added",
    "total_lines_deleted",
    "instance_count",
    "message_count",
    "latest_instance_status",
    "tags",
];

/// The name of the change that a session comes or goes: from 0 to 1, or back.
pub const EXISTS: &str = "exists";

/// One change of one key of a session in lists.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SessionChange {
    /// The number of the session's stream in this store.
    pub stream: i64,
    /// Its name.
    pub session: StreamName,
    /// Which key: [`EXISTS`] or one of [`CHANGING`].
    pub field: &'static str,
    /// What it was on the side that is left; null where there was no session.
    pub was: Value,
    /// What it is on the side that is reached.
    pub is: Value,
    /// The event that changed it.
    pub position: Position,
    /// When that event counts as having happened, in microseconds since 1970.
    pub happened: i64,
}

/// A window of changes.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Changes {
    /// The changes, in the order in which they lead from the one moment to the other.
    pub rows: Vec<SessionChange>,
    /// Where the next window begins; `None` where this is the last one.
    pub next: Option<ChangeCursor>,
    /// The last event that was taken in: the answer knows of no later one.
    pub as_of: Option<retold_core::Head>,
}

/// Between two events, on the way from one moment to another. As text it can be kept and sent about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeCursor {
    happened: i64,
    position: Position,
}

impl fmt::Display for ChangeCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.position, self.happened)
    }
}

/// A text that is not a [`ChangeCursor`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of changes: {0}")]
pub struct NotAChangeCursor(String);

impl FromStr for ChangeCursor {
    type Err = NotAChangeCursor;

    fn from_str(text: &str) -> Result<Self, NotAChangeCursor> {
        let read = || {
            let (position, happened) = text.split_once('.')?;
            Some(Self { position: Position::new(position.parse().ok()?)?, happened: happened.parse().ok()? })
        };
        read().ok_or_else(|| NotAChangeCursor(text.to_owned()))
    }
}

impl Store {
    /// Returns what changes in lists on the way from one moment to another of the same clock, of `events` events at most that
    /// follow `after`. A later moment to an earlier one gives the same changes the other way round, last event first. Applied
    /// to the rows of the one moment they make those of the other. `None` where `progress` said to stop.
    ///
    /// Reads a few rows for each event of the window, whatever lies around it.
    ///
    /// # Errors
    /// [`Error::TwoClocks`] where the moments are of different clocks; otherwise those of [`temporal`](Self::temporal).
    pub fn changes(
        &self,
        from: Moment,
        to: Moment,
        after: Option<ChangeCursor>,
        events: u32,
        progress: &dyn OnProgress,
    ) -> Result<Option<Changes>, Error> {
        let (from_key, to_key) = match (from, to) {
            (Moment::Recorded(from), Moment::Recorded(to)) => (signed(from), signed(to)),
            (Moment::Occurred(from), Moment::Occurred(to)) => (from, to),
            _ => return Err(Error::TwoClocks),
        };
        let later = if from_key > to_key { from } else { to };
        let Some(reader) = self.temporal(later, progress)? else { return Ok(None) };
        let window = Window {
            is_position: matches!(to, Moment::Recorded(_)),
            is_back: from_key > to_key,
            between: (from_key.min(to_key), from_key.max(to_key)),
            after,
            events,
        };
        window.read(&reader).map(Some).map_err(sqlite(ACT))
    }
}

struct Window {
    is_position: bool,
    is_back: bool,
    /// The moments, the earlier one first: the events after it, up to the other one.
    between: (i64, i64),
    after: Option<ChangeCursor>,
    events: u32,
}

impl Window {
    fn read(&self, reader: &TemporalReader) -> rusqlite::Result<Changes> {
        let connection = reader.connection();
        let mut found = self.events(connection)?;
        let is_more = found.len() > self.events as usize;
        found.truncate(self.events as usize);
        let next = found.last().filter(|_| is_more).map(|(cursor, _)| *cursor);
        let mut own_at = connection.prepare_cached(&row_at(&Bound::position("?2"), Rows::All))?;
        let mut corrected_at = connection.prepare_cached(&row_at(&Bound::time("?2"), Rows::Corrected))?;
        let mut name_of = connection.prepare_cached(include_str!("../../sql/stream_name.sql"))?;
        let mut rows = Vec::new();
        for (ChangeCursor { happened, position }, stream) in found {
            let [before, after] = match self.last_corrected(connection, stream, happened)? {
                None => [signed(position) - 1, signed(position)].map(|at| read_row(&mut own_at, stream, at)),
                Some(last) if last == Some(position) => {
                    [happened.saturating_sub(1), happened].map(|at| read_row(&mut corrected_at, stream, at))
                }
                // What changes at one time of what is corrected changes with the last event.
                Some(_) => continue,
            };
            let (mut was, mut is) = (before?, after?);
            if self.is_back {
                std::mem::swap(&mut was, &mut is);
            }
            if was == is {
                continue;
            }
            let session = name_of.query_row([stream], |row| {
                Ok(StreamName { workspace: row.get(1)?, session_id: row.get(2)?, ordinal: row.get(3)? })
            })?;
            let change = |field, was, is| SessionChange {
                stream,
                session: session.clone(),
                field,
                was,
                is,
                position,
                happened,
            };
            if was.is_none() != is.is_none() {
                let flag = |row: &Option<Vec<Value>>| Value::from(i64::from(row.is_some()));
                rows.push(change(EXISTS, flag(&was), flag(&is)));
            }
            let none = || vec![Value::Null; CHANGING.len()];
            let (was, is) = (was.unwrap_or_else(none), is.unwrap_or_else(none));
            for ((field, was), is) in CHANGING.into_iter().zip(was).zip(is) {
                if was != is {
                    rows.push(change(field, was, is));
                }
            }
        }
        Ok(Changes { rows, next, as_of: Some(reader.as_of()) })
    }

    /// Returns the last event of a stream that counts from a time on by happening, where the stream is corrected; `None` where it is
    /// not.
    fn last_corrected(
        &self,
        connection: &Connection,
        stream: i64,
        happened: i64,
    ) -> rusqlite::Result<Option<Option<Position>>> {
        if self.is_position {
            return Ok(None);
        }
        let sql = include_str!("../../sql/temporal/last_corrected.sql").replace("{at}", AT);
        connection.prepare_cached(&sql)?.query_row(params![stream, happened], |row| row.get(0)).optional()
    }

    /// Returns the events of the window, and one more where there is one, with their streams.
    fn events(&self, connection: &Connection) -> rusqlite::Result<Vec<(ChangeCursor, i64)>> {
        let (order, beyond) = if self.is_back { ("desc", "<") } else { ("asc", ">") };
        let after = match self.is_position {
            true => format!("(?4 is null or position {beyond} ?4)"),
            false => format!("(?4 is null or (happened, position) {beyond} (?5, ?4))"),
        };
        let order = match self.is_position {
            true => format!("position {order}"),
            false => format!("happened {order}, position {order}"),
        };
        // The bound that a cursor gives is one of the range: the rows before it are not walked.
        let (mut low, mut high) = self.between;
        let mut includes_low = false;
        if let Some(after) = self.after {
            let at = if self.is_position { signed(after.position) } else { after.happened };
            if self.is_back {
                high = high.min(at);
            } else if at > low {
                (low, includes_low) = (at, true);
            }
        }
        let from = if includes_low { ">=" } else { ">" };
        let part = |key: &str, which: &str| {
            let order = order.replace("happened", key);
            let after = after.replace("happened", key);
            format!(
                "select {key} as happened, position, stream from {AT}.event_time \
                 where {which} {bound} {from} ?1 and {bound} <= ?2 and {after} order by {order} limit ?3",
                bound = if self.is_position { "position" } else { key },
            )
        };
        let sql = match self.is_position {
            true => part("happened", ""),
            false => format!(
                "select * from ({}) union all select * from ({}) order by {order} limit ?3",
                part("happened", "counts is null and"),
                part("counts", "counts is not null and"),
            ),
        };
        let limit = i64::from(self.events) + 1;
        let position = self.after.map(|after| after.position);
        let happened = self.after.map(|after| after.happened);
        let mut statement = connection.prepare_cached(&sql)?;
        let read =
            |row: &Row<'_>| Ok((ChangeCursor { happened: row.get(0)?, position: row.get(1)? }, row.get(2)?));
        // Of positions the statement has no fifth parameter.
        match self.is_position {
            true => statement.query_map(params![low, high, limit, position], read)?.collect(),
            false => statement.query_map(params![low, high, limit, position, happened], read)?.collect(),
        }
    }
}

/// Returns the query of what lists show of a session (`?1`) at a moment (`?2`).
fn row_at(bound: &Bound, rows: Rows) -> String {
    let columns: Vec<String> = CHANGING.iter().map(|column| format!("s.{column}")).collect();
    let session = views::sessions_select(bound, AT, rows);
    format!("select {} from ({session}) s where s.stream = ?1", columns.join(", "))
}

fn read_row(statement: &mut Statement<'_>, stream: i64, at: i64) -> rusqlite::Result<Option<Vec<Value>>> {
    let mut rows = statement.query(params![stream, at])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    (0..CHANGING.len()).map(|column| row.get(column)).collect::<rusqlite::Result<Vec<Value>>>().map(Some)
}

fn signed(position: Position) -> i64 {
    position.get().cast_signed()
}
