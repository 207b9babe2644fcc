//! What goes with the tables of the store: their indexes, and counters of their sessions.
//!
//! Both follow from the rows, so that a store of an older release gets them when it is opened for writing, without a rebuild.
//! SQLite keeps both in every transaction, also in one of a release that knows neither.

use rusqlite::Connection;

use super::sql::{Generation, INDEXES};

const COUNTERS: &str = include_str!("../../sql/counters.sql");
const COUNTERS_PREFIX: &str = "session_counts_";
const TRIGGERS: [&str; 3] = ["insert", "delete", "update"];

/// Returns the name of the table that counts the sessions of a generation.
pub(crate) fn counters_of(number: u32) -> String {
    format!("{COUNTERS_PREFIX}{number}")
}

/// Creates the indexes that are not there yet.
pub(super) fn create_indexes(
    connection: &Connection,
    generation: Generation,
    number: u32,
) -> rusqlite::Result<()> {
    INDEXES.iter().try_for_each(|sql| generation.create_index(connection, sql, number))
}

/// Creates the indexes that are not there yet, and the counters. Reads every session where there are none; inside a write
/// transaction, or where nobody else knows the tables.
pub(crate) fn complete_indexes(
    connection: &Connection,
    generation: Generation,
    number: u32,
) -> rusqlite::Result<()> {
    create_indexes(connection, generation, number)?;
    if has_counters(connection, generation, number)? {
        return Ok(());
    }
    drop_triggers(connection, number)?;
    connection.execute_batch(&format!("drop table if exists {}", counters_of(number)))?;
    connection.execute_batch(&generation.render_numbered(COUNTERS, number))
}

/// Returns whether the tables that are read have all their indexes and counters. Reads the schema.
pub(crate) fn is_indexed(connection: &Connection, number: u32) -> rusqlite::Result<bool> {
    let mut statement =
        connection.prepare("select name from sqlite_schema where type = 'index' and sql is not null")?;
    let there: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let is_there = |sql: &&str| name_of(sql).is_some_and(|name| there.contains(&format!("{name}_{number}")));
    Ok(INDEXES.iter().all(is_there) && has_counters(connection, Generation::Live, number)?)
}

/// Returns whether the sessions of a generation are counted: the triggers that count are on its table. Reads the schema.
pub(crate) fn has_counters(
    connection: &Connection,
    generation: Generation,
    number: u32,
) -> rusqlite::Result<bool> {
    let mut statement = connection
        .prepare_cached("select type, name, tbl_name from sqlite_schema where tbl_name in (?1, ?2)")?;
    let (sessions, counters) = (generation.table("sessions"), counters_of(number));
    let rows = statement.query_map([&sessions, &counters], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let there: Vec<(String, String)> = rows.collect::<Result<_, _>>()?;
    let has = |kind: &str, name: &str| there.iter().any(|(is, called)| is == kind && called == name);
    Ok(has("table", &counters) && triggers_of(number).all(|trigger| has("trigger", &trigger)))
}

/// Drops the counters of all generations but some.
pub(crate) fn drop_counters(connection: &Connection, but: &[u32]) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("select name from sqlite_schema where type = 'table'")?;
    let tables: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let numbers = tables.iter().filter_map(|name| name.strip_prefix(COUNTERS_PREFIX)?.parse::<u32>().ok());
    for number in numbers.filter(|number| !but.contains(number)) {
        drop_triggers(connection, number)?;
        connection.execute_batch(&format!("drop table if exists {}", counters_of(number)))?;
    }
    Ok(())
}

fn drop_triggers(connection: &Connection, number: u32) -> rusqlite::Result<()> {
    triggers_of(number)
        .try_for_each(|trigger| connection.execute_batch(&format!("drop trigger if exists {trigger}")))
}

fn triggers_of(number: u32) -> impl Iterator<Item = String> {
    TRIGGERS.iter().map(move |on| format!("{COUNTERS_PREFIX}{on}_{number}"))
}

/// Returns the name that an index has before the number.
fn name_of(sql: &str) -> Option<&str> {
    sql.split_once("if not exists ")?.1.split("/*").next()
}
