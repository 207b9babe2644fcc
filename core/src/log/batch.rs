//! One transaction of the writer: many callers' commits, each kept or refused by itself.

use std::collections::HashMap;

use rusqlite::{CachedStatement, Connection, params};

use super::commit::Appended;
use super::decide::{Decided, Turn};
use super::erasure::apply_erasures;
use super::heads::{LogTail, StreamHead};
use super::inline::{Head, Refused, Staged, StagedPart};
use super::key::{self, IdempotencyKey};
use super::pool::PooledReader;
use super::prepare::{Prepared, PreparedPart};
use super::streams::{Planned, changes_record, superseded};
use super::writer::Writer;
use crate::error::DICTIONARY_IS_GONE;
use crate::hash::{Header, meta_digest};
use crate::{Error, Position, StreamId, StreamName, time};

pub(super) type Outcome = Result<Decided, Error>;

/// A transaction under way. What it has written is not known to the writer's heads until it is committed.
pub(super) struct WriteBatch<'w> {
    pub(super) writer: &'w mut Writer,
    pub(super) streams: HashMap<StreamName, StreamHead>,
    pub(super) workspaces: HashMap<String, i64>,
}

/// The present, by both clocks of an event.
#[derive(Clone, Copy)]
struct Now {
    /// What the clock says, also where it ran ahead once and is right again.
    occurred_at: i64,
    /// The same, but never before the event that is before it.
    recorded_at: i64,
}

pub(super) type Models = Option<Box<dyn super::Inline>>;

const APPEND: &str = "append";

impl<'w> WriteBatch<'w> {
    pub(super) fn new(writer: &'w mut Writer) -> Self {
        Self { writer, streams: HashMap::new(), workspaces: HashMap::new() }
    }

    /// Lets the writes take their turns in one transaction; returns each one's outcome, and the new head where there is one.
    pub(super) fn write(&mut self, turns: &mut [Turn]) -> Result<(Vec<Outcome>, Option<Head>), Error> {
        self.run("begin immediate")?;
        let written = self.check_schema().and_then(|()| self.write_all(turns));
        match written {
            Ok((outcomes, before, after)) => {
                if let Err(error) = self.run("commit") {
                    self.roll_back();
                    return Err(error);
                }
                let streams = std::mem::take(&mut self.streams);
                self.writer.heads.advance(after, streams);
                let moved = after.head.position > before.head.position;
                Ok((outcomes, moved.then_some(after.head)))
            }
            Err(error) => {
                self.roll_back();
                Err(error)
            }
        }
    }

    /// Nobody else can change the schema from here on.
    fn check_schema(&self) -> Result<(), Error> {
        let found = self.cached("pragma user_version")?.query_row([], |row| row.get(0));
        super::store::check_schema(&self.writer.spot.path, found.map_err(Error::sqlite(APPEND))?)
    }

    fn write_all(&mut self, turns: &mut [Turn]) -> Result<(Vec<Outcome>, LogTail, LogTail), Error> {
        let before = self.writer.heads.tail(&self.writer.own.connection, self.writer.log)?;
        let mut tail = before;
        let mut inline = self.writer.inline.take();
        let outcome = (|| {
            if let Some(inline) = &mut inline {
                inline.begin(&self.writer.own.connection, before.head)?;
            }
            let mut outcomes = Vec::with_capacity(turns.len());
            for turn in turns {
                outcomes.push(self.write_one(turn, &mut tail, &mut inline)?);
            }
            if let Some(inline) = &mut inline {
                inline.flush(&self.writer.own.connection, tail.head)?;
            }
            Ok((outcomes, before, tail))
        })();
        self.writer.inline = inline;
        outcome
    }

