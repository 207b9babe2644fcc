//! Asks a team's server: lists, counts and SQL, of what whoever asks may see.

mod log;
mod search;

use std::collections::HashMap;

use postgres::types::{ToSql, Type};
use postgres::{Client, GenericClient, IsolationLevel, SimpleQueryMessage, Transaction};
use retold_core::{Record, time};
use retold_projections::{Cursor, ModelTable, Order, SessionFilter, SessionFold, SessionRow, Span};
use rusqlite::types::Value;

use crate::receiver::Error;
use crate::work::{read_row, selected};

pub use log::{Arrived, LogHead, ReadUpTo, TeamLog, heads, last_shipment};
pub use search::{Narrowed, SearchError, search};

/// Up to where a server's lists are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// The number of the last shipment that they have.
    pub shipment: u64,
    /// That of the last one that there is.
    pub of: u64,
    /// Sessions that are listed as they were, since they are to be made again, or cannot be read.
    pub stale: u64,
}

/// Begins a transaction that only reads, in which all questions are of one moment.
///
/// # Errors
/// Where the server fails.
pub fn begin(client: &mut Client) -> Result<Transaction<'_>, Error> {
    let transaction =
        client.build_transaction().read_only(true).isolation_level(IsolationLevel::RepeatableRead);
    Ok(transaction.start()?)
}

/// A log of a team, as its server knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct LogStatus {
    /// Its id, as text.
    pub log: String,
    /// Whose it is.
    pub person: String,
    /// The machine.
    pub device: String,
    /// How far it was shipped.
    pub head: u64,
    /// The level that all of it was shipped at, at the least.
    pub level: i16,
    /// Whether nothing was held back.
    pub whole: bool,
    /// Whether it is live, superseded by one that was restored, diverged, or retired.
    pub state: i16,
    /// When the last shipment came, in microseconds since 1970.
    pub seen_at: Option<i64>,
    /// How far the machine's clock was ahead, in seconds.
    pub skew: Option<f64>,
    /// Up to where the lists of its team are.
    pub listed: Listed,
}

/// Returns the logs of the team, whoever's they are. O(logs).
///
/// # Errors
/// Where the server fails.
pub fn status(client: &mut impl GenericClient) -> Result<Vec<LogStatus>, Error> {
    let rows = client.query(
        "select log_id, person, device, head, level, whole, state, (extract(epoch from seen_at) * 1000000)::bigint, skew_seconds, ingest,
        listed, stale from retold.status_1()",
        &[],
    )?;
    let number = |row: &postgres::Row, at: usize| row.get::<_, i64>(at).cast_unsigned();
    let log = |row: &postgres::Row| {
        let id: [u8; 16] = row
            .get::<_, &[u8]>(0)
            .try_into()
            .map_err(|_| Error::Damaged("the id of a log is none".to_owned()))?;
        Ok(LogStatus {
            log: retold_core::LogId::from_bytes(id).to_string(),
            person: row.get(1),
            device: row.get(2),
            head: number(row, 3),
            level: row.get(4),
            whole: row.get(5),
            state: row.get(6),
            seen_at: row.get(7),
            skew: row.get(8),
            listed: Listed { shipment: number(row, 10), of: number(row, 9), stale: number(row, 11) },
        })
    };
    rows.iter().map(log).collect()
}

/// Returns up to where the lists of the caller's team are. O(logs).
///
/// # Errors
/// Where the server fails.
pub fn listed(client: &mut impl GenericClient) -> Result<Listed, Error> {
    let row = client.query_one(
        "select coalesce(max(listed), 0), coalesce(max(ingest), 0), coalesce(max(stale), 0) from retold.status_1()",
        &[],
    )?;
    let number = |at: usize| row.get::<_, i64>(at).cast_unsigned();
    Ok(Listed { shipment: number(0), of: number(1), stale: number(2) })
}

