//! Rows of earlier transactions, taken into memory.

use retold_core::{Instance, StreamId};
use rusqlite::{Connection, OptionalExtension, Row};

use super::apply::{Builtin, Rows, failed};
use super::columns;
use super::rows::MessageRow;
use super::staged::{Dirty, Output, StagedSession};

impl Builtin {
    /// Returns a session's rows; `None` where it has none.
    pub(super) fn load(
        &mut self,
        connection: &Connection,
        stream: StreamId,
    ) -> Result<Option<&StagedSession>, retold_core::Error> {
        if !self.staged.contains_key(&stream) {
            let Some(mut staged) = connection
                .prepare_cached(&self.tables.load_session)
                .and_then(|mut statement| statement.query_row([stream], session).optional())
                .map_err(failed)?
            else {
                return Ok(None);
            };
            let mut statement = connection.prepare_cached(&self.tables.load_instances).map_err(failed)?;
            let mut rows = statement.query([stream]).map_err(failed)?;
            while let Some(row) = rows.next().map_err(failed)? {
                let (instance, output) = instance(row).map_err(failed)?;
                staged.session.instances.push(instance);
                staged.outputs.push(output);
            }
            self.staged.insert(stream, staged);
        }
        Ok(self.staged.get(&stream))
    }
}

impl Rows<'_> {
    /// Returns a message that is in its table.
    pub(super) fn load_message(&self, place: u32) -> Result<MessageRow, retold_core::Error> {
        let read = |row: &Row<'_>| {
            let (message, at) = columns::read(row)?;
            let bytes: i64 = row.get(at + 1)?;
            Ok(MessageRow {
                place,
                message,
                content_position: row.get(at)?,
                content_bytes: bytes.cast_unsigned(),
            })
        };
        self.connection
            .prepare_cached(&self.tables.load_message)
            .and_then(|mut statement| statement.query_row((self.stream, place), read))
            .map_err(failed)
    }
}

fn session(row: &Row<'_>) -> rusqlite::Result<StagedSession> {
    let (session, at) = columns::read(row)?;
    let (records, _) = columns::read_records(row, at + 5)?;
    Ok(StagedSession {
        session,
        records,
        workspace: row.get(at)?,
        ordinal: row.get(at + 1)?,
        messages: row.get(at + 2)?,
        position: row.get(at + 3)?,
        revision: row.get(at + 4)?,
        outputs: Vec::new(),
        waiting: Vec::new(),
        waiting_chunks: Vec::new(),
        dirty: Dirty::default(),
    })
}

fn instance(row: &Row<'_>) -> rusqlite::Result<(Instance, Output)> {
    let (instance, at) = columns::read(row)?;
    let bytes: Option<i64> = row.get(at)?;
    Ok((instance, Output { bytes: bytes.map(i64::cast_unsigned), chunks: row.get(at + 1)? }))
}
