//! What an expression reads, as SQLite tells when it prepares it.

use std::collections::HashSet;

use retold_core::FieldKind;
use retold_projections::{ReadColumns, prepare_expression, sql_words};
use rusqlite::Connection;

use crate::{Change, Error, Key, List, Patch, Path};

/// Tables and columns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reads {
    columns: ReadColumns,
    tables: HashSet<String>,
}

/// Which events an answer depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Those that change the session's own keys: no list, no count and no `updatedAt`, which every event may write.
    Own,
    /// Those, and of the lists their lengths.
    Counts,
    /// All of them.
    All,
}

/// Prepares a query on a connection, where it reads and does nothing else, and returns what it reads.
pub(crate) fn of(
    connection: &mut Connection,
    query: &str,
    expression: &str,
    before: usize,
) -> Result<Reads, Error> {
    let prepared = |connection: &Connection| {
        let statement = connection.prepare(query).map_err(|error| refused(&error, before, expression))?;
        match (statement.column_count(), statement.parameter_count()) {
            (1, 0) => Ok(()),
            (1, _) => Err("a parameter has no value here"),
            _ => Err("it is more than one value"),
        }
        .map_err(|message| Error::Sql { message: message.to_owned(), offset: None })
    };
    // After it the tables are filled on the same connection, and the question stays the one that was looked at.
    let (prepared, columns) =
        prepare_expression(connection, prepared).map_err(crate::error::sqlite("set up a question"))?;
    prepared?;
    let tables = columns.iter().map(|(table, _)| table.clone()).collect();
    Ok(Reads { columns, tables })
}

/// Why an expression cannot be asked, with the place in it; SQLite's place is that in the whole query.
pub(crate) fn refused(error: &rusqlite::Error, before: usize, expression: &str) -> Error {
    let offset = match error {
        rusqlite::Error::SqlInputError { offset, .. } => usize::try_from(*offset).ok(),
        _ => None,
    };
    let offset = offset.and_then(|offset| offset.checked_sub(before));
    let is_behind = offset.is_some_and(|at| at >= expression.len());
    let offset = offset.filter(|at| *at <= expression.len());
    let message = match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::AuthorizationForStatementDenied) => "it does more than read".to_owned(),
        // What comes after it is not the person's.
        _ if is_behind => "it ends too early".to_owned(),
        _ => sql_words(error),
    };
    Error::Sql { message, offset }
}

impl Reads {
    /// Whether a table is read at all.
    pub(crate) fn reads(&self, table: &str) -> bool {
        self.tables.contains(table)
    }

    /// Whether a column of a table is read.
    pub(crate) fn reads_column(&self, table: &str, column: &str) -> bool {
        self.columns.contains(&(table.to_owned(), column.to_owned()))
    }

    /// Returns how the events are followed that can change what is read.
    pub(super) fn needs(&self) -> Needs {
        if !self.is_of_session() || self.reads_column("session", "updated_at") {
            return Needs::All;
        }
        match self.reads_column("session", "instance_count") || self.reads_column("session", "message_count")
        {
            true => Needs::Counts,
            false => Needs::Own,
        }
    }

    /// Whether nothing but the session's own row is read.
    pub(super) fn is_of_session(&self) -> bool {
        self.tables.iter().all(|table| table == "session")
    }

    /// Returns the columns of the session's own row that are read.
    pub(super) fn of_session(&self) -> impl Iterator<Item = &str> {
        let of = |(table, column): &'_ (String, String)| table == "session" && !column.is_empty();
        let mut columns: Vec<&str> =
            self.columns.iter().filter(move |read| of(read)).map(|(_, column)| column.as_str()).collect();
        columns.sort_unstable();
        columns.into_iter()
    }

    /// Whether what a patch changes is read.
    pub(crate) fn touches(&self, patch: &Patch) -> bool {
        let column = |table: &str, key: &Key| match key {
            // A long text is read as itself, or as its length.
            Key::Known(field) if field.kind() == FieldKind::LongText => {
                let column = field.column();
                self.reads_column(table, column) || self.reads_column(table, &format!("{column}_bytes"))
            }
            Key::Known(field) => self.reads_column(table, field.column()),
            Key::Record(record) => self.reads_column(table, record.name()),
            Key::Unknown(_) | Key::Unknowns => self.reads_column(table, "extra"),
        };
        match (&patch.path, &patch.change) {
            (Path::Own(key), _) => column("session", key),
            (Path::Row(List::Instances, _), _) => {
                self.reads("instances") || self.reads_column("session", "instance_count")
            }
            (Path::Row(List::Messages, _), _) => {
                self.reads("messages") || self.reads_column("session", "message_count")
            }
            (Path::Field(List::Instances, _, key), _) => column("instances", key),
            (Path::Field(List::Messages, _, key), _) => column("messages", key),
            (Path::Whole, Change::Insert(_) | Change::Remove(_)) => true,
            _ => false,
        }
    }
}
