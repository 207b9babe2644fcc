//! Memory as a host: the read models as they stood, moved on event by event.

use retold_core::{Log, Recorded};
use rusqlite::{Connection, OpenFlags};

use super::applier::Applier;
use super::projection::{Projection as _, Refusal};
use crate::Error;
use crate::builtin::{Builtin, Generation};
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
pub struct MemoryHost {
    connection: Connection,
    applier: Applier<Builtin>,
    waiting: usize,
}

impl MemoryHost {
    /// Begins before the first event of a log.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn of(log: &Log) -> Result<Self, Error> {
        let act = sqlite(ACT);
        // The tables leave their names to the views.
        let mut host = Self::open(log, ":memory:", Generation::Next)?;
        host.applier.index(&host.connection)?;
        add_view_functions(&host.connection, log)?;
        let views = views_of(&host.connection, Generation::Next).map_err(&act)?;
        views.iter().try_for_each(|sql| host.connection.execute_batch(sql)).map_err(&act)?;
        Ok(host)
    }

    /// Begins in a file without a name, which the system has for this connection alone.
    pub(super) fn in_unnamed_file(log: &Log) -> Result<Self, Error> {
        Self::open(log, "", Generation::Live)
    }

    fn open(log: &Log, place: &str, generation: Generation) -> Result<Self, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let begin = || -> rusqlite::Result<Self> {
            let mut connection = Connection::open_with_flags(place, flags)?;
            connection.pragma_update(None, "trusted_schema", false)?;
            let mut builtin = Builtin::beside(log.path(), generation);
            builtin.configure(&mut connection)?;
            builtin.create(&connection)?;
            Ok(Self { connection, applier: Applier::of(Box::new(builtin)), waiting: 0 })
        };
        begin().map_err(sqlite(ACT))
    }

    /// Applies the next event of the log. Its rows are there after the next [`flush`](Self::flush). One that is not valid is
    /// left out, as it is in the store.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn apply(&mut self, event: &Recorded) -> Result<(), Error> {
        self.apply_all(std::slice::from_ref(event))?;
        if self.waiting >= WAITING_MAX {
            self.flush()?;
        }
        Ok(())
    }

    /// Applies events that follow each other, all of which wait for the next [`flush`](Self::flush).
    pub(super) fn apply_all(&mut self, events: &[Recorded]) -> Result<(), Error> {
        self.waiting += events.len();
        self.applier.apply_all(&self.connection, events).map_err(Refusal::into_error)
    }

    /// Writes the rows of what was applied.
    ///
    /// # Errors
    /// Where memory runs out.
    pub fn flush(&mut self) -> Result<(), Error> {
        if self.waiting > 0 {
            self.applier.flush(&self.connection).map_err(Refusal::into_error)?;
            self.waiting = 0;
        }
        Ok(())
    }

    /// Returns the connection, for questions.
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

impl std::fmt::Debug for MemoryHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryHost").finish_non_exhaustive()
    }
}
