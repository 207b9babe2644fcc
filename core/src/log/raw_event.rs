//! Rows of events with what they commit to, for whoever carries a log elsewhere.

use rusqlite::{Connection, OptionalExtension, Row};

use super::commit::Meta;
use super::dictionary::unpack_body;
use super::page::Recorded;
use super::verify::Stored;
use crate::event::{BodyError, Upcasters};
use crate::hash::body_commit;
use crate::pack::Unpacker;
use crate::{Erasure, Error, EventHash, EventType, Position, Revision, StreamId};

const READ: &str = "read the log";

/// An event as its row has it, its body unpacked; of any type, those among them that this release does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawEvent {
    /// Its position.
    pub position: Position,
    /// Its place in its stream.
    pub revision: Revision,
    /// The number of its type.
    pub kind: u16,
    /// The version of its body's schema.
    pub schema_version: u16,
    /// The position of the first event of its commit.
    pub commit_first: Position,
    /// When the log got it.
    pub recorded_at: i64,
    /// When it happened.
    pub occurred_at: i64,
    /// Its hash.
    pub hash: EventHash,
    /// Its commit's meta, where it is the first of it.
    pub meta: Option<Vec<u8>>,
    /// What it commits to of its body, whether that is there or not.
    pub body_commit: [u8; 32],
    /// Its body.
    pub body: RawBody,
}

/// A body, or why it is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RawBody {
    /// It is there.
    There {
        /// What it was committed to with.
        salt: [u8; 16],
        /// Its bytes, unpacked.
        plain: Vec<u8>,
    },
    /// It is gone.
    Gone {
        /// Whether it was redacted: for good. Otherwise it was pruned.
        is_redacted: bool,
        /// The event that says so.
        by: Position,
    },
    /// A part of a log was given without it.
    Withheld,
}

/// Calls `each` with the events from position `first` to `last`, each with its stream, in order, until it returns `false`. One row and its body are
/// in memory at a time.
///
/// # Errors
/// [`Error::Damaged`] for a row that no release writes, and for a body that cannot be unpacked, or is gone and nothing says why;
/// what `each` returns; otherwise where the store cannot be read.
pub fn each_raw_event<E: From<Error>>(
    connection: &Connection,
    unpacker: &mut Unpacker,
    (first, last): (Position, Position),
    mut each: impl FnMut(StreamId, RawEvent) -> Result<bool, E>,
) -> Result<(), E> {
    let act = Error::sqlite(READ);
    let mut statement = connection.prepare_cached(include_str!("../../sql/raw_events.sql")).map_err(&act)?;
    let mut rows = statement.query([first, last]).map_err(&act)?;
    while let Some(row) = rows.next().map_err(&act)? {
        let (stream, event) = RawEvent::read(connection, unpacker, row)?;
        if !each(stream, event)? {
            break;
        }
    }
    Ok(())
}

/// Returns the keys of all workspaces, in order. O(workspaces).
///
/// # Errors
/// Where the store cannot be read.
pub fn workspace_keys(connection: &Connection) -> Result<Vec<String>, Error> {
    let act = Error::sqlite(READ);
    let mut statement =
        connection.prepare_cached(include_str!("../../sql/workspace_keys.sql")).map_err(&act)?;
    let keys = statement.query_map([], |row| row.get(0)).map_err(&act)?;
    keys.collect::<rusqlite::Result<_>>().map_err(act)
}

/// Returns how many bytes a text outside of events takes, packed; `None` where the store has none of this hash. O(1).
///
/// # Errors
/// Where the store cannot be read.
pub fn packed_text_bytes(connection: &Connection, hash: &[u8; 32]) -> Result<Option<u64>, Error> {
    let act = Error::sqlite(READ);
    let mut statement = connection.prepare_cached(include_str!("../../sql/blob_bytes.sql")).map_err(&act)?;
    let bytes: Option<i64> = statement.query_row([hash], |row| row.get(0)).optional().map_err(act)?;
    Ok(bytes.map(i64::unsigned_abs))
}

impl RawEvent {
    /// Returns the event as a log's reader returns it, of a stream that has this number; `None` where this release does not know its type,
    /// or a version so new of its body. Long texts are not loaded.
    ///
    /// # Errors
    /// [`Error::Body`] for a body that cannot be read; [`Error::Damaged`] for a meta that is none.
    pub fn recorded(self, stream: StreamId, upcasters: &Upcasters) -> Result<Option<Recorded>, Error> {
        let Self { position, revision, schema_version, commit_first, recorded_at, occurred_at, hash, .. } =
            self;
        let Some(kind) = EventType::from_number(self.kind.into()) else { return Ok(None) };
        let (event, erasure, stored_bytes) = match self.body {
            RawBody::There { plain, .. } => match upcasters.read(kind, schema_version, &plain) {
                Ok(event) => (Some(event), None, plain.len() as u64),
                Err(BodyError::Newer { .. }) => return Ok(None),
                Err(source) => return Err(Error::Body { position, source }),
            },
            RawBody::Gone { is_redacted: true, .. } => (None, Some(Erasure::Redacted), 0),
            RawBody::Gone { is_redacted: false, .. } => (None, Some(Erasure::Pruned), 0),
            RawBody::Withheld => (None, Some(Erasure::Withheld), 0),
        };
        let meta = self.meta.map(|meta| Meta::of_bytes(&meta, position)).transpose()?;
        Ok(Some(Recorded {
            position,
            stream,
            revision,
            kind,
            schema_version,
            commit_first,
            recorded_at,
            occurred_at,
            hash,
            meta,
            stored_bytes,
            event,
            erasure,
        }))
    }

    fn read(
        connection: &Connection,
        unpacker: &mut Unpacker,
        row: &Row<'_>,
    ) -> Result<(StreamId, Self), Error> {
        let act = Error::sqlite(READ);
        let position: Position = row.get(0).map_err(&act)?;
        let stored = Stored::read(row).map_err(&act)?;
        let (body_commit, body) = match (stored.salt, stored.body) {
            (Some(salt), Some(packed)) => {
                let mut buffer = Vec::new();
                let plain = unpack_body(connection, unpacker, (position, stored.codec), packed, &mut buffer)?
                    .to_vec();
                (body_commit(&salt, &plain), RawBody::There { salt, plain })
            }
            _ => {
                let commit: Option<[u8; 32]> = row.get(13).map_err(&act)?;
                let Some(commit) = commit else {
                    let found = format!("position {position} has no body, and nothing says why");
                    return Err(Error::Damaged { act: READ, found });
                };
                let is_redacted = row.get(15).map_err(&act)?;
                let by: Option<Position> = row.get(14).map_err(&act)?;
                (commit, by.map_or(RawBody::Withheld, |by| RawBody::Gone { is_redacted, by }))
            }
        };
        let event = Self {
            position,
            revision: stored.revision,
            kind: stored.kind,
            schema_version: stored.schema_version,
            commit_first: stored.commit_first,
            recorded_at: stored.recorded_at,
            occurred_at: stored.occurred_at,
            hash: stored.hash,
            meta: stored.meta.map(<[u8]>::to_vec),
            body_commit,
            body,
        };
        Ok((StreamId(stored.stream), event))
    }
}
