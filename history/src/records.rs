//! Which records a command means.

use retold_core::{Error, Reader, Revision, StreamId, StreamName};
use rusqlite::{OptionalExtension, Row, named_params};

/// A record of a session that is not deleted.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) stream: StreamId,
    pub(crate) name: StreamName,
    pub(crate) revision: Revision,
}

const FIND: &str = "find a session";

/// Returns every record of `id` in the workspace's file, the first one first. Commands act on the first.
pub(crate) fn of_id(reader: &Reader<'_>, workspace: &str, id: &str) -> Result<Vec<Record>, Error> {
    let act = Error::sqlite(FIND);
    let mut statement =
        reader.connection().prepare_cached(include_str!("../sql/records_of_id.sql")).map_err(&act)?;
    let record = |row: &Row<'_>| record(row, workspace, id.to_owned());
    let rows = statement.query_map(named_params! {":id": id, ":workspace": workspace}, record);
    rows.and_then(Iterator::collect).map_err(&act)
}

/// Returns every record of a workspace that is in the legacy file `home`, in its order. Commands see the file that
/// is named like the workspace.
#[cfg(any(feature = "legacy", feature = "mirror"))]
pub(crate) fn of_file(reader: &Reader<'_>, workspace: &str, home: &str) -> Result<Vec<Record>, Error> {
    let act = Error::sqlite(FIND);
    let mut statement =
        reader.connection().prepare_cached(include_str!("../sql/records_of_file.sql")).map_err(&act)?;
    let rows = statement.query_map(named_params! {":workspace": workspace, ":home": home}, |row| {
        let id = row.get(3)?;
        record(row, workspace, id)
    });
    rows.and_then(Iterator::collect).map_err(&act)
}

/// Returns every record that `id` ever had in the workspace, deleted ones too, the first one first.
pub(crate) fn all_of_id(reader: &Reader<'_>, workspace: &str, id: &str) -> Result<Vec<Record>, Error> {
    let act = Error::sqlite(FIND);
    let mut statement =
        reader.connection().prepare_cached(include_str!("../sql/streams_of_id.sql")).map_err(&act)?;
    let record = |row: &Row<'_>| record(row, workspace, id.to_owned());
    let rows = statement.query_map(named_params! {":id": id, ":workspace": workspace}, record);
    rows.and_then(Iterator::collect).map_err(&act)
}

fn record(row: &Row<'_>, workspace: &str, id: String) -> rusqlite::Result<Record> {
    let name = StreamName::session(workspace, id, row.get(1)?);
    Ok(Record { stream: row.get(0)?, name, revision: row.get(2)? })
}

/// Returns the place of a session's first instance of a number.
pub(crate) fn place_of_instance(
    reader: &Reader<'_>,
    stream: StreamId,
    instance_id: u32,
) -> Result<Option<u32>, Error> {
    let place = reader
        .connection()
        .prepare_cached(include_str!("../sql/place_of_instance.sql"))
        .and_then(|mut statement| statement.query_row((stream, instance_id), |row| row.get(0)).optional());
    place.map_err(Error::sqlite(FIND))
}

/// Returns the places of a session's instances that are not archived.
pub(crate) fn not_archived(reader: &Reader<'_>, stream: StreamId) -> Result<Vec<u32>, Error> {
    let act = Error::sqlite(FIND);
    let mut statement = reader
        .connection()
        .prepare_cached(include_str!("../sql/instances_not_archived.sql"))
        .map_err(&act)?;
    let places = statement.query_map([stream], |row| row.get(0));
    places.and_then(Iterator::collect).map_err(&act)
}

/// Returns the folder of a workspace, where it is known.
pub(crate) fn path_of(reader: &Reader<'_>, workspace: &str) -> Result<Option<String>, Error> {
    let path: Option<Option<String>> = reader
        .connection()
        .prepare_cached(include_str!("../sql/workspace_path.sql"))
        .and_then(|mut statement| statement.query_row([workspace], |row| row.get(0)).optional())
        .map_err(Error::sqlite(FIND))?;
    Ok(path.flatten())
}

/// Returns whether the workspace's folder is known.
pub(crate) fn has_path(reader: &Reader<'_>, workspace: &str) -> Result<bool, Error> {
    path_of(reader, workspace).map(|path| path.is_some())
}
