//! Rows of the read models on their way into PostgreSQL and back.

use std::fmt::Write as _;

use postgres::Row;
use postgres::types::ToSql;
use retold_projections::ModelTable;
use rusqlite::types::Value;

use crate::receiver::Error;

/// Returns a text as PostgreSQL can hold it: without NUL.
pub(crate) fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

/// A column of many rows.
enum Cells {
    Integers(Vec<Option<i64>>),
    Reals(Vec<Option<f64>>),
    Texts(Vec<Option<String>>),
}

impl Cells {
    fn of(kind: &str) -> Self {
        match kind {
            "integer" => Self::Integers(Vec::new()),
            "real" => Self::Reals(Vec::new()),
            _ => Self::Texts(Vec::new()),
        }
    }

    fn push(&mut self, value: Value) {
        match self {
            Self::Integers(cells) => cells.push(match value {
                Value::Integer(number) => Some(number),
                _ => None,
            }),
            Self::Reals(cells) => cells.push(match value {
                Value::Real(number) => Some(number),
                _ => None,
            }),
            Self::Texts(cells) => cells.push(match value {
                Value::Text(text) => Some(without_nul(text)),
                Value::Integer(number) => Some(number.to_string()),
                _ => None,
            }),
        }
    }

    fn parameter(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::Integers(cells) => cells,
            Self::Reals(cells) => cells,
            Self::Texts(cells) => cells,
        }
    }
}

/// Where a row is, beside what a store says of it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) log: i32,
    pub(super) workspace: i64,
    /// The key of the stream, and when it moved last; of sessions alone.
    pub(super) of_session: Option<(Vec<u8>, i64)>,
}

/// What a PostgreSQL calls a type of SQLite; a number of any size is sent as a text.
fn kind_of(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "integer" => ("bigint[]", ""),
        "real" => ("double precision[]", ""),
        "any" => ("text[]", "::numeric"),
        _ => ("text[]", ""),
    }
}

/// The columns of a table by which a row is found.
fn key_of(table: ModelTable) -> &'static [&'static str] {
    match table {
        ModelTable::Workspaces | ModelTable::Sessions => &["stream"],
        ModelTable::Instances | ModelTable::Messages => &["stream", "place"],
        ModelTable::Chunks => &["stream", "instance", "ordinal"],
    }
}

/// Returns the statement that puts in rows, of a tenant and a generation, or new ones in their place.
fn upsert(table: ModelTable) -> String {
    let own = table.columns();
    let extra: &[(&str, &str)] = match table {
        ModelTable::Sessions => &[("log", "integer[]"), ("key", "bytea[]"), ("moved_instant", "bigint[]")],
        _ => &[("log", "integer[]"), ("workspace", "bigint[]")],
    };
    let names: Vec<&str> = extra.iter().chain(own).map(|(name, _)| *name).collect();
    let mut select = String::new();
    let mut arrays = String::new();
    for (at, (_, kind)) in extra.iter().chain(own).enumerate() {
        let (kind, cast) = if at < extra.len() { (*kind, "") } else { kind_of(kind) };
        let comma = if at == 0 { "" } else { ", " };
        let _infallible = write!(select, "{comma}u.c{at}{cast}");
        let _infallible = write!(arrays, "{comma}${}::{kind}", at + 3);
    }
    let aliases: Vec<String> = (0..names.len()).map(|at| format!("c{at}")).collect();
    let key = key_of(table);
    let set: Vec<String> = names
        .iter()
        .filter(|name| !key.contains(name))
        .map(|name| format!("{name} = excluded.{name}"))
        .collect();
    format!(
        "insert into retold.{table} (tenant, generation, {names}) select $1, $2, {select} from unnest({arrays}) u({aliases})
        on conflict (tenant, generation, {key}) do update set {set}",
        table = table.name(),
        names = names.join(", "),
        aliases = aliases.join(", "),
        key = key.join(", "),
        set = set.join(", "),
    )
}

/// Puts in rows, or new ones in their place.
pub(super) fn write(
    client: &mut postgres::Transaction<'_>,
    (tenant, generation): (i64, i32),
    table: ModelTable,
    rows: Vec<(Place, Vec<Value>)>,
) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let columns = table.columns();
    let mut cells: Vec<Cells> = columns.iter().map(|(_, kind)| Cells::of(kind)).collect();
    let (mut logs, mut workspaces, mut keys, mut moved) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (place, row) in rows {
        logs.push(place.log);
        workspaces.push(place.workspace);
        if let Some((key, at)) = place.of_session {
            keys.push(key);
            moved.push(at);
        }
        for (cells, value) in cells.iter_mut().zip(row) {
            cells.push(value);
        }
    }
    let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&tenant, &generation, &logs];
    match table {
        ModelTable::Sessions => parameters.extend([&keys as &(dyn ToSql + Sync), &moved]),
        _ => parameters.push(&workspaces),
    }
    parameters.extend(cells.iter().map(Cells::parameter));
    client.execute(&upsert(table), &parameters)?;
    Ok(())
}

/// Returns what a query of rows selects: the columns of the table, as [`read`] takes them.
pub(crate) fn selected(table: ModelTable, alias: &str) -> String {
    let columns = table.columns();
    let columns = columns.iter().map(|(name, kind)| match *kind {
        "any" => format!("{alias}.{name}::text"),
        _ => format!("{alias}.{name}"),
    });
    columns.collect::<Vec<_>>().join(", ")
}

/// Reads a row of [`selected`], whose first column is this one.
pub(crate) fn read(table: ModelTable, row: &Row, first: usize) -> Vec<Value> {
    let columns = table.columns();
    let value = |(at, (_, kind)): (usize, &(&str, &str))| {
        let at = first + at;
        match *kind {
            "integer" => row.get::<_, Option<i64>>(at).map(Value::Integer),
            "real" => row.get::<_, Option<f64>>(at).map(Value::Real),
            "any" => row.get::<_, Option<String>>(at).map(|text| match text.parse() {
                Ok(number) => Value::Integer(number),
                Err(_) => Value::Text(text),
            }),
            _ => row.get::<_, Option<String>>(at).map(Value::Text),
        }
        .unwrap_or(Value::Null)
    };
    columns.iter().enumerate().map(value).collect()
}
