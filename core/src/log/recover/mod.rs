//! What a damaged store still holds, saved into a new one.
//!
//! Only what can be read and whose hash is right is taken over, and of a session only what stands before its first hole:
//! behind one, an event that names the third message would happen to another. What is not taken over is handed to the
//! caller, event by event.

mod copy;
mod identity;
mod write;

use std::collections::HashMap;
use std::path::Path;

use rusqlite::{Connection, Row};

use super::Log;
use super::decode::{Body, gone};
use super::options::Options;
use super::read::PooledReader;
use super::verify::{Context, Stored, end, next_readable};
use crate::hash::{Header, body_commit, meta_digest};
use crate::{Error, Event, EventHash, EventType, Gone, LogId, Position, Revision, StreamName, Text};
use copy::copy;
use identity::Identity;
use write::Writing;

const RECOVER: &str = "recover the store";

/// What a recovery did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recovered {
    /// Events that are in the new store.
    pub saved: u64,
    /// Positions that are not.
    pub lost: u64,
    /// Whether the new store holds the same log, with its id, positions and hashes: nothing of it was lost.
    pub is_same_log: bool,
}

/// A position that was not saved.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Lost {
    /// The position, or the first of several that no row tells anything of.
    pub position: Position,
    /// The last of them.
    pub last: Position,
    /// Why.
    pub why: &'static str,
    /// Its stream, where that is known.
    pub stream: Option<StreamName>,
    /// Its revision, where that is known.
    pub revision: Option<Revision>,
    /// What happened, as far as it can be read; nothing vouches for it.
    pub event: Option<Event>,
}

/// Saves what the damaged store at `from` still holds into a new one at `to`, where there must be nothing.
///
/// Where nothing of the log is lost, the new store holds the same log, row by row. Otherwise it is a new log, with a new
/// id and new positions, of all that verifies; `lost` gets every position that is not in it, with what can be read of it.
/// Where the store does not say any more whose log it holds, the ids that its backups have are tried against the hashes, and
/// those in `known`: as `retold head` tells it, kept elsewhere.
///
/// The damaged store is only read. `progress` gets the number of positions looked at, and says whether to go on.
///
/// Two passes over the log; some 100 bytes of memory for each stream.
///
/// # Errors
/// [`Error::Damaged`] where not even the names of streams can be read; [`Error::Stopped`]; otherwise where `to` cannot be
/// written.
pub fn recover(
    from: &Path,
    to: &Path,
    known: &[LogId],
    mut lost: impl FnMut(Lost),
    mut progress: impl FnMut(u64) -> bool,
) -> Result<Recovered, Error> {
    let source = Options::new().read_only(true).open(from)?;
    let mut recovered = Recovered::default();
    let mut salvage = Salvage::new(&source, known)?;
    salvage.run(&mut |_| Ok(()), &mut |_| recovered.lost += 1, &mut progress)?;
    let target = Options::new().create(true).open(to)?;
    if recovered.lost == 0 && copy(&source, &salvage.identity, to)? {
        recovered.is_same_log = true;
        recovered.saved = source.reader()?.head()?.position.get();
        return Ok(recovered);
    }
    recovered.lost = 0;
    let mut writing = Writing::to(&target);
    let mut count = |one: Lost| {
        recovered.lost += one.last.get() - one.position.get() + 1;
        lost(one);
    };
    recovered.saved =
        Salvage::new(&source, known)?.run(&mut |event| writing.add(event), &mut count, &mut progress)?;
    writing.finish()?;
    Ok(recovered)
}

/// An event that can be read and verifies.
struct Saved {
    commit_first: Position,
    name: StreamName,
    occurred_at: i64,
    kind: EventType,
    /// What happened, or why that is not known any more.
    event: Result<Event, Gone>,
}

/// The reading of a damaged log.
struct Salvage<'a> {
    log: &'a Log,
    context: Context,
    identity: Identity,
    names: HashMap<i64, StreamName>,
    previous: Option<(u64, EventHash)>,
    /// The end of each stream; `None` behind a hole.
    ends: HashMap<i64, Option<(u64, EventHash)>>,
    end: u64,
}

