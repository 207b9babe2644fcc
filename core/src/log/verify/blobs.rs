//! Blobs, read against their hashes.

use std::ops::RangeInclusive;

use rusqlite::{Connection, OptionalExtension, Row};

use super::found::{Advance, Fault, Faults, VERIFY, note};
use super::readable::next_readable;
use crate::log::dictionary::learn;
use crate::log::pool::PooledReader;
use crate::log::prepare::TEXT_BYTES_MAX;
use crate::pack::Unpacker;
use crate::{Error, Position};

/// How often somebody may say to stop, in blobs.
const STEP: u64 = 256;
const READ: &str = include_str!("../../../sql/verify_blobs.sql");

/// Returns how many blobs there are in a range of their numbers, and which are not what their hash says.
pub(super) fn check(
    reader: &mut PooledReader,
    range: &RangeInclusive<i64>,
    advance: &Advance<'_>,
) -> Result<(u64, Faults), Error> {
    let PooledReader { connection, decoder } = reader;
    let mut faults = Faults::new();
    let (mut count, mut from, end) = (0, *range.start(), *range.end());
    loop {
        let is_read =
            check_from(connection, &mut decoder.unpacker, (&mut from, &mut count), end, advance, &mut faults);
        match is_read {
            Ok(()) => return Ok((count, faults)),
            Err(Error::Damaged { .. }) => {
                // The page that it is on cannot be read; those after it may.
                note(&mut faults, Fault::Unreadable, position(from));
                match next_readable(connection, READ, from, end)? {
                    Some(next) => from = next,
                    None => return Ok((count, faults)),
                }
            }
            Err(other) => return Err(other),
        }
    }
}

fn check_from(
    connection: &Connection,
    unpacker: &mut Unpacker,
    (from, count): (&mut i64, &mut u64),
    end: i64,
    advance: &Advance<'_>,
    faults: &mut Faults,
) -> Result<(), Error> {
    let act = Error::sqlite(VERIFY);
    let mut statement = connection.prepare_cached(READ).map_err(&act)?;
    let mut rows = statement.query((*from, end)).map_err(&act)?;
    let mut buffer = Vec::new();
    while let Some(row) = rows.next().map_err(&act)? {
        *count += 1;
        if count.is_multiple_of(STEP) {
            advance(0)?;
        }
        let id: i64 = row.get(0).map_err(&act)?;
        if id < *from {
            // A page that names one row many times: each would be read again.
            return Err(Error::Damaged { act: VERIFY, found: format!("blob {id} is there twice") });
        }
        if !is_sound(connection, unpacker, row, &mut buffer) {
            note(faults, Fault::Blob, position(id));
        }
        match id.checked_add(1) {
            Some(next) => *from = next,
            None => break,
        }
    }
    Ok(())
}

/// A blob's number, where the faults of events have a position.
fn position(id: i64) -> Position {
    Position(u64::try_from(id).unwrap_or(0))
}

/// Whether the blob of this hash is there and is what its hash says.
pub fn is_sound_by_hash(connection: &Connection, unpacker: &mut Unpacker, hash: &[u8; 32]) -> bool {
    let read = |row: &Row<'_>| Ok((row.get::<_, u32>(0)?, row.get::<_, i64>(1)?, row.get::<_, Vec<u8>>(2)?));
    let found = connection
        .prepare_cached(include_str!("../../../sql/blob.sql"))
        .and_then(|mut statement| statement.query_row([hash], read).optional());
    let Ok(Some((codec, size, bytes))) = found else { return false };
    is_text(connection, unpacker, (codec, size, hash), &bytes, &mut Vec::new())
}

fn is_sound(connection: &Connection, unpacker: &mut Unpacker, row: &Row<'_>, buffer: &mut Vec<u8>) -> bool {
    let (Ok(hash), Ok(codec), Ok(size)) = (row.get::<_, [u8; 32]>(1), row.get(2), row.get::<_, i64>(3))
    else {
        return false;
    };
    let Ok(bytes) = row.get_ref(4).and_then(|bytes| Ok(bytes.as_blob()?)) else { return false };
    is_text(connection, unpacker, (codec, size, &hash), bytes, buffer)
}

fn is_text(
    connection: &Connection,
    unpacker: &mut Unpacker,
    (codec, size, hash): (u32, i64, &[u8; 32]),
    bytes: &[u8],
    buffer: &mut Vec<u8>,
) -> bool {
    learn(connection, unpacker, codec)
        .ok()
        .and_then(|()| unpacker.unpack(codec, bytes, TEXT_BYTES_MAX, buffer).ok())
        .is_some_and(|plain| i64::try_from(plain.len()) == Ok(size) && blake3::hash(plain).as_bytes() == hash)
}
