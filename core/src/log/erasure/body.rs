//! Bodies as the store has them, and the texts outside of them that they refer to.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, Row};

use crate::event::{Upcasters, with_types};
use crate::hash::body_commit;
use crate::log::dictionary::unpack_body;
use crate::pack::Unpacker;
use crate::{Error, EventType, Position, StreamId, Text};

const READ: &str = "read a body";

/// An event as far as its body goes.
#[derive(Debug)]
pub struct StoredBody {
    /// Its stream.
    pub stream: StreamId,
    /// Its type; `None` for one that this release does not know.
    pub kind: Option<EventType>,
    /// Its body; `None` where that is gone.
    pub bytes: Option<BodyBytes>,
}

/// A body, packed and unpacked.
#[derive(Debug)]
pub struct BodyBytes {
    /// Its salt, of which there is no copy.
    pub salt: [u8; 16],
    /// As the row has it.
    pub packed: Vec<u8>,
    /// As it was committed to.
    pub plain: Vec<u8>,
}

impl StoredBody {
    /// Reads the body at a position; `None` where the log has no event there.
    ///
    /// # Errors
    /// [`Error::Damaged`] for a body that cannot be unpacked; otherwise where the store cannot be read.
    pub fn read(
        connection: &Connection,
        unpacker: &mut Unpacker,
        position: Position,
    ) -> Result<Option<Self>, Error> {
        let act = Error::sqlite(READ);
        let mut statement =
            connection.prepare_cached(include_str!("../../../sql/redactable.sql")).map_err(&act)?;
        let mut rows = statement.query([position]).map_err(&act)?;
        let Some(row) = rows.next().map_err(&act)? else { return Ok(None) };
        let stream = row.get(0).map_err(&act)?;
        let kind = EventType::from_number(row.get(1).map_err(&act)?);
        Ok(Some(Self { stream, kind, bytes: BodyBytes::read(connection, unpacker, position, row)? }))
    }

    /// Returns the hash of the text outside of it that it refers to.
    pub fn text(&self) -> Option<[u8; 32]> {
        self.kind.zip(self.bytes.as_ref()).and_then(|(kind, bytes)| text_of(kind, &bytes.plain))
    }
}

impl BodyBytes {
    /// Reads the columns `codec, salt, body`, which are the third of a row and those after it.
    fn read(
        connection: &Connection,
        unpacker: &mut Unpacker,
        position: Position,
        row: &Row<'_>,
    ) -> Result<Option<Self>, Error> {
        let act = Error::sqlite(READ);
        let Some(salt) = row.get(3).map_err(&act)? else { return Ok(None) };
        let packed = row.get_ref(4).and_then(|body| Ok(body.as_blob()?)).map_err(&act)?;
        let mut buffer = Vec::new();
        let codec = row.get(2).map_err(&act)?;
        let plain = unpack_body(connection, unpacker, (position, codec), packed, &mut buffer)?.to_vec();
        Ok(Some(Self { salt, packed: packed.to_vec(), plain }))
    }

    /// Returns what it was committed to with.
    pub fn commit(&self) -> [u8; 32] {
        body_commit(&self.salt, &self.plain)
    }
}

/// Calls `found` with every body of a stream that is content and is there, in order.
///
/// # Errors
/// [`Error::Damaged`] for a body that cannot be unpacked; otherwise where the store cannot be read.
pub fn each_content(
    connection: &Connection,
    unpacker: &mut Unpacker,
    stream: StreamId,
    mut found: impl FnMut(Position, Option<EventType>, &BodyBytes),
) -> Result<(), Error> {
    let act = Error::sqlite(READ);
    let mut statement = connection
        .prepare_cached(&with_types(include_str!("../../../sql/said_of_stream.sql")))
        .map_err(&act)?;
    let mut rows = statement.query([stream]).map_err(&act)?;
    while let Some(row) = rows.next().map_err(&act)? {
        let position: Position = row.get(0).map_err(&act)?;
        let kind = EventType::from_number(row.get(1).map_err(&act)?);
        let Some(bytes) = BodyBytes::read(connection, unpacker, position, row)? else {
            let found = format!("the body at position {position} has no salt");
            return Err(Error::Damaged { act: READ, found });
        };
        found(position, kind, &bytes);
    }
    Ok(())
}

/// Returns which of `texts` a body after `after` refers to, those that are `going` left aside. O(bodies after `after`), and
/// nothing where there are no texts.
///
/// # Errors
/// Where a body cannot be read: nobody knows what it refers to.
pub fn referred(
    connection: &Connection,
    unpacker: &mut Unpacker,
    texts: &HashSet<[u8; 32]>,
    after: Position,
    is_going: impl Fn(&Position) -> bool,
) -> Result<HashSet<[u8; 32]>, Error> {
    let mut found = HashSet::new();
    if texts.is_empty() {
        return Ok(found);
    }
    let act = Error::sqlite(READ);
    let mut statement =
        connection.prepare_cached(include_str!("../../../sql/bodies_after.sql")).map_err(&act)?;
    let mut rows = statement.query([after]).map_err(&act)?;
    let mut buffer = Vec::new();
    while let Some(row) = rows.next().map_err(&act)? {
        let position = row.get(0).map_err(&act)?;
        if is_going(&position) {
            continue;
        }
        let packed = row.get_ref(2).and_then(|body| Ok(body.as_blob()?)).map_err(&act)?;
        let codec = row.get(1).map_err(&act)?;
        let body = unpack_body(connection, unpacker, (position, codec), packed, &mut buffer)?;
        found.extend(references(body).filter(|hash| texts.contains(hash)));
    }
    Ok(found)
}

/// Returns what may be references in a body: MessagePack `bin 8` of 40 bytes. One too many keeps a text, and does no harm.
pub fn references(body: &[u8]) -> impl Iterator<Item = [u8; 32]> {
    memchr::memchr_iter(0xc4, body)
        .filter(|at| body.get(at + 1) == Some(&40))
        .filter_map(|at| body.get(at + 2..at + 34)?.try_into().ok())
}

/// Returns the hash of the text outside of it that a body refers to.
pub fn text_of(kind: EventType, body: &[u8]) -> Option<[u8; 32]> {
    let mut event = Upcasters::default().read(kind, kind.schema_version(), body).ok()?;
    match event.long_text_mut() {
        Some(Text::Blob(blob)) => Some(blob.hash),
        _ => None,
    }
}

/// Returns the stream of the event at a position, and the number of its type; `None` where the log has none there.
///
/// # Errors
/// Where the store cannot be read.
pub fn stream_and_type(
    connection: &Connection,
    position: Position,
) -> rusqlite::Result<Option<(StreamId, i64)>> {
    connection
        .prepare_cached(include_str!("../../../sql/stream_and_type.sql"))?
        .query_row([position], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}