    /// Appends a commit that is prepared. `as_of`: the end of the log that it was planned on, where that matters.
    pub(super) fn append(
        &mut self,
        commit: &Prepared,
        as_of: Option<Position>,
        key: Option<&IdempotencyKey>,
        tail: &mut LogTail,
        inline: &mut Models,
    ) -> Result<Result<Appended, Error>, Error> {
        for codec in commit.codecs() {
            let Writer { own, heads, shared, .. } = &mut *self.writer;
            if !heads.has_dictionary(&own.connection, codec)? {
                shared.forget_dictionary();
                return Ok(Err(Error::Malformed { reason: DICTIONARY_IS_GONE }));
            }
        }
        if !self.has_blobs(commit)? {
            return Ok(Err(Error::Malformed {
                reason: "an event refers to a text that the store does not have",
            }));
        }
        let mut next = *tail;
        let planned = match self.plan(&commit.parts, as_of, &mut next)? {
            Ok(planned) => planned,
            Err(refused) => return Ok(Err(refused)),
        };
        if let Some(hook) = &commit.hook
            && !hook.check(&self.writer.own.connection).map_err(Error::sqlite(APPEND))?
        {
            return Ok(Err(superseded(&planned)));
        }
        let clock = time::to_micros((self.writer.shared.clock)());
        let now = Now { occurred_at: clock, recorded_at: clock.max(tail.recorded_at) };
        let moves = commit.moves_bodies();
        if moves && let Err(refused) = self.move_bodies(commit, &planned, tail.head.position)? {
            return Ok(Err(refused));
        }
        if let Some(inline) = inline {
            let staged = staged(&commit.parts, &planned, tail.head.position, now);
            match inline.stage(&self.writer.own.connection, &staged) {
                Ok(()) => {}
                Err(Refused::InvalidEvent(stream, source)) => {
                    if moves {
                        self.run("rollback to bodies")?;
                        self.run("release bodies")?;
                    }
                    return Ok(Err(Error::InvalidEvent { stream, source }));
                }
                Err(Refused::Failed(error)) => return Err(error),
            }
        }
        if moves {
            self.run("release bodies")?;
        }
        let appended = self.insert(commit, key, planned, &mut next, now)?;
        if let Some(hook) = &commit.hook {
            hook.apply(&self.writer.own.connection, &appended).map_err(Error::sqlite(APPEND))?;
        }
        *tail = next;
        Ok(Ok(appended))
    }

    /// Takes out the bodies that the commit says are gone and puts back those that are back, before the read models are
    /// filled again with what there is. What was done for a commit that is refused after all is undone.
    fn move_bodies(
        &mut self,
        commit: &Prepared,
        planned: &[Planned],
        head: Position,
    ) -> Result<Result<(), Error>, Error> {
        self.run("savepoint bodies")?;
        let streams: Vec<StreamId> = planned.iter().map(|planned| planned.head.stream).collect();
        let PooledReader { connection, decoder } = &mut self.writer.own;
        let applied = apply_erasures(connection, &mut decoder.unpacker, commit, &streams, head)?;
        if applied.is_err() {
            self.run("rollback to bodies")?;
            self.run("release bodies")?;
        }
        Ok(applied)
    }

    fn insert(
        &mut self,
        commit: &Prepared,
        key: Option<&IdempotencyKey>,
        planned: Vec<Planned>,
        tail: &mut LogTail,
        now: Now,
    ) -> Result<Appended, Error> {
        let act = Error::sqlite(APPEND);
        for blob in &commit.blobs {
            let size = blob.size.cast_signed();
            self.cached(include_str!("../../sql/insert_blob.sql"))?
                .execute(params![blob.hash, blob.packed.codec, size, blob.packed.bytes])
                .map_err(&act)?;
        }
        let first = tail.head.position.plus(1);
        let mut meta = commit.meta.as_deref();
        let mut streams = Vec::with_capacity(planned.len());
        let mut heads = Vec::with_capacity(planned.len());
        let mut changed = Vec::new();
        let about = planned.first().map(|planned| planned.head.stream);
        {
            let mut insert = self.cached(include_str!("../../sql/insert_event.sql"))?;
            for (part, Planned { name, mut head, is_new, new_workspace }) in commit.parts.iter().zip(planned)
            {
                if new_workspace {
                    self.cached(include_str!("../../sql/insert_workspace.sql"))?
                        .execute((head.workspace, &name.workspace))
                        .map_err(&act)?;
                    heads.push((None, name.workspace.clone(), head.workspace));
                }
                if is_new {
                    self.cached(include_str!("../../sql/insert_stream.sql"))?
                        .execute((head.stream, head.workspace, &name.session_id, name.ordinal))
                        .map_err(&act)?;
                }
                self.insert_events(&mut insert, part, &mut head, tail, first, &mut meta, now)
                    .map_err(&act)?;
                streams.push((name.clone(), head.revision));
                changed.extend(changes_record(part).map(|every| (name.clone(), every)));
                heads.push((Some((name, head)), String::new(), 0));
            }
        }
        for (stream, workspace, id) in heads {
            match stream {
                Some((name, head)) => drop(self.streams.insert(name, head)),
                None => drop(self.workspaces.insert(workspace, id)),
            }
        }
        let last = tail.head.position;
        for (name, every) in changed {
            self.writer.heads.record_changed(&name, every, last);
        }
        if let Some(key) = key {
            key::keep(&self.writer.own.connection, key, (first, last), about).map_err(&act)?;
        }
        Ok(Appended { first, last, streams, repeated: false })
    }

