//! What a projection is, whoever hosts it.

use rusqlite::{Connection, ErrorCode};

use super::context::EventContext;

/// Code that turns events into rows.
///
/// What is declared, what comes along and the read models of the past are behind it, each with a file of its own. Neither the
/// checkpoint nor the transaction is the projection's business. The code that fills the read models ([`crate::builtin`])
/// also runs inside an append's transaction, without it: there it checks a commit before anything of it is written.
pub(crate) trait Projection: Send {
    /// Gets to know the connection that it will work on, before anything else.
    fn meet(&mut self, _connection: &mut Connection) -> rusqlite::Result<()> {
        Ok(())
    }

    /// Creates the tables in an empty file, and the indexes that filling them needs.
    fn create(&self, connection: &Connection) -> rusqlite::Result<()>;

    /// Creates the other indexes where they are not there yet: of a full table that is the cheaper way.
    fn index(&self, connection: &Connection) -> rusqlite::Result<()>;

    /// Whether [`EventContext::before`] and [`EventContext::patches`] are asked for.
    fn wants_sessions(&self) -> bool {
        true
    }

    /// Lets an event change the rows, or what is in memory of them.
    ///
    /// # Errors
    /// [`Refusal::Event`] for what is wrong with this event: the transaction is rolled back to before it.
    fn apply(&mut self, connection: &Connection, event: &EventContext<'_>) -> Result<(), Refusal>;

    /// Writes what is in memory, before the checkpoint.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    fn flush(&mut self, _connection: &Connection) -> Result<(), Refusal> {
        Ok(())
    }

    /// Forgets what is in memory: the transaction was rolled back.
    fn forget(&mut self) {}
}

/// Why an event was not taken in.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The event and the projection do not go together, today and tomorrow.
    Event(String),
    /// The file, the disk or the log is in the way.
    Host(retold_core::Error),
}

const APPLY: &str = "fill a projection";

impl From<retold_core::Error> for Refusal {
    fn from(error: retold_core::Error) -> Self {
        Self::Host(error)
    }
}

impl From<rusqlite::Error> for Refusal {
    /// What the disk does is nobody's fault; all else is a statement that does not go with the event.
    fn from(error: rusqlite::Error) -> Self {
        let is_host = matches!(
            error.sqlite_error_code(),
            Some(
                ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::OutOfMemory
                    | ErrorCode::ReadOnly
                    | ErrorCode::SystemIoFailure
                    | ErrorCode::DatabaseCorrupt
                    | ErrorCode::DiskFull
                    | ErrorCode::CannotOpen
                    | ErrorCode::FileLockingProtocolFailed
                    | ErrorCode::NotADatabase
            )
        );
        match error {
            error if is_host => Self::Host(retold_core::Error::sqlite(APPLY)(error)),
            rusqlite::Error::SqliteFailure(_, Some(words)) => Self::Event(words),
            rusqlite::Error::SqlInputError { msg, .. } => Self::Event(msg),
            error => Self::Event(error.to_string()),
        }
    }
}
