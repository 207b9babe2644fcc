//! The dictionaries that bodies are packed with, by number.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};

use super::prepare::BODY_BYTES_MAX;
use crate::pack::{RAW, UnpackError, Unpacker, ZSTD};
use crate::{Error, Position};

const READ: &str = "read the log";

/// Gives the unpacker the dictionary of `codec`, where it lacks it.
///
/// # Errors
/// [`Error::Damaged`] where the store has none of this number, or one that cannot be used.
pub fn learn(connection: &Connection, unpacker: &mut Unpacker, codec: u32) -> Result<(), Error> {
    if unpacker.knows(codec) {
        return Ok(());
    }
    let dictionary: Vec<u8> = match codec {
        RAW | ZSTD => Vec::new(),
        number => dictionary(connection, number)
            .map_err(Error::sqlite(READ))?
            .ok_or_else(|| Error::Damaged { act: READ, found: format!("no dictionary {number}") })?,
    };
    unpacker
        .learn(codec, &dictionary)
        .map_err(|error| Error::Damaged { act: READ, found: format!("dictionary {codec}: {error}") })
}

/// Returns the dictionary of this number; `None` where the store has none.
///
/// # Errors
/// Where the store cannot be read.
pub fn dictionary(connection: &Connection, number: u32) -> rusqlite::Result<Option<Vec<u8>>> {
    connection.query_row(include_str!("../../sql/dictionary.sql"), [number], |row| row.get(0)).optional()
}

/// Unpacks the body at a position, which was packed with `codec`.
///
/// # Errors
/// [`Error::Damaged`] where it cannot be unpacked, or the store lacks the dictionary.
pub fn unpack_body<'a>(
    connection: &Connection,
    unpacker: &mut Unpacker,
    (position, codec): (Position, u32),
    packed: &'a [u8],
    buffer: &'a mut Vec<u8>,
) -> Result<&'a [u8], Error> {
    learn(connection, unpacker, codec)?;
    unpacker.unpack(codec, packed, BODY_BYTES_MAX, buffer).map_err(|error| damaged_body(position, &error))
}

fn damaged_body(position: Position, error: &UnpackError) -> Error {
    Error::Damaged { act: READ, found: format!("the body at position {position}: {error}") }
}

/// Returns the number of the newest dictionary, and it.
pub(super) fn newest_dictionary(connection: &Connection) -> Result<(u32, Arc<[u8]>), Error> {
    let newest = connection
        .query_row(include_str!("../../sql/newest_dictionary.sql"), [], |row| {
            Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?))
        })
        .optional()
        .map_err(Error::sqlite("read the newest dictionary"))?;
    let (number, bytes) = newest.ok_or_else(|| Error::Damaged {
        act: "read the newest dictionary",
        found: "a store without one".to_owned(),
    })?;
    Ok((number, bytes.into()))
}

pub(super) fn unusable_dictionary(error: &std::io::Error) -> Error {
    Error::Damaged { act: "use the newest dictionary", found: error.to_string() }
}
