//! What was pruned, put back from an archive.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::archive::{Archive, Bodies};
use super::carry::pruned_of_stream;
use crate::event::BodiesRestored;
use crate::log::commit::{Commit, Expected};
use crate::log::inline::Head;
use crate::log::prepare::{KeptBody, PreparedBlob};
use crate::log::read::Reader;
use crate::log::redact::text_of;
use crate::{BlobRef, Error, Event, EventHash, EventType, Log, Position, StreamId, StreamName};

const LIST: &str = "list what is pruned";
const PUT_BACK: &str = "put back what was pruned";

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
pub struct PutBack {
    /// Sessions that have what was said in them again.
    pub sessions: u64,
    /// The bodies that came back.
    pub bodies: u64,
    /// Sessions of which the archive lacks something, or of which something newer is pruned: they stay as they are.
    pub lacking: Vec<StreamName>,
}

impl Log {
    /// Returns what is pruned now, the newest pruning first. O(pruned bodies).
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn pruned(&self) -> Result<Vec<PrunedSession>, Error> {
        let act = Error::sqlite(LIST);
        let mut reader = self.reader()?;
        reader.begin()?;
        let rows: Vec<(StreamId, Position, u64)> = {
            let mut statement =
                reader.connection().prepare(include_str!("../../../sql/prunings.sql")).map_err(&act)?;
            let read = |row: &rusqlite::Row<'_>| {
                Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?.unsigned_abs()))
            };
            statement.query_map([], read).and_then(Iterator::collect).map_err(&act)?
        };
        rows.into_iter().map(|row| pruned_session(&mut reader, row)).collect()
    }

    /// Returns which prunings took out the bodies of `positions`, with how many of these each took.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn pruned_among(&self, positions: &BTreeSet<Position>) -> Result<Vec<PrunedSession>, Error> {
        let mut reader = self.reader()?;
        reader.begin()?;
        let mut by: BTreeMap<(Position, StreamId), u64> = BTreeMap::new();
        for position in positions {
            let found = reader.one(include_str!("../../../sql/pruning.sql"), [position], |row| {
                Ok((row.get(1)?, row.get::<_, Option<StreamId>>(2)?))
            })?;
            if let Some((pruning, Some(stream))) = found {
                *by.entry((pruning, stream)).or_default() += 1;
            }
        }
        by.into_iter()
            .map(|((pruning, stream), bodies)| pruned_session(&mut reader, (stream, pruning, bodies)))
            .collect()
    }

    /// Puts what was pruned of sessions back, as far as the archive has it. Each body is held against what it committed to.
    ///
    /// Each pruning of a session is undone whole or not at all. `progress` gets the number of bodies that are back, and says
    /// whether to go on; the next call goes on with the others. Projections that have files of their own and were filled
    /// meanwhile lack what these sessions said: they are filled again by whoever calls this.
    ///
    /// # Errors
    /// [`Error::Stopped`]; otherwise those of [`append`](Self::append).
    pub fn put_back(
        &self,
        archive: &Archive,
        sessions: &[PrunedSession],
        mut progress: impl FnMut(u64) -> bool,
    ) -> Result<PutBack, Error> {
        let mut done = PutBack::default();
        let mut bodies = archive.bodies()?;
        let mut batch = Batch::default();
        // The newest first, and of a session one in a commit.
        let mut sessions: Vec<&PrunedSession> = sessions.iter().collect();
        sessions.sort_by_key(|session| std::cmp::Reverse(session.by));
        let mut lacking = HashSet::new();
        for session in sessions {
            if batch.is_full() || batch.has(session.stream) {
                self.put_back_batch(archive, std::mem::take(&mut batch), &mut done)?;
                if !progress(done.bodies) {
                    return Err(Error::Stopped { act: PUT_BACK });
                }
            }
            let found = match lacking.contains(&session.stream) {
                true => None,
                false => self.kept(&mut bodies, session)?,
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
        self.put_back_batch(archive, batch, &mut done)?;
        progress(done.bodies);
        Ok(done)
    }

    /// Returns what the archive has of what was pruned of a session; `None` where something is lacking.
    fn kept(&self, bodies: &mut Bodies, session: &PrunedSession) -> Result<Option<Found>, Error> {
        let reader = self.reader()?;
        let wanted = pruned_of_stream(reader.connection(), session.stream, session.by)
            .map_err(Error::sqlite(PUT_BACK))?;
        let mut found = Found::default();
        for (position, commit) in wanted {
            let Some(body) = bodies.get(position)?.filter(|body| body.commit == commit) else {
                return Ok(None);
            };
            let kind: i64 = reader
                .one(include_str!("../../../sql/stream_and_type.sql"), [position], |row| row.get(1))?
                .unwrap_or_default();
            found.texts.extend(EventType::from_number(kind).and_then(|kind| text_of(kind, &body.plain)));
            let packed = self.inner.with_packer(|packer| Ok(packer.body(&body.plain)))?;
            found.bodies.push(KeptBody { position, salt: body.salt, body: packed });
        }
        Ok((!found.bodies.is_empty()).then_some(found))
    }

    fn put_back_batch(&self, archive: &Archive, batch: Batch, done: &mut PutBack) -> Result<(), Error> {
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
        let mut prepared = self.prepare_any(commit)?;
        prepared.prepared.blobs = self.blobs(archive, &texts)?;
        let count = kept.len() as u64;
        prepared.prepared.kept = kept;
        self.append_prepared(prepared)?.wait()?;
        (done.sessions, done.bodies) = (done.sessions + streams.len() as u64, done.bodies + count);
        Ok(())
    }

    /// Reads texts of the archive, to come with the bodies that refer to them.
    fn blobs(&self, archive: &Archive, texts: &BTreeSet<[u8; 32]>) -> Result<Vec<PreparedBlob>, Error> {
        let mut reader = archive.log().reader()?;
        let mut blobs = Vec::with_capacity(texts.len());
        for hash in texts {
            let text = reader.text(BlobRef { hash: *hash, bytes: 0 })?;
            let packed = self.inner.with_packer(|packer| Ok(packer.blob(text.as_bytes())))?;
            blobs.push(PreparedBlob { hash: *hash, size: text.len() as u64, packed });
        }
        Ok(blobs)
    }
}

impl Reader<'_> {
    /// Returns what is pruned of a session now, the newest pruning first. O(events of the stream).
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn pruned(&mut self, stream: StreamId) -> Result<Vec<PrunedSession>, Error> {
        let act = Error::sqlite(LIST);
        let rows: Vec<(StreamId, Position, u64)> = {
            let mut statement = self
                .connection()
                .prepare_cached(include_str!("../../../sql/prunings_of_stream.sql"))
                .map_err(&act)?;
            let read =
                |row: &rusqlite::Row<'_>| Ok((stream, row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs()));
            statement.query_map([stream], read).and_then(Iterator::collect).map_err(&act)?
        };
        rows.into_iter().map(|row| pruned_session(self, row)).collect()
    }
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
            hash: EventHash(said.archive_hash.0),
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
