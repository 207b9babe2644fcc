//! Redaction: a body leaves, what it committed to stays.
//!
//! A `BodyRedacted` event in a commit is what happened, and this makes it so, in the same transaction: nobody can say
//! that a body is gone and leave it there.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::mpsc::channel;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::commit::{Appended, Commit, Expected, Meta, Origin};
use super::copies::copies;
use super::decide::{Decided, Decision};
use super::decode::learn;
use super::hook::CommitHook;
use super::prepare::{BODY_BYTES_MAX, Prepared};
use super::prune::{prune_stream, put_back_into};
use super::read::{PooledReader, Reader};
use crate::event::{BodyRedacted, Upcasters};
use crate::hash::body_commit;
use crate::pack::Unpacker;
use crate::{Error, Event, EventType, Log, Position, StreamId, Text};

const REDACT: &str = "redact";

/// What a redaction did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redaction {
    /// The bodies that it took out, or that do not come back.
    pub bodies: u64,
    /// Those of them that were pruned before: an archive has them still.
    pub pruned: u64,
    /// The texts outside of events that went with them, because nothing else refers to them.
    pub blobs: u64,
    /// Where the `BodyRedacted` events stand; `None` where every body was gone before.
    pub appended: Option<Appended>,
}

impl Log {
    /// Takes the bodies of events out of the store, with their salts and with the texts that nothing else refers to.
    ///
    /// Appends a `BodyRedacted` event for each to its stream, in one commit, and removes in the same transaction, so that
    /// read models that are kept with the log are filled again without them. The chain still verifies. The bytes are
    /// overwritten where they stood (`secure_delete`), but the WAL and copies elsewhere may hold them: see
    /// [`compact`](Self::compact) and [`traces`](Self::traces). Positions that are redacted already are passed over. What
    /// forks say again goes with it: see [`copies`](Self::copies); also where the fork is made while this looks for it.
    ///
    /// O(log) where a body refers to a text outside of it: every body is looked at for the same text.
    ///
    /// # Errors
    /// [`Error::Malformed`] for a position that the log does not have, and for that of a `BodyRedacted` event; otherwise
    /// those of [`append`](Self::append).
    pub fn redact(&self, positions: &BTreeSet<Position>, reason: &str) -> Result<Redaction, Error> {
        let plan = {
            let mut reader = self.reader()?;
            reader.begin()?;
            plan_redaction(&mut reader, positions, reason)?
        };
        let Some(Plan { commit, mut redaction, unreferred }) = plan else { return Ok(Redaction::none()) };
        let as_of = unreferred.as_of;
        let mut prepared = self.prepare(commit.hook(Arc::new(NoForkSince(as_of))))?;
        prepared.prepared.unreferred = Some(unreferred);
        // Where a session was forked meanwhile, all is looked up again inside the transaction.
        let (positions, reason) = (positions.clone(), reason.to_owned());
        let (sender, again) = channel();
        let decided = self.append_planned(prepared, move |reader| {
            let plan = plan_redaction(reader, &positions, &reason)?;
            let (decision, redaction) = match plan {
                Some(Plan { commit, redaction, .. }) => (Decision::Append(commit), redaction),
                None => (Decision::Nothing { of: None }, Redaction::none()),
            };
            // The transaction may be given up and this asked again: the last answer counts.
            let _gone = sender.send(redaction);
            Ok(decision)
        })?;
        match decided.wait()? {
            Decided::Appended { appended, as_planned } => {
                redaction = again.try_iter().last().filter(|_| !as_planned).unwrap_or(redaction);
                redaction.appended = Some(appended);
                Ok(redaction)
            }
            _ => Ok(Redaction::none()),
        }
    }
}

impl Redaction {
    fn none() -> Self {
        Self { bodies: 0, pruned: 0, blobs: 0, appended: None }
    }
}

/// What a redaction comes to, as of what a reader shows.
struct Plan {
    commit: Commit,
    redaction: Redaction,
    unreferred: Unreferred,
}

