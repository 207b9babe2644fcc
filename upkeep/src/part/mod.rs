//! Parts of a log as stores of their own: some sessions, whole, with what the rest is proved by.
//!
//! Each event is there as the log has it, and hangs on the event before it or on the hash at the end of the stretch that is
//! absent before it. So whoever knows the head of the log, or any hash in it, can verify the part by itself.

mod take;

use std::collections::HashMap;
use std::path::Path;

use retold_core::files::{Partial, Privacy, sweep_beside};
use retold_core::raw::{INSERT_BLOB, INSERT_EVENT, INSERT_PRUNED, INSERT_REDACTION, RawBody, RawEvent};
use retold_core::{
    Ancestor, Error, EventHash, Head, Log, LogId, OnProgress, Options, Position, StreamName, Verified, time,
};
use rusqlite::{Connection, OptionalExtension, ToSql, params};
pub use take::{streams_of, take_part, text_in};

const TAKE: &str = "take a part of the log";

/// Rows that are written in one transaction.
const ROWS: u64 = 20_000;

/// Whose a log is: what its events' hashes begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its id.
    pub log: LogId,
    /// The number of its hash format.
    pub format: u32,
    /// When it was begun, in microseconds since 1970.
    pub created_at: i64,
    /// The logs that it goes on from, oldest first, and when each of them was restored.
    pub lineage: Vec<(Ancestor, i64)>,
}

impl Identity {
    /// Reads whose the log of a store is.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn read(connection: &Connection) -> Result<Self, Error> {
        let read = || -> rusqlite::Result<Self> {
            let (log, format, created_at) =
                connection.query_row(include_str!("../../sql/part/log.sql"), [], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })?;
            let mut statement = connection.prepare(include_str!("../../sql/part/lineage.sql"))?;
            let lineage = statement.query_map([], |row| {
                Ok((Ancestor { until: row.get(0)?, log: row.get(1)?, hash: row.get(2)? }, row.get(3)?))
            })?;
            Ok(Self { log, format, created_at, lineage: lineage.collect::<Result<_, _>>()? })
        };
        read().map_err(Error::sqlite(TAKE))
    }
}

/// A part that was taken and verified.
#[derive(Clone, Debug)]
pub struct TakenPart {
    /// What its verification read: the end of what is there, how much is absent.
    pub verified: Verified,
    /// Its size in bytes.
    pub bytes: u64,
}

/// A store under way that is to hold a part of a log. It is gone again where nobody [finishes](Self::finish) it.
#[derive(Debug)]
pub struct NewPart {
    /// Before its file: connections are closed first.
    connection: Connection,
    log: Log,
    partial: Partial,
    identity: Identity,
    streams: HashMap<StreamName, i64>,
    /// The last position that is told of, as an event or as absent.
    end: Position,
    rows: u64,
}

impl NewPart {
    /// Begins a store for `path`, for its owner alone. What killed processes left beside it is removed.
    ///
    /// # Errors
    /// [`Error::Io`] where the folder cannot be written.
    pub fn begin(path: &Path, identity: Identity) -> Result<Self, Error> {
        sweep_beside(path);
        let io = |source| Error::Io { act: TAKE_TO, path: path.to_owned(), source };
        let partial = Partial::file_for(path, Privacy::Owner).map_err(io)?;
        let log = Options::new().create(true).open(partial.path())?;
        let connection = log.open_writer()?;
        let act = Error::sqlite(TAKE);
        let write = || -> rusqlite::Result<()> {
            let Identity { log, format, created_at, lineage } = &identity;
            connection.execute(include_str!("../../sql/part/identity.sql"), (log, format, created_at))?;
            for (ancestor, restored_at) in lineage {
                let row = (ancestor.until, ancestor.log, ancestor.hash, restored_at);
                connection.execute(include_str!("../../sql/part/insert_lineage.sql"), row)?;
            }
            connection.execute_batch("begin immediate")
        };
        write().map_err(&act)?;
        let (streams, end, rows) = (HashMap::new(), Position::ZERO, 0);
        Ok(Self { connection, log, partial, identity, streams, end, rows })
    }

