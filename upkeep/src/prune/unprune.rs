//! What was pruned, put back from an archive.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use retold_core::event::BodiesRestored;
use retold_core::raw::{KeptBody, Pruning, pruned_of_stream, pruning, stream_and_type, text_of};
use retold_core::{
    Commit, Error, Event, EventHash, EventType, Expected, Head, Log, OnProgress, Position, Progress, Reader,
    StreamId, StreamName, Unit,
};

use super::archive::{Archive, Bodies};

const LIST: &str = "list what is pruned";
const UNPRUNE: &str = "put back what was pruned";

/// Bodies, and bytes of them, that come back in one transaction, about.
const BODIES_A_COMMIT: usize = 2000;
const BYTES_A_COMMIT: usize = 32 * 1024 * 1024;

/// What a pruning took out of a session, and has not been put back.
#[derive(Clone, Debug, PartialEq)]
pub struct PrunedSession {
    /// The session's stream.
    pub stream: StreamId,
    /// Its name.
    pub name: StreamName,
    /// The position of the event that says so.
    pub by: Position,
    /// When that was, in microseconds since 1970.
    pub at: i64,
    /// How many bodies are gone.
    pub bodies: u64,
    /// The archive's path when this happened.
    pub archive: String,
    /// The end of the log in it, by which it is known whatever it is called.
    pub archive_head: Head,
    /// Why, where that was said.
    pub reason: Option<String>,
}

/// What was put back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unpruned {
    /// Sessions that have what was said in them again.
    pub sessions: u64,
    /// The bodies that came back.
    pub bodies: u64,
    /// Sessions of which the archive lacks something, or of which something newer is pruned: they stay as they are.
    pub lacking: Vec<StreamName>,
}

/// Returns what is pruned now, the newest pruning first. O(pruned bodies).
///
/// # Errors
/// Where the store cannot be read.
pub fn pruned(log: &Log) -> Result<Vec<PrunedSession>, Error> {
    let act = Error::sqlite(LIST);
    let mut reader = log.reader()?;
    reader.begin()?;
    let rows: Vec<(StreamId, Position, u64)> = {
        let mut statement =
            reader.connection().prepare(include_str!("../../sql/prunings.sql")).map_err(&act)?;
        let read =
            |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?.unsigned_abs()));
        statement.query_map([], read).and_then(Iterator::collect).map_err(&act)?
    };
    rows.into_iter().map(|row| pruned_session(&mut reader, row)).collect()
}

/// Returns which prunings took out the bodies of `positions`, with how many of these each took.
///
/// # Errors
/// Where the store cannot be read.
pub fn pruned_among(log: &Log, positions: &BTreeSet<Position>) -> Result<Vec<PrunedSession>, Error> {
    let mut reader = log.reader()?;
    reader.begin()?;
    let mut by: BTreeMap<(Position, StreamId), u64> = BTreeMap::new();
    for position in positions {
        let found = pruning(reader.connection(), *position).map_err(Error::sqlite(LIST))?;
        if let Some(Pruning { by: pruning, event: Some((stream, _)), .. }) = found {
            *by.entry((pruning, stream)).or_default() += 1;
        }
    }
    by.into_iter()
        .map(|((pruning, stream), bodies)| pruned_session(&mut reader, (stream, pruning, bodies)))
        .collect()
}

/// Puts what was pruned of sessions back, as far as the archive has it. Each body is compared with what it committed to.
///
/// Each pruning of a session is undone whole or not at all. `progress` gets the bodies that are back; where it
/// stops, the next call goes on with the others. Projections that have files of their own and were filled
/// meanwhile lack what these sessions said: they are filled again by whoever calls this.
///
/// # Errors
/// [`Error::Stopped`]; otherwise those of [`Log::append`].
pub fn unprune(
    log: &Log,
    archive: &Archive,
    sessions: &[PrunedSession],
    progress: impl OnProgress,
) -> Result<Unpruned, Error> {
    let bodies_total: u64 = sessions.iter().map(|session| session.bodies).sum();
    let so_far = |done: &Unpruned| Progress::new(Unit::Bodies, done.bodies, bodies_total);
    let mut done = Unpruned::default();
    let mut bodies = archive.bodies()?;
    let mut batch = Batch::default();
    // The newest first, and of a session one in a commit.
    let mut sessions: Vec<&PrunedSession> = sessions.iter().collect();
    sessions.sort_by_key(|session| std::cmp::Reverse(session.by));
    let mut lacking = HashSet::new();
    for session in sessions {
        if batch.is_full() || batch.has(session.stream) {
            unprune_batch(log, archive, std::mem::take(&mut batch), &mut done)?;
            progress.advance(UNPRUNE, so_far(&done))?;
        }
        let found = match lacking.contains(&session.stream) {
            true => None,
            false => kept(log, &mut bodies, session)?,
        };
        match found {
            Some(found) => batch.add(session, found),
            None => {
                if lacking.insert(session.stream) {
                    done.lacking.push(session.name.clone());
                }
            }
        }
    }
    unprune_batch(log, archive, batch, &mut done)?;
    progress(so_far(&done));
    Ok(done)
}