/// Plans a redaction; `None` where every body is gone already.
fn plan_redaction(
    reader: &mut Reader<'_>,
    positions: &BTreeSet<Position>,
    reason: &str,
) -> Result<Option<Plan>, Error> {
    let as_of = reader.head()?.position;
    let copies = copies(reader, positions)?;
    let positions: BTreeSet<Position> = positions.iter().chain(copies.keys()).copied().collect();
    let mut by_stream: BTreeMap<StreamId, Vec<Event>> = BTreeMap::new();
    let (mut redaction, mut texts) = (Redaction::none(), HashSet::new());
    for position in &positions {
        let PooledReader { connection, decoder } = reader.pooled_mut();
        let found = Redactable::read(connection, &mut decoder.unpacker, *position)?;
        let Some(found) = found? else { continue };
        redaction.bodies += 1;
        redaction.pruned += u64::from(found.is_pruned);
        texts.extend(found.text);
        let event = BodyRedacted { position: position.get(), reason: reason.to_owned() };
        by_stream.entry(found.stream).or_default().push(event.into());
    }
    let PooledReader { connection, decoder } = reader.pooled_mut();
    let referred = referred(connection, &mut decoder.unpacker, &texts, Position::ZERO, &positions)?;
    let texts: HashSet<_> = texts.difference(&referred).copied().collect();
    redaction.blobs = texts.len() as u64;
    let mut commit: Option<Commit> = None;
    for (stream, events) in by_stream {
        let name = reader.name(stream)?;
        commit = Some(match commit {
            None => Commit::to(name, Expected::Any, events),
            Some(commit) => commit.and(name, Expected::Any, events),
        });
    }
    let unreferred = Unreferred { as_of, texts };
    Ok(commit.map(|commit| Plan { commit, redaction, unreferred }))
}

/// Refuses a redaction that was planned before a session was forked: the fork may say again what is to go.
#[derive(Debug)]
struct NoForkSince(Position);

impl CommitHook for NoForkSince {
    fn check(&self, transaction: &Connection) -> rusqlite::Result<bool> {
        let mut statement = transaction.prepare_cached(include_str!("../../sql/metas_after.sql"))?;
        let mut rows = statement.query([self.0])?;
        while let Some(row) = rows.next()? {
            // One that cannot be read may be that of a fork.
            let meta = Meta::of_bytes(row.get_ref(0)?.as_blob()?, Position::ZERO);
            if !meta.is_ok_and(|meta| meta.origin != Origin::Fork) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn apply(&self, _transaction: &Connection, _appended: &Appended) -> rusqlite::Result<()> {
        Ok(())
    }
}

/// The texts that nothing but the redacted bodies referred to, as of a position.
#[derive(Debug)]
pub(super) struct Unreferred {
    pub(super) as_of: Position,
    pub(super) texts: HashSet<[u8; 32]>,
}

/// A body that is about to go.
struct Redactable {
    stream: StreamId,
    commit: [u8; 32],
    /// The text outside of it that it refers to.
    text: Option<[u8; 32]>,
    /// Whether an archive has it, and the store has not.
    is_pruned: bool,
}

const NO_EVENT: Error = Error::Malformed { reason: "a redaction names an event that the log has" };
const ITSELF: Error = Error::Malformed { reason: "what says that a body is gone is not redacted itself" };
const ELSEWHERE: Error =
    Error::Malformed { reason: "a redaction stands in the stream of the event that it names" };

impl Redactable {
    /// Reads a body and what it commits to; `None` where it is gone already. The inner error is the caller's.
    fn read(
        connection: &Connection,
        unpacker: &mut Unpacker,
        position: Position,
    ) -> Result<Result<Option<Self>, Error>, Error> {
        let act = Error::sqlite(REDACT);
        let mut statement =
            connection.prepare_cached(include_str!("../../sql/redactable.sql")).map_err(&act)?;
        let mut rows = statement.query([position]).map_err(&act)?;
        let Some(row) = rows.next().map_err(&act)? else { return Ok(Err(NO_EVENT)) };
        let kind: i64 = row.get(1).map_err(&act)?;
        let kind = EventType::from_number(kind);
        if kind.is_some_and(EventType::is_of_bodies) {
            return Ok(Err(ITSELF));
        }
        let stream = row.get(0).map_err(&act)?;
        let Some(salt) = row.get::<_, Option<[u8; 16]>>(3).map_err(&act)? else {
            let pruned = commit_of_pruned(connection, position).map_err(&act)?;
            return Ok(Ok(pruned.map(|commit| Self { stream, commit, text: None, is_pruned: true })));
        };
        let mut buffer = Vec::new();
        let body = unpack(connection, unpacker, row, (2, 4), &mut buffer)?;
        let text = kind.and_then(|kind| text_of(kind, body));
        Ok(Ok(Some(Self { stream, commit: body_commit(&salt, body), text, is_pruned: false })))
    }
}

pub(super) fn unpack<'a>(
    connection: &Connection,
    unpacker: &mut Unpacker,
    row: &'a Row<'_>,
    (codec, body): (usize, usize),
    buffer: &'a mut Vec<u8>,
) -> Result<&'a [u8], Error> {
    let act = Error::sqlite(REDACT);
    let codec: u32 = row.get(codec).map_err(&act)?;
    learn(connection, unpacker, codec)?;
    let packed = row.get_ref(body).and_then(|body| Ok(body.as_blob()?)).map_err(&act)?;
    unpacker
        .unpack(codec, packed, BODY_BYTES_MAX, buffer)
        .map_err(|error| Error::Damaged { act: REDACT, found: format!("a body: {error}") })
}

