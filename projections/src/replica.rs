//! The read models as they stood, in memory, moved on event by event.

use retold_core::{Limit, Log, Position, Reader, Recorded};
use rusqlite::{Connection, OpenFlags};

use crate::Error;
use crate::attach::attach;
use crate::builtin::{Arrived, Builtin, Generation, INDEXES, Stream};
use crate::engine::Names;
use crate::error::sqlite;
use crate::query::{SessionFilter, SessionRow, list};
use crate::sql::{add_text_function, views_of};

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
    builtin: Builtin,
    names: Names,
    waiting: usize,
    at: Position,
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
        attach(&connection, log.path(), "store").map_err(&act)?;
        add_text_function(&connection, log.open_reader()?).map_err(&act)?;
        let next = Generation::Next;
        connection.execute_batch(include_str!("../sql/projection_skip.sql")).map_err(&act)?;
        next.create_tables(&connection).map_err(&act)?;
        INDEXES.iter().try_for_each(|sql| next.create_index(&connection, sql, 1)).map_err(&act)?;
        views_of(next).iter().try_for_each(|sql| connection.execute_batch(sql)).map_err(&act)?;
        Ok(Self {
            connection,
            builtin: Builtin::new(next),
            names: Names::default(),
            waiting: 0,
            at: Position::ZERO,
        })
    }

    /// Takes in the next event of the log. Its rows are there after the next [`flush`](Self::flush). One that does not
    /// fit is left out, as it is in the store.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn take_in(&mut self, event: &Recorded) -> Result<(), Error> {
        let (workspace, name) = self.names.get(&self.connection, event.stream)?;
        let stream = Stream { id: event.stream, workspace: *workspace, name };
        let _misfit = self.builtin.take_in(&self.connection, stream, Arrived::from(event))?;
        self.at = event.position;
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
            self.builtin.flush(&self.connection)?;
            self.builtin.trim();
            self.waiting = 0;
        }
        Ok(())
    }

    /// Takes in the log up to position `to`, and writes the rows. `progress` gets the positions gone through, and says
    /// whether to go on; returns whether it did.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn go_to(
        &mut self,
        reader: &mut Reader<'_>,
        to: Position,
        mut progress: impl FnMut(Position) -> bool,
    ) -> Result<bool, Error> {
        while self.at < to {
            let page = reader.events_after(self.at, Limit::default())?;
            let Some(last) = page.events.last().map(|event| event.position) else { break };
            for event in page.events.iter().filter(|event| event.position <= to) {
                self.take_in(event)?;
            }
            if !progress(last.min(to)) {
                return Ok(false);
            }
            if last >= to {
                break;
            }
        }
        self.flush()?;
        Ok(true)
    }

    /// Lists the sessions, as [`Store::sessions`](crate::Store::sessions) does.
    ///
    /// # Errors
    /// Where memory runs out.
    pub fn sessions(&self, filter: &SessionFilter) -> Result<Vec<SessionRow>, Error> {
        list(&self.connection, filter)
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
