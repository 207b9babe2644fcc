//! States that were reached before, kept in a file of their own beside the store, so that the next journey is short.
//!
//! The file is derived. It may be deleted at any moment, and whatever is wrong with it, the answer is the fold from the
//! beginning: nothing here fails. It is written by readers that had to go far, never by an append.

mod cache;

use std::collections::HashSet;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::time::Duration;

use retold_core::{EventHash, Log, Position, Revision, StreamId};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use crate::Frame;
use crate::state::pack::{self, ChunkId, Chunks};
use cache::Cache;

/// A stream gets one at every this many events.
const EVERY: u64 = 1000;
/// A stream that is longer than this many keyframes gets them further apart: each names all chunks of the session.
const DENSE: u64 = 200;

/// Returns whether a stream gets a keyframe after its event of this revision.
pub(crate) fn is_due(revision: Revision) -> bool {
    let apart = EVERY * (revision.get() / (EVERY * DENSE)).next_power_of_two();
    revision.get().is_multiple_of(apart)
}

/// Returns whether no keyframe lies after `held` and up to `wanted`.
pub(crate) fn is_nearest(held: Revision, wanted: Revision) -> bool {
    held.get() / EVERY == wanted.get() / EVERY
}

/// Rises with every change of the fold, of the state, or of this file's format.
const VERSION: u32 = 1;
/// No reader waits for a file that it can do without.
const BUSY: Duration = Duration::from_millis(100);

/// The keyframes of one store.
pub(crate) struct Keyframes {
    path: PathBuf,
    /// What the keyframes are valid for.
    log: Identity,
    file: Option<Connection>,
    /// Whether the file was looked for.
    looked: bool,
    cache: Cache,
    /// Chunks that the file is known to hold.
    known: HashSet<ChunkId>,
}

/// Which log, with how much of it redacted: a keyframe from before a redaction may hold what was to be gone.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Identity {
    log: [u8; 16],
    redactions: i64,
}

impl Keyframes {
    /// The keyframes of a log. Their file is opened when one is asked for; there need be none.
    pub(crate) fn of(log: &Log, connection: &Connection) -> Self {
        let path = retold_core::sidecar_folder(log.path()).join(format!("keyframes@{VERSION}.db"));
        let log = Identity { log: *log.id().as_bytes(), redactions: redactions(connection) };
        Self { path, log, file: None, looked: false, cache: Cache::default(), known: HashSet::new() }
    }

    /// Looks whether bodies were redacted since; if so, lets go of all that is kept, and returns true.
    pub(crate) fn is_outdated(&mut self, connection: &Connection) -> bool {
        let redactions = redactions(connection);
        let outdated = self.log.redactions != redactions;
        if outdated {
            self.log.redactions = redactions;
            (self.file, self.cache, self.looked) = (None, Cache::default(), false);
            self.known.clear();
        }
        outdated
    }

    /// Returns the last keyframe of a stream at or before `revision` that is of this history.
    pub(crate) fn nearest(
        &mut self,
        store: &Connection,
        stream: StreamId,
        revision: Revision,
        above: Revision,
    ) -> Option<Frame> {
        if !std::mem::replace(&mut self.looked, true) {
            self.file = self.open();
        }
        let file = self.file.as_ref()?;
        let found =
            file.prepare_cached(include_str!("../../sql/keyframes/nearest.sql")).and_then(|mut statement| {
                statement
                    .query_row(params![stream, revision, above], |row| {
                        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
                    })
                    .optional()
            });
        let (revision, position, hash, digest, head): (Revision, Position, EventHash, Vec<u8>, Vec<u8>) =
            match found {
                Ok(found) => found?,
                Err(_) => return self.discard(),
            };
        let is_of_history = store
            .prepare_cached(include_str!("../../sql/event_of_revision.sql"))
            .and_then(|mut statement| {
                statement.query_row(params![stream, revision], |row| {
                    Ok((row.get::<_, Position>(0)?, row.get::<_, EventHash>(1)?))
                })
            })
            .is_ok_and(|(at, is)| (at, is) == (position, hash));
        let state = (is_of_history && digest == ChunkId::of(&head).to_bytes())
            .then(|| {
                pack::unpack(
                    &head,
                    &mut cache::Reading { file, cache: &mut self.cache, known: &mut self.known },
                )
            })
            .flatten();
        match state {
            Some(state) => Some(Frame { revision, position, hash, state: Some(state) }),
            None => self.discard(),
        }
    }

