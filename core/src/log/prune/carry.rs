//! What the writer does, inside the transaction that appends the event which says so.

use std::collections::HashSet;

use rusqlite::{Connection, params};

use crate::event::BodiesRestored;
use crate::event::with_types;
use crate::hash::body_commit;
use crate::log::decode::learn;
use crate::log::prepare::{BODY_BYTES_MAX, KeptBody};
use crate::log::redact::{text_of, unpack};
use crate::pack::Unpacker;
use crate::{Error, EventType, Position, StreamId};

const PRUNE: &str = "prune";
const PUT_BACK: &str = "put back what was pruned";

const NOT_ALL: Error = Error::Malformed { reason: "what a pruning took out comes back whole, and as it was" };
const NEWER: Error = Error::Malformed { reason: "of a session what was pruned last is put back first" };

/// Takes out what was said in a stream; returns the texts outside of events that it referred to.
pub(in crate::log) fn prune_stream(
    connection: &Connection,
    unpacker: &mut Unpacker,
    stream: StreamId,
    by: Position,
) -> Result<HashSet<[u8; 32]>, Error> {
    let act = Error::sqlite(PRUNE);
    let (mut taken, mut texts) = (Vec::new(), HashSet::new());
    {
        let mut statement = connection
            .prepare_cached(&with_types(include_str!("../../../sql/said_of_stream.sql")))
            .map_err(&act)?;
        let mut rows = statement.query([stream]).map_err(&act)?;
        let mut buffer = Vec::new();
        while let Some(row) = rows.next().map_err(&act)? {
            let position: Position = row.get(0).map_err(&act)?;
            let kind = EventType::from_number(row.get(1).map_err(&act)?);
            let salt: [u8; 16] = row.get(3).map_err(&act)?;
            let body = unpack(connection, unpacker, row, (2, 4), &mut buffer)?;
            taken.push((position, body_commit(&salt, body)));
            texts.extend(kind.and_then(|kind| text_of(kind, body)));
        }
    }
    let mut insert =
        connection.prepare_cached(include_str!("../../../sql/insert_pruned.sql")).map_err(&act)?;
    let mut take = connection.prepare_cached(include_str!("../../../sql/redact_body.sql")).map_err(&act)?;
    for (position, commit) in taken {
        insert.execute(params![position, commit, by]).map_err(&act)?;
        take.execute([position]).map_err(&act)?;
    }
    Ok(texts)
}

/// Puts back what a pruning took out of a stream. Each body is held against what it committed to.
///
/// The inner error is the caller's; part of it may have been carried out then, and is to be rolled back.
pub(in crate::log) fn put_back_into(
    connection: &Connection,
    unpacker: &mut Unpacker,
    stream: StreamId,
    event: &BodiesRestored,
    kept: &[KeptBody],
) -> Result<Result<(), Error>, Error> {
    let act = Error::sqlite(PUT_BACK);
    let Some(by) = Position::new(event.position) else { return Ok(Err(NOT_ALL)) };
    let wanted: Vec<(Position, [u8; 32])> = pruned_of_stream(connection, stream, by).map_err(&act)?;
    if wanted.is_empty() {
        return Ok(Err(NOT_ALL));
    }
    let later = connection
        .prepare_cached(include_str!("../../../sql/pruned_later.sql"))
        .and_then(|mut statement| statement.exists((stream, by)))
        .map_err(&act)?;
    if later {
        // A message that was put in front of others has left its empty place behind them.
        return Ok(Err(NEWER));
    }
    let mut put = connection.prepare_cached(include_str!("../../../sql/put_back.sql")).map_err(&act)?;
    let mut forget =
        connection.prepare_cached(include_str!("../../../sql/delete_pruned.sql")).map_err(&act)?;
    let mut buffer = Vec::new();
    for (position, commit) in wanted {
        let Ok(at) = kept.binary_search_by_key(&position, |kept| kept.position) else {
            return Ok(Err(NOT_ALL));
        };
        let KeptBody { salt, body, .. } = &kept[at];
        learn(connection, unpacker, body.codec)?;
        let plain = unpacker.unpack(body.codec, &body.bytes, BODY_BYTES_MAX, &mut buffer);
        if !plain.is_ok_and(|plain| body_commit(salt, plain) == commit) {
            return Ok(Err(NOT_ALL));
        }
        put.execute(params![position, body.codec, salt, body.bytes]).map_err(&act)?;
        forget.execute([position]).map_err(&act)?;
    }
    Ok(Ok(()))
}

/// Returns what the pruning at `by` took out of a stream, in order, with what each body committed to.
pub(super) fn pruned_of_stream(
    connection: &Connection,
    stream: StreamId,
    by: Position,
) -> rusqlite::Result<Vec<(Position, [u8; 32])>> {
    let mut statement = connection.prepare_cached(include_str!("../../../sql/pruned_of_stream.sql"))?;
    statement.query_map((stream, by), |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}
