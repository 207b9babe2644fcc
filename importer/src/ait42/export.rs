//! The log's sessions, written as the legacy writer writes them.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use retold_core::files::{Partial, Privacy, sweep};
use retold_core::happening::Moment;
use retold_core::{Log, OnProgress, Position, Progress, StreamId, StreamName, Unit};

use super::import_records::place_of;
use super::lacking::{Had, Lack};
use super::list::ListWriter;
use super::seen::Seen;
use super::session_file::{At, what_is_at};
use crate::Error;
use crate::error::sqlite;

/// How often a file is compared again because somebody keeps writing it.
const DISTURBED_MAX: u32 = 5;

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Exported {
    /// The file.
    pub file: PathBuf,
    /// The sessions in it.
    pub sessions: u64,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Where a session is, and what it is called.
pub(super) struct Placed {
    place: f64,
    pub(super) stream: StreamId,
    /// The last event that counts.
    up_to: Position,
    pub(super) name: StreamName,
}

/// What becomes of files that are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// They are compared with the store first: one that holds what the store lacks is not written over.
    Compare,
    /// They are replaced, whatever they hold.
    Replace,
}

/// Writes `<name>.json` into `folder` for every legacy file that has sessions at the moment `at`: by a temporary file,
/// fsync and rename, so that a reader sees the old file or the new one. A link is followed; mode and owner of a file that
/// is replaced stay. What killed exports left in the folder is removed.
///
/// All files that are there are compared with the store before the first is written, and each once more right before it
/// is replaced. A state that the store has passed through may be replaced. (What another program writes in the moment
/// between that last look, which reads the file, and the rename is replaced too: no file system can exclude it.)
///
/// A file that the legacy writer wrote comes out again byte for byte; with keys that it does not know, a file of the
/// same meaning. Memory holds one session and the places of all.
///
/// # Errors
/// [`Error::NotAFileName`] where a name would lead out of `folder`, and [`Error::WouldLose`] where a file holds what the
/// store lacks, before anything is written, unless a file changes meanwhile; [`Error::InTheWay`] where something is
/// in a file's place that is not a file; [`Error::Io`] where the folder cannot be written, or a file in it not be read;
/// [`Error::Log`] where the log cannot be read, or where `progress`, which gets the sessions written, said to stop: the files that
/// were written by then are whole.
pub fn export(
    log: &Log,
    folder: &Path,
    at: impl Into<Moment>,
    existing: Existing,
    progress: impl OnProgress,
) -> Result<Vec<Exported>, Error> {
    let (files, total) = files(log, at.into())?;
    if let Some(name) = files.keys().find(|name| !is_plain_name(name)) {
        return Err(Error::NotAFileName { folder: folder.to_owned(), name: name.clone() });
    }
    fs::create_dir_all(folder).map_err(Error::io("create the folder", folder))?;
    // What cannot be swept is in nobody's way.
    let _left = sweep(folder);
    let mut compared = Vec::new();
    let mut lacks = Vec::new();
    let mut had = None;
    for name in files.keys() {
        let path = path_of(folder, name);
        let seen = look(&path, existing)?;
        if seen.is_some() {
            let had = match &mut had {
                Some(had) => had,
                none => none.insert(Had::by(log)?),
            };
            lacks.extend(had.lacks(&path)?);
        }
        compared.push(seen);
    }
    if !lacks.is_empty() {
        return Err(Error::WouldLose { folder: folder.to_owned(), lacks, written: 0 });
    }
    let mut exported = Vec::new();
    let mut done = 0;
    for ((name, sessions), seen) in files.into_iter().zip(compared) {
        let mut told = || {
            done += 1;
            progress.advance("export", Progress::new(Unit::Sessions, done, total))
        };
        let path = path_of(folder, &name);
        let partial = write(log, &path, &sessions, &mut told)?;
        let count = sessions.len() as u64;
        match put(log, &path, partial, seen, existing)? {
            Put::Done(bytes) => exported.push(Exported { file: path, sessions: count, bytes }),
            Put::WouldLose(lacks) => {
                let (folder, written) = (folder.to_owned(), exported.len());
                return Err(Error::WouldLose { folder, lacks, written });
            }
        }
    }
    Ok(exported)
}

