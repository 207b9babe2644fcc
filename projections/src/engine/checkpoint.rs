//! How far a read model is, written in the same transaction as its rows.

use retold_core::{Error, EventHash, Head, Position};
use rusqlite::{Connection, OptionalExtension, params};

use crate::builtin::{Generation, INDEXES, NAME, VERSION};

/// A read model's place in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    /// The version of the code that filled it.
    pub(crate) version: u32,
    /// Which filling of the tables this is, from 1.
    pub(crate) generation: u32,
    /// The last event taken in.
    pub(crate) head: Head,
}

fn failed(error: rusqlite::Error) -> Error {
    Error::sqlite("read the checkpoint of the read models")(error)
}

impl Checkpoint {
    /// The beginning of a generation.
    pub(crate) fn start(generation: u32) -> Self {
        Self { version: VERSION, generation, head: Head { position: Position::ZERO, hash: EventHash::ZERO } }
    }

    /// Reads the checkpoint; `None` where there never was one.
    pub(crate) fn read(connection: &Connection, which: Generation) -> Result<Option<Self>, Error> {
        let known: bool = connection
            .query_row("select exists (select 1 from sqlite_schema where name = 'projection')", [], |row| {
                row.get(0)
            })
            .map_err(failed)?;
        if !known {
            return Ok(None);
        }
        connection
            .prepare_cached(include_str!("../../sql/checkpoint.sql"))
            .and_then(|mut statement| {
                let read = |row: &rusqlite::Row<'_>| {
                    let head = Head { position: row.get(2)?, hash: row.get(3)? };
                    Ok(Self { version: row.get(0)?, generation: row.get(1)?, head })
                };
                statement.query_row((NAME, which.is_building()), read).optional()
            })
            .map_err(failed)
    }

    /// Writes the checkpoint.
    pub(crate) fn write(&self, connection: &Connection, which: Generation) -> Result<(), Error> {
        let Head { position, hash } = self.head;
        connection
            .prepare_cached(include_str!("../../sql/write_checkpoint.sql"))
            .and_then(|mut statement| {
                statement.execute(params![
                    NAME,
                    which.is_building(),
                    self.version,
                    self.generation,
                    position,
                    hash
                ])
            })
            .map(drop)
            .map_err(Error::sqlite("write the checkpoint of the read models"))
    }

    /// Takes the checkpoint away.
    pub(crate) fn forget(connection: &Connection, which: Generation) -> Result<(), Error> {
        connection
            .execute(include_str!("../../sql/forget_checkpoint.sql"), params![NAME, which.is_building()])
            .map(drop)
            .map_err(Error::sqlite("write the checkpoint of the read models"))
    }

    /// Whether the log in the store is the one that this checkpoint was written for.
    pub(crate) fn is_of(&self, connection: &Connection) -> Result<bool, Error> {
        if self.head.position == Position::ZERO {
            return Ok(true);
        }
        let hash: Option<EventHash> = connection
            .prepare_cached("select hash from event where position = ?1")
            .and_then(|mut statement| statement.query_row([self.head.position], |row| row.get(0)).optional())
            .map_err(failed)?;
        Ok(hash == Some(self.head.hash))
    }
}

/// Forgets which events did not fit.
pub(crate) fn forget_skips(connection: &Connection, which: Generation) -> Result<(), Error> {
    connection
        .execute(include_str!("../../sql/forget_skips.sql"), params![NAME, which.is_building()])
        .map(drop)
        .map_err(Error::sqlite("record an event that does not fit"))
}

/// Creates the tables and the checkpoint where there are none yet; inside a write transaction.
pub(crate) fn prepare_tables(connection: &Connection) -> Result<Checkpoint, Error> {
    if let Some(checkpoint) = Checkpoint::read(connection, Generation::Live)? {
        return Ok(checkpoint);
    }
    let checkpoint = Checkpoint::start(1);
    let created = [include_str!("../../sql/projection.sql"), include_str!("../../sql/projection_skip.sql")]
        .iter()
        .try_for_each(|sql| connection.execute_batch(sql))
        .and_then(|()| Generation::Live.create_tables(connection))
        .and_then(|()| {
            INDEXES
                .iter()
                .try_for_each(|sql| Generation::Live.create_index(connection, sql, checkpoint.generation))
        });
    created.map_err(Error::sqlite("create the read models"))?;
    checkpoint.write(connection, Generation::Live)?;
    Ok(checkpoint)
}
