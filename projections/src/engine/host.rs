//! Where a projection has its rows.

use retold_core::{Head, Position};
use rusqlite::{Connection, Transaction};

use super::projection::Refusal;
use crate::Error;

/// Gives a projection a place for its tables, and keeps its checkpoint beside them.
pub(crate) trait Host {
    /// The connection that the tables are on.
    fn connection(&self) -> &Connection;

    /// Begins a transaction on rows that stand at `at`.
    ///
    /// # Errors
    /// [`Error::RebuildUnderWay`] where another process has moved them on.
    fn begin(&self, at: Head) -> Result<Transaction<'_>, Refusal>;

    /// Moves the checkpoint on, in the transaction of the rows.
    fn advance(&self, head: Head) -> Result<(), Refusal>;

    /// Records an event that could not be applied, in the transaction that leaves it behind.
    fn skip(&self, position: Position, reason: &str) -> Result<(), Refusal>;

    /// The error for rows that are not as they were left.
    fn unusable(&self, reason: String) -> Error;
}
