//! The tables of a store, as its schema lists them, and what a recovery makes of each.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

/// What becomes of a table's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// They are the log: taken over where it is the same log, made again by the events where it is another one.
    Log,
    /// They depend on nothing else.
    Kept,
    /// They name events by these columns, and by hash where there is one; and a session's stream, where one of them is about one.
    OfPositions {
        positions: &'static [&'static str],
        hash: Option<&'static str>,
        stream: Option<&'static str>,
    },
    /// They say where a projection stopped, by these columns, which are empty where it is to try again.
    OfTries(&'static [&'static str]),
    /// They say what a session was imported from, and hold for one of which nothing is lost.
    OfSessions,
    /// They name files beside the store, or what a part of a log lacks: the new store has no such files, and is no part.
    OfFiles,
}

/// Returns what becomes of a table's rows; `None` for one that nobody has thought of.
pub(super) fn role(table: &str) -> Option<Role> {
    Some(match table {
        "log" | "lineage" | "workspace" | "stream" | "event" | "event_type" | "blob" | "dictionary"
        | "repack" | "redaction" | "pruned" => Role::Log,
        "backup" | "quarantine" | "sidecar" => Role::Kept,
        "commit_key" => {
            Role::OfPositions { positions: &["first", "last"], hash: None, stream: Some("stream") }
        }
        "mark" => Role::OfPositions { positions: &["position"], hash: Some("hash"), stream: None },
        "sidecar_skip" => Role::OfPositions { positions: &["position"], hash: None, stream: None },
        "sidecar_version" => Role::OfTries(&["failed_position", "failed_at", "failure"]),
        "import_record" => Role::OfSessions,
        "sidecar_file" | "part" | "absent" | "withheld" => Role::OfFiles,
        _ => return None,
    })
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Real,
    Text,
    Blob,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Whether a row may come without a value for it.
    pub(super) is_optional: bool,
    /// Its place in the primary key, from 1; 0 where it is not of it.
    key: u32,
}

impl Column {
    /// Whether a number may be one of it: but for moments, all of them count something.
    fn allows(&self, number: i64) -> bool {
        match self.name.as_str() {
            "version" | "ordinal" => u32::try_from(number).is_ok(),
            name => number >= 0 || name.ends_with("_at"),
        }
    }
}

/// A table of the log's schema.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// Whether its rows have numbers; the others are found by their key.
    pub(super) has_row_numbers: bool,
}

impl Table {
    /// Returns every table of a store with the log's schema and nothing else.
    pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<Self>> {
        let mut statement = connection.prepare(include_str!("../../sql/recover/tables.sql"))?;
        let named = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        named
            .map(|named| {
                let (name, is_without): (String, bool) = named?;
                let columns = columns(connection, &name)?;
                Ok(Self { name, columns, has_row_numbers: !is_without })
            })
            .collect()
    }

    /// Returns the column that is the row's number, which the row itself leaves empty.
    pub(super) fn number(&self) -> Option<usize> {
        let mut keys = self.columns.iter().enumerate().filter(|(_, column)| column.key > 0);
        let (at, column) = keys.next()?;
        (self.has_row_numbers && column.kind == Kind::Integer && keys.next().is_none()).then_some(at)
    }

