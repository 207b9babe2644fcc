//! Pages of the list of a team's sessions: as the server has them, and as a store has its own.

use std::cell::RefCell;
use std::collections::HashMap;

use postgres::types::{ToSql, Type};
use postgres::{Client, GenericClient, Transaction};
use retold_core::{Record, time};
use retold_projections::{Cursor, ModelTable, Order, SessionFilter, SessionFold, SessionRow, Span};
use rusqlite::types::Value;

use super::{Listed, listed};
use crate::receiver::{Error, Typed};
use crate::work::{read_row, selected, without_nul};

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
    /// A server over HTTPS does not list so, and why.
    #[error("{0}")]
    Refused(String),
    /// The server does not have this list of a session.
    #[error("the server does not list by {0}")]
    Having(&'static str),
}

/// The most sessions that a page has.
pub const SESSIONS_A_PAGE: u32 = 1_000;

/// A page of a list, and up to where the list is.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Page {
    /// Up to where it is.
    pub listed: Listed,
    /// Its sessions, in order.
    pub sessions: Vec<SessionRow>,
    /// How many there are on all pages, where that was asked.
    pub count: Option<u64>,
}

/// Lists the sessions of a team.
pub trait Lists {
    /// Returns the sessions that whoever asks may see, [`SESSIONS_A_PAGE`] at most; of one that is in several logs, the copy with the most events.
    /// `filter.workspace` may be a key or a folder. Reads the rows of the page and those that the filter leaves out between them; with
    /// `counts` all that may be seen.
    ///
    /// # Errors
    /// [`ListError::Order`] and [`ListError::Having`] for what the server cannot do; otherwise where it fails.
    fn page(&mut self, filter: &SessionFilter, counts: bool) -> Result<Page, ListError>;
}

/// Returns as many sessions as a filter's limit says, from as many pages as that takes, or all of them.
///
/// # Errors
/// Those of [`Lists::page`].
pub fn list(
    lists: &mut (impl Lists + ?Sized),
    filter: &SessionFilter,
    counts: bool,
) -> Result<Page, ListError> {
    let mut left = filter.limit.unwrap_or(u32::MAX);
    let mut next = filter.clone();
    let mut before: Option<Page> = None;
    loop {
        let wanted = left.min(SESSIONS_A_PAGE);
        left -= wanted;
        next.limit = Some(wanted);
        let page = lists.page(&next, counts && before.is_none())?;
        let is_last = left == 0 || page.sessions.len() < wanted as usize;
        next.after = page.sessions.last().map(|last| last.cursor.clone());
        let all = match before.take() {
            None => page,
            Some(mut all) => {
                all.sessions.extend(page.sessions);
                all
            }
        };
        if is_last {
            return Ok(all);
        }
        before = Some(all);
    }
}

/// Every page is of its own moment.
impl Lists for Client {
    fn page(&mut self, filter: &SessionFilter, counts: bool) -> Result<Page, ListError> {
        page(self, filter, counts)?.fold(filter.order)
    }
}

/// All pages are of one moment, where [`begin`](super::begin) began it.
impl Lists for Transaction<'_> {
    fn page(&mut self, filter: &SessionFilter, counts: bool) -> Result<Page, ListError> {
        page(self, filter, counts)?.fold(filter.order)
    }
}

/// A page as a server has it: rows of its columns.
#[derive(Clone, Debug, Default)]
pub struct PageRows {
    /// Up to where it is.
    pub listed: Listed,
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, in order.
    pub rows: Vec<Row>,
    /// How many there are on all pages, where that was asked.
    pub count: Option<u64>,
}

/// A row of a page.
#[derive(Clone, Debug)]
pub struct Row {
    /// The number of the session's stream, on the server.
    pub stream: i64,
    /// What it is ordered by.
    pub key: Option<i64>,
    /// The key of its workspace, and its folder, where that is known.
    pub workspace: (Vec<u8>, Option<String>),
    /// What is in the columns.
    pub cells: Vec<Value>,
}

