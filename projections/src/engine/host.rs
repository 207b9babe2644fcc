//! Where a projection has its rows.

use retold_core::{Head, Position};
use rusqlite::Connection;

use super::projection::Refusal;
use crate::Error;

/// Gives a projection a place for its tables, and keeps its checkpoint beside them.
pub(crate) trait Host {
    /// The connection that the tables are on.
    fn connection(&self) -> &Connection;

    /// Begins a transaction on rows whose checkpoint is `at`.
    ///
    /// # Errors
    /// [`Error::RebuildUnderWay`] where another process has moved them on.
    fn begin(&self, at: Head) -> Result<Step<'_>, Refusal>;

    /// Moves the checkpoint on, in the transaction of the rows.
    fn advance(&self, head: Head) -> Result<(), Refusal>;

    /// Records an event that could not be applied, in the transaction that leaves it behind.
    fn skip(&self, position: Position, reason: &str) -> Result<(), Refusal>;

    /// The error for rows that are not as they were left.
    fn unusable(&self, reason: String) -> Error;
}

/// A transaction, or a part of the one that the connection is in: taken back where it is dropped before it is committed.
pub(crate) struct Step<'h> {
    connection: &'h Connection,
    /// What ends it, and what takes it back; nothing once it has ended.
    ends: Option<(&'static str, &'static str)>,
}

/// What a step is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum StepKind {
    /// A transaction that waits for other writers before anything is read.
    Immediate,
    /// A transaction.
    Deferred,
    /// A part of a transaction.
    Part,
}

impl<'h> Step<'h> {
    pub(crate) fn begin(connection: &'h Connection, kind: StepKind) -> rusqlite::Result<Self> {
        let (begin, commit, undo) = match kind {
            StepKind::Immediate => ("begin immediate", "commit", "rollback"),
            StepKind::Deferred => ("begin", "commit", "rollback"),
            StepKind::Part => ("savepoint step", "release step", "rollback to step; release step"),
        };
        connection.execute_batch(begin)?;
        Ok(Self { connection, ends: Some((commit, undo)) })
    }

    pub(crate) fn commit(mut self) -> rusqlite::Result<()> {
        let Some((commit, _)) = self.ends else { return Ok(()) };
        self.connection.execute_batch(commit)?;
        self.ends = None;
        Ok(())
    }
}

impl Drop for Step<'_> {
    fn drop(&mut self) {
        if let Some((_, undo)) = self.ends {
            // SQLite may have taken it back by itself.
            let _is_undone = self.connection.execute_batch(undo);
        }
    }
}
