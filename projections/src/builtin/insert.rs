//! Insertion of rows that waited in memory: many a statement.

use retold_core::StreamId;
use rusqlite::Connection;

use super::apply::{Done, failed};
use super::columns::Binder;

/// Rows that one statement inserts.
const ROWS_A_STATEMENT: usize = 32;

/// A row that waits in memory, without its stream.
pub(super) trait WaitingRow {
    /// Binds its columns, in the order of the table.
    fn bind(&self, row: &mut Binder<'_, '_>, stream: StreamId) -> rusqlite::Result<()>;
}

/// An insertion into one table.
#[derive(Debug)]
pub(super) struct Insert {
    one: String,
    many: String,
}

impl Insert {
    /// Makes it out of an insertion of a single row.
    pub(super) fn of(one: String) -> Self {
        let (insert, row) = one.trim_end().split_once("values ").expect("an insertion of values");
        let many = format!("{insert}values {}", vec![row; ROWS_A_STATEMENT].join(", "));
        Self { one, many }
    }

    /// Inserts rows, as many a statement as it takes, the rest one by one.
    pub(super) fn execute<R: WaitingRow>(&self, connection: &Connection, rows: &[(StreamId, &R)]) -> Done {
        let (groups, rest) = rows.as_chunks::<ROWS_A_STATEMENT>();
        execute(connection, &self.many, groups.iter().map(<[_; ROWS_A_STATEMENT]>::as_slice))
            .and_then(|()| execute(connection, &self.one, rest.chunks(1)))
            .map_err(failed)
    }
}

fn execute<'a, R: WaitingRow + 'a>(
    connection: &Connection,
    sql: &str,
    groups: impl ExactSizeIterator<Item = &'a [(StreamId, &'a R)]>,
) -> rusqlite::Result<()> {
    if groups.len() == 0 {
        return Ok(());
    }
    let mut statement = connection.prepare_cached(sql)?;
    for group in groups {
        let mut rows = Binder::new(&mut statement);
        for (stream, row) in group {
            row.bind(&mut rows, *stream)?;
        }
        rows.execute()?;
    }
    Ok(())
}
