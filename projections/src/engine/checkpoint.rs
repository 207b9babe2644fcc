//! How far a read model is, written in the same transaction as its rows.

use retold_core::{Error, EventHash, Head, Position};
use rusqlite::{Connection, OptionalExtension, params};

use super::projection::Projection as _;
use crate::builtin::{Builtin, Generation, NAME, VERSION};

/// Before the first event.
pub(crate) const START: Head = Head { position: Position::ZERO, hash: EventHash::ZERO };

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
        Self { version: VERSION, generation, head: START }
    }

    /// Reads the checkpoint; `None` where there never was one.
    pub(crate) fn read(connection: &Connection, which: Generation) -> Result<Option<Self>, Error> {
        let known: bool = connection
            .query_row("select exists (select 1 from pragma_table_list('projection'))", [], |row| row.get(0))
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
        is_of(connection, self.head)
    }
}

/// Returns whether the log is the one that a head was taken from.
pub(crate) fn is_of(connection: &Connection, head: Head) -> Result<bool, Error> {
    if head.position == Position::ZERO {
        return Ok(true);
    }
    let hash: Option<EventHash> = connection
        .prepare_cached(include_str!("../../sql/hash_of.sql"))
        .and_then(|mut statement| statement.query_row([head.position], |row| row.get(0)).optional())
        .map_err(Error::sqlite("read the log"))?;
    Ok(hash == Some(head.hash))
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
    let builtin = Builtin::numbered(Generation::Live, checkpoint.generation);
    let created = connection
        .execute_batch(include_str!("../../sql/projection.sql"))
        .and_then(|()| builtin.create(connection))
        .and_then(|()| builtin.index(connection));
    created.map_err(Error::sqlite("create the read models"))?;
    checkpoint.write(connection, Generation::Live)?;
    Ok(checkpoint)
}
