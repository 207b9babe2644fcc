//! Reading: events in order, states, streams by name.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::inline::Head;
use super::key::KeyUse;
use super::page::{Limit, Page, Recorded};
use super::pool::{Pool, PooledReader};
use crate::{Error, EventHash, EventType, LogId, Position, Revision, SessionState, StreamId, StreamName};

/// A reader of a log. Between [`begin`](Self::begin) and its end it sees one moment of the store; otherwise each
/// call sees the store as it is.
pub struct Reader<'log> {
    lent: Lent<'log>,
}

/// The connection that a reader reads through.
#[allow(clippy::large_enum_variant, reason = "a box would be an allocation for each reader")]
enum Lent<'log> {
    /// One of the pool, until the reader is dropped.
    Pooled {
        pool: &'log Pool,
        pooled: Option<PooledReader>,
        /// How often a store that nothing locks had changed when this was lent.
        changes: u64,
    },
    /// The writer's own, inside a transaction that is not committed.
    Inside(&'log mut PooledReader),
}

pub(super) const READ: &str = "read the log";

impl<'log> Reader<'log> {
    /// Lends a connection.
    pub(super) fn of(pool: &'log Pool) -> Result<Self, Error> {
        let changes = pool.changes();
        Ok(Self { lent: Lent::Pooled { pool, pooled: Some(pool.take()?), changes } })
    }

    /// Reads inside the writer's transaction, which ends when the writer says so.
    pub(super) fn inside(own: &'log mut PooledReader) -> Self {
        Self { lent: Lent::Inside(own) }
    }

    /// Returns the connection, for queries over the read models. It cannot write.
    pub fn connection(&self) -> &Connection {
        &self.pooled().connection
    }

    /// Holds on to this moment of the store until [`end`](Self::end) or until the reader is dropped. A reader that a write is
    /// decided with sees its moment already, and both do nothing.
    ///
    /// # Errors
    /// Where SQLite cannot begin a read transaction.
    pub fn begin(&self) -> Result<(), Error> {
        if matches!(self.lent, Lent::Inside(_)) {
            return Ok(());
        }
        // A deferred transaction takes its snapshot at the first read: the head is one.
        self.connection().execute_batch("begin").map_err(Error::sqlite(READ))?;
        self.head().map(drop)
    }

    /// Sees from now on what others have written to a store that nothing locks. Everywhere else each call sees the store as it
    /// is, and this does nothing.
    ///
    /// # Errors
    /// Where no connection can be opened.
    pub fn refresh(&mut self) -> Result<(), Error> {
        if let Lent::Pooled { pool, pooled, changes } = &mut self.lent {
            let now = pool.changes();
            if *changes != now {
                (*pooled, *changes) = (Some(pool.take()?), now);
            }
        }
        Ok(())
    }

    /// Lets go of the moment that [`begin`](Self::begin) took.
    ///
    /// # Errors
    /// Where there is none.
    pub fn end(&self) -> Result<(), Error> {
        if matches!(self.lent, Lent::Inside(_)) {
            return Ok(());
        }
        self.connection().execute_batch("commit").map_err(Error::sqlite(READ))
    }

    /// Returns the end of the log. O(1).
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn head(&self) -> Result<Head, Error> {
        let mut statement = self
            .connection()
            .prepare_cached(include_str!("../../sql/head.sql"))
            .map_err(Error::sqlite(READ))?;
        let head = statement
            .query_row([], |row| Ok(Head { position: row.get(0)?, hash: row.get(1)? }))
            .optional()
            .map_err(Error::sqlite(READ))?;
        Ok(head.unwrap_or(Head { position: Position::ZERO, hash: EventHash::ZERO }))
    }

    /// Returns the id of the log that is in the store at this moment: another than [`Log::id`](crate::Log::id) once a
    /// backup was restored while the log was open. O(1).
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn log_id(&self) -> Result<LogId, Error> {
        self.one(include_str!("../../sql/log_id.sql"), [], |row| row.get(0))?
            .ok_or_else(|| Error::Damaged { act: READ, found: "the log has no id".to_owned() })
    }

