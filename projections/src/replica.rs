//! The read models as they stood, in memory, moved on event by event.

use retold_core::{Log, Recorded};
use rusqlite::{Connection, OpenFlags};

use crate::Error;
use crate::beside::Beside;
use crate::builtin::Generation;
use crate::engine::Names;
use crate::error::sqlite;
use crate::sql::{add_view_functions, views_of};

const ACT: &str = "fill the read models in memory";
/// Events that wait in memory to be written; nobody sees their rows before.
const WAITING_MAX: usize = 8_000;

/// A copy of the built-in read models in memory, filled from the log event by event, so that questions can be asked between
/// any two of them. The store is not written to.
///
/// Its tables are `sessions`, `instances`, `chat_messages` and `workspaces`, with their texts, as on an
/// [`SqlConnection`](crate::SqlConnection).
pub struct Replica {
    connection: Connection,
    beside: Beside,
    names: Names,
    waiting: usize,
}

impl Replica {
    /// Begins before the first event of a log.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn of(log: &Log) -> Result<Self, Error> {
        let act = sqlite(ACT);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(":memory:", flags).map_err(&act)?;
        connection.pragma_update(None, "trusted_schema", false).map_err(&act)?;
        Beside::meet(&connection, log.path()).map_err(&act)?;
        add_view_functions(&connection, log)?;
        let beside = Beside::new(Generation::Next);
        beside.create(&connection).and_then(|()| beside.index(&connection)).map_err(&act)?;
        let views = views_of(&connection, Generation::Next).map_err(&act)?;
        views.iter().try_for_each(|sql| connection.execute_batch(sql)).map_err(&act)?;
        Ok(Self { connection, beside, names: Names::default(), waiting: 0 })
    }

    /// Takes in the next event of the log. Its rows are there after the next [`flush`](Self::flush). One that does not
    /// fit is left out, as it is in the store.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn take_in(&mut self, event: &Recorded) -> Result<(), Error> {
        let (workspace, name) = self.names.get(&self.connection, event.stream)?;
        self.beside.take_in(&self.connection, *workspace, name, event)?;
        self.waiting += 1;
        if self.waiting >= WAITING_MAX {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes the rows of what was taken in.
    ///
    /// # Errors
    /// Where memory runs out.
    pub fn flush(&mut self) -> Result<(), Error> {
        if self.waiting > 0 {
            self.beside.flush(&self.connection)?;
            self.waiting = 0;
        }
        Ok(())
    }

    /// Returns the connection, for questions.
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

impl std::fmt::Debug for Replica {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replica").finish_non_exhaustive()
    }
}