    /// Keeps frames of a stream, unless a body was redacted since they were made. Where that cannot be, nothing is kept.
    pub(crate) fn keep(&mut self, store: &Connection, stream: StreamId, frames: &[Frame]) {
        if redactions(store) != self.log.redactions {
            return;
        }
        if self.file.is_none() {
            self.file = self.create();
        }
        if self.write(stream, frames).is_none() {
            self.known.clear();
        }
    }

    fn write(&mut self, stream: StreamId, frames: &[Frame]) -> Option<()> {
        let Self { file, known, log, .. } = self;
        let file = file.as_mut()?;
        let transaction = file.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).ok()?;
        if identity(&transaction).as_ref() != Some(log) {
            return None;
        }
        for frame in frames {
            let Some(state) = &frame.state else { continue };
            let head = pack::pack(state, &mut Writing { file: &transaction, known }).ok()?;
            let digest = ChunkId::of(&head).to_bytes();
            let Frame { revision, position, hash, .. } = frame;
            transaction
                .prepare_cached(include_str!("../../sql/keyframes/insert.sql"))
                .and_then(|mut statement| {
                    statement.execute(params![stream, revision, position, hash, digest, head])
                })
                .ok()?;
        }
        transaction.commit().ok()
    }

    /// Lets go of a file that is not what it should be.
    fn discard<T>(&mut self) -> Option<T> {
        self.file = None;
        self.known.clear();
        self.cache = Cache::default();
        remove(&self.path);
        None
    }

    fn open(&mut self) -> Option<Connection> {
        if !self.path.exists() {
            return None;
        }
        let file = connect(&self.path)?;
        if identity(&file).as_ref() == Some(&self.log) {
            return Some(file);
        }
        drop(file);
        self.discard()
    }

    fn create(&mut self) -> Option<Connection> {
        let store = self.path.parent()?.to_str()?.strip_suffix("-sidecars").map(PathBuf::from)?;
        retold_core::make_sidecar_folder(&store).ok()?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&self.path) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return self.open(),
            Err(_) => return None,
        }
        let file = connect(&self.path)?;
        file.execute_batch(include_str!("../../sql/keyframes/schema.sql")).ok()?;
        file.execute(
            include_str!("../../sql/keyframes/identify.sql"),
            params![self.log.log, self.log.redactions],
        )
        .ok()?;
        Some(file)
    }
}

impl std::fmt::Debug for Keyframes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyframes").field("path", &self.path).finish_non_exhaustive()
    }
}

/// How many bodies were redacted. A store where they cannot be counted has no valid keyframe.
/// Returns how often bodies went or came back: what was read before another count may not be so now. -1 where the store cannot
/// be read.
pub fn redactions(store: &Connection) -> i64 {
    store
        .prepare_cached(include_str!("../../sql/redactions.sql"))
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .unwrap_or(-1)
}

fn connect(path: &Path) -> Option<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let file = Connection::open_with_flags(path, flags).ok()?;
    file.busy_timeout(BUSY).ok()?;
    // What a power cut leaves of it is found out by its hashes.
    file.pragma_update(None, "synchronous", "off").ok()?;
    file.pragma_update(None, "trusted_schema", false).ok()?;
    Some(file)
}

fn identity(file: &Connection) -> Option<Identity> {
    file.query_row(include_str!("../../sql/keyframes/identity.sql"), [], |row| {
        Ok(Identity { log: row.get(0)?, redactions: row.get(1)? })
    })
    .ok()
}

fn remove(path: &Path) {
    for ending in ["", "-journal", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        // Somebody else may have been quicker.
        let _gone = std::fs::remove_file(name);
    }
}

/// Chunks on their way into the file.
struct Writing<'a> {
    file: &'a Connection,
    known: &'a mut HashSet<ChunkId>,
}

impl Chunks for Writing<'_> {
    type Error = rusqlite::Error;

    fn has(&mut self, id: ChunkId) -> Result<bool, rusqlite::Error> {
        if self.known.contains(&id) {
            return Ok(true);
        }
        let sql = include_str!("../../sql/keyframes/has_chunk.sql");
        let there = self.file.prepare_cached(sql)?.exists([id.to_bytes()])?;
        if there {
            self.known.insert(id);
        }
        Ok(there)
    }

    fn put(&mut self, id: ChunkId, bytes: &[u8]) -> Result<(), rusqlite::Error> {
        let packed = cache::pack(bytes);
        let sql = include_str!("../../sql/keyframes/insert_chunk.sql");
        self.file.prepare_cached(sql)?.execute(params![id.to_bytes(), packed])?;
        self.known.insert(id);
        Ok(())
    }
}