/// What a list is not asked for on a server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListError {
    /// The server failed.
    #[error(transparent)]
    Receiver(#[from] Error),
    /// The server has no such order, or place of it.
    #[error("the server lists by when sessions moved, were updated or began, by duration and by files")]
    Order,
    /// The server does not have this list of a session.
    #[error("the server does not list by {0}")]
    Having(&'static str),
}

/// Lists the sessions that whoever asks may see; of one that is in several logs, the copy with the most events. `filter.workspace` may be a key or
/// a folder. Reads the rows of the page and those that the filter leaves out between them.
///
/// # Errors
/// [`ListError::Order`] and [`ListError::Having`] for what the server cannot do; otherwise where it fails.
pub fn sessions(
    client: &mut impl GenericClient,
    filter: &SessionFilter,
) -> Result<Vec<SessionRow>, ListError> {
    let mut asked = Asked::of(filter)?;
    let key = key_of(filter.order)?;
    if let Some(after) = &filter.after {
        let (order, value, stream) = after.by().ok_or(ListError::Order)?;
        if order != filter.order {
            return Err(ListError::Order);
        }
        let stream = asked.bind(stream);
        match value {
            Some(value) => {
                let value = asked.bind(value);
                asked.conditions.push(format!(
                    "({key} < {value} or ({key} = {value} and s.stream < {stream}) or {key} is null)"
                ));
            }
            None => asked.conditions.push(format!("({key} is null and s.stream < {stream})")),
        }
    }
    let limit = asked.bind(filter.limit.map_or(i64::MAX, i64::from));
    let table = ModelTable::Sessions;
    let sql = format!(
        "select s.stream, {key}, w.key, w.path, {columns} from retold.sessions s
        left join retold.workspace w on w.tenant = s.tenant and w.workspace = s.workspace
        where {conditions} order by {key} desc nulls last, s.stream desc limit {limit}",
        columns = selected(table, "s"),
        conditions = asked.conditions.join(" and "),
    );
    let parameters: Vec<&(dyn ToSql + Sync)> = asked.values.iter().map(|value| &**value as _).collect();
    let rows = client.query(&sql, &parameters).map_err(Error::from)?;
    let folded = |error: retold_projections::Error| Error::Damaged(error.to_string());
    let mut fold = SessionFold::new().map_err(folded)?;
    let mut workspaces: HashMap<i64, Vec<Value>> = HashMap::new();
    let at = table.columns().iter().position(|(name, _)| *name == "workspace").unwrap_or_default();
    let mut order = Vec::with_capacity(rows.len());
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        order.push((row.get::<_, i64>(0), row.get::<_, Option<i64>>(1)));
        let values = read_row(table, row, 4);
        if let Some(Value::Integer(workspace)) = values.get(at) {
            workspaces.entry(*workspace).or_insert_with(|| {
                let key = row.get::<_, Option<&[u8]>>(2).unwrap_or_default();
                let key = String::from_utf8_lossy(key).into_owned();
                let path = row.get::<_, Option<String>>(3).map_or(Value::Null, Value::Text);
                vec![Value::Integer(*workspace), Value::Text(key), path, Value::Text("[]".to_owned())]
            });
        }
        found.push(values);
    }
    fold.put(ModelTable::Workspaces, workspaces.into_values()).map_err(folded)?;
    fold.put(table, found).map_err(folded)?;
    let listed = fold.sessions(&SessionFilter::new().with_order(Order::Updated)).map_err(folded)?;
    let mut listed: HashMap<i64, SessionRow> = listed.into_iter().map(|row| (row.stream, row)).collect();
    let rows = order.into_iter().filter_map(|(stream, key)| {
        let mut row = listed.remove(&stream)?;
        row.cursor = Cursor::of(filter.order, key, stream)?;
        Some(row)
    });
    Ok(rows.collect())
}

/// Counts the sessions that a list without a limit has. O(sessions that may be seen).
///
/// # Errors
/// Those of [`sessions`].
pub fn count(client: &mut impl GenericClient, filter: &SessionFilter) -> Result<u64, ListError> {
    let asked = Asked::of(filter)?;
    let sql = format!(
        "select count(*) from retold.sessions s
        left join retold.workspace w on w.tenant = s.tenant and w.workspace = s.workspace where {}",
        asked.conditions.join(" and ")
    );
    let parameters: Vec<&(dyn ToSql + Sync)> = asked.values.iter().map(|value| &**value as _).collect();
    let row = client.query_one(&sql, &parameters).map_err(Error::from)?;
    Ok(row.get::<_, i64>(0).cast_unsigned())
}

/// The column that an order is by.
fn key_of(order: Order) -> Result<&'static str, ListError> {
    Ok(match order {
        Order::Moved => "s.moved_instant",
        Order::Updated => "s.updated_instant",
        Order::Created => "s.created_instant",
        // One beyond these numbers is as long as the longest of them.
        Order::Duration => {
            "(case when s.total_duration < 9223372036854775807 then s.total_duration
                when s.total_duration is not null then 9223372036854775807 end)::bigint"
        }
        Order::FilesChanged => "s.total_files_changed",
        Order::File => return Err(ListError::Order),
    })
}

/// The team and the generation are asked for once; a copy that has more events comes before this one.
const SEEN: [&str; 3] = [
    "s.tenant = (select retold.my_tenant())",
    "s.generation = (select retold.my_generation())",
    "not exists (select 1 from retold.sessions b where b.tenant = s.tenant and b.generation = s.generation and b.key = s.key
        and (b.revision, b.stream) > (s.revision, s.stream))",
];

/// Conditions, and the values that they have.
struct Asked {
    conditions: Vec<String>,
    values: Vec<Box<dyn ToSql + Sync>>,
}

