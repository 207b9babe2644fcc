//! Lists of sessions, without their texts.

use std::collections::HashMap;

use retold_core::{Position, Reader, Record, Records, Revision, StreamId, Value};
use rusqlite::{Connection, OptionalExtension, Row};

use super::cursor::{Cursor, Key, Part};
use super::filter::{Order, SessionFilter};
use super::plan::{self, RecordColumns, Start};
use crate::builtin::{missing_columns, read_records, records};
use crate::error::sqlite;
use crate::{Error, Store};

/// A session in a list: its own keys and counts.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct SessionRow {
    /// The number of its stream in this store.
    #[serde(skip)]
    pub stream: i64,
    /// The workspace's key.
    pub workspace: String,
    /// The workspace's folder, where it is known.
    pub path: Option<String>,
    /// The session's id.
    pub id: String,
    /// Which record of this id.
    pub ordinal: u32,
    /// competition, ensemble, debate, or whatever it says.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it was to do.
    pub task: String,
    /// running, completed, or whatever it says.
    pub status: String,
    /// As the document has it.
    pub created_at: String,
    /// As the document has it.
    pub updated_at: String,
    /// As the document has it.
    pub completed_at: Option<String>,
    /// The number of the instance that won.
    pub winner_id: Option<u32>,
    /// In seconds.
    pub total_duration: Option<u64>,
    /// How many files it changed.
    pub total_files_changed: Option<u32>,
    /// How many instances.
    pub instance_count: u32,
    /// How many messages.
    pub message_count: u32,
    /// The status of the last instance.
    pub latest_instance_status: Option<String>,
    /// The position of its last event.
    pub position: Position,
    /// How many events it has had.
    pub revision: Revision,
    /// What is known of it beside its document. Serialized are the lists, each under its name.
    #[serde(flatten, serialize_with = "lists")]
    pub records: Records,
    /// Its place in the order of the list: the next page is after the last row's.
    #[serde(skip)]
    pub cursor: Cursor,
}

fn lists<S: serde::Serializer>(records: &Records, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(Record::lists().map(|record| match records.value(record) {
        Value::Texts(list) => (record.name(), list.into_owned()),
        _ => (record.name(), Vec::new()),
    }))
}

impl Store {
    /// Lists sessions. Touches no output and no message.
    ///
    /// Reads the rows of the page and those that the filter leaves out between them; where the filter asks for what few
    /// sessions have, these.
    ///
    /// # Errors
    /// [`Error::OtherOrder`] where [`SessionFilter::after`] is a place in another order; otherwise where the store
    /// cannot be read.
    pub fn sessions(&self, filter: &SessionFilter) -> Result<Vec<SessionRow>, Error> {
        list(self.log.reader()?.connection(), filter)
    }

    /// Lists sessions as [`sessions`](Self::sessions) does, at the one moment that a reader sees: pages of it fit together.
    ///
    /// # Errors
    /// Those of [`sessions`](Self::sessions).
    pub fn sessions_seen_by(reader: &Reader<'_>, filter: &SessionFilter) -> Result<Vec<SessionRow>, Error> {
        list(reader.connection(), filter)
    }
}

/// Returns what is known of a session beside its document, as the read models that a reader sees have it; `None` for one that is
/// deleted or was never created. O(1), also where a write is decided.
///
/// # Errors
/// Where the store cannot be read.
pub fn records_of(reader: &Reader<'_>, stream: StreamId) -> Result<Option<Records>, retold_core::Error> {
    let act = retold_core::Error::sqlite("read a session's row");
    let columns = record_columns(reader.connection()).map_err(&act)?;
    let columns: Vec<&str> = columns.iter().map(|(_, column)| column.as_str()).collect();
    let sql = format!("select {} from sessions s where s.stream = ?1", columns.join(", "));
    let read = |row: &Row<'_>| read_records(row, 0).map(|(records, _)| records);
    reader
        .connection()
        .prepare_cached(&sql)
        .and_then(|mut statement| statement.query_row([stream], read).optional())
        .map_err(act)
}

/// Lists these sessions, by the numbers of their streams, in an order; those that are deleted are left out. O(`streams`).
///
/// # Errors
/// Where the store cannot be read.
pub fn sessions_of(reader: &Reader<'_>, streams: &[i64], order: Order) -> Result<Vec<SessionRow>, Error> {
    let numbers = serde_json::json!(streams).to_string();
    let (connection, act) = (reader.connection(), sqlite("list sessions"));
    let filter = SessionFilter::new().with_order(order);
    let records = record_columns(connection).map_err(&act)?;
    let mut rows = Vec::new();
    let part = Part::whole().with(":streams", numbers);
    let mut names = Names { connection, known: HashMap::new() };
    list_part(&mut names, &filter, Start::Named, &part, &records, None, &mut rows).map_err(&act)?;
    Ok(rows)
}

/// Lists the sessions of the read models that a connection has.
pub(crate) fn list(connection: &Connection, filter: &SessionFilter) -> Result<Vec<SessionRow>, Error> {
    list_from(connection, filter, Start::choose)
}

