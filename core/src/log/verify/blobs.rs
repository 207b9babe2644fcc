//! Blobs, read against their hashes.

use super::{Fault, Faults, VERIFY, note};
use crate::log::Log;
use crate::log::decode::learn;
use crate::log::prepare::TEXT_BYTES_MAX;
use crate::log::read::PooledReader;
use crate::{Error, Position};

/// Returns how many blobs there are, and which are not what their hash says.
pub(super) fn check(log: &Log) -> Result<(u64, Faults), Error> {
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
        let id: Position = row.get(0).map_err(&act)?;
        let hash: [u8; 32] = row.get(1).map_err(&act)?;
        let codec = row.get(2).map_err(&act)?;
        let size: i64 = row.get(3).map_err(&act)?;
        let bytes = row.get_ref(4).map_err(&act)?.as_blob().map_err(|error| act(error.into()))?;
        let plain = learn(connection, unpacker, codec)
            .ok()
            .and_then(|()| unpacker.unpack(codec, bytes, TEXT_BYTES_MAX, &mut buffer).ok());
        let sound = plain.is_some_and(|plain| {
            i64::try_from(plain.len()) == Ok(size) && *blake3::hash(plain).as_bytes() == hash
        });
        if !sound {
            note(&mut faults, Fault::Blob, id);
        }
    }
    Ok((count, faults))
}
