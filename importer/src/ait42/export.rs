//! The log's sessions, written as the legacy writer writes them.

use std::collections::BTreeMap;
use std::fs;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use retold_core::{Log, Position, StreamId, StreamName};

use super::known::place_of;
use super::list::ListWriter;
use crate::Error;
use crate::error::sqlite;

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Exported {
    /// The file.
    pub file: PathBuf,
    /// The sessions in it.
    pub sessions: u64,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Where a session stands, and what it is called.
pub(super) struct Placed {
    place: f64,
    pub(super) stream: StreamId,
    pub(super) name: StreamName,
}

/// Writes `<name>.json` into `folder` for every legacy file that has sessions at position `at`: by a temporary file,
/// fsync and rename, so that a reader sees the old file or the new one.
///
/// A file that the legacy writer wrote comes out again byte for byte; with keys that it does not know, a file of the
/// same meaning. Memory holds one session and the places of all.
///
/// # Errors
/// [`Error::NotAFileName`] where a name would lead out of `folder`, before anything is written; [`Error::Io`] where the
/// folder cannot be written; [`Error::Log`] where the log cannot be read.
pub fn export(
    log: &Log,
    folder: &Path,
    at: Position,
    mut progress: impl FnMut(u64, u64),
) -> Result<Vec<Exported>, Error> {
    let (files, total) = files(log, at)?;
    if let Some(name) = files.keys().find(|name| !is_plain_name(name)) {
        return Err(Error::NotAFileName { folder: folder.to_owned(), name: name.clone() });
    }
    fs::create_dir_all(folder).map_err(Error::io("create the folder", folder))?;
    let mut exported = Vec::new();
    let mut done = 0;
    for (name, sessions) in files {
        let mut told = || {
            done += 1;
            progress(done, total);
        };
        exported.push(write(log, folder, &name, &sessions, at, &mut told)?);
    }
    Ok(exported)
}

/// Returns the live sessions of each file, in order, and how many there are.
pub(super) fn files(log: &Log, at: Position) -> Result<(BTreeMap<String, Vec<Placed>>, u64), Error> {
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
        let Some(state) = reader.state(stream, at)? else { continue };
        if !state.deleted {
            let place = state.place.or_else(|| first.map(place_of)).unwrap_or(0.0);
            let home = state.home.unwrap_or_else(|| name.workspace.clone());
            files.entry(home).or_default().push(Placed { place, stream, name });
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

fn write(
    log: &Log,
    folder: &Path,
    name: &str,
    sessions: &[Placed],
    at: Position,
    told: &mut dyn FnMut(),
) -> Result<Exported, Error> {
    let path = folder.join(format!("{name}.json"));
    let io = Error::io("write", &path);
    let temporary =
        tempfile::Builder::new().prefix(".export-").suffix(".json").tempfile_in(folder).map_err(&io)?;
    let mut list = ListWriter::new(BufWriter::with_capacity(1 << 16, temporary)).map_err(&io)?;
    let mut reader = log.reader()?;
    for placed in sessions {
        let Some(mut state) = reader.state(placed.stream, at)? else { continue };
        reader.resolve(&mut state.session)?;
        list.session(&state.session).map_err(&io)?;
        told();
    }
    let out = list.finish().map_err(&io)?;
    let temporary = out.into_inner().map_err(|error| io(error.into_error()))?;
    temporary.as_file().sync_all().map_err(&io)?;
    let file = temporary.persist(&path).map_err(|error| io(error.error))?;
    let bytes = file.metadata().map_err(&io)?.len();
    // The rename is durable once the folder is.
    fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(Error::io("sync the folder", folder))?;
    drop(io);
    Ok(Exported { file: path, sessions: sessions.len() as u64, bytes })
}