/// Returns the hash of the text outside of it that an event refers to, of a row of `redactable.sql`.
pub(super) fn text_of_event(
    connection: &Connection,
    unpacker: &mut Unpacker,
    row: &Row<'_>,
) -> Result<Option<[u8; 32]>, Error> {
    let kind: i64 = row.get(1).map_err(Error::sqlite(REDACT))?;
    let Some(kind) = EventType::from_number(kind) else { return Ok(None) };
    let mut buffer = Vec::new();
    Ok(text_of(kind, unpack(connection, unpacker, row, (2, 4), &mut buffer)?))
}

pub(super) fn text_of(kind: EventType, body: &[u8]) -> Option<[u8; 32]> {
    let mut event = Upcasters::default().read(kind, kind.schema_version(), body).ok()?;
    match event.long_text_mut() {
        Some(Text::Blob(blob)) => Some(blob.hash),
        _ => None,
    }
}

/// Returns which of `texts` a body behind `after` refers to, those of `but` left aside.
fn referred(
    connection: &Connection,
    unpacker: &mut Unpacker,
    texts: &HashSet<[u8; 32]>,
    after: Position,
    but: &BTreeSet<Position>,
) -> Result<HashSet<[u8; 32]>, Error> {
    let mut found = HashSet::new();
    if texts.is_empty() {
        return Ok(found);
    }
    let act = Error::sqlite(REDACT);
    let mut statement =
        connection.prepare_cached(include_str!("../../sql/bodies_after.sql")).map_err(&act)?;
    let mut rows = statement.query([after]).map_err(&act)?;
    let mut buffer = Vec::new();
    while let Some(row) = rows.next().map_err(&act)? {
        if but.contains(&row.get(0).map_err(&act)?) {
            continue;
        }
        // Where a body cannot be read, nobody knows what it refers to: that is the caller's to hear.
        let body = unpack(connection, unpacker, row, (1, 2), &mut buffer)?;
        found.extend(references(body).filter(|hash| texts.contains(hash)));
    }
    Ok(found)
}

/// What may be references in a body: MessagePack `bin 8` of 40 bytes. One too many keeps a text, and does no harm.
pub(super) fn references(body: &[u8]) -> impl Iterator<Item = [u8; 32]> {
    memchr::memchr_iter(0xc4, body)
        .filter(|at| body.get(at + 1) == Some(&40))
        .filter_map(|at| body.get(at + 2..at + 34)?.try_into().ok())
}