/// Returns the live sessions of each file, in order, and how many there are.
pub(super) fn files(log: &Log, at: Moment) -> Result<(BTreeMap<String, Vec<Placed>>, u64), Error> {
    let streams: Vec<(StreamId, StreamName, Option<Position>)> = {
        let reader = log.reader()?;
        let act = sqlite("list the sessions");
        let mut statement =
            reader.connection().prepare(include_str!("../../sql/workspace_streams.sql")).map_err(&act)?;
        let rows = statement.query_map([], |row| {
            let name = StreamName { workspace: row.get(1)?, session_id: row.get(2)?, ordinal: row.get(3)? };
            Ok((row.get(0)?, name, row.get(4)?))
        });
        rows.and_then(Iterator::collect).map_err(&act)?
    };
    let mut files: BTreeMap<String, Vec<Placed>> = BTreeMap::new();
    let mut total = 0;
    let mut reader = log.reader()?;
    for (stream, name, first) in streams {
        let up_to = reader.stream_at(stream, at)?;
        let Some(state) = reader.state(stream, up_to)? else { continue };
        if !state.records.deleted {
            let place = state.records.place.or_else(|| first.map(place_of)).unwrap_or(0.0);
            let home = state.records.home.unwrap_or_else(|| name.workspace.clone());
            files.entry(home).or_default().push(Placed { place, stream, up_to, name });
            total += 1;
        }
    }
    for sessions in files.values_mut() {
        sessions.sort_by(|a, b| a.place.total_cmp(&b.place).then(a.stream.cmp(&b.stream)));
    }
    Ok((files, total))
}

/// Returns whether a name stands for a file in the folder it is joined to, on any platform.
pub fn is_plain_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\\', ':', '\0'])
}

fn path_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.json"))
}

/// Looks at what is in a file's place: `None` where nothing is, or nobody wants to know what it holds.
fn look(path: &Path, existing: Existing) -> Result<Option<Seen>, Error> {
    match (existing, what_is_at(path)) {
        (Existing::Replace, At::File) => return Ok(None),
        (_, At::Other(_)) if fs::metadata(path).is_ok() => {
            return Err(Error::InTheWay { path: path.to_owned() });
        }
        _ => {}
    }
    Seen::at(path).map_err(Error::io("compare", path))
}

fn write(
    log: &Log,
    path: &Path,
    sessions: &[Placed],
    told: &mut dyn FnMut() -> Result<(), retold_core::Error>,
) -> Result<Partial, Error> {
    let io = Error::io("write", path);
    let mut partial = Partial::file_for(path, Privacy::Owner).map_err(&io)?;
    let mut list = ListWriter::new(BufWriter::with_capacity(1 << 16, partial.file())).map_err(&io)?;
    let mut reader = log.reader()?;
    for placed in sessions {
        let Some(mut state) = reader.state(placed.stream, placed.up_to)? else { continue };
        reader.resolve(&mut state.session)?;
        list.session(&state.session).map_err(&io)?;
        told()?;
    }
    list.finish().and_then(|mut out| out.flush()).map_err(&io)?;
    Ok(partial)
}

/// What became of a file that was to get its name.
enum Put {
    Done(u64),
    WouldLose(Vec<Lack>),
}

/// Puts a file in its place, unless somebody has written there meanwhile what the store lacks.
fn put(
    log: &Log,
    path: &Path,
    partial: Partial,
    mut seen: Option<Seen>,
    existing: Existing,
) -> Result<Put, Error> {
    let io = Error::io("write", path);
    for _ in 0..DISTURBED_MAX {
        partial.make_ready().map_err(&io)?;
        let now = look(path, existing)?;
        if now.map(|now| now.hash()) == seen.map(|seen| seen.hash()) {
            // What comes into an empty place from now on is met by an error.
            let is_nothing_there = now.is_none() && existing == Existing::Compare;
            let put = if is_nothing_there { partial.settle() } else { partial.replace() };
            return put.map(Put::Done).map_err(|error| match error.kind() {
                ErrorKind::AlreadyExists => Error::InTheWay { path: path.to_owned() },
                _ => io(error),
            });
        }
        if now.is_some() {
            let lacks = Had::by(log)?.lacks(path)?;
            if !lacks.is_empty() {
                return Ok(Put::WouldLose(lacks));
            }
        }
        seen = now;
    }
    Err(io(std::io::Error::other("another program keeps writing it")))
}
