//! Two versions of a projection, row by row.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::build::find;
use super::keep::Keeper;
use super::registry::FileName;
use super::sidecars::Sidecars;
use crate::Error;
use crate::engine::Progress;
use crate::error::sqlite;

const ACT: &str = "compare two projections";

/// On which side a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Only on the left.
    Left,
    /// Only on the right.
    Right,
    /// On both, and not the same.
    Both,
}

/// A row that two versions of a projection do not share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The table.
    pub table: String,
    /// On which side the row is.
    pub side: Side,
    /// Its key, a JSON object.
    pub key: String,
    /// What else it holds on the left, a JSON object.
    pub left: Option<String>,
    /// What else it holds on the right, a JSON object.
    pub right: Option<String>,
}

impl Sidecars {
    /// Compares two versions of projections, each brought to the end of the log first: the rows that only one has, and
    /// those that differ, table by table in the order of their keys, `limit` of them at the most. Only tables count that
    /// have the same columns on both sides.
    ///
    /// # Errors
    /// [`Error::NoVersion`] for a version that has no file; [`Error::NothingInCommon`]; otherwise those of
    /// [`catch_up`](Self::catch_up).
    pub fn diff(
        &self,
        left: (&str, u32),
        right: (&str, u32),
        limit: u32,
        progress: &mut dyn FnMut(Progress) -> bool,
    ) -> Result<Vec<Difference>, Error> {
        let left_file = self.bring_up(left, progress)?;
        let right_file = self.bring_up(right, progress)?;
        let store = self.log.path();
        let connection = attach(&left_file.path(store), &right_file.path(store)).map_err(sqlite(ACT))?;
        let tables = common_tables(&connection).map_err(sqlite(ACT))?;
        if tables.is_empty() {
            let name = |(name, version): (&str, u32)| format!("{name}@{version}");
            return Err(Error::NothingInCommon { left: name(left), right: name(right) });
        }
        let mut found = Vec::new();
        for table in tables {
            let rest = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
            found.extend(table.differences(&connection, rest).map_err(sqlite(ACT))?);
        }
        Ok(found)
    }

    /// Brings the file of a version to the end of the log, whatever it is for.
    fn bring_up(
        &self,
        (name, version): (&str, u32),
        progress: &mut dyn FnMut(Progress) -> bool,
    ) -> Result<FileName, Error> {
        let entry = find(&self.log, name)?;
        let of_version = |file: &&FileName| file.version == version;
        let files = [entry.current.as_ref(), entry.previous.as_ref()];
        let file = files.into_iter().flatten().find(of_version).cloned();
        let file = file.ok_or_else(|| Error::NoVersion { name: name.to_owned(), version })?;
        match Keeper::open_as(&self.log, name, &file) {
            Ok(Some(mut keeper)) => drop(keeper.catch_up(progress)?),
            Ok(None) => return Err(Error::NoVersion { name: name.to_owned(), version }),
            // Somebody keeps it: it is a moment behind at the most.
            Err(Error::AtWork { .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(file)
    }
}

fn attach(left: &Path, right: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(left, flags)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    crate::attach::attach(&connection, right, "other")?;
    Ok(connection)
}

/// A table that both sides have.
struct Table {
    name: String,
    columns: Vec<String>,
    /// The columns that a row is known by; all of them where it has no other key.
    key: Vec<String>,
}

fn common_tables(connection: &Connection) -> rusqlite::Result<Vec<Table>> {
    let names: Vec<String> = connection
        .prepare(include_str!("../../sql/sidecar/tables.sql"))?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut tables = Vec::new();
    for name in names {
        let columns = columns(connection, "main", &name)?;
        if columns != self::columns(connection, "other", &name)? {
            continue;
        }
        let mut key: Vec<&(String, i64)> = columns.iter().filter(|(_, place)| *place > 0).collect();
        key.sort_by_key(|(_, place)| *place);
        let key: Vec<String> = key.into_iter().map(|(name, _)| name.clone()).collect();
        let columns: Vec<String> = columns.into_iter().map(|(name, _)| name).collect();
        let key = if key.is_empty() { columns.clone() } else { key };
        tables.push(Table { name, columns, key });
    }
    Ok(tables)
}

/// Returns a table's columns with their places in its key, 0 for none.
fn columns(connection: &Connection, schema: &str, table: &str) -> rusqlite::Result<Vec<(String, i64)>> {
    connection
        .prepare_cached(include_str!("../../sql/sidecar/columns.sql"))?
        .query_map([table, schema], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

impl Table {
    fn differences(&self, connection: &Connection, limit: u32) -> rusqlite::Result<Vec<Difference>> {
        let table = quoted(&self.name);
        let rest: Vec<&String> = self.columns.iter().filter(|column| !self.key.contains(column)).collect();
        let same = |columns: &mut dyn Iterator<Item = &String>| {
            let equal: Vec<String> = columns.map(|c| format!("l.{0} is r.{0}", quoted(c))).collect();
            if equal.is_empty() { "true".to_owned() } else { equal.join(" and ") }
        };
        let on = same(&mut self.key.iter());
        let alike = same(&mut rest.iter().copied());
        let order = |side: &str| {
            let columns: Vec<String> = self.key.iter().map(|c| format!("{side}.{}", quoted(c))).collect();
            columns.join(", ")
        };
        let (left_key, left) = (object("l", self.key.iter()), object("l", rest.iter().copied()));
        let (right_key, right) = (object("r", self.key.iter()), object("r", rest.iter().copied()));
        let (left_order, right_order) = (order("l"), order("r"));
        let queries = [
            (
                Side::Left,
                format!(
                    "select {left_key}, {left}, null from main.{table} l \
                 where not exists (select 1 from other.{table} r where {on}) order by {left_order} limit ?1"
                ),
            ),
            (
                Side::Right,
                format!(
                    "select {right_key}, null, {right} from other.{table} r \
                 where not exists (select 1 from main.{table} l where {on}) order by {right_order} limit ?1"
                ),
            ),
            (
                Side::Both,
                format!(
                    "select {left_key}, {left}, {right} from main.{table} l join other.{table} r on {on} \
                 where not ({alike}) order by {left_order} limit ?1"
                ),
            ),
        ];
        let mut found = Vec::new();
        for (side, sql) in queries {
            let left = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
            let mut statement = connection.prepare(&sql)?;
            let rows = statement.query_map([left], |row| {
                let table = self.name.clone();
                Ok(Difference { table, side, key: row.get(0)?, left: row.get(1)?, right: row.get(2)? })
            })?;
            for row in rows {
                found.push(row?);
            }
        }
        Ok(found)
    }
}

/// Returns an expression for a JSON object of some columns; bytes are in hexadecimal.
fn object<'c>(side: &str, columns: impl Iterator<Item = &'c String>) -> String {
    let pairs: Vec<String> = columns
        .map(|column| {
            let (name, value) = (column.replace('\'', "''"), format!("{side}.{}", quoted(column)));
            format!("'{name}', iif(typeof({value}) = 'blob', hex({value}), {value})")
        })
        .collect();
    format!("json_object({})", pairs.join(", "))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
