//! What an expression reads, as SQLite tells when it prepares it.

use std::collections::HashSet;
use std::sync::Arc;

use parking_lot::Mutex;
use retold_core::FieldKind;
use retold_projections::sql_words;
use retold_projections::{is_random, reaches_outside};
use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use crate::{Change, Error, Key, List, Patch, Path};

/// Tables and columns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reads {
    columns: HashSet<(String, String)>,
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

/// Whether a query may call a function: none that reads or writes outside, or that answers differently each time.
pub(crate) fn may_call(function: &str) -> bool {
    !reaches_outside(function) && !is_random(function)
}

/// Prepares a query on a connection that from now on reads and nothing else, and returns what it reads.
pub(crate) fn of(
    connection: &mut Connection,
    query: &str,
    expression: &str,
    before: usize,
) -> Result<Reads, Error> {
    let reads = Arc::new(Mutex::new(Reads::default()));
    let seen = Arc::clone(&reads);
    let guard = move |context: AuthContext<'_>| match context.action {
        AuthAction::Read { table_name, column_name } => {
            let mut reads = seen.lock();
            reads.tables.insert(table_name.to_owned());
            reads.columns.insert((table_name.to_owned(), column_name.to_owned()));
            Authorization::Allow
        }
        AuthAction::Select | AuthAction::Recursive => Authorization::Allow,
        AuthAction::Function { function_name } if may_call(function_name) => Authorization::Allow,
        _ => Authorization::Deny,
    };
    connection.authorizer(Some(guard)).map_err(crate::error::sqlite("set up a question"))?;
    {
        let statement = connection.prepare(query).map_err(|error| refused(&error, before, expression))?;
        if statement.column_count() != 1 {
            return Err(Error::Sql { message: "it is more than one value".to_owned(), offset: None });
        }
        if statement.parameter_count() > 0 {
            return Err(Error::Sql { message: "a parameter has no value here".to_owned(), offset: None });
        }
    }
    // From here on the tables are filled on the same connection, and the question stays the one that was looked at.
    connection
        .authorizer(None::<fn(AuthContext<'_>) -> Authorization>)
        .map_err(crate::error::sqlite("set up a question"))?;
    let reads = reads.lock().clone();
    Ok(reads)
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
