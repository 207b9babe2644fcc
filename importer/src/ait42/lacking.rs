//! What a file holds that the store lacks: none of it may be written over unasked.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

use retold_core::{Limit, Log, Position, Reader, Revision, Session, SessionState, StreamId};
use serde::Deserialize;

use super::read::{self, Budget, Found};
use super::split::begun_by;
use crate::Error;
use crate::error::sqlite;
use crate::quarantine::Quarantine;

/// Something in a file that would be gone if the file were written over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// The file.
    pub file: PathBuf,
    /// The session's id; empty where the piece has none that can be read.
    pub id: String,
    /// Where it is in the file: offset and length in bytes.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
    /// How the store lacks it.
    pub why: Why,
}

/// How the store lacks a piece of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The store has no session of this id.
    NoSession,
    /// The store has the session, and never had it as the file has it.
    OtherState,
    /// The session's messages and outputs were pruned from the store, and the file has them.
    Pruned,
    /// It cannot be read as a session, and the store does not have its bytes.
    Unreadable,
    /// Its bytes are in the store's quarantine, and nowhere else in the store.
    Quarantined,
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        let Self { id, offset, length, .. } = self;
        write!(f, "{name}: ")?;
        match id.is_empty() {
            true => write!(f, "bytes {offset}..{}", offset + length)?,
            false => f.write_str(id)?,
        }
        f.write_str(match self.why {
            Why::NoSession => " is not in the store",
            Why::OtherState => " is a version that the store never had",
            Why::Pruned => " has messages that are pruned from the store",
            Why::Unreadable => " cannot be read, and the store does not have it",
            Why::Quarantined => " is only in the quarantine",
        })
    }
}

/// What a store has, to compare files with.
pub(super) struct Had<'log> {
    log: &'log Log,
    /// The records of each id, in any workspace, deleted ones too.
    streams: HashMap<String, Vec<StreamId>>,
    quarantine: Quarantine,
    /// Digests of what sources had, and the log took in.
    imported: Option<HashSet<[u8; 32]>>,
}

impl<'log> Had<'log> {
    /// O(records of sessions).
    pub(super) fn by(log: &'log Log) -> Result<Self, Error> {
        let act = sqlite("list the sessions");
        let reader = log.reader()?;
        let mut streams: HashMap<String, Vec<StreamId>> = HashMap::new();
        {
            let mut statement =
                reader.connection().prepare(include_str!("../../sql/workspace_streams.sql")).map_err(&act)?;
            let mut rows = statement.query([]).map_err(&act)?;
            while let Some(row) = rows.next().map_err(&act)? {
                let (stream, id) = (row.get(0).map_err(&act)?, row.get(2).map_err(&act)?);
                streams.entry(id).or_default().push(stream);
            }
        }
        Ok(Self { log, streams, quarantine: Quarantine::read(&reader)?, imported: None })
    }

    /// Returns what the file at `path` holds that the store lacks. A state that the log has passed through is not lacking.
    ///
    /// O(file), and for a session that is not as it is in the log now O(its events). Memory holds a session of each side.
    pub(super) fn lacks(&mut self, path: &Path) -> Result<Vec<Lack>, Error> {
        let io = Error::io("compare", path);
        let file = File::open(path).map_err(&io)?;
        let budget = Budget::default();
        let mut lacks = Vec::new();
        let mut lack = |id: String, offset, length, why| {
            lacks.push(Lack { file: path.to_owned(), id, offset, length, why });
        };
        std::thread::scope(|scope| {
            let found = read::read(scope, file, &budget);
            let outcome = found.iter().try_for_each(|found| match found {
                Found::Failed(error) => Err(io(error)),
                Found::Unclosed | Found::Nul { .. } => Ok(()),
                Found::Unreadable { offset, raw, .. } => {
                    let why = match self.quarantine.is_open(blake3::hash(&raw).as_bytes()) {
                        Some(false) => return Ok(()),
                        Some(true) => Why::Quarantined,
                        None => Why::Unreadable,
                    };
                    lack(id_of(&raw), offset, raw.len() as u64, why);
                    Ok(())
                }
                Found::Session(whole) => {
                    let why = self.lacks_session(&whole.session, &whole.digest);
                    budget.give_back(whole.length);
                    if let Some(why) = why? {
                        lack(whole.session.id, whole.offset, whole.length, why);
                    }
                    Ok(())
                }
            });
            drop(found);
            budget.release();
            outcome
        })?;
        Ok(lacks)
    }