    /// Returns the columns in the order in which a row has them on disk: without row numbers the key comes first.
    /// <https://sqlite.org/fileformat2.html#representation_of_sql_indices>
    pub(super) fn stored_order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.columns.len()).collect();
        if !self.has_row_numbers {
            order.sort_by_key(|at| match self.columns[*at].key {
                0 => u32::MAX,
                key => key,
            });
        }
        order
    }

    pub(super) fn role(&self) -> Role {
        role(&self.name).unwrap_or(Role::Kept)
    }

    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// Returns a statement that reads all of it, from the table and not from an index.
    pub(super) fn select(&self) -> String {
        format!("select {} from {} not indexed", self.list(), quoted(&self.name))
    }

    /// Returns a statement that adds a row, unless there is one of its key.
    pub(super) fn insert(&self) -> String {
        let places: Vec<String> = (1..=self.columns.len()).map(|number| format!("?{number}")).collect();
        let (name, list) = (quoted(&self.name), self.list());
        format!("insert or ignore into {name} ({list}) values ({})", places.join(", "))
    }

    /// Returns the columns of its primary key, in the order of the key.
    pub(super) fn key(&self) -> Vec<usize> {
        let mut key: Vec<usize> = (0..self.columns.len()).filter(|at| self.columns[*at].key > 0).collect();
        key.sort_by_key(|at| self.columns[*at].key);
        key
    }

    /// Returns a statement that removes the row of a [`key`](Self::key).
    pub(super) fn delete(&self) -> String {
        let is =
            |(number, at): (usize, &usize)| format!("{} is ?{}", quoted(&self.columns[*at].name), number + 1);
        let wheres: Vec<String> = self.key().iter().enumerate().map(is).collect();
        format!("delete from {} where {}", quoted(&self.name), wheres.join(" and "))
    }

    /// Whether values are what the columns of a table beside the log hold: SQLite itself never writes another, but it reads and
    /// converts what lies where the table should be. A number that whoever reads the table refuses would make all of it unreadable.
    pub(super) fn fits(&self, values: &[ValueRef<'_>]) -> bool {
        let fits = |(column, value): (&Column, &ValueRef<'_>)| match value {
            ValueRef::Null => column.is_optional,
            ValueRef::Integer(number) => column.kind == Kind::Integer && column.allows(*number),
            ValueRef::Real(_) => column.kind == Kind::Real,
            ValueRef::Text(_) => column.kind == Kind::Text,
            ValueRef::Blob(_) => column.kind == Kind::Blob,
        };
        self.columns.len() == values.len() && self.columns.iter().zip(values).all(fits)
    }

    fn list(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|column| quoted(&column.name)).collect();
        names.join(", ")
    }

    /// Returns a row as whoever lost it can read it.
    pub(super) fn words<'v>(&self, values: impl Iterator<Item = ValueRef<'v>>) -> serde_json::Value {
        let pairs =
            self.columns.iter().zip(values).map(|(column, value)| (column.name.clone(), words(value)));
        serde_json::Value::Object(pairs.collect())
    }
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Column>> {
    let mut statement = connection.prepare(include_str!("../../sql/recover/columns.sql"))?;
    let column = |row: &Row<'_>| {
        let (kind, key): (String, u32) = (row.get(1)?, row.get(4)?);
        let (is_required, has_default): (bool, bool) = (row.get(2)?, row.get(3)?);
        Ok(Column {
            name: row.get(0)?,
            kind: match kind.to_ascii_lowercase().as_str() {
                "integer" | "int" => Kind::Integer,
                "real" => Kind::Real,
                "text" => Kind::Text,
                _ => Kind::Blob,
            },
            is_optional: (!is_required && key == 0) || has_default,
            key,
        })
    };
    statement.query_map([table], column)?.collect()
}

fn words(value: ValueRef<'_>) -> serde_json::Value {
    match value {
        ValueRef::Null => serde_json::Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
        ValueRef::Blob(bytes) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            digits.into()
        }
    }
}

/// Quotes a name of SQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A migration that brings a table says here what a recovery makes of it, and which of its columns name events.
    #[test]
    fn every_table_of_the_schema_has_its_place_in_a_recovery() {
        let mut connection = Connection::open_in_memory().unwrap();
        retold_migrations::up(&mut connection, retold_migrations::latest()).unwrap();
        let tables = Table::all(&connection).unwrap();
        assert!(tables.iter().any(|table| table.name == "event"));
        for table in &tables {
            let found = role(&table.name);
            let Some(role) = found else { panic!("what does a recovery do with the table {}?", table.name) };
            let named: Vec<&str> = match role {
                Role::OfPositions { positions, hash, stream } => {
                    positions.iter().copied().chain(hash).chain(stream).collect()
                }
                Role::OfTries(columns) => columns.to_vec(),
                _ => Vec::new(),
            };
            for column in &named {
                assert!(table.column(column).is_some(), "{} has no column {column}", table.name);
            }
            let is_position = |column: &&Column| {
                ["position", "first", "last", "stream"].iter().any(|word| column.name.contains(word))
            };
            // What is said of a file beside the store is said of that file.
            if !matches!(role, Role::Log | Role::OfFiles) && table.name != "backup" {
                for column in table.columns.iter().filter(is_position) {
                    assert!(named.contains(&column.name.as_str()), "{}.{}", table.name, column.name);
                }
            }
        }
    }

    #[test]
    fn a_row_is_read_in_the_order_in_which_it_is_stored() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("create table t (a int, b text, c int, primary key (c, a)) strict, without rowid")
            .unwrap();
        let [table] = &Table::all(&connection).unwrap()[..] else { panic!("one table") };
        assert_eq!(table.stored_order(), [2, 0, 1]);
        assert_eq!(table.number(), None);
    }
}