/// Reads a page.
pub(crate) fn page(
    client: &mut impl GenericClient,
    filter: &SessionFilter,
    counts: bool,
) -> Result<PageRows, ListError> {
    let table = ModelTable::Sessions;
    let columns = table.columns().iter().map(|(name, _)| (*name).to_owned()).collect();
    // Before the rows: what comes in between is not said to be among them.
    let listed = listed(client)?;
    let rows = rows(client, filter)?;
    let count = if counts { Some(count(client, filter)?) } else { None };
    Ok(PageRows { listed, columns, rows, count })
}

fn rows(client: &mut impl GenericClient, filter: &SessionFilter) -> Result<Vec<Row>, ListError> {
    let mut asked = Asked::of(filter)?;
    let (key, is_always) = key_of(filter.order)?;
    // An index is in this order, or in the other.
    let nulls = if is_always { "" } else { " nulls last" };
    if let Some(after) = &filter.after {
        let (order, value, stream) = after.by().ok_or(ListError::Order)?;
        if order != filter.order {
            return Err(ListError::Order);
        }
        let stream = asked.bind(stream);
        let condition = match value {
            Some(value) if is_always => format!("({key}, s.stream) < ({}, {stream})", asked.bind(value)),
            Some(value) => {
                let value = asked.bind(value);
                format!("({key} < {value} or ({key} = {value} and s.stream < {stream}) or {key} is null)")
            }
            None => format!("({key} is null and s.stream < {stream})"),
        };
        asked.conditions.push(condition);
    }
    let limit = asked.bind(i64::from(filter.limit.unwrap_or(SESSIONS_A_PAGE).min(SESSIONS_A_PAGE)));
    let table = ModelTable::Sessions;
    let sql = format!(
        "select s.stream, {key}, w.key, w.path, {columns} from retold.sessions s
        left join retold.workspace w on w.tenant = s.tenant and w.workspace = s.workspace
        where {conditions} order by {key} desc{nulls}, s.stream desc limit {limit}",
        columns = selected(table, "s"),
        conditions = asked.conditions.join(" and "),
    );
    let asked_by = asked.typed();
    let found = client.query_typed(&sql, &asked_by).map_err(Error::from)?;
    let row = |row: &postgres::Row| Row {
        stream: row.get(0),
        key: row.get(1),
        workspace: (row.get::<_, Option<&[u8]>>(2).unwrap_or_default().to_vec(), row.get(3)),
        cells: read_row(table, row, 4),
    };
    Ok(found.iter().map(row).collect())
}

impl PageRows {
    /// Makes sessions of the rows, as a store reads its own. A column that this release has and the server does not is empty.
    ///
    /// # Errors
    /// Where they are not rows of sessions.
    pub fn fold(self, order: Order) -> Result<Page, ListError> {
        let folded = |error: retold_projections::Error| Error::Damaged(error.to_string());
        let table = ModelTable::Sessions;
        let places: Vec<Option<usize>> =
            table.columns().iter().map(|(name, _)| self.columns.iter().position(|of| of == name)).collect();
        let mut workspaces: HashMap<i64, Vec<Value>> = HashMap::new();
        let at = table.columns().iter().position(|(name, _)| *name == "workspace").unwrap_or_default();
        let mut keys = Vec::with_capacity(self.rows.len());
        let mut found = Vec::with_capacity(self.rows.len());
        for Row { stream, key, workspace: (name, path), mut cells } in self.rows {
            keys.push((stream, key));
            let mut take = |place: &Option<usize>| {
                let cell = place.and_then(|place| cells.get_mut(place));
                cell.map_or(Value::Null, |cell| std::mem::replace(cell, Value::Null))
            };
            let values: Vec<Value> = places.iter().map(&mut take).collect();
            if let Some(Value::Integer(workspace)) = values.get(at) {
                workspaces.entry(*workspace).or_insert_with(|| {
                    let name = String::from_utf8_lossy(&name).into_owned();
                    let path = path.map_or(Value::Null, Value::Text);
                    vec![Value::Integer(*workspace), Value::Text(name), path, Value::Text("[]".to_owned())]
                });
            }
            found.push(values);
        }
        let sessions = read_by_fold(workspaces.into_values().collect(), found).map_err(folded)?;
        let mut sessions: HashMap<i64, SessionRow> =
            sessions.into_iter().map(|row| (row.stream, row)).collect();
        let sessions = keys.into_iter().filter_map(|(stream, key)| {
            let mut row = sessions.remove(&stream)?;
            row.cursor = Cursor::of(order, key, stream)?;
            Some(row)
        });
        Ok(Page { listed: self.listed, sessions: sessions.collect(), count: self.count })
    }
}

