//! Asks a team's server: lists, counts and SQL, of what whoever asks may see.

mod list;
mod log;
mod search;

use postgres::types::Type;
use postgres::{Client, GenericClient, IsolationLevel, SimpleQueryMessage, Transaction};
use rusqlite::types::Value;

use crate::receiver::Error;
pub(crate) use list::page;
pub use list::{ListError, Lists, Page, PageRows, Row, SESSIONS_A_PAGE, list};
pub(crate) use search::search;

pub use log::{Arrived, LogHead, ReadUpTo, TeamLog, heads, last_shipment};
pub use search::{Finds, Narrowed, SearchError, Searches, Wanted};

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
    let rows = client.query_typed(
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

/// Returns up to where the lists of the caller's team are. O(sessions that wait to be made again).
///
/// # Errors
/// Where the server fails.
pub fn listed(client: &mut impl GenericClient) -> Result<Listed, Error> {
    let row = client.query_typed_one("select listed, ingest, stale from retold.listed_1()", &[])?;
    let number = |at: usize| row.get::<_, i64>(at).cast_unsigned();
    Ok(Listed { shipment: number(0), of: number(1), stale: number(2) })
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