    fn lacks_session(&mut self, there: &Session, digest: &[u8; 32]) -> Result<Option<Why>, Error> {
        let mut reader = self.log.reader()?;
        let head = reader.head()?.position;
        let streams = self.streams.get(&there.id).map(Vec::as_slice).unwrap_or_default();
        let mut is_pruned = false;
        for &stream in streams {
            let Some(state) = reader.state(stream, head)? else { continue };
            if is_same(&mut reader, &state, there)? {
                return Ok(None);
            }
            is_pruned |= reader.is_pruned(stream)?;
        }
        let is_quarantined = self.quarantine.is_open(digest) == Some(true);
        if !is_pruned && !is_quarantined {
            let imported = match &mut self.imported {
                Some(imported) => imported,
                none => none.insert(imported(&reader)?),
            };
            if imported.contains(digest) {
                return Ok(None);
            }
        }
        for &stream in streams {
            if had(&mut reader, stream, head, there)? {
                return Ok(None);
            }
        }
        Ok(Some(match (is_quarantined, is_pruned, streams) {
            (true, ..) => Why::Quarantined,
            (_, true, _) => Why::Pruned,
            (.., []) => Why::NoSession,
            _ => Why::OtherState,
        }))
    }
}

/// Returns whether the log has passed through this state of the session. O(events of the stream).
fn had(reader: &mut Reader<'_>, stream: StreamId, until: Position, there: &Session) -> Result<bool, Error> {
    let (mut state, mut after) = (None, Revision::ZERO);
    loop {
        let page = reader.stream_events_after(stream, after, until, Limit::default())?;
        for recorded in page.events {
            after = recorded.revision;
            let kind = recorded.kind;
            match recorded.what() {
                Ok(event) => SessionState::apply_owned(&mut state, event).map_err(|_| {
                    let found = format!("an event that does not fit, at revision {after}");
                    Error::Log(retold_core::Error::Damaged { act: "compare a session", found })
                })?,
                Err(gone) => SessionState::apply_erased(&mut state, kind, gone),
            }
            if let Some(state) = &state
                && is_same(reader, state, there)?
            {
                return Ok(true);
            }
        }
        if !page.more {
            return Ok(false);
        }
    }
}

/// Compares a state with a document; loads its long texts only where nothing cheaper differs.
fn is_same(reader: &mut Reader<'_>, state: &SessionState, there: &Session) -> Result<bool, Error> {
    let here = &state.session;
    let outputs = |session: &Session| -> Vec<Option<u64>> {
        session
            .instances
            .iter()
            .map(|instance| instance.output.as_ref().map(retold_core::Text::len))
            .collect()
    };
    let is_like = here.updated_at == there.updated_at
        && here.status == there.status
        && here.chat_history.len() == there.chat_history.len()
        && here.instances.len() == there.instances.len()
        && outputs(here) == outputs(there);
    if !is_like {
        return Ok(false);
    }
    let mut here = here.clone();
    reader.resolve(&mut here)?;
    Ok(here == *there)
}

fn imported(reader: &Reader<'_>) -> Result<HashSet<[u8; 32]>, Error> {
    let act = sqlite("read what was imported before");
    let mut statement =
        reader.connection().prepare(include_str!("../../sql/imported_digests.sql")).map_err(&act)?;
    let rows = statement.query_map([], |row| row.get(0)).map_err(&act)?;
    rows.collect::<rusqlite::Result<_>>().map_err(act)
}

/// Returns the id of what cannot be read as a session, where it has one that can be read.
pub(super) fn id_of(raw: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Named {
        id: String,
    }
    let named = || serde_json::from_slice::<Named>(raw).ok().map(|named| named.id);
    begun_by(raw).or_else(named).unwrap_or_default()
}