    /// Takes in the next event in the order of positions, of a stream of this name. All positions between the last one and this one have
    /// to be told of as [absent](Self::absent_up_to).
    ///
    /// # Errors
    /// [`Error::Malformed`] for one that does not come next; otherwise where it cannot be written.
    pub fn event(&mut self, stream: &StreamName, event: &RawEvent) -> Result<(), Error> {
        let RawEvent { position, body_commit, body, .. } = event;
        self.advance(*position, *position)?;
        let stream = self.stream(stream)?;
        let packed = match body {
            RawBody::There { salt, plain } => Some((salt, self.log.raw().pack_body(plain)?)),
            RawBody::Gone { .. } | RawBody::Withheld => None,
        };
        let write = || -> rusqlite::Result<()> {
            let execute = |sql: &str, row: &[&dyn ToSql]| self.connection.prepare_cached(sql)?.execute(row);
            execute(
                INSERT_EVENT,
                &[
                    position,
                    &stream,
                    &event.revision,
                    &event.kind,
                    &event.schema_version,
                    &event.commit_first,
                    &event.recorded_at,
                    &event.occurred_at,
                    &event.hash,
                    &event.meta,
                    &packed.as_ref().map_or(0, |(_, packed)| packed.codec),
                    &packed.as_ref().map(|(salt, _)| salt),
                    &packed.as_ref().map(|(_, packed)| &packed.bytes),
                ],
            )?;
            match body {
                RawBody::There { .. } => {}
                RawBody::Gone { is_redacted, by } => {
                    let insert = if *is_redacted { INSERT_REDACTION } else { INSERT_PRUNED };
                    execute(insert, &[position, body_commit, by])?;
                }
                RawBody::Withheld => {
                    execute(include_str!("../../sql/part/insert_withheld.sql"), &[position, body_commit])?;
                }
            }
            Ok(())
        };
        write().map_err(Error::sqlite(TAKE))?;
        self.row()
    }

    /// Returns the last position that was told of.
    pub fn end(&self) -> Position {
        self.end
    }

    /// Takes note that what comes after [`end`](Self::end) up to `last` is not in the part, and of the hash there; nothing where `last`
    /// was told of. A log that this one goes on from ends a stretch: its hash there is known.
    ///
    /// # Errors
    /// As [`event`](Self::event).
    pub fn absent_up_to(&mut self, last: Position, hash: EventHash) -> Result<(), Error> {
        while self.end < last {
            let first = self.end.plus(1);
            let ends = self.identity.lineage.iter().map(|(ancestor, _)| (ancestor.until, ancestor.hash));
            let inside =
                ends.filter(|(until, _)| first <= *until && *until < last).min_by_key(|(until, _)| *until);
            let (end, hash) = inside.unwrap_or((last, hash));
            self.advance(first, end)?;
            self.connection
                .prepare_cached(include_str!("../../sql/part/insert_absent.sql"))
                .and_then(|mut statement| statement.execute((first, end, hash)))
                .map_err(Error::sqlite(TAKE))?;
            self.row()?;
        }
        Ok(())
    }

