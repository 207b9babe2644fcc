//! Taking in what is in the log already.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use retold_core::{
    Decoder, Error, EventType, Head, InvalidEvent, Limit, Log, Page, Position, Recorded, StreamId, StreamName,
};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::checkpoint::Checkpoint;
use super::inline::Engine;
use crate::builtin::{Arrived, Builtin, Generation, NAME, Stream};

/// The names of streams, as far as they were asked for.
#[derive(Default)]
pub(crate) struct Names(HashMap<StreamId, (i64, StreamName)>);

const NAMES_MAX: usize = 100_000;

impl Names {
    pub(crate) fn get(
        &mut self,
        connection: &Connection,
        stream: StreamId,
    ) -> Result<&(i64, StreamName), Error> {
        if self.0.len() > NAMES_MAX {
            self.0.clear();
        }
        match self.0.entry(stream) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(unknown) => Ok(unknown.insert(read(connection, stream)?)),
        }
    }
}

fn read(connection: &Connection, stream: StreamId) -> Result<(i64, StreamName), Error> {
    let act = "read a stream's name";
    let name = |row: &rusqlite::Row<'_>| {
        let name = StreamName { workspace: row.get(1)?, session_id: row.get(2)?, ordinal: row.get(3)? };
        Ok((row.get(0)?, name))
    };
    connection
        .prepare_cached(include_str!("../../sql/stream_name.sql"))
        .and_then(|mut statement| statement.query_row([stream], name).optional())
        .map_err(Error::sqlite(act))?
        .ok_or_else(|| Error::Damaged { act, found: format!("no stream {}", stream.get()) })
}

/// Brings `builtin` from `from` to the end of the log, all in the transaction that `connection` is in; returns that end.
pub(crate) fn catch_up(connection: &Connection, builtin: &mut Builtin, from: Head) -> Result<Head, Error> {
    let (mut decoder, mut names) = (Decoder::default(), Names::default());
    let mut at = from;
    loop {
        let page = decoder.events_after(connection, at.position, Limit::default())?;
        at = take_in_page(connection, builtin, &mut names, &page)?.unwrap_or(at);
        if !page.more {
            return Ok(at);
        }
    }
}

/// Brings the read models to the end of the log, a transaction for each page.
pub(crate) fn catch_up_log(log: &Log) -> Result<(), crate::Error> {
    let act = crate::error::sqlite("catch up the read models");
    let mut connection = log.open_writer()?;
    let (mut builtin, mut names) = (Builtin::new(Generation::Live), Names::default());
    let (mut decoder, mut at) = (Decoder::default(), None);
    loop {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&act)?;
        let checkpoint = Engine::usable(&tx)?;
        if at != Some(checkpoint) {
            // Another process has moved them on.
            builtin.forget();
        }
        let page = decoder.events_after(&tx, checkpoint.head.position, Limit::default())?;
        let Some(head) = take_in_page(&tx, &mut builtin, &mut names, &page)? else {
            return tx.commit().map_err(&act);
        };
        let reached = Checkpoint { head, ..checkpoint };
        reached.write(&tx, Generation::Live)?;
        tx.commit().map_err(&act)?;
        at = Some(reached);
    }
}

/// Takes in a page of events and returns the head that they lead to; `None` for an empty page.
///
/// An event that does not fit is recorded and left out: the log has it all the same.
pub(crate) fn take_in_page(
    connection: &Connection,
    builtin: &mut Builtin,
    names: &mut Names,
    page: &Page,
) -> Result<Option<Head>, Error> {
    for (index, event) in page.events.iter().enumerate() {
        let (workspace, name) = names.get(connection, event.stream)?;
        let stream = Stream { id: event.stream, workspace: *workspace, name };
        let mut arrived = Arrived::from(event);
        if is_redacted_again(&page.events[index..]) {
            // The bodies are gone already, and the next redaction fills the stream's rows again for both.
            arrived.event = None;
        }
        if let Err(invalid) = builtin.take_in(connection, stream, arrived)? {
            skip(connection, builtin, event.position, &invalid)?;
        }
    }
    builtin.flush(connection)?;
    builtin.trim();
    Ok(page.events.last().map(|last| Head { position: last.position, hash: last.hash }))
}

/// Whether the first of these events is a redaction, and what happens next to its stream is one too.
fn is_redacted_again(events: &[Recorded]) -> bool {
    let Some((first, rest)) = events.split_first() else { return false };
    first.kind == EventType::BodyRedacted
        && rest
            .iter()
            .find(|event| event.stream == first.stream)
            .is_some_and(|event| event.kind == EventType::BodyRedacted)
}

pub(crate) fn skip(
    connection: &Connection,
    builtin: &Builtin,
    position: Position,
    invalid: &InvalidEvent,
) -> Result<(), Error> {
    let row = params![NAME, builtin.generation().is_building(), position, invalid.to_string()];
    connection
        .prepare_cached(include_str!("../../sql/insert_skip.sql"))
        .and_then(|mut statement| statement.execute(row))
        .map(drop)
        .map_err(Error::sqlite("record an event that does not fit"))
}
