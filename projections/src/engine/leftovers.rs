//! Tables that nobody reads: those of the generation before, and of one that was never finished.

use rusqlite::{Connection, OptionalExtension as _};

use super::checkpoint::Checkpoint;
use super::rebuild::{REBUILD, begin_immediate};
use crate::Error;
use crate::builtin::{Generation, TABLES, drop_counters};
use crate::error::sqlite;

/// Rows that go in one transaction. Their pages are wiped (`secure_delete`), and writers wait for that.
const ROWS_A_STEP: u32 = 20_000;

/// Drops the tables of the generation before, in small steps.
pub(super) fn drop_old(connection: &mut Connection) -> Result<(), Error> {
    for (table, _) in TABLES {
        while drop_step(connection, &format!("{table}_old"))? {}
    }
    let tx = begin_immediate(connection)?;
    let known = [Checkpoint::read(&tx, Generation::Live)?, Checkpoint::read(&tx, Generation::Next)?];
    let known: Vec<u32> = known.iter().flatten().map(|checkpoint| checkpoint.generation).collect();
    drop_counters(&tx, &known).map_err(sqlite(REBUILD))?;
    tx.commit().map_err(sqlite(REBUILD))
}

/// Drops some of what a rebuild left that was interrupted after its flip: one step, which takes milliseconds. For every
/// opening, so that it does not stay until somebody rebuilds again.
pub(crate) fn drop_some(connection: &mut Connection) -> Result<(), Error> {
    for (table, _) in TABLES {
        if drop_step(connection, &format!("{table}_old"))? {
            return Ok(());
        }
    }
    Ok(())
}

/// Whether such a rebuild left anything.
pub(crate) fn is_left_over(connection: &Connection) -> Result<bool, Error> {
    connection
        .prepare_cached(include_str!("../../sql/left_over.sql"))
        .and_then(|mut statement| statement.exists([]))
        .map_err(sqlite(REBUILD))
}

/// Drops a part of a table, or what is left of it; false where it is not there.
fn drop_step(connection: &mut Connection, old: &str) -> Result<bool, Error> {
    if !exists(connection, old)? {
        return Ok(false);
    }
    let tx = begin_immediate(connection)?;
    // Another process may have dropped it in between.
    if exists(&tx, old)? && !shrink(&tx, old)? {
        tx.execute_batch(&format!("drop table {old}")).map_err(sqlite(REBUILD))?;
    }
    tx.commit().map_err(sqlite(REBUILD))?;
    Ok(true)
}

/// Drops what there is of a generation that was being built beside the one that is read.
pub(super) fn drop_next(connection: &Connection, live: Checkpoint) -> Result<(), Error> {
    TABLES
        .iter()
        .try_for_each(|(table, _)| connection.execute_batch(&format!("drop table if exists {table}_next")))
        .and_then(|()| drop_counters(connection, &[live.generation]))
        .map_err(sqlite(REBUILD))
}

/// Drops a trigger, an index or the first rows; false where there is next to nothing left.
fn shrink(connection: &Connection, table: &str) -> Result<bool, Error> {
    let act = sqlite(REBUILD);
    let beside: Option<(String, String)> = connection
        .prepare(
            "select type, name from sqlite_schema where tbl_name = ?1 and type in ('index', 'trigger') and sql is not null
             order by type desc limit 1",
        )
        .and_then(|mut statement| statement.query_row([table], |row| Ok((row.get(0)?, row.get(1)?))).optional())
        .map_err(&act)?;
    if let Some((kind, name)) = beside {
        connection.execute_batch(&format!("drop {kind} {name}")).map_err(&act)?;
        return Ok(true);
    }
    // The first column of each table's key. Rows of one stream go together.
    let key = if table.starts_with("workspaces") { "workspace" } else { "stream" };
    let deleted = connection
        .execute(
            &format!(
                "delete from {table} where {key} <= (select {key} from {table} order by {key} limit 1 offset ?1)"
            ),
            [ROWS_A_STEP],
        )
        .map_err(&act)?;
    Ok(deleted > 0)
}

fn exists(connection: &Connection, table: &str) -> Result<bool, Error> {
    connection
        .prepare_cached("select 1 from sqlite_schema where name = ?1")
        .and_then(|mut statement| statement.exists([table]))
        .map_err(sqlite(REBUILD))
}