/// Returns what the archive has of what was pruned of a session; `None` where something is lacking.
fn kept(log: &Log, bodies: &mut Bodies, session: &PrunedSession) -> Result<Option<Found>, Error> {
    let reader = log.reader()?;
    let wanted =
        pruned_of_stream(reader.connection(), session.stream, session.by).map_err(Error::sqlite(UNPRUNE))?;
    let mut found = Found::default();
    for (position, commit) in wanted {
        let Some(body) = bodies.get(position, &commit)? else {
            return Ok(None);
        };
        let kind = stream_and_type(reader.connection(), position).map_err(Error::sqlite(UNPRUNE))?;
        let kind = kind.and_then(|(_, kind)| EventType::from_number(kind));
        found.texts.extend(kind.and_then(|kind| text_of(kind, &body.plain)));
        let packed = log.raw().pack_body(&body.plain)?;
        found.bodies.push(KeptBody { position, salt: body.salt, body: packed });
    }
    Ok((!found.bodies.is_empty()).then_some(found))
}

fn unprune_batch(log: &Log, archive: &Archive, batch: Batch, done: &mut Unpruned) -> Result<(), Error> {
    let Batch { streams, mut parts, mut kept, texts, .. } = batch;
    if parts.is_empty() {
        return Ok(());
    }
    let mut commit = Commit::default();
    for (name, by) in parts.drain(..) {
        let archive = archive.path().display().to_string();
        commit = commit.and(name, Expected::Any, [BodiesRestored { position: by.get(), archive }]);
    }
    kept.sort_by_key(|kept| kept.position);
    let mut reader = archive.log().reader()?;
    let text = |hash: [u8; 32]| log.raw().pack_text(hash, &reader.text_of_hash(hash)?);
    let texts = texts.into_iter().map(text).collect::<Result<_, _>>()?;
    let count = kept.len() as u64;
    let prepared = log.raw().prepare_unpruning(commit, kept, texts)?;
    log.append_prepared(prepared)?.wait()?;
    (done.sessions, done.bodies) = (done.sessions + streams.len() as u64, done.bodies + count);
    Ok(())
}

/// Returns what is pruned of a session now, the newest pruning first. O(events of the stream).
///
/// # Errors
/// Where the store cannot be read.
pub fn pruned_of(reader: &mut Reader<'_>, stream: StreamId) -> Result<Vec<PrunedSession>, Error> {
    let act = Error::sqlite(LIST);
    let rows: Vec<(StreamId, Position, u64)> = {
        let mut statement = reader
            .connection()
            .prepare_cached(include_str!("../../sql/prunings_of_stream.sql"))
            .map_err(&act)?;
        let read = |row: &rusqlite::Row<'_>| Ok((stream, row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs()));
        statement.query_map([stream], read).and_then(Iterator::collect).map_err(&act)?
    };
    rows.into_iter().map(|row| pruned_session(reader, row)).collect()
}

/// Reads what the event that pruned a session says.
fn pruned_session(
    reader: &mut Reader<'_>,
    (stream, by, bodies): (StreamId, Position, u64),
) -> Result<PrunedSession, Error> {
    let (at, event) = reader.event_at(by)?.map_or((0, None), |event| (event.recorded_at, event.event));
    let Some(Event::BodiesPruned(said)) = event else {
        let found = format!("position {by} does not say what is pruned by it");
        return Err(Error::Damaged { act: LIST, found });
    };
    Ok(PrunedSession {
        stream,
        name: reader.name(stream)?,
        by,
        at,
        bodies,
        archive: said.archive,
        archive_head: Head {
            position: Position::new(said.archive_position).unwrap_or_default(),
            hash: EventHash::from_bytes(said.archive_hash.0),
        },
        reason: said.reason,
    })
}

/// What an archive has of one pruning.
#[derive(Default)]
struct Found {
    bodies: Vec<KeptBody>,
    texts: HashSet<[u8; 32]>,
}

/// What comes back in one commit.
#[derive(Default)]
struct Batch {
    streams: HashSet<StreamId>,
    parts: Vec<(StreamName, Position)>,
    kept: Vec<KeptBody>,
    texts: BTreeSet<[u8; 32]>,
    bytes: usize,
}

impl Batch {
    fn is_full(&self) -> bool {
        self.kept.len() >= BODIES_A_COMMIT || self.bytes >= BYTES_A_COMMIT
    }

    fn has(&self, stream: StreamId) -> bool {
        self.streams.contains(&stream)
    }

    fn add(&mut self, session: &PrunedSession, found: Found) {
        self.streams.insert(session.stream);
        self.parts.push((session.name.clone(), session.by));
        self.bytes += found.bodies.iter().map(|kept| kept.body.bytes.len()).sum::<usize>();
        self.kept.extend(found.bodies);
        self.texts.extend(found.texts);
    }
}