    /// Takes in a text that bodies refer to, once.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn text(&mut self, hash: [u8; 32], text: &str) -> Result<(), Error> {
        let blob = self.log.raw().pack_text(hash, text)?;
        self.connection
            .prepare_cached(INSERT_BLOB)
            .and_then(|mut statement| {
                let size = blob.size.cast_signed();
                statement.execute((blob.hash, blob.packed.codec, size, blob.packed.bytes))
            })
            .map_err(Error::sqlite(TAKE))?;
        self.row()
    }

    /// Whether it has a text of this hash.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn has_text(&self, hash: &[u8; 32]) -> Result<bool, Error> {
        self.connection
            .prepare_cached("select 1 from blob where hash = ?1")
            .and_then(|mut statement| statement.exists([hash]))
            .map_err(Error::sqlite(TAKE))
    }

    /// Makes it a whole store, verifies it and gives it its name, in the place of a file that is there where `replaces` says so.
    ///
    /// `head` is the end of the log when the part was taken, up to which everything has to be told of. `read_models` fills, by the
    /// file's path, what is made from the events, while the store still is one that can be written. `source` says where the part
    /// is from.
    ///
    /// # Errors
    /// [`Error::Damaged`] where the part does not verify: nothing is left of it then; [`Error::Io`] where the place is taken;
    /// what `read_models` failed with.
    pub fn finish<E: From<Error>>(
        self,
        head: Head,
        source: Option<&str>,
        replaces: bool,
        read_models: impl FnOnce(&Path) -> Result<(), E>,
        progress: impl OnProgress,
    ) -> Result<TakenPart, E> {
        let Self { connection, log, partial, identity, end, .. } = self;
        if end != head.position {
            return Err(Error::Malformed { reason: "a part tells of every position of its log" }.into());
        }
        let act = Error::sqlite(TAKE);
        connection.execute_batch("commit").map_err(&act)?;
        drop((connection, log));
        read_models(partial.path())?;
        let connection = Options::new().open(partial.path())?.open_writer()?;
        let row = (source, time::to_micros(jiff::Timestamp::now()), head.position, head.hash);
        connection.execute(include_str!("../../sql/part/insert_part.sql"), row).map_err(&act)?;
        // What is read anywhere has to be in one file.
        connection.execute_batch("pragma optimize; pragma wal_checkpoint(truncate)").map_err(&act)?;
        drop(connection);
        let verified = verify(partial.path(), &identity, &progress)?;
        let io = |source| Error::Io { act: TAKE_TO, path: partial.place().to_owned(), source };
        partial.make_ready().map_err(io)?;
        let place = partial.place().to_owned();
        let settled = if replaces { partial.replace() } else { partial.settle() };
        let bytes = settled.map_err(|source| Error::Io { act: TAKE_TO, path: place, source })?;
        Ok(TakenPart { verified, bytes })
    }

    fn advance(&mut self, first: Position, last: Position) -> Result<(), Error> {
        if first != self.end.plus(1) || last < first {
            return Err(Error::Malformed {
                reason: "a part tells of positions in their order, without a gap",
            });
        }
        self.end = last;
        Ok(())
    }

    fn stream(&mut self, name: &StreamName) -> Result<i64, Error> {
        if let Some(known) = self.streams.get(name) {
            return Ok(*known);
        }
        let insert = || -> rusqlite::Result<i64> {
            let workspace: Option<i64> = self
                .connection
                .prepare_cached("select id from workspace where key = ?1")?
                .query_row([&name.workspace], |row| row.get(0))
                .optional()?;
            let workspace = match workspace {
                Some(workspace) => workspace,
                None => {
                    self.connection.execute("insert into workspace (key) values (?1)", [&name.workspace])?;
                    self.connection.last_insert_rowid()
                }
            };
            self.connection.execute(
                "insert into stream (workspace, session_id, ordinal) values (?1, ?2, ?3)",
                params![workspace, name.session_id, name.ordinal],
            )?;
            Ok(self.connection.last_insert_rowid())
        };
        let stream = insert().map_err(Error::sqlite(TAKE))?;
        self.streams.insert(name.clone(), stream);
        Ok(stream)
    }

    fn row(&mut self) -> Result<(), Error> {
        self.rows += 1;
        if self.rows.is_multiple_of(ROWS) {
            self.connection.execute_batch("commit; begin immediate").map_err(Error::sqlite(TAKE))?;
        }
        Ok(())
    }
}

const TAKE_TO: &str = "take a part of the log to";

/// Verifies a part of a log, and that it is of this one.
fn verify(path: &Path, identity: &Identity, progress: &dyn OnProgress) -> Result<Verified, Error> {
    let log = Options::new().read_only(true).open(path)?;
    let verified = log.verify(progress)?;
    let found = match verified.faults.iter().next() {
        Some((fault, (position, _))) => format!("{fault}, position {position}"),
        None if Identity::read(log.reader()?.connection())? != *identity => "it is of another log".to_owned(),
        None => return Ok(verified),
    };
    Err(Error::Damaged { act: "verify the part", found })
}
