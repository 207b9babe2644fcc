//! What is pruned of a stream, and what comes back of it.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, params};

use super::body::{each_content, text_of};
use crate::event::BodiesRestored;
use crate::hash::body_commit;
use crate::log::dictionary::unpack_body;
use crate::log::prepare::KeptBody;
use crate::pack::Unpacker;
use crate::{Error, Position, StreamId};

const PRUNE: &str = "prune";
const UNPRUNE: &str = "put back what was pruned";

const NOT_ALL: Error = Error::Malformed { reason: "what a pruning took out comes back whole, and as it was" };
const NEWER: Error = Error::Malformed { reason: "of a session what was pruned last is put back first" };

/// Takes out what was said in a stream; returns the texts outside of events that it referred to.
pub(super) fn prune_stream(
    connection: &Connection,
    unpacker: &mut Unpacker,
    stream: StreamId,
    by: Position,
) -> Result<HashSet<[u8; 32]>, Error> {
    let act = Error::sqlite(PRUNE);
    let (mut taken, mut texts) = (Vec::new(), HashSet::new());
    each_content(connection, unpacker, stream, |position, kind, bytes| {
        taken.push((position, bytes.commit()));
        texts.extend(kind.and_then(|kind| text_of(kind, &bytes.plain)));
    })?;
    let mut insert =
        connection.prepare_cached(include_str!("../../../sql/insert_pruned.sql")).map_err(&act)?;
    let mut take = connection.prepare_cached(include_str!("../../../sql/redact_body.sql")).map_err(&act)?;
    for (position, commit) in taken {
        insert.execute(params![position, commit, by]).map_err(&act)?;
        take.execute([position]).map_err(&act)?;
    }
    Ok(texts)
}

/// Puts back what a pruning took out of a stream. Each body is compared with its commitment.
///
/// The inner error is the caller's; part of it may have been done then, and is to be rolled back.
pub(super) fn unprune_stream(
    connection: &Connection,
    unpacker: &mut Unpacker,
    stream: StreamId,
    event: &BodiesRestored,
    kept: &[KeptBody],
) -> Result<Result<(), Error>, Error> {
    let act = Error::sqlite(UNPRUNE);
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
        // A message that was put in front of others has left its empty place after them.
        return Ok(Err(NEWER));
    }
    let mut restore =
        connection.prepare_cached(include_str!("../../../sql/restore_body.sql")).map_err(&act)?;
    let mut forget =
        connection.prepare_cached(include_str!("../../../sql/delete_pruned.sql")).map_err(&act)?;
    let mut buffer = Vec::new();
    for (position, commit) in wanted {
        let Ok(at) = kept.binary_search_by_key(&position, |kept| kept.position) else {
            return Ok(Err(NOT_ALL));
        };
        let KeptBody { salt, body, .. } = &kept[at];
        let plain = unpack_body(connection, unpacker, (position, body.codec), &body.bytes, &mut buffer);
        if !plain.is_ok_and(|plain| body_commit(salt, plain) == commit) {
            return Ok(Err(NOT_ALL));
        }
        restore.execute(params![position, body.codec, salt, body.bytes]).map_err(&act)?;
        forget.execute([position]).map_err(&act)?;
    }
    Ok(Ok(()))
}

/// Returns what the pruning at `by` took out of a stream, in order, with what each body committed to.
///
/// # Errors
/// Where the store cannot be read.
pub fn pruned_of_stream(
    connection: &Connection,
    stream: StreamId,
    by: Position,
) -> rusqlite::Result<Vec<(Position, [u8; 32])>> {
    let mut statement = connection.prepare_cached(include_str!("../../../sql/pruned_of_stream.sql"))?;
    statement.query_map((stream, by), |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// What is known of a body that is pruned.
#[derive(Debug)]
pub struct Pruning {
    /// What the body committed to.
    pub commit: [u8; 32],
    /// The position of the event that says that it is pruned.
    pub by: Position,
    /// The stream and the number of the type of that event; `None` where the log has none there.
    pub event: Option<(StreamId, i64)>,
}

/// Returns what is known of the pruned body at a position; `None` where it is not pruned.
///
/// # Errors
/// Where the store cannot be read.
pub fn pruning(connection: &Connection, position: Position) -> rusqlite::Result<Option<Pruning>> {
    let read = |row: &rusqlite::Row<'_>| {
        let (stream, kind): (Option<StreamId>, Option<i64>) = (row.get(2)?, row.get(3)?);
        Ok(Pruning { commit: row.get(0)?, by: row.get(1)?, event: stream.zip(kind) })
    };
    connection
        .prepare_cached(include_str!("../../../sql/pruning.sql"))?
        .query_row([position], read)
        .optional()
}