/// Carries out what the events of a commit say of bodies, inside the transaction that appends them. `streams` has a
/// stream for each part, and the first event will stand behind `head`.
///
/// The inner error is the caller's; part of it may have been carried out then, and is to be rolled back.
pub(super) fn carry_out(
    connection: &Connection,
    unpacker: &mut Unpacker,
    commit: &Prepared,
    streams: &[StreamId],
    head: Position,
) -> Result<Result<(), Error>, Error> {
    let mut by = head;
    let mut texts = HashSet::new();
    for (part, stream) in commit.parts.iter().zip(streams) {
        for event in &part.events {
            by = by.plus(1);
            let body = match &event.event {
                Event::BodyRedacted(body) => body,
                Event::BodiesPruned(_) => {
                    texts.extend(prune_stream(connection, unpacker, *stream, by)?);
                    continue;
                }
                Event::BodiesRestored(body) => {
                    if let Err(refused) = put_back_into(connection, unpacker, *stream, body, &commit.kept)? {
                        return Ok(Err(refused));
                    }
                    continue;
                }
                _ => continue,
            };
            let position = Position::new(body.position).filter(|position| *position <= head);
            let Some(position) = position else { return Ok(Err(NO_EVENT)) };
            let found = match Redactable::read(connection, unpacker, position)? {
                Ok(found) => found,
                Err(refused) => return Ok(Err(refused)),
            };
            let Some(found) = found else { continue };
            if found.stream != *stream {
                return Ok(Err(ELSEWHERE));
            }
            remove(connection, position, &found, by).map_err(Error::sqlite(REDACT))?;
            texts.extend(found.text);
        }
    }
    remove_texts(connection, unpacker, commit, texts).map(Ok)
}

fn remove(
    connection: &Connection,
    position: Position,
    body: &Redactable,
    by: Position,
) -> rusqlite::Result<()> {
    connection.prepare_cached(include_str!("../../sql/insert_redaction.sql"))?.execute(params![
        position,
        body.commit,
        by
    ])?;
    connection.prepare_cached(include_str!("../../sql/forget_key_digest.sql"))?.execute([position])?;
    // A pruned body is gone already, and must not come back.
    let sql = match body.is_pruned {
        true => include_str!("../../sql/delete_pruned.sql"),
        false => include_str!("../../sql/redact_body.sql"),
    };
    connection.prepare_cached(sql)?.execute([position]).map(drop)
}

/// Returns what a pruned body committed to; `None` where the body at this position is not pruned.
///
/// # Errors
/// Where the store cannot be read.
pub fn commit_of_pruned(connection: &Connection, position: Position) -> rusqlite::Result<Option<[u8; 32]>> {
    connection
        .prepare_cached(include_str!("../../sql/commit_of_pruned.sql"))?
        .query_row([position], |row| row.get(0))
        .optional()
}

/// Removes the texts that no body refers to any more, nor one of this commit.
fn remove_texts(
    connection: &Connection,
    unpacker: &mut Unpacker,
    commit: &Prepared,
    mut texts: HashSet<[u8; 32]>,
) -> Result<(), Error> {
    let brought = commit.blobs.iter().map(|blob| &blob.hash);
    for kept in commit.refers.iter().chain(brought) {
        texts.remove(kept);
    }
    let after = match &commit.unreferred {
        None => Position::ZERO,
        Some(known) => {
            texts.retain(|text| known.texts.contains(text));
            known.as_of
        }
    };
    let referred = referred(connection, unpacker, &texts, after, &BTreeSet::new())?;
    let act = Error::sqlite(REDACT);
    for text in texts.difference(&referred) {
        connection
            .prepare_cached(include_str!("../../sql/delete_blob.sql"))
            .and_then(|mut statement| statement.execute([text]))
            .map_err(&act)?;
    }
    Ok(())
}

impl Prepared {
    /// Whether it says that bodies are gone, or back.
    pub(super) fn moves_bodies(&self) -> bool {
        let mut events = self.parts.iter().flat_map(|part| &part.events);
        events.any(|event| event.event.event_type().is_of_bodies())
    }
}

/// Returns the event that a position's redaction names; `None` where it has none.
pub(super) fn redacted_by(connection: &Connection, position: Position) -> rusqlite::Result<Option<Position>> {
    connection
        .prepare_cached(include_str!("../../sql/redacted_by.sql"))?
        .query_row([position], |row| row.get(0))
        .optional()
}