thread_local! {
    /// Making its tables costs more than reading a page of rows.
    static FOLD: RefCell<Option<SessionFold>> = const { RefCell::new(None) };
}

/// Reads rows of sessions, and of their workspaces, as a store reads its own.
fn read_by_fold(
    workspaces: Vec<Vec<Value>>,
    sessions: Vec<Vec<Value>>,
) -> Result<Vec<SessionRow>, retold_projections::Error> {
    FOLD.with_borrow_mut(|kept| {
        // One that failed is not gone on with.
        let mut fold = kept.take().map_or_else(SessionFold::new, Ok)?;
        fold.put(ModelTable::Workspaces, workspaces)?;
        fold.put(ModelTable::Sessions, sessions)?;
        let rows = fold.sessions(&SessionFilter::new().with_order(Order::Updated))?;
        fold.clear()?;
        *kept = Some(fold);
        Ok(rows)
    })
}

/// Counts the sessions that a list without a limit has. O(sessions that may be seen).
fn count(client: &mut impl GenericClient, filter: &SessionFilter) -> Result<u64, ListError> {
    let asked = Asked::of(filter)?;
    let sql = format!(
        "select count(*) from retold.sessions s
        left join retold.workspace w on w.tenant = s.tenant and w.workspace = s.workspace where {}",
        asked.conditions.join(" and ")
    );
    let asked_by = asked.typed();
    let row = client.query_typed_one(&sql, &asked_by).map_err(Error::from)?;
    Ok(row.get::<_, i64>(0).cast_unsigned())
}

/// The column that an order is by, and whether every session has something there.
fn key_of(order: Order) -> Result<(&'static str, bool), ListError> {
    let column = match order {
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
    };
    Ok((column, order == Order::Moved))
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
    values: Vec<(Box<dyn ToSql + Sync>, Type)>,
}

impl Asked {
    fn of(filter: &SessionFilter) -> Result<Self, ListError> {
        let mut asked = Self { conditions: SEEN.map(str::to_owned).to_vec(), values: Vec::new() };
        if let Some(workspace) = &filter.workspace {
            let (key, path) =
                (asked.bind_typed(workspace.as_bytes().to_vec(), Type::BYTEA), asked.bind_text(workspace));
            asked.conditions.push(format!("(w.key = {key} or w.path = {path})"));
        }
        for (column, value) in [("s.status", &filter.status), ("s.type", &filter.kind)] {
            if let Some(value) = value {
                let value = asked.bind_text(value);
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
            let text = asked.bind_text(&text.to_lowercase());
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
            let (first, other) =
                (asked.bind_text(&format!("[{element}")), asked.bind_text(&format!(",{element}")));
            asked.conditions.push(format!("(strpos(s.tags, {first}) = 1 or strpos(s.tags, {other}) > 0)"));
        }
        Ok(asked)
    }

    /// Returns the values with their types: one round trip.
    fn typed(&self) -> Vec<Typed<'_>> {
        self.values.iter().map(|(value, of)| (&**value as _, of.clone())).collect()
    }

    /// Binds a text, as the rows have it.
    fn bind_text(&mut self, text: &str) -> String {
        self.bind_typed(without_nul(text.to_owned()), Type::TEXT)
    }

    /// Binds a number.
    fn bind(&mut self, value: i64) -> String {
        self.bind_typed(value, Type::INT8)
    }

    fn bind_typed(&mut self, value: impl ToSql + Sync + 'static, of: Type) -> String {
        self.values.push((Box::new(value), of));
        format!("${}", self.values.len())
    }
}
