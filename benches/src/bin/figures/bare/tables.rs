//! The read models' tables as a store has them: their schema, and their rows in memory.

use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, Statement};

use crate::Outcome;

/// The tables that events fill.
const TABLES: [&str; 4] = ["sessions", "instances", "chat_messages", "output_chunks"];

/// The tables, with all their rows.
pub(crate) struct Tables(pub(super) Vec<Table>);

pub(super) struct Table {
    pub(super) name: &'static str,
    create: String,
    indexes: Vec<String>,
    columns: Vec<String>,
    /// In the order of the primary key.
    pub(super) rows: Vec<Vec<Value>>,
}

impl Tables {
    pub(crate) fn read(connection: &Connection) -> Outcome<Self> {
        Ok(Self(TABLES.iter().map(|name| Table::read(connection, name)).collect::<Outcome<_>>()?))
    }

    pub(super) fn get(&self, name: &str) -> Outcome<&Table> {
        let found = self.0.iter().find(|table| table.name == name);
        found.ok_or_else(|| format!("fill: no table {name}").into())
    }

    /// Opens a copy of the store with its tables set aside.
    pub(super) fn set_aside(&self, store: &Path) -> Outcome<Connection> {
        let connection = super::writer::connect(store)?;
        for Table { name, .. } in &self.0 {
            connection.execute_batch(&format!("alter table {name} rename to was_{name}"))?;
        }
        // Nothing of that shall be carried over while the clock runs.
        connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))?;
        Ok(connection)
    }

    /// Drops the tables that were set aside; returns the seconds.
    pub(super) fn drop_those_set_aside(&self, connection: &Connection) -> Outcome<f64> {
        let start = std::time::Instant::now();
        for Table { name, .. } in &self.0 {
            connection.execute_batch(&format!("drop table was_{name}"))?;
        }
        Ok(start.elapsed().as_secs_f64())
    }

    /// Checks that the tables hold what those that were set aside hold.
    pub(super) fn check(&self, connection: &Connection) -> Outcome<()> {
        for Table { name, columns, rows, .. } in &self.0 {
            let columns = columns.join(", ");
            let same = format!("select {columns} from {name} intersect select {columns} from was_{name}");
            let same: i64 =
                connection.query_row(&format!("select count(*) from ({same})"), [], |row| row.get(0))?;
            if usize::try_from(same)? != rows.len() {
                return Err(format!("fill: {same} rows of {name} are right, expected {}", rows.len()).into());
            }
        }
        Ok(())
    }
}

impl Table {
    fn read(connection: &Connection, name: &'static str) -> Outcome<Self> {
        let create = connection
            .prepare("select sql from sqlite_schema where type = 'table' and name = ?1")?
            .query_row([name], |row| row.get(0))?;
        // The old indexes keep their names when their table is renamed.
        let indexes = connection
            .prepare(
                "select name, sql from sqlite_schema where type = 'index' and tbl_name = ?1 and sql not null",
            )?
            .query_map([name], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?
            .map(|index| index.map(|(index, sql)| sql.replacen(&index, &format!("new_{index}"), 1)))
            .collect::<rusqlite::Result<_>>()?;
        let columns: Vec<String> = connection
            .prepare("select name from pragma_table_info(?1) order by cid")?
            .query_map([name], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let rows = connection
            .prepare(&format!("select {} from {name}", columns.join(", ")))?
            .query_map([], |row| (0..columns.len()).map(|at| row.get(at)).collect())?
            .collect::<rusqlite::Result<_>>()?;
        Ok(Self { name, create, indexes, columns, rows })
    }

    pub(super) fn create(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection.execute_batch(&self.create)
    }

    pub(super) fn create_indexes(&self, connection: &Connection) -> rusqlite::Result<()> {
        self.indexes.iter().try_for_each(|sql| connection.execute_batch(sql))
    }

    /// Returns a statement that inserts so many rows.
    pub(super) fn insert<'c>(
        &self,
        connection: &'c Connection,
        rows: usize,
    ) -> rusqlite::Result<Statement<'c>> {
        let row = format!("({})", vec!["?"; self.columns.len()].join(", "));
        let (name, columns) = (self.name, self.columns.join(", "));
        connection.prepare(&format!("insert into {name} ({columns}) values {}", vec![row; rows].join(", ")))
    }

    pub(super) fn column(&self, name: &str) -> Outcome<usize> {
        let found = self.columns.iter().position(|column| column == name);
        found.ok_or_else(|| format!("fill: {} has no column {name}", self.name).into())
    }
}

/// Binds rows one behind the other, and executes.
pub(super) fn execute(statement: &mut Statement<'_>, rows: &[Vec<Value>]) -> rusqlite::Result<()> {
    for (at, value) in rows.iter().flatten().enumerate() {
        statement.raw_bind_parameter(at + 1, value)?;
    }
    statement.raw_execute().map(drop)
}
