//! The built-in read models in a database of their own, filled from the log of the store beside it.
//!
//! The code is that of the store's own. A table of the database comes before one of the store that is attached to it:
//! <https://sqlite.org/lang_naming.html>.

use std::path::Path;

use retold_core::{Error, Recorded, StreamName, attach_read_only};
use rusqlite::Connection;

use crate::builtin::{Arrived, Builtin, Generation, INDEXES, Stream};
use crate::engine::skip;

/// What fills the tables of a connection, event by event.
pub(crate) struct Beside(Builtin);

impl Beside {
    /// With [`Generation::Next`] the tables leave their names to views on the same connection.
    pub(crate) fn new(generation: Generation) -> Self {
        Self(Builtin::new(generation))
    }

    /// Attaches the store, to be read only.
    pub(crate) fn meet(connection: &Connection, store: &Path) -> rusqlite::Result<()> {
        attach_read_only(connection, store, "store")
    }

    pub(crate) fn create(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection.execute_batch(include_str!("../sql/projection_skip.sql"))?;
        self.0.generation().create_tables(connection)
    }

    pub(crate) fn index(&self, connection: &Connection) -> rusqlite::Result<()> {
        INDEXES.iter().try_for_each(|sql| self.0.generation().create_index(connection, sql, 1))
    }

    /// Takes an event in; its rows are there after the next [`flush`](Self::flush). One that does not fit is recorded and
    /// left out, as in the store.
    pub(crate) fn take_in(
        &mut self,
        connection: &Connection,
        workspace: i64,
        name: &StreamName,
        event: &Recorded,
    ) -> Result<(), Error> {
        let stream = Stream { id: event.stream, workspace, name };
        if let Err(invalid) = self.0.take_in(connection, stream, Arrived::from(event))? {
            skip(connection, &self.0, event.position, &invalid)?;
        }
        Ok(())
    }

    /// Writes what is in memory.
    pub(crate) fn flush(&mut self, connection: &Connection) -> Result<(), Error> {
        self.0.flush(connection)?;
        self.0.trim();
        Ok(())
    }

    pub(crate) fn forget(&mut self) {
        self.0.forget();
    }
}
