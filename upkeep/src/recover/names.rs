//! What streams are called. The log's events say it by a hash alone, and the tables that have the names may be damaged: so every
//! name that was found anywhere is kept, and the hash of a stream's first event tells which one is right.

use std::collections::HashMap;

use retold_core::raw::STREAM_NAMES;
use retold_core::{Error, Event, StreamName};
use rusqlite::{Connection, Row};

use super::loss::RECOVER;
use super::pages::Name;

/// Names of one number that are kept; more than a few of them are somebody's work.
const NAMES_MAX: i64 = 64;
/// Workspaces that are tried where it is not known of which one a stream is.
const KEYS_MAX: i64 = 256;
/// Records of one session id that are tried where it is not known which one a stream is.
const ORDINALS_MAX: u32 = 32;

/// Makes the tables for names that were found.
pub(super) fn begin(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(include_str!("../../sql/recover/name_candidates.sql"))
}

/// Keeps a name that was found.
pub(super) fn add(connection: &Connection, name: &Name) -> Result<(), Error> {
    match name {
        Name::Stream { number, workspace, session_id, ordinal } => connection
            .prepare_cached(include_str!("../../sql/recover/add_stream_name.sql"))
            .and_then(|mut add| add.execute((number, workspace, session_id, ordinal, NAMES_MAX))),
        Name::Workspace { number, key } => connection
            .prepare_cached(include_str!("../../sql/recover/add_workspace_name.sql"))
            .and_then(|mut add| add.execute((number, key, NAMES_MAX))),
    }
    .map(drop)
    .map_err(Error::sqlite(RECOVER))
}

/// Returns the names that were found for a stream.
pub(super) fn found(connection: &Connection, stream: i64) -> Vec<StreamName> {
    let read = || {
        let mut statement =
            connection.prepare_cached(include_str!("../../sql/recover/names_of_stream.sql"))?;
        let rows = statement.query_map([stream], |row| name(row, 0))?;
        // One that no release writes names nothing.
        Ok::<_, rusqlite::Error>(rows.filter_map(Result::ok).collect())
    };
    read().unwrap_or_default()
}

/// Returns the names that a stream may have by what its first event says.
pub(super) fn told(connection: &Connection, event: &Event) -> Vec<StreamName> {
    let session_id = match event {
        Event::SessionCreated(created) => created.session.id.clone(),
        Event::WorkspaceRegistered(_) => String::new(),
        _ => return Vec::new(),
    };
    let mut keys = keys(connection).unwrap_or_default();
    let ordinals = match event {
        Event::WorkspaceRegistered(registered) => {
            keys.extend(registered.hashes.iter().take(usize::try_from(KEYS_MAX).unwrap_or(0)).cloned());
            0..=0
        }
        Event::SessionCreated(created) => {
            keys.extend(created.home.clone());
            1..=ORDINALS_MAX
        }
        _ => 1..=ORDINALS_MAX,
    };
    let of_key = |workspace: &String| {
        let (workspace, session_id) = (workspace.clone(), session_id.clone());
        let name = move |ordinal| StreamName {
            workspace: workspace.clone(),
            session_id: session_id.clone(),
            ordinal,
        };
        ordinals.clone().map(name).collect::<Vec<_>>()
    };
    keys.iter().flat_map(of_key).collect()
}

fn keys(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare_cached(include_str!("../../sql/recover/workspace_keys.sql"))?;
    let rows = statement.query_map([KEYS_MAX], |row| row.get::<_, String>(0))?;
    let without_ending = |key: String| key.strip_suffix(".json").map(str::to_owned).unwrap_or(key);
    Ok(rows.filter_map(Result::ok).map(without_ending).collect())
}

/// Reads every stream's name, as the tables have it.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<HashMap<i64, StreamName>> {
    let mut statement = connection.prepare(STREAM_NAMES)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, name(row, 1)?)))?;
    // One that no release writes names nothing.
    Ok(rows.filter_map(Result::ok).collect())
}

fn name(row: &Row<'_>, first: usize) -> rusqlite::Result<StreamName> {
    Ok(StreamName {
        workspace: row.get(first)?,
        session_id: row.get(first + 1)?,
        ordinal: row.get(first + 2)?,
    })
}

/// Gives streams the names that their events bear out, in the place of what the tables have.
pub(super) fn write(connection: &mut Connection, names: &HashMap<i64, StreamName>) -> Result<(), Error> {
    let act = Error::sqlite(RECOVER);
    let there = all(connection).map_err(&act)?;
    let mut wrong: Vec<_> = names.iter().filter(|(stream, name)| there.get(stream) != Some(name)).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    wrong.sort_by_key(|(stream, _)| **stream);
    let tx = connection.transaction().map_err(&act)?;
    let mut delete = tx.prepare("delete from stream where id = ?1").map_err(&act)?;
    for (stream, _) in &wrong {
        delete.execute([stream]).map_err(&act)?;
    }
    drop(delete);
    for (stream, StreamName { workspace, session_id, ordinal }) in wrong {
        tx.execute("insert or ignore into workspace (key) values (?1)", [workspace]).map_err(&act)?;
        tx.execute(
            "insert or replace into stream (id, workspace, session_id, ordinal)
             select ?1, id, ?3, ?4 from workspace where key = ?2",
            (stream, workspace, session_id, ordinal),
        )
        .map_err(&act)?;
    }
    tx.commit().map_err(&act)
}
