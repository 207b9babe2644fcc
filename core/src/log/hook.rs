//! Rows beside the log that are part of a commit's decision.

use std::fmt::Debug;

use rusqlite::Connection;

use super::commit::Appended;

/// What a commit looks up, and what it writes, in tables beside the log, inside its own transaction.
///
/// The tables are those that the store's schema has for the caller: the log's own are not to be touched.
pub trait CommitHook: Debug + Send + Sync {
    /// Returns whether the rows still say what the commit was decided on. Called after the streams were found to be
    /// where the caller expected them, before anything is written; `false` refuses the commit as a conflict.
    ///
    /// # Errors
    /// Any error ends the transaction, and its callers get it.
    fn check(&self, transaction: &Connection) -> rusqlite::Result<bool>;

    /// Writes the rows that belong to the commit, which was appended as `appended` says. They are durable with it, or
    /// are not there.
    ///
    /// # Errors
    /// Any error ends the transaction, and its callers get it.
    fn apply(&self, transaction: &Connection, appended: &Appended) -> rusqlite::Result<()>;
}
