//! The names of streams.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use retold_core::{Error, StreamId, StreamName};
use rusqlite::{Connection, OptionalExtension};

/// The names of streams and the numbers of their workspaces, as far as they were asked for.
#[derive(Default)]
pub(crate) struct Names(HashMap<StreamId, (i64, StreamName)>);

const NAMES_MAX: usize = 100_000;

impl Names {
    pub(crate) fn get(
        &mut self,
        connection: &Connection,
        stream: StreamId,
    ) -> Result<&(i64, StreamName), Error> {
        if self.0.len() > NAMES_MAX {
            self.0.clear();
        }
        match self.0.entry(stream) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(unknown) => Ok(unknown.insert(read(connection, stream.get())?)),
        }
    }
}

/// Returns the number of a stream's workspace, and its name.
pub(super) fn read(connection: &Connection, stream: i64) -> Result<(i64, StreamName), Error> {
    let act = "read a stream's name";
    let name = |row: &rusqlite::Row<'_>| {
        let name = StreamName { workspace: row.get(1)?, session_id: row.get(2)?, ordinal: row.get(3)? };
        Ok((row.get(0)?, name))
    };
    connection
        .prepare_cached(include_str!("../../sql/stream_name.sql"))
        .and_then(|mut statement| statement.query_row([stream], name).optional())
        .map_err(Error::sqlite(act))?
        .ok_or_else(|| Error::Damaged { act, found: format!("no stream {stream}") })
}
