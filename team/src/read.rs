//! Asks a team's server: lists, counts and SQL, of what whoever asks may see.

use std::collections::HashMap;

use postgres::types::{ToSql, Type};
use postgres::{Client, SimpleQueryMessage};
use retold_core::{Record, time};
use retold_projections::{Cursor, ModelTable, Order, SessionFilter, SessionFold, SessionRow, Span};
use rusqlite::types::Value;

use crate::receiver::Error;
use crate::work::{read_row, selected};

/// What an answer of a server stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stand {
    /// The number of the last shipment that the rows have.
    pub listed: u64,
    /// That of the last one that there is.
    pub shipped: u64,
    /// Sessions whose rows are to be made again.
    pub stale: u64,
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
    /// What its team's rows stand for.
    pub stand: Stand,
}

/// Returns the logs of the team, whoever's they are. O(logs).
///
/// # Errors
/// Where the server fails.
pub fn status(client: &mut Client) -> Result<Vec<LogStatus>, Error> {
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
            stand: Stand { listed: number(row, 10), shipped: number(row, 9), stale: number(row, 11) },
        })
    };
    rows.iter().map(log).collect()
}

/// Returns what the lists of the caller's team stand for. O(1).
///
/// # Errors
/// Where the server fails.
pub fn stand(client: &mut Client) -> Result<Stand, Error> {
    let row = client.query_one(
        "select coalesce(max(listed), 0), coalesce(max(ingest), 0), coalesce(max(stale), 0) from retold.status_1()",
        &[],
    )?;
    let number = |at: usize| row.get::<_, i64>(at).cast_unsigned();
    Ok(Stand { listed: number(0), shipped: number(1), stale: number(2) })
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
pub fn sessions(client: &mut Client, filter: &SessionFilter) -> Result<Vec<SessionRow>, ListError> {
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
        "select s.stream, ({key})::bigint, w.key, w.path, {columns} from retold.sessions s
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
pub fn count(client: &mut Client, filter: &SessionFilter) -> Result<u64, ListError> {
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
        Order::Duration => "s.total_duration",
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
            let element = asked.bind(element.clone());
            asked.conditions.push(format!("s.tags::jsonb ? {element}"));
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

/// Asks a question in the SQL of PostgreSQL, of the tables of `retold_read`, in a transaction that can only read; hands the names of the
/// columns to `begin` and each row to `each`. Some rows are in memory at a time.
///
/// # Errors
/// What `begin` and `each` return; otherwise where the question is none, or the server fails.
pub fn sql<E: From<Error>>(
    client: &mut Client,
    question: &str,
    begin: impl FnOnce(Vec<String>) -> Result<(), E>,
    mut each: impl FnMut(Vec<Value>) -> Result<bool, E>,
) -> Result<(), E> {
    let mut transaction = client.build_transaction().read_only(true).start().map_err(Error::from)?;
    transaction
        .batch_execute(
            "set local search_path = retold_read, pg_catalog; set local statement_timeout = '5min'",
        )
        .map_err(Error::from)?;
    // A statement that is prepared is one, and a cursor is of one that answers.
    let statement = transaction.prepare(question).map_err(Error::from)?;
    let columns = statement.columns();
    let types: Vec<Type> = columns.iter().map(|column| column.type_().clone()).collect();
    let names = columns.iter().map(|column| column.name().to_owned()).collect();
    let question = question.trim().trim_end_matches(';');
    transaction
        .batch_execute(&format!("declare answer no scroll cursor for {question}"))
        .map_err(Error::from)?;
    begin(names)?;
    loop {
        let page = transaction.simple_query(&format!("fetch {PAGE} from answer")).map_err(Error::from)?;
        let mut count = 0;
        for message in page {
            let SimpleQueryMessage::Row(row) = message else { continue };
            count += 1;
            let value = |(at, kind): (usize, &Type)| answered(kind, row.get(at));
            if !each(types.iter().enumerate().map(value).collect())? {
                return Ok(());
            }
        }
        if count < PAGE {
            return Ok(());
        }
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