type Keep<'a> = dyn FnMut(Saved) -> Result<(), Error> + 'a;
type Lose<'a> = dyn FnMut(Lost) + 'a;

impl<'a> Salvage<'a> {
    fn new(log: &'a Log, known: &[LogId]) -> Result<Self, Error> {
        let reader = log.reader()?;
        let connection = reader.connection();
        let (context, _) = Context::read(connection, log.id(), false)?;
        let names = names(connection).map_err(Error::sqlite(RECOVER))?;
        let end = end(&reader)?.position.get();
        let identity = Identity::gather(connection, known);
        Ok(Self {
            log,
            context,
            identity,
            names,
            previous: Some((0, EventHash::ZERO)),
            ends: HashMap::new(),
            end,
        })
    }

    /// Reads all of it; returns how many events were kept.
    fn run(
        &mut self,
        keep: &mut Keep<'_>,
        lose: &mut Lose<'_>,
        progress: &mut dyn FnMut(u64) -> bool,
    ) -> Result<u64, Error> {
        let log = self.log;
        let mut reader = log.reader()?;
        let (mut kept, mut next) = (0, 1);
        while next <= self.end {
            let read = self.run_from(reader.pooled_mut(), &mut next, &mut kept, keep, lose, progress);
            match read {
                Ok(()) => break,
                Err(Error::Damaged { act: RECOVER, .. }) => {
                    let behind = next_readable(reader.connection(), next, self.end)?.unwrap_or(self.end + 1);
                    self.hole(next, behind - 1, "its page cannot be read", lose);
                    next = behind;
                }
                Err(other) => return Err(other),
            }
        }
        if next <= self.end {
            self.hole(next, self.end, "it is missing", lose);
        }
        Ok(kept)
    }

    fn run_from(
        &mut self,
        reader: &mut PooledReader,
        next: &mut u64,
        kept: &mut u64,
        keep: &mut Keep<'_>,
        lose: &mut Lose<'_>,
        progress: &mut dyn FnMut(u64) -> bool,
    ) -> Result<(), Error> {
        let act = Error::sqlite(RECOVER);
        let PooledReader { connection, decoder } = reader;
        let mut statement =
            connection.prepare(include_str!("../../../sql/verify_range.sql")).map_err(&act)?;
        let mut rows = statement.query((next.cast_signed(), self.end.cast_signed())).map_err(&act)?;
        while let Some(row) = rows.next().map_err(&act)? {
            let position: Position = row.get(0).map_err(&act)?;
            if position.get() > *next {
                self.hole(*next, position.get() - 1, "it is missing", lose);
            }
            *next = position.get() + 1;
            if position.get().is_multiple_of(1024) && !progress(position.get()) {
                return Err(Error::Stopped { act: RECOVER });
            }
            let event = self.event(connection, decoder, position, row);
            match event {
                Ok(saved) => {
                    *kept += 1;
                    keep(saved)?;
                }
                Err(one) => lose(*one),
            }
        }
        Ok(())
    }

    fn hole(&mut self, first: u64, last: u64, why: &'static str, lose: &mut Lose<'_>) {
        self.previous = None;
        let [position, last] = [Position(first), Position(last)];
        lose(Lost { position, last, why, stream: None, revision: None, event: None });
    }

