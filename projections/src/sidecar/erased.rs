//! Rows that came from bodies which are gone by now: nobody can make them again, so they are no fault.

use std::collections::HashSet;

use retold_core::{Log, Position, StreamId};
use rusqlite::{Connection, OptionalExtension};
use serde_json::{Map, Value};

use super::subject::built_in;
use crate::Error;
use crate::engine::Difference;
use crate::error::sqlite;

const ACT: &str = "look for what was erased";

/// The sessions of which bodies went, and what tells their rows.
#[derive(Debug, Default)]
pub(super) struct Erased {
    streams: HashSet<i64>,
    ids: HashSet<String>,
    /// Whether the columns are those of a projection that comes with retold.
    is_built_in: bool,
}

impl Erased {
    /// Those that ever lost a body or got one back, by a pruning and, where `redacted` says so, by a redaction: a row may
    /// have been made before or after. O(log).
    pub(super) fn ever(log: &Log, projection: &str, redacted: bool) -> Result<Self, Error> {
        Self::read(log, projection, include_str!("../../sql/erased_ever.sql"), redacted)
    }

    /// Those that lack a body now because it was pruned. O(bodies that are pruned).
    pub(super) fn pruned_now(log: &Log, projection: &str) -> Result<Self, Error> {
        Self::read(log, projection, include_str!("../../sql/pruned_now.sql"), false)
    }

    fn read(log: &Log, projection: &str, sql: &str, redacted: bool) -> Result<Self, Error> {
        let read = |connection: &Connection| -> rusqlite::Result<Self> {
            let mut erased = Self { is_built_in: built_in(projection).is_some(), ..Self::default() };
            let mut statement = connection.prepare(sql)?;
            let mut rows = statement.query([redacted])?;
            while let Some(row) = rows.next()? {
                erased.streams.insert(row.get(0)?);
                erased.ids.insert(row.get(1)?);
            }
            Ok(erased)
        };
        read(log.reader()?.connection()).map_err(sqlite(ACT))
    }

    /// Whether bodies of this stream are among them.
    pub(super) fn has(&self, stream: StreamId) -> bool {
        self.streams.contains(&stream.get())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    /// Whether a row may differ because of what was erased: it is a row of such a session, or nothing in it says whose
    /// row it is. `connection` reads the log.
    pub(super) fn explains(
        &self,
        connection: &Connection,
        difference: &Difference,
    ) -> rusqlite::Result<bool> {
        if self.is_empty() {
            return Ok(false);
        }
        let key = object(Some(&difference.key));
        let [left, right] = [&difference.left, &difference.right].map(|side| object(side.as_deref()));
        let mut is_known = false;
        for (is_key, columns) in [(true, &key), (false, &left), (false, &right)] {
            for (column, value) in columns {
                match self.is_of_erased(connection, column, value)? {
                    Some(true) => return Ok(true),
                    // What is not in the key may be of another session than the row.
                    Some(false) => is_known |= is_key,
                    None => {}
                }
            }
        }
        Ok(!is_known)
    }

    /// Whether a value names a session of which bodies went; `None` where it names none at all.
    fn is_of_erased(
        &self,
        connection: &Connection,
        column: &str,
        value: &Value,
    ) -> rusqlite::Result<Option<bool>> {
        let is_position =
            column == "position" || (self.is_built_in && matches!(column, "instance" | "before" | "text"));
        Ok(match value {
            Value::Number(number) if column == "stream" => {
                number.as_i64().map(|stream| self.streams.contains(&stream))
            }
            Value::Number(number) if is_position => {
                stream_of(connection, number)?.map(|stream| self.streams.contains(&stream))
            }
            Value::String(id) if column == "session_id" => Some(self.ids.contains(id)),
            _ => None,
        })
    }
}

fn object(text: Option<&str>) -> Map<String, Value> {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn stream_of(connection: &Connection, position: &serde_json::Number) -> rusqlite::Result<Option<i64>> {
    let Some(position) = position.as_u64().and_then(Position::new) else { return Ok(None) };
    connection
        .prepare_cached(include_str!("../../sql/stream_of_position.sql"))
        .and_then(|mut statement| statement.query_row([position], |row| row.get(0)).optional())
}
