//! Several connections that see one moment of the log.

use rusqlite::Row;

use super::Log;
use super::read::{READ, Reader};
use crate::{Error, EventHash, Head, Position};

/// How often all of them begin again because somebody wrote in between. Between two commits there is time for thousands.
const TRIES_MAX: u32 = 10_000;

impl Log {
    /// Returns `count` readers, at least one, that see one moment of the log, and the end of the log then: for work on several
    /// threads.
    ///
    /// # Errors
    /// [`Error::Busy`] where somebody writes without a pause; otherwise where the store cannot be read at all.
    pub fn readers(&self, count: usize) -> Result<(Vec<Reader<'_>>, Head), Error> {
        readers(self, count, READ)
    }
}

/// Does the same for `act`. Every change of the log appends an event, so that those that see the same end see the same log.
pub(super) fn readers<'log>(
    log: &'log Log,
    count: usize,
    act: &'static str,
) -> Result<(Vec<Reader<'log>>, Head), Error> {
    let readers = (0..count.max(1)).map(|_| log.reader()).collect::<Result<Vec<_>, _>>()?;
    let run = |reader: &Reader<'_>, sql| reader.connection().execute_batch(sql).map_err(Error::sqlite(act));
    for _ in 0..TRIES_MAX {
        let mut heads = Vec::with_capacity(readers.len());
        for reader in &readers {
            run(reader, "begin")?;
            heads.push(end(reader)?);
        }
        if heads.iter().all(|head| *head == heads[0]) {
            return Ok((readers, heads[0]));
        }
        readers.iter().try_for_each(|reader| run(reader, "commit"))?;
    }
    Err(Error::Busy { act })
}

/// The end of the log. A hash that no release writes is that event's damage, and not the end of the verification.
fn end(reader: &Reader<'_>) -> Result<Head, Error> {
    let read =
        |row: &Row<'_>| Ok(Head { position: row.get(0)?, hash: row.get(1).unwrap_or(EventHash::ZERO) });
    let head = reader.one(include_str!("../../sql/head.sql"), [], read)?;
    Ok(head.unwrap_or(Head { position: Position::ZERO, hash: EventHash::ZERO }))
}