impl Asked {
    fn of(filter: &SessionFilter) -> Result<Self, ListError> {
        let mut asked = Self { conditions: SEEN.map(str::to_owned).to_vec(), values: Vec::new() };
        if let Some(workspace) = &filter.workspace {
            let (key, path) = (asked.bind(workspace.as_bytes().to_vec()), asked.bind(workspace.clone()));
            asked.conditions.push(format!("(w.key = {key} or w.path = {path})"));
        }
        for (column, value) in [("s.status", &filter.status), ("s.type", &filter.kind)] {
            if let Some(value) = value {
                let value = asked.bind(value.clone());
                asked.conditions.push(format!("{column} = {value}"));
            }
        }
        for (column, span) in [("s.created_instant", filter.created), ("s.updated_instant", filter.updated)] {
            let Span { from, before } = span;
            for (compare, instant) in [(">=", from), ("<", before)] {
                if let Some(instant) = instant {
                    let instant = asked.bind(time::to_micros(instant));
                    asked.conditions.push(format!("{column} {compare} {instant}"));
                }
            }
        }
        if let Some(text) = &filter.text {
            let text = asked.bind(text.to_lowercase());
            asked.conditions.push(format!(
                "(strpos(lower(s.task), {text}) > 0 or strpos(lower(s.id), {text}) > 0 or exists (
                    select 1 from retold.instances i where i.tenant = s.tenant and i.generation = s.generation and i.stream = s.stream
                    and strpos(lower(i.agent_name), {text}) > 0))"
            ));
        }
        for (record, element) in &filter.having {
            if *record != Record::Tags {
                return Err(ListError::Having(record.name()));
            }
            // As JSON has it, and after what comes before an element alone: a quote within one is escaped.
            let element = serde_json::Value::from(element.as_str()).to_string();
            let (first, other) = (asked.bind(format!("[{element}")), asked.bind(format!(",{element}")));
            asked.conditions.push(format!("(strpos(s.tags, {first}) = 1 or strpos(s.tags, {other}) > 0)"));
        }
        Ok(asked)
    }

    fn bind(&mut self, value: impl ToSql + Sync + 'static) -> String {
        self.values.push(Box::new(value));
        format!("${}", self.values.len())
    }
}

/// Rows that are fetched at once.
const PAGE: usize = 1_000;

/// The answer to a question in SQL, on its way.
pub struct Answer<'t, 'c> {
    transaction: &'t mut Transaction<'c>,
    names: Vec<String>,
    types: Vec<Type>,
    is_over: bool,
}

impl std::fmt::Debug for Answer<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").field("names", &self.names).finish_non_exhaustive()
    }
}

/// Asks a question in the SQL of PostgreSQL, of the tables of `retold_read`, in a transaction that [`begin`] began.
///
/// # Errors
/// Where the question is none, or not one that only reads; otherwise where the server fails.
pub fn ask<'t, 'c>(transaction: &'t mut Transaction<'c>, question: &str) -> Result<Answer<'t, 'c>, Error> {
    let settings = "set local search_path = retold_read, pg_catalog; set local statement_timeout = '5min'";
    transaction.batch_execute(settings)?;
    // A statement that is prepared is one, and a cursor is of one that answers.
    let statement = transaction.prepare(question)?;
    let columns = statement.columns();
    let types: Vec<Type> = columns.iter().map(|column| column.type_().clone()).collect();
    let names = columns.iter().map(|column| column.name().to_owned()).collect();
    let question = question.trim().trim_end_matches(';');
    transaction.batch_execute(&format!("declare answer no scroll cursor for {question}"))?;
    Ok(Answer { transaction, names, types, is_over: false })
}

impl Answer<'_, '_> {
    /// Returns the names of its columns.
    pub fn columns(&self) -> &[String] {
        &self.names
    }

    /// Returns the next rows: some at a time are in memory; none after the last. Five minutes at most are waited for them.
    ///
    /// # Errors
    /// Where the server fails.
    pub fn next_rows(&mut self) -> Result<Vec<Vec<Value>>, Error> {
        if self.is_over {
            return Ok(Vec::new());
        }
        let page = self.transaction.simple_query(&format!("fetch {PAGE} from answer"))?;
        let rows: Vec<Vec<Value>> = page
            .iter()
            .filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => Some(row),
                _ => None,
            })
            .map(|row| self.types.iter().enumerate().map(|(at, kind)| answered(kind, row.get(at))).collect())
            .collect();
        self.is_over = rows.len() < PAGE;
        Ok(rows)
    }
}

fn answered(kind: &Type, text: Option<&str>) -> Value {
    let Some(text) = text else { return Value::Null };
    let number = match *kind {
        Type::INT2 | Type::INT4 | Type::INT8 => text.parse().ok().map(Value::Integer),
        Type::BOOL => Some(Value::Integer(i64::from(text == "t"))),
        Type::FLOAT4 | Type::FLOAT8 => text.parse().ok().map(Value::Real),
        // A sum of whole numbers is one.
        Type::NUMERIC => text.parse().ok().map(Value::Integer).or_else(|| text.parse().ok().map(Value::Real)),
        _ => None,
    };
    number.unwrap_or_else(|| Value::Text(text.to_owned()))
}
