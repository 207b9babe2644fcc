//! What the writer knows of the ends of the log and of its streams, so that it need not ask again.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use rusqlite::{Connection, OptionalExtension};

use super::inline::Head;
use super::store::find_log_id;
use crate::{Error, EventHash, LogId, Position, Revision, StreamId, StreamName, hash};

/// The ends that are remembered; above, all are forgotten at once.
const STREAMS_MAX: usize = 50_000;

/// The end of one stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct StreamHead {
    pub(super) stream: StreamId,
    pub(super) workspace: i64,
    pub(super) key: [u8; 32],
    pub(super) revision: Revision,
    pub(super) hash: EventHash,
}

/// The end of the log, with what the next event needs of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogTail {
    pub(super) head: Head,
    pub(super) recorded_at: i64,
    pub(super) last_stream: i64,
    pub(super) last_workspace: i64,
}

/// Ends as of one `data_version`: another connection's write makes all of them void.
#[derive(Debug, Default)]
pub(super) struct Heads {
    data_version: Option<i64>,
    tail: Option<LogTail>,
    streams: HashMap<StreamName, StreamHead>,
    /// The dictionaries that are there.
    dictionaries: HashSet<u32>,
    records: Records,
}

/// Where it changed last which record of a session's id is which: one was created, deleted, restored or moved.
#[derive(Debug, Default)]
struct Records {
    /// Up to here, nothing is known of any id.
    unknown: Position,
    /// By a hash of workspace and id: two ids that share one only make a plan look older than it is.
    changed: HashMap<u64, Position>,
    hasher: RandomState,
}

const READ: &str = "read the end of the log";

impl Heads {
    /// Forgets everything.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Returns the end of the log, inside a write transaction.
    ///
    /// # Errors
    /// [`Error::Replaced`] where another log than `log` is there now.
    pub(super) fn tail(&mut self, connection: &Connection, log: LogId) -> Result<LogTail, Error> {
        let data_version = connection
            .prepare_cached("pragma data_version")
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
            .map_err(Error::sqlite(READ))?;
        if self.data_version != Some(data_version) {
            self.forget();
            if find_log_id(connection)? != Some(log) {
                return Err(Error::Replaced);
            }
            self.data_version = Some(data_version);
        }
        if self.streams.len() > STREAMS_MAX {
            self.streams.clear();
        }
        match self.tail {
            Some(tail) => Ok(tail),
            None => {
                let tail = read_tail(connection).map_err(Error::sqlite(READ))?;
                self.tail = Some(tail);
                self.records.unknown = tail.head.position;
                Ok(tail)
            }
        }
    }

    /// Returns the end of a stream; `None` where there is no such stream.
    pub(super) fn stream(
        &mut self,
        connection: &Connection,
        name: &StreamName,
    ) -> Result<Option<StreamHead>, Error> {
        if let Some(head) = self.streams.get(name) {
            return Ok(Some(*head));
        }
        let head = read_stream(connection, name).map_err(Error::sqlite(READ))?;
        if let Some(head) = head {
            self.streams.insert(name.clone(), head);
        }
        Ok(head)
    }

    /// Returns whether a dictionary is there, inside a write transaction.
    pub(super) fn has_dictionary(&mut self, connection: &Connection, number: u32) -> Result<bool, Error> {
        if self.dictionaries.contains(&number) {
            return Ok(true);
        }
        let is_there = connection
            .prepare_cached(include_str!("../../sql/has_dictionary.sql"))
            .and_then(|mut statement| statement.exists([number]))
            .map_err(Error::sqlite(READ))?;
        if is_there {
            self.dictionaries.insert(number);
        }
        Ok(is_there)
    }

    /// Returns whether it is certain that a session's id still means the records that it meant at `as_of`.
    pub(super) fn is_same_record(&self, name: &StreamName, as_of: Position) -> bool {
        let Records { unknown, changed, hasher } = &self.records;
        let last = changed.get(&hasher.hash_one((&name.workspace, &name.session_id)));
        *unknown <= as_of && last.is_none_or(|last| *last <= as_of)
    }

    /// Says that events up to `position` changed which record of an id is which; `every`: perhaps of others too.
    pub(super) fn record_changed(&mut self, name: &StreamName, every: bool, position: Position) {
        let Records { unknown, changed, hasher } = &mut self.records;
        if every || changed.len() >= STREAMS_MAX {
            changed.clear();
            *unknown = position;
        } else {
            changed.insert(hasher.hash_one((&name.workspace, &name.session_id)), position);
        }
    }

    /// Takes in what a transaction has written.
    pub(super) fn advance(
        &mut self,
        tail: LogTail,
        streams: impl IntoIterator<Item = (StreamName, StreamHead)>,
    ) {
        self.tail = Some(tail);
        self.streams.extend(streams);
    }
}

fn read_tail(connection: &Connection) -> rusqlite::Result<LogTail> {
    let end = connection
        .query_row(include_str!("../../sql/head.sql"), [], |row| {
            Ok((Head { position: row.get(0)?, hash: row.get(1)? }, row.get(2)?))
        })
        .optional()?;
    let (head, recorded_at) =
        end.unwrap_or((Head { position: Position::ZERO, hash: EventHash::ZERO }, i64::MIN));
    let last_stream =
        connection.query_row(include_str!("../../sql/last_stream.sql"), [], |row| row.get(0))?;
    let last_workspace =
        connection.query_row(include_str!("../../sql/last_workspace.sql"), [], |row| row.get(0))?;
    Ok(LogTail { head, recorded_at, last_stream, last_workspace })
}

fn read_stream(connection: &Connection, name: &StreamName) -> rusqlite::Result<Option<StreamHead>> {
    let found = connection
        .prepare_cached(include_str!("../../sql/stream_by_name.sql"))?
        .query_row((&name.workspace, &name.session_id, name.ordinal), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((stream, workspace)) = found else { return Ok(None) };
    let end = connection
        .prepare_cached(include_str!("../../sql/stream_head.sql"))?
        .query_row([stream], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (revision, hash) = end.unwrap_or((Revision::ZERO, EventHash::ZERO));
    Ok(Some(StreamHead { stream, workspace, key: hash::stream_key(name), revision, hash }))
}
