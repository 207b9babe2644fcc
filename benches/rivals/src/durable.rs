//! The pool that both rivals take.

use std::path::Path;

use anyhow::ensure;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

/// What `PRAGMA synchronous` answers for FULL: <https://sqlite.org/pragma.html#pragma_synchronous>.
const SYNCHRONOUS_FULL: i64 = 2;

/// Opens a new store at `path` whose commits survive power loss.
///
/// One connection, because the work has one caller: a second would only leave statements to be
/// prepared twice.
///
/// # Errors
/// When SQLite refuses the file, or answers that it did not take the settings.
pub(crate) async fn open(path: &Path) -> anyhow::Result<SqlitePool> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;

    // A figure for a store that does not sync would be worth nothing, so SQLite is asked.
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&pool).await?;
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&pool).await?;
    ensure!(journal == "wal", "open {}: journal mode is {journal}", path.display());
    ensure!(synchronous == SYNCHRONOUS_FULL, "open {}: synchronous is {synchronous}", path.display());
    Ok(pool)
}
