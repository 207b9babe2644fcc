//! Erasures: a body leaves, what it committed to stays; and a pruned one comes back.
//!
//! A `BodyRedacted` event in a commit is what happened, and this makes it so, in the same transaction: nobody can say
//! that a body is gone and leave it there. A `BodiesPruned` event says it of all that was said in its session before, and a
//! `BodiesRestored` event that this is back.

mod body;
mod prune;

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, params};

pub use body::{BodyBytes, StoredBody, each_content, references, referred, stream_and_type, text_of};
pub use prune::{Pruning, pruned_of_stream, pruning};
use prune::{prune_stream, unprune_stream};

use super::commit::Commit;
use super::prepare::Prepared;
use crate::pack::Unpacker;
use crate::{Error, Event, EventType, Position, StreamId};

const REDACT: &str = "redact";

/// A body that is about to go.
#[derive(Debug)]
pub struct Redactable {
    /// Its stream.
    pub stream: StreamId,
    /// What it was committed to with.
    pub commit: [u8; 32],
    /// The text outside of it that it refers to.
    pub text: Option<[u8; 32]>,
    /// Whether an archive has it, and the store has not.
    pub is_pruned: bool,
}

const NO_EVENT: Error = Error::Malformed { reason: "a redaction names an event that the log has" };
const ITSELF: Error = Error::Malformed { reason: "what says that a body is gone is not redacted itself" };
const ELSEWHERE: Error =
    Error::Malformed { reason: "a redaction stands in the stream of the event that it names" };

impl Redactable {
    /// Reads a body that is about to go, and what it commits to; `None` where it is gone already. The inner error is the
    /// caller's: a position that may not be redacted.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn read(
        connection: &Connection,
        unpacker: &mut Unpacker,
        position: Position,
    ) -> Result<Result<Option<Self>, Error>, Error> {
        let Some(found) = StoredBody::read(connection, unpacker, position)? else { return Ok(Err(NO_EVENT)) };
        if found.kind.is_some_and(EventType::is_of_bodies) {
            return Ok(Err(ITSELF));
        }
        let (stream, text) = (found.stream, found.text());
        let Some(bytes) = found.bytes else {
            let pruned = commit_of_pruned(connection, position).map_err(Error::sqlite(REDACT))?;
            return Ok(Ok(pruned.map(|commit| Self { stream, commit, text, is_pruned: true })));
        };
        Ok(Ok(Some(Self { stream, commit: bytes.commit(), text, is_pruned: false })))
    }
}

/// Does what the events of a commit say of bodies, inside the transaction that appends them. `streams` has a
/// stream for each part, and the first event will come after `head`.
///
/// The inner error is the caller's; part of it may have been done then, and is to be rolled back.
pub(super) fn apply_erasures(
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
                    if let Err(refused) = unprune_stream(connection, unpacker, *stream, body, &commit.kept)? {
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
    connection.prepare_cached(include_str!("../../../sql/insert_redaction.sql"))?.execute(params![
        position,
        body.commit,
        by
    ])?;
    connection.prepare_cached(include_str!("../../../sql/forget_key_digest.sql"))?.execute([position])?;
    // A pruned body is gone already, and must not come back.
    let sql = match body.is_pruned {
        true => include_str!("../../../sql/delete_pruned.sql"),
        false => include_str!("../../../sql/redact_body.sql"),
    };
    connection.prepare_cached(sql)?.execute([position]).map(drop)
}

/// Returns what a pruned body committed to; `None` where the body at this position is not pruned.
///
/// # Errors
/// Where the store cannot be read.
pub fn commit_of_pruned(connection: &Connection, position: Position) -> rusqlite::Result<Option<[u8; 32]>> {
    connection
        .prepare_cached(include_str!("../../../sql/commit_of_pruned.sql"))?
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
    let referred = referred(connection, unpacker, &texts, after, |_| false)?;
    let act = Error::sqlite(REDACT);
    for text in texts.difference(&referred) {
        connection
            .prepare_cached(include_str!("../../../sql/delete_blob.sql"))
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

impl Commit {
    /// Whether it says that bodies went into an archive, or came from one.
    pub(super) fn is_of_archives(&self) -> bool {
        let is_one = |kind| matches!(kind, EventType::BodiesPruned | EventType::BodiesRestored);
        self.parts.iter().flat_map(|part| &part.events).any(|event| is_one(event.event.event_type()))
    }
}

/// Returns the event that a position's redaction names; `None` where it has none.
pub(super) fn redacted_by(connection: &Connection, position: Position) -> rusqlite::Result<Option<Position>> {
    connection
        .prepare_cached(include_str!("../../../sql/redacted_by.sql"))?
        .query_row([position], |row| row.get(0))
        .optional()
}