/// Lists the sessions of read models that have no indexes to choose between.
pub(crate) fn list_unindexed(
    connection: &Connection,
    filter: &SessionFilter,
) -> Result<Vec<SessionRow>, Error> {
    // They have no events either: what was updated last moved last.
    let order = if filter.order == Order::Moved { Order::Updated } else { filter.order };
    list_from(connection, &filter.clone().with_order(order), |_, _, _, _| Ok(Start::Order))
}

fn list_from(
    connection: &Connection,
    filter: &SessionFilter,
    start: impl FnOnce(&Connection, &SessionFilter, Option<i64>, &RecordColumns) -> rusqlite::Result<Start>,
) -> Result<Vec<SessionRow>, Error> {
    let act = sqlite("list sessions");
    let (workspace, is_there) = plan::workspace_of(connection, filter).map_err(&act)?;
    let parts = match &filter.after {
        Some(cursor) if cursor.order() != filter.order => return Err(Error::OtherOrder),
        _ if !is_there => Vec::new(),
        Some(cursor) => cursor.parts(workspace),
        None => vec![Part::whole()],
    };
    let (mut rows, records) = (Vec::new(), record_columns(connection).map_err(&act)?);
    let start = start(connection, filter, workspace, &records).map_err(&act)?;
    let mut names = Names { connection, known: HashMap::new() };
    for part in parts {
        let so_far = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        if filter.limit.is_some_and(|limit| limit <= so_far) {
            break;
        }
        list_part(&mut names, filter, start, &part, &records, workspace, &mut rows).map_err(&act)?;
    }
    Ok(rows)
}

/// Adds the rows of a part of a list, as many as the filter has room for.
fn list_part(
    names: &mut Names<'_>,
    filter: &SessionFilter,
    start: Start,
    part: &Part,
    records: &RecordColumns,
    workspace: Option<i64>,
    rows: &mut Vec<SessionRow>,
) -> rusqlite::Result<()> {
    let so_far = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let room = filter.limit.map_or(-1, |limit| i64::from(limit.saturating_sub(so_far)));
    let mut statement = names.connection.prepare_cached(&plan::list(filter, start, part, records))?;
    filter.with_params(workspace, |params| {
        let mut all = params.to_vec();
        all.push((":limit", &room));
        all.extend(part.params.iter().map(|(name, value)| (*name, &**value)));
        let mut found = statement.query(all.as_slice())?;
        while let Some(row) = found.next()? {
            rows.extend(read(row, filter.order, names)?);
        }
        Ok(())
    })
}

/// Returns the columns of what is known beside the document; one that an older release did not know reads as its default.
pub(super) fn record_columns(connection: &Connection) -> rusqlite::Result<Vec<(Record, String)>> {
    let all: Vec<_> = records().map(|record| (record, format!("s.{}", record.name()))).collect();
    let names: Vec<&str> = all.iter().map(|(_, column)| column.as_str()).collect();
    let sql = format!("select {} from sessions s", names.join(", "));
    if connection.prepare_cached(&sql).is_ok() {
        return Ok(all);
    }
    let missing = missing_columns(connection, "main", "sessions")?;
    let default = |record: Record| missing.iter().find(|column| column.name == record.name());
    let columns = all.into_iter().map(|(record, column)| match default(record) {
        Some(missing) => (record, missing.default().to_owned()),
        None => (record, column),
    });
    Ok(columns.collect())
}

/// Reads a row; `None` where its workspace is not there.
fn read(row: &Row<'_>, order: Order, names: &mut Names<'_>) -> rusqlite::Result<Option<SessionRow>> {
    let (stream, number) = (row.get(0)?, row.get(1)?);
    let Some((workspace, path)) = names.of(number)? else { return Ok(None) };
    let (workspace, path) = (workspace.clone(), path.clone());
    let (records, _) = read_records(row, 19)?;
    let cursor = match order {
        Order::File => {
            let (home, place) = (records.home.clone(), records.place);
            Cursor::of_file(number, home.unwrap_or_default(), place.unwrap_or_default(), stream)
        }
        _ => Cursor::by_key(order, row.get(18)?, stream),
    };
    Ok(Some(SessionRow {
        stream,
        workspace,
        path,
        id: row.get(2)?,
        ordinal: row.get(3)?,
        kind: row.get(4)?,
        task: row.get(5)?,
        status: row.get(6)?,
        created_at: row.get(7)?,
        updated_at: row.get(8)?,
        completed_at: row.get(9)?,
        winner_id: row.get(10)?,
        total_duration: row.get::<_, Key>(11)?.number(),
        total_files_changed: row.get(12)?,
        instance_count: row.get(13)?,
        message_count: row.get(14)?,
        latest_instance_status: row.get(15)?,
        position: row.get(16)?,
        revision: row.get(17)?,
        records,
        cursor,
    }))
}

/// The keys and folders of workspaces: read once a list, not once a row.
struct Names<'c> {
    connection: &'c Connection,
    known: HashMap<i64, Option<(String, Option<String>)>>,
}

impl Names<'_> {
    fn of(&mut self, workspace: i64) -> rusqlite::Result<Option<&(String, Option<String>)>> {
        if !self.known.contains_key(&workspace) {
            let mut statement =
                self.connection.prepare_cached(include_str!("../../sql/workspace_names.sql"))?;
            let names = statement.query_row([workspace], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            self.known.insert(workspace, names);
        }
        Ok(self.known.get(&workspace).and_then(Option::as_ref))
    }
}