    #[allow(clippy::too_many_arguments, reason = "one call, inside the loop that every event goes through")]
    fn insert_events(
        &self,
        insert: &mut CachedStatement<'_>,
        part: &PreparedPart,
        head: &mut StreamHead,
        tail: &mut LogTail,
        first: Position,
        meta: &mut Option<&[u8]>,
        now: Now,
    ) -> rusqlite::Result<()> {
        for event in &part.events {
            let meta = meta.take();
            let kind = event.event.event_type();
            let position = tail.head.position.plus(1);
            let revision = head.revision.plus(1);
            let occurred_at = event.occurred_at.unwrap_or(now.occurred_at);
            let hash = Header {
                log: self.writer.log,
                position: position.get(),
                stream_key: &head.key,
                revision: revision.get(),
                kind: kind.number(),
                schema_version: kind.schema_version(),
                commit_first: first.get(),
                recorded_at: now.recorded_at,
                occurred_at,
                meta_digest: &meta_digest(meta),
                body_commit: &event.body_commit,
                previous: tail.head.hash,
                previous_in_stream: head.hash,
            }
            .hash();
            insert.execute(params![
                position,
                head.stream,
                revision,
                kind.number(),
                kind.schema_version(),
                first,
                now.recorded_at,
                occurred_at,
                hash,
                meta,
                event.body.codec,
                event.salt,
                event.body.bytes,
            ])?;
            (head.revision, head.hash) = (revision, hash);
            tail.head = Head { position, hash };
            tail.recorded_at = now.recorded_at;
        }
        Ok(())
    }

    pub(super) fn cached(&self, sql: &str) -> Result<CachedStatement<'_>, Error> {
        self.writer.own.connection.prepare_cached(sql).map_err(Error::sqlite(APPEND))
    }

    pub(super) fn run(&self, sql: &str) -> Result<(), Error> {
        self.cached(sql)?.execute([]).map(drop).map_err(Error::sqlite(APPEND))
    }

    /// A transaction that SQLite has ended by itself needs no roll-back, and one that cannot be rolled back ends
    /// with its connection: in both cases there is nothing more to do.
    fn roll_back(&self) {
        let connection: &Connection = &self.writer.own.connection;
        if !connection.is_autocommit() {
            let _ended = connection.execute_batch("rollback");
        }
    }
}

fn staged<'a>(
    parts: &'a [PreparedPart],
    planned: &'a [Planned],
    head: Position,
    now: Now,
) -> Vec<StagedPart<'a>> {
    let mut position = head;
    parts
        .iter()
        .zip(planned)
        .map(|(part, Planned { name, head, .. })| {
            let mut revision = head.revision;
            let events = part.events.iter().map(|event| {
                (position, revision) = (position.plus(1), revision.plus(1));
                let occurred_at = event.occurred_at.unwrap_or(now.occurred_at);
                Staged { position, revision, occurred_at, event: &event.event }
            });
            StagedPart { stream: head.stream, workspace: head.workspace, name, events: events.collect() }
        })
        .collect()
}
