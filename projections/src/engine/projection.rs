//! What a projection is, whatever hosts it.

use rusqlite::{Connection, ErrorCode};

use super::context::EventContext;
use crate::Error;
use crate::error::sqlite;

/// Code that turns events into rows. Where the rows are, the checkpoint and the transaction are its [host](super::Host)'s
/// business.
pub(crate) trait Projection: Send {
    /// Called once, before all else, to configure the connection.
    fn configure(&mut self, _connection: &mut Connection) -> rusqlite::Result<()> {
        Ok(())
    }

    /// Creates the tables in an empty file, and the indexes that filling them needs.
    fn create(&self, connection: &Connection) -> rusqlite::Result<()>;

    /// Creates the other indexes where they are not there yet: of a full table that is the cheaper way.
    fn index(&self, connection: &Connection) -> rusqlite::Result<()>;

    /// Whether it reads the log by itself, on the connection of its tables, and keeps what it has to know of sessions. Then
    /// [`EventContext::before`], [`EventContext::patches`] and [`EventContext::texts`] are empty.
    fn reads_log(&self) -> bool {
        false
    }

    /// Whether it asks for the bytes of files that were kept; otherwise every `RecordsKept` that it is given is empty.
    fn needs_kept(&self) -> bool {
        false
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

/// Why an event was not applied.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The event and the projection do not go together, today and tomorrow.
    Event(String),
    /// The file, the disk or the log is in the way.
    Host(Error),
}

const APPLY: &str = "fill a projection";

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Host(error)
    }
}

impl From<retold_core::Error> for Refusal {
    fn from(error: retold_core::Error) -> Self {
        Self::Host(error.into())
    }
}

impl Refusal {
    /// Returns it as an error, where there is no event to name.
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Host(error) => error,
            Self::Event(_) => self.into_log().into(),
        }
    }

    /// Returns it as an error of the log, in whose transaction it happened.
    pub(crate) fn into_log(self) -> retold_core::Error {
        match self {
            Self::Host(Error::Log(error)) => error,
            Self::Host(error) => retold_core::Error::Inline { reason: error.to_string() },
            Self::Event(reason) => retold_core::Error::Inline { reason },
        }
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
            error if is_host => Self::Host(sqlite(APPLY)(error)),
            rusqlite::Error::SqliteFailure(_, Some(words)) => Self::Event(words),
            rusqlite::Error::SqlInputError { msg, .. } => Self::Event(msg),
            error => Self::Event(error.to_string()),
        }
    }
}