    /// Returns the number of a stream; `None` where there is none of this name.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn stream(&self, name: &StreamName) -> Result<Option<StreamId>, Error> {
        self.one(
            include_str!("../../sql/stream_by_name.sql"),
            params![name.workspace, name.session_id, name.ordinal],
            |row| row.get(0),
        )
    }

    /// Returns the name of a stream.
    ///
    /// # Errors
    /// Where the store cannot be read, or has no such stream.
    pub fn name(&self, stream: StreamId) -> Result<StreamName, Error> {
        self.one(include_str!("../../sql/stream_name.sql"), [stream], |row| {
            Ok(StreamName { workspace: row.get(0)?, session_id: row.get(1)?, ordinal: row.get(2)? })
        })?
        .ok_or_else(|| Error::Damaged { act: READ, found: format!("no stream {}", stream.get()) })
    }

    /// Returns the revision that a stream is at.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn revision(&self, stream: StreamId) -> Result<Revision, Error> {
        let revision = self.one(include_str!("../../sql/stream_head.sql"), [stream], |row| row.get(0))?;
        Ok(revision.unwrap_or(Revision::ZERO))
    }

    /// Whether something of a session is pruned now. O(events of the stream).
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn is_pruned(&self, stream: StreamId) -> Result<bool, Error> {
        Ok(self.one(include_str!("../../sql/is_pruned.sql"), [stream], |_| Ok(()))?.is_some())
    }

    /// Returns what an idempotency key was used for; `None` where it was not.
    ///
    /// # Errors
    /// [`Error::Damaged`] where what is kept of the key names no commit of the log; otherwise where the store cannot be read.
    pub fn use_of_key(&self, key: &str) -> Result<Option<KeyUse>, Error> {
        KeyUse::find(self.connection(), key)
    }

    /// Returns the position of a stream's event of this revision.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn position_of(&self, stream: StreamId, revision: Revision) -> Result<Option<Position>, Error> {
        self.one(include_str!("../../sql/position_of.sql"), params![stream, revision], |row| row.get(0))
    }

    /// Returns the hash of the event at a position; `None` where the log has none there. O(1). Where it is the same in two
    /// logs, all events before it are.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn hash_at(&self, position: Position) -> Result<Option<EventHash>, Error> {
        self.one(include_str!("../../sql/hash_of_position.sql"), [position], |row| row.get(0))
    }

    /// Returns the position of the last event of the store up to `position`, zero where there is none; `None` where the log ends
    /// before. In a whole log it is `position` itself. O(log n).
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn last_up_to(&self, position: Position) -> Result<Option<Position>, Error> {
        let end = self.part()?.map_or(self.head()?, |part| part.head).position;
        if position > end {
            return Ok(None);
        }
        let sql = include_str!("../../sql/recorded_by.sql");
        Ok(Some(self.one(sql, [position], |row| row.get(0))?.unwrap_or(Position::ZERO)))
    }

    /// Returns the last position that the log got at or before `instant`; zero where there is none. O(log n).
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn position_at(&self, instant: Timestamp) -> Result<Position, Error> {
        let micros = crate::time::to_micros(instant);
        // recorded_at never falls with the position.
        let (mut found, mut before, mut after) = (Position::ZERO, 0, self.head()?.position.get() + 1);
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            // Positions that a part of a log lacks are as the event before them.
            let sql = include_str!("../../sql/recorded_by.sql");
            let by: Option<(Position, i64)> =
                self.one(sql, [Position(middle)], |row| Ok((row.get(0)?, row.get(1)?)))?;
            match by {
                Some((_, recorded_at)) if recorded_at > micros => after = middle,
                by => (found, before) = (by.map_or(found, |(position, _)| position), middle),
            }
        }
        Ok(found)
    }

    /// Returns the events after `position`, in order. The first call for a whole log starts at [`Position::ZERO`],
    /// the next ones at the last position given.
    ///
    /// # Errors
    /// [`Error::Body`] for an event that cannot be read; [`Error::Damaged`] and others where the store cannot.
    pub fn events_after(&mut self, position: Position, limit: Limit) -> Result<Page, Error> {
        let PooledReader { connection, decoder } = self.pooled_mut();
        decoder.events_after(connection, position, limit)
    }

    /// The same, with every [`RecordsKept`](crate::event::RecordsKept) empty, of source 0: for those who do without the bytes of files,
    /// which are most of what a log of transcripts holds. They are not unpacked.
    ///
    /// # Errors
    /// As [`events_after`](Self::events_after).
    pub fn events_after_but_kept(&mut self, position: Position, limit: Limit) -> Result<Page, Error> {
        let PooledReader { connection, decoder } = self.pooled_mut();
        decoder.events_after_but_kept(connection, position, limit)
    }

    /// Returns the event at a position; `None` where the log has none there.
    ///
    /// # Errors
    /// As [`events_after`](Self::events_after).
    pub fn event_at(&mut self, position: Position) -> Result<Option<Recorded>, Error> {
        let PooledReader { connection, decoder } = self.pooled_mut();
        decoder.event_at(connection, position)
    }

    /// Returns the long text that the event at a position brought, in one piece: empty where its body is gone; `None` where
    /// there is no such event, or where it brings none.
    ///
    /// # Errors
    /// As [`event_at`](Self::event_at) and [`resolve`](Self::resolve).
    pub fn text_at(&mut self, position: Position) -> Result<Option<String>, Error> {
        let PooledReader { connection, decoder } = self.pooled_mut();
        decoder.text_at(connection, position)
    }

    /// Returns the events of a stream after `revision`, up to position `at`, in order.
    ///
    /// # Errors
    /// As [`events_after`](Self::events_after).
    pub fn stream_events_after(
        &mut self,
        stream: StreamId,
        revision: Revision,
        at: Position,
        limit: Limit,
    ) -> Result<Page, Error> {
        let PooledReader { connection, decoder } = self.pooled_mut();
        decoder.stream_events_after(connection, stream, revision, at, limit)
    }

    /// Returns those events of a stream after `revision`, up to position `at`, that are of one of `types`, in order. The
    /// others are passed over without a look at their bodies.
    ///
    /// # Errors
    /// As [`events_after`](Self::events_after).
    pub fn stream_events_of_types(
        &mut self,
        types: &[EventType],
        stream: StreamId,
        revision: Revision,
        at: Position,
        limit: Limit,
    ) -> Result<Page, Error> {
        let PooledReader { connection, decoder } = self.pooled_mut();
        decoder.stream_events_of_types(connection, types, stream, revision, at, limit)
    }

    /// Returns the [`FolderSeen`](crate::event::FolderSeen) events after `position`, in order. O(those events): they have an index.
    ///
    /// # Errors
    /// As [`events_after`](Self::events_after).
    pub fn folders_seen_after(&mut self, position: Position, limit: Limit) -> Result<Page, Error> {
        let PooledReader { connection, decoder } = self.pooled_mut();
        decoder.folders_seen_after(connection, position, limit)
    }

    /// Returns a session as it was at position `at`, inclusive; `None` where it was not created yet. Long texts are
    /// not loaded: see [`resolve`](Self::resolve). O(events of the stream).
    ///
    /// # Errors
    /// As [`events_after`](Self::events_after); [`Error::Damaged`] for an event that does not fit.
    pub fn state(&mut self, stream: StreamId, at: Position) -> Result<Option<SessionState>, Error> {
        let PooledReader { connection, decoder } = self.pooled_mut();
        decoder.state(connection, stream, at)
    }

    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, Error> {
        self.connection()
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row(params, read).optional())
            .map_err(Error::sqlite(READ))
    }

    pub(super) fn pooled(&self) -> &PooledReader {
        match &self.lent {
            Lent::Pooled { pooled, .. } => pooled.as_ref().expect(LENT),
            Lent::Inside(own) => own,
        }
    }

    pub(super) fn pooled_mut(&mut self) -> &mut PooledReader {
        match &mut self.lent {
            Lent::Pooled { pooled, .. } => pooled.as_mut().expect(LENT),
            Lent::Inside(own) => own,
        }
    }
}

const LENT: &str = "only a dropped reader has given its connection back";

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let Lent::Pooled { pool, pooled, changes } = &mut self.lent else { return };
        let Some(pooled) = pooled.take() else { return };
        // A connection that cannot end its transaction is closed instead of lent again.
        if pooled.connection.is_autocommit() || pooled.connection.execute_batch("rollback").is_ok() {
            pool.give_back(pooled, *changes);
        }
    }
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}
