//! Memory as a host: the read models as they were, moved on event by event.

use retold_core::{Head, Log, Position, Recorded};
use rusqlite::{Connection, OpenFlags};

use super::applier::Applier;
use super::host::{Host, Step, StepKind};
use super::projection::{Projection, Refusal};
use crate::Error;
use crate::builtin::{Builtin, Generation};
use crate::error::sqlite;
use crate::sql::{add_view_functions, views_of};

const ACT: &str = "fill the read models in memory";
/// Events that wait in memory to be written; nobody sees their rows before.
const WAITING_MAX: usize = 8_000;

/// What a scratch database may keep in memory.
const CACHE_KIB: i32 = 64 * 1024;
/// Statements that are kept prepared.
const STATEMENTS: usize = 256;

/// A database for one question, which is gone with its connection. Whoever opened it is in a transaction, or in none.
pub(crate) struct Scratch {
    pub(crate) connection: Connection,
}

impl Scratch {
    /// Makes a projection's tables in memory, or in a file without a name, which nobody else finds.
    pub(crate) fn open(in_memory: bool, projection: &mut dyn Projection) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let place = if in_memory { ":memory:" } else { "" };
        let mut connection = Connection::open_with_flags(place, flags)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        projection.configure(&mut connection)?;
        projection.create(&connection)?;
        Ok(Self { connection })
    }
}

impl Host for Scratch {
    fn connection(&self) -> &Connection {
        &self.connection
    }

    fn begin(&self, _: Head) -> Result<Step<'_>, Refusal> {
        Ok(Step::begin(&self.connection, StepKind::Part)?)
    }

    /// Nobody goes on from it.
    fn advance(&self, _: Head) -> Result<(), Refusal> {
        Ok(())
    }

    fn skip(&self, _: Position, _: &str) -> Result<(), Refusal> {
        Ok(())
    }

    fn unusable(&self, reason: String) -> Error {
        retold_core::Error::Inline { reason }.into()
    }
}

/// A copy of the built-in read models in memory, filled from the log event by event, so that questions can be asked between
/// any two of them. The store is not written to.
///
/// Its tables are `sessions`, `instances`, `chat_messages` and `workspaces`, with their texts, as on an
/// [`SqlConnection`](crate::SqlConnection).
pub struct MemoryHost {
    scratch: Scratch,
    applier: Applier<Builtin>,
    waiting: usize,
}

impl MemoryHost {
    /// Begins before the first event of a log.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn of(log: &Log) -> Result<Self, Error> {
        // The tables leave their names to the views.
        let mut host = Self::open(log, true, Generation::Next)?;
        let Self { scratch: Scratch { connection }, applier, .. } = &mut host;
        applier.index(connection)?;
        add_view_functions(connection, log)?;
        let views = views_of(connection, Generation::Next).map_err(sqlite(ACT))?;
        views.iter().try_for_each(|sql| connection.execute_batch(sql)).map_err(sqlite(ACT))?;
        Ok(host)
    }

    pub(super) fn open(log: &Log, in_memory: bool, generation: Generation) -> Result<Self, Error> {
        let mut builtin = Builtin::beside(log.path(), generation);
        let scratch = Scratch::open(in_memory, &mut builtin).map_err(sqlite(ACT))?;
        Ok(Self { scratch, applier: Applier::of(Box::new(builtin)), waiting: 0 })
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
        self.applier.apply_all(&self.scratch.connection, events).map_err(Refusal::into_error)
    }

    /// Writes the rows of what was applied.
    ///
    /// # Errors
    /// Where memory runs out.
    pub fn flush(&mut self) -> Result<(), Error> {
        if self.waiting > 0 {
            self.applier.flush(&self.scratch.connection).map_err(Refusal::into_error)?;
            self.waiting = 0;
        }
        Ok(())
    }

    /// Returns the connection, for questions.
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.scratch.connection
    }
}

impl std::fmt::Debug for MemoryHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryHost").finish_non_exhaustive()
    }
}
