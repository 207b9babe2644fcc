//! A part of a log that is at hand.

use std::path::Path;

use retold_core::raw::{RawBody, RawEvent, STREAM_NAMES, text_of};
use retold_core::{
    Error, EventType, Head, Log, OnProgress, Position, Progress, Reader, StreamId, StreamName, Unit,
};
use rusqlite::{Connection, Row};

use super::{Identity, NewPart, TAKE, TakenPart};

/// Takes some streams of a log into a store of their own at `path`, as they are at `head`, which is an event of the log.
///
/// Bodies and texts are packed again with the dictionary that every store begins with: those that a log trains may hold words of what
/// is not taken along. O(events taken), and a look-up for each stretch in between. See [`NewPart::finish`] for the rest.
///
/// # Errors
/// Those of [`NewPart::begin`], [`NewPart::event`] and [`NewPart::finish`]; [`Error::Stopped`] where `progress` says so.
pub fn take_part<E: From<Error>>(
    log: &Log,
    streams: &[StreamId],
    head: Head,
    path: &Path,
    replaces: bool,
    read_models: impl FnOnce(&Path) -> Result<(), E>,
    progress: impl OnProgress,
) -> Result<TakenPart, E> {
    let mut reader = log.reader()?;
    reader.begin()?;
    let identity = Identity::read(reader.connection())?;
    let mut part = NewPart::begin(path, identity)?;
    let (mut places, mut names) = (Vec::new(), Vec::new());
    for (number, stream) in streams.iter().enumerate() {
        names.push(reader.name(*stream)?);
        let of_stream = places_of(reader.connection(), *stream, head.position)?;
        places.extend(of_stream.into_iter().map(|place| (place, number)));
    }
    places.sort_unstable_by_key(|(place, _)| *place);
    let total = places.len() as u64;
    for (done, (position, number)) in (0..).zip(places) {
        progress.advance(TAKE, Progress::new(Unit::Events, done, total))?;
        skip(&mut part, &reader, Position::ZERO.plus(position.get() - 1))?;
        let mut event = reader.raw_event_at(position)?.ok_or_else(|| missing(position))?;
        if let RawBody::Gone { by, .. } = event.body
            && by > head.position
        {
            // It went later, and nothing in the part says why.
            event.body = RawBody::Withheld;
        }
        part.event(&names[number], &event)?;
        if let Some(hash) = text_in(&event)
            && !part.has_text(&hash)?
        {
            part.text(hash, &reader.text_of_hash(hash)?)?;
        }
    }
    skip(&mut part, &reader, head.position)?;
    reader.end()?;
    part.finish(head, None, replaces, read_models, progress)
}

/// Returns the names of the streams that a store has events of.
///
/// # Errors
/// Where the store cannot be read.
pub fn streams_of(log: &Log) -> Result<Vec<StreamName>, Error> {
    let reader = log.reader()?;
    let read = || -> rusqlite::Result<Vec<StreamName>> {
        let mut statement = reader.connection().prepare(STREAM_NAMES)?;
        let name = |row: &Row<'_>| {
            Ok(StreamName { workspace: row.get(1)?, session_id: row.get(2)?, ordinal: row.get(3)? })
        };
        statement.query_map([], name)?.collect()
    };
    read().map_err(Error::sqlite(TAKE))
}

/// Returns the hash of the text outside of an event that it refers to.
pub fn text_in(event: &RawEvent) -> Option<[u8; 32]> {
    let RawBody::There { plain, .. } = &event.body else { return None };
    text_of(EventType::from_number(event.kind.into())?, plain)
}

/// Tells of all that is absent up to a position.
fn skip(part: &mut NewPart, reader: &Reader<'_>, last: Position) -> Result<(), Error> {
    if part.end() >= last {
        return Ok(());
    }
    let hash = reader.hash_at(last)?.ok_or_else(|| missing(last))?;
    part.absent_up_to(last, hash)
}

fn missing(position: Position) -> Error {
    Error::Damaged { act: TAKE, found: format!("there is no event at position {position}") }
}

fn places_of(connection: &Connection, stream: StreamId, end: Position) -> Result<Vec<Position>, Error> {
    let read = || -> rusqlite::Result<Vec<Position>> {
        let mut statement = connection.prepare_cached(
            "select position from event where stream = ?1 and position <= ?2 order by revision",
        )?;
        statement.query_map((stream, end), |row| row.get(0))?.collect()
    };
    read().map_err(Error::sqlite(TAKE))
}
