//! Blobs, read against their hashes.

use rusqlite::{Connection, Row};

use super::{Advance, Fault, Faults, VERIFY, note};
use crate::log::Log;
use crate::log::decode::learn;
use crate::log::prepare::TEXT_BYTES_MAX;
use crate::log::read::PooledReader;
use crate::pack::Unpacker;
use crate::{Error, Position};

/// How often somebody may say to stop, in blobs.
const STEP: u64 = 256;

/// Returns how many blobs there are, and which are not what their hash says.
pub(super) fn check(log: &Log, advance: &Advance<'_>) -> Result<(u64, Faults), Error> {
    let mut reader = log.reader()?;
    let PooledReader { connection, decoder } = reader.pooled_mut();
    let unpacker = &mut decoder.unpacker;
    let act = Error::sqlite(VERIFY);
    let mut faults = Faults::new();
    let mut count = 0;
    let mut statement =
        connection.prepare("select id, hash, codec, size, bytes from blob order by id").map_err(&act)?;
    let mut rows = statement.query([]).map_err(&act)?;
    let mut buffer = Vec::new();
    while let Some(row) = rows.next().map_err(&act)? {
        count += 1;
        if count % STEP == 0 {
            advance(0)?;
        }
        if !is_sound(connection, unpacker, row, &mut buffer) {
            let id: i64 = row.get(0).map_err(&act)?;
            note(&mut faults, Fault::Blob, Position(u64::try_from(id).unwrap_or(0)));
        }
    }
    Ok((count, faults))
}

fn is_sound(connection: &Connection, unpacker: &mut Unpacker, row: &Row<'_>, buffer: &mut Vec<u8>) -> bool {
    let (Ok(hash), Ok(codec), Ok(size)) = (row.get::<_, [u8; 32]>(1), row.get(2), row.get::<_, i64>(3))
    else {
        return false;
    };
    let Ok(bytes) = row.get_ref(4).and_then(|bytes| Ok(bytes.as_blob()?)) else { return false };
    learn(connection, unpacker, codec)
        .ok()
        .and_then(|()| unpacker.unpack(codec, bytes, TEXT_BYTES_MAX, buffer).ok())
        .is_some_and(|plain| {
            i64::try_from(plain.len()) == Ok(size) && *blake3::hash(plain).as_bytes() == hash
        })
}