    /// Reads an event, or says why it is lost.
    fn event(
        &mut self,
        connection: &Connection,
        decoder: &mut super::Decoder,
        position: Position,
        row: &Row<'_>,
    ) -> Result<Saved, Box<Lost>> {
        let mut one = Lost {
            position,
            last: position,
            why: "its row holds what no release writes",
            stream: None,
            revision: None,
            event: None,
        };
        let previous = self.previous.take();
        let Ok(stored) = Stored::read(row) else { return Err(Box::new(one)) };
        self.previous = Some((position.get(), stored.hash));
        one.revision = Some(stored.revision);
        one.stream = self.names.get(&stored.stream).cloned();
        let body = Body {
            position,
            kind: EventType::from_number(stored.kind.into()).unwrap_or(EventType::BodyRedacted),
            version: stored.schema_version,
            codec: stored.codec,
        };
        let read = decoder.event(connection, body, stored.body).and_then(|mut event| {
            if let Some(text) = event.as_mut().and_then(Event::long_text_mut).filter(is_apart) {
                decoder.resolve(connection, text)?;
            }
            Ok(event)
        });
        let before = self.before(&stored);
        let verdict = match (&read, previous.filter(|(at, _)| at + 1 == position.get()), before) {
            (Err(_), ..) => Err("its body, or a text of it, cannot be read"),
            (_, None, _) => Err("what stood before it is lost, so that its hash proves nothing"),
            (_, _, None) => Err("it stands behind a hole of its session"),
            (_, Some((_, previous)), Some(before)) => {
                match self.matches(connection, decoder, position, &stored, previous, before) {
                    Some(true) => Ok(()),
                    _ => Err("its hash is another"),
                }
            }
        };
        one.event = read.unwrap_or(None);
        if let Err(why) = verdict {
            self.ends.insert(stored.stream, None);
            return Err(Box::new(Lost { why, ..one }));
        }
        self.ends.insert(stored.stream, Some((stored.revision.get(), stored.hash)));
        let Some(name) = one.stream else {
            return Err(Box::new(Lost { why: "its stream is not known", stream: None, ..one }));
        };
        let Lost { event, .. } = one;
        let event = event.ok_or_else(|| gone(connection, position).unwrap_or(Gone::Redacted));
        Ok(Saved {
            commit_first: stored.commit_first,
            name,
            occurred_at: stored.occurred_at,
            kind: body.kind,
            event,
        })
    }

    /// The hash of the event before it in its stream; `None` behind a hole.
    fn before(&self, stored: &Stored<'_>) -> Option<EventHash> {
        match self.ends.get(&stored.stream) {
            None if stored.revision.get() == 1 => Some(EventHash::ZERO),
            Some(Some((revision, hash))) if revision + 1 == stored.revision.get() => Some(*hash),
            _ => None,
        }
    }

    /// Whether the event's hash is that of what it says, under an id that the log may have had.
    fn matches(
        &mut self,
        connection: &Connection,
        decoder: &mut super::Decoder,
        position: Position,
        stored: &Stored<'_>,
        previous: EventHash,
        previous_in_stream: EventHash,
    ) -> Option<bool> {
        let commit = match (stored.body, stored.salt) {
            (Some(body), Some(salt)) => {
                let mut buffer = Vec::new();
                let plain =
                    decoder.unpacker.unpack(stored.codec, body, super::BODY_BYTES_MAX, &mut buffer).ok()?;
                body_commit(&salt, plain)
            }
            (None, None) => [
                include_str!("../../../sql/commit_of_redacted.sql"),
                include_str!("../../../sql/commit_of_pruned.sql"),
            ]
            .iter()
            .find_map(|sql| connection.query_row(sql, [position], |row| row.get(0)).ok())?,
            _ => return None,
        };
        let named = self.context.lineage.at(position.get());
        let header = Header {
            log: named,
            position: position.get(),
            stream_key: self.context.stream_keys.get(&stored.stream)?,
            revision: stored.revision.get(),
            kind: stored.kind,
            schema_version: stored.schema_version,
            commit_first: stored.commit_first.get(),
            recorded_at: stored.recorded_at,
            occurred_at: stored.occurred_at,
            meta_digest: &meta_digest(stored.meta),
            body_commit: &commit,
            previous,
            previous_in_stream,
        };
        Some(self.identity.find(position, stored.hash, named, |log| Header { log, ..header }.hash()))
    }
}

fn is_apart(text: &&mut Text) -> bool {
    matches!(text, Text::Blob(_))
}

fn names(connection: &Connection) -> rusqlite::Result<HashMap<i64, StreamName>> {
    let mut statement = connection.prepare(include_str!("../../../sql/all_stream_names.sql"))?;
    let name = |row: &Row<'_>| {
        let name = StreamName { workspace: row.get(1)?, session_id: row.get(2)?, ordinal: row.get(3)? };
        Ok((row.get(0)?, name))
    };
    // One that no release writes names nothing.
    Ok(statement.query_map([], name)?.filter_map(Result::ok).collect())
}
