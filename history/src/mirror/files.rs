//! All mirrored files, brought to where the log is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use retold_core::{Position, Reader, Session, StreamId, StreamName};
use retold_importer::ait42::{self, Merge, Sources};
use retold_projections::Store;
use rusqlite::params;

use super::checkpoint::{Checkpoint, Version, Versions};
use super::file::{Mirrored, Rewrite, Stamp, hash_of};
use super::folder_of_files;
use super::merge::merge;
use crate::states::States;
use crate::{Error, records};

/// A file is rewritten once in this time at the most, and rests for so many times as long as its rewrite took: a
/// mirror never takes more than a fortieth of a disk and a core.
const REST_MIN: Duration = Duration::from_secs(1);
const REST_TIMES: u32 = 39;
/// A file without an end that was written less long ago than this is still being written.
const UNFINISHED_MAX: Duration = Duration::from_secs(10);
/// How often a rewrite begins anew because somebody else wrote the file meanwhile.
const DISTURBED_MAX: u32 = 5;

/// The files of one folder.
pub(super) struct Files {
    store: Store,
    states: Arc<States>,
    folder: PathBuf,
    /// The log was looked through up to here.
    position: Position,
    files: BTreeMap<String, Mirrored>,
    checkpoint: Checkpoint,
}

impl Files {
    /// Takes a folder up. What stands there and was written by somebody else is imported.
    pub(super) fn open(store: &Store, states: &Arc<States>, folder: &Path) -> Result<Self, Error> {
        let folder = folder_of_files(folder);
        std::fs::create_dir_all(&folder).map_err(|source| Error::Mirror {
            act: "create",
            path: folder.clone(),
            source,
        })?;
        let known = Checkpoint::read(&folder, store.log())?;
        let is_new = known.is_none();
        let checkpoint = known.unwrap_or_else(|| Checkpoint::new(store.log().id()));
        let mut files = Self {
            store: store.clone(),
            states: Arc::clone(states),
            position: checkpoint.position(),
            files: BTreeMap::new(),
            folder,
            checkpoint,
        };
        if is_new {
            files.adopt()?;
        }
        for (name, workspace) in files.checkpoint.workspaces.clone() {
            files.file(&name, &workspace);
        }
        Ok(files)
    }

    /// Imports what is there before the mirror's first look.
    fn adopt(&mut self) -> Result<(), Error> {
        let sources = match Sources::find(std::slice::from_ref(&self.folder), &BTreeMap::new()) {
            Ok(sources) => sources,
            Err(retold_importer::Error::NoSessions { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let before: Vec<_> = sources.files.iter().map(|source| Stamp::at(&source.path)).collect();
        ait42::import(Some(self.store.log()), &sources, ait42::Options::default())?;
        for (source, stamp) in sources.files.iter().zip(before).filter(|(source, _)| !source.set_aside) {
            let seen = stamp.map_err(|error| failed("look at", &source.path, error))?;
            let file = self.file(&source.home, &source.workspace);
            (file.seen, file.is_behind) = (seen, true);
        }
        Ok(())
    }

    /// Returns the position up to which the files hold every change.
    pub(super) fn position(&self) -> Position {
        self.checkpoint.position()
    }

    /// Returns when the next file is due; `None` where none lacks anything.
    pub(super) fn due(&self) -> Option<Instant> {
        let behind = self.files.values().filter(|file| file.is_behind);
        behind.map(|file| file.not_before.unwrap_or_else(Instant::now)).min()
    }

    /// Rewrites the files that lack something: those whose time has come, or all.
    pub(super) fn catch_up(&mut self, all: bool) -> Result<(), Error> {
        self.note_changes()?;
        let now = Instant::now();
        let is_due = |file: &Mirrored| file.is_behind && (all || file.not_before.is_none_or(|at| at <= now));
        let due: Vec<String> =
            self.files.iter().filter(|(_, file)| is_due(file)).map(|(name, _)| name.clone()).collect();
        for name in due {
            let begun = Instant::now();
            self.rewrite(&name, all)?;
            let rest = REST_MIN.max(begun.elapsed() * REST_TIMES);
            let file = self.files.get_mut(&name).expect("it was just rewritten");
            file.not_before = Instant::now().checked_add(rest);
        }
        let is_whole = self.files.values().all(|file| !file.is_behind);
        if is_whole && self.checkpoint.position != self.position.get() {
            self.checkpoint.position = self.position.get();
            self.checkpoint.write(&self.folder)?;
        }
        Ok(())
    }

    /// Finds the files whose sessions have new events.
    fn note_changes(&mut self) -> Result<(), Error> {
        let changed: Vec<(StreamId, String, Option<String>)> = {
            let act = retold_core::Error::sqlite("mirror the log");
            let reader = self.store.log().reader()?;
            reader.begin()?;
            let head = head_of(&self.store, &reader)?;
            if head <= self.position {
                return Ok(());
            }
            let mut statement = reader
                .connection()
                .prepare_cached(include_str!("../../sql/changed_streams.sql"))
                .map_err(&act)?;
            let rows = statement
                .query_map(params![self.position, head], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
            let changed = rows.and_then(Iterator::collect).map_err(&act)?;
            self.position = head;
            changed
        };
        for (stream, workspace, home) in changed {
            let name = home.or_else(|| self.file_of(stream)).unwrap_or_else(|| workspace.clone());
            if !ait42::is_plain_name(&name) {
                let folder = self.folder.clone();
                return Err(retold_importer::Error::NotAFileName { folder, name }.into());
            }
            self.file(&name, &workspace).is_behind = true;
        }
        Ok(())
    }

    /// Returns the file that a session stood in when it was last written.
    fn file_of(&self, stream: StreamId) -> Option<String> {
        let holds = |file: &Mirrored| file.written.iter().any(|written| written.stream == stream);
        self.files.iter().find(|(_, file)| holds(file)).map(|(name, _)| name.clone())
    }

    fn file(&mut self, name: &str, workspace: &str) -> &mut Mirrored {
        let path = self.folder.join(format!("{name}.json"));
        self.files.entry(name.to_owned()).or_insert_with(|| Mirrored::new(workspace.to_owned(), path))
    }

    fn rewrite(&mut self, name: &str, now: bool) -> Result<(), Error> {
        for _ in 0..DISTURBED_MAX {
            if !self.take_in(name, now)? {
                return Ok(());
            }
            if self.write(name)? {
                return Ok(());
            }
        }
        Err(failed("mirror", &self.files[name].path, std::io::Error::other("somebody else keeps writing it")))
    }

    /// Imports what somebody else wrote; false where that is not finished yet.
    fn take_in(&mut self, name: &str, now: bool) -> Result<bool, Error> {
        let file = self.files.get_mut(name).expect("a file that is mirrored");
        let io = |error| failed("read", &self.folder.join(format!("{name}.json")), error);
        let stamp = Stamp::at(&file.path).map_err(io)?;
        let Some(there) = stamp else {
            (file.seen, file.written) = (None, Vec::new());
            return Ok(true);
        };
        if file.seen == stamp {
            return Ok(true);
        }
        file.written.clear();
        let versions = self.checkpoint.files.get(name);
        let hash = hash_of(&file.path).map_err(io)?;
        let own = versions.and_then(|versions| {
            [Some(versions.current), versions.previous].into_iter().flatten().find(|own| own.hash == hash)
        });
        if let Some(own) = own {
            (file.seen, file.base) = (stamp, Some(own.position));
            return Ok(true);
        }
        if !now && there.age() < UNFINISHED_MAX && !ait42::is_whole(&file.path).map_err(io)? {
            file.not_before = Instant::now().checked_add(REST_MIN);
            return Ok(false);
        }
        // Before this process has written the file, the older of its versions may be what they changed.
        let oldest = versions.map(|versions| versions.previous.unwrap_or(versions.current).position);
        let base = file.base.or(oldest).and_then(Position::new);
        let sources = Sources::find(std::slice::from_ref(&file.path), &BTreeMap::new())?;
        let merging = base.map(|base| Merging { store: &self.store, base });
        let options = ait42::Options {
            merge: merging.as_ref().map(|merging| -> &dyn Merge { merging }),
            ..ait42::Options::default()
        };
        ait42::import(Some(self.store.log()), &sources, options)?;
        file.seen = stamp;
        Ok(true)
    }

    /// Puts a new version in the file's place; false where somebody else wrote it meanwhile.
    fn write(&mut self, name: &str) -> Result<bool, Error> {
        let file = self.files.get_mut(name).expect("a file that is mirrored");
        let path = file.path.clone();
        let io = |error| failed("write", &path, error);
        let mut reader = self.store.log().reader()?;
        reader.begin()?;
        let head = head_of(&self.store, &reader)?;
        let records = records::of_file(&reader, &file.workspace, name)?;
        let before: std::collections::HashMap<_, _> =
            file.written.iter().map(|written| ((written.stream, written.revision), *written)).collect();
        let old = (!before.is_empty()).then_some(path.as_path());
        let mut rewrite = Rewrite::new(&self.folder, old).map_err(io)?;
        for record in &records {
            let known = before.get(&(record.stream, record.revision));
            if let Some(known) = known
                && rewrite.take_over(*known).map_err(io)?
            {
                continue;
            }
            let state = self.states.get(&mut reader, record, head)?;
            rewrite.session(record.stream, record.revision, &state.session).map_err(io)?;
        }
        drop(reader);
        let (temporary, hash, written) = rewrite.finish().map_err(io)?;
        let previous = self.checkpoint.files.get(name).map(|versions| versions.current);
        let current = Version { hash, position: head.get() };
        self.checkpoint.files.insert(name.to_owned(), Versions { current, previous });
        self.checkpoint.workspaces.insert(name.to_owned(), file.workspace.clone());
        self.checkpoint.write(&self.folder)?;
        if Stamp::at(&path).map_err(io)? != file.seen {
            return Ok(false);
        }
        temporary.persist(&path).map_err(|error| io(error.error))?;
        // The rename is durable once the folder is.
        std::fs::File::open(&self.folder).and_then(|folder| folder.sync_all()).map_err(io)?;
        file.seen = Stamp::at(&path).map_err(io)?;
        (file.base, file.written) = (Some(head.get()), written);
        file.is_behind = false;
        if head > self.position {
            // What came since the last look is in this file, but maybe in others too.
            self.note_changes()?;
        }
        Ok(true)
    }
}

/// Returns the end of the log. What another log says that was restored in its place goes to no file of this one.
fn head_of(store: &Store, reader: &Reader<'_>) -> Result<Position, Error> {
    if reader.log_id()? != store.log().id() {
        return Err(retold_core::Error::Replaced.into());
    }
    Ok(reader.head()?.position)
}

/// Brings what somebody else wrote into a file together with what came to the log since the mirror wrote it.
struct Merging<'a> {
    store: &'a Store,
    base: Position,
}

impl Merge for Merging<'_> {
    fn merge(
        &self,
        name: &StreamName,
        ours: &Session,
        theirs: &Session,
    ) -> Result<Session, retold_importer::Error> {
        let mut reader = self.store.log().reader()?;
        let Some(stream) = reader.stream(name)? else { return Ok(theirs.clone()) };
        let Some(mut base) = reader.state(stream, self.base)? else { return Ok(theirs.clone()) };
        reader.resolve(&mut base.session)?;
        Ok(merge(&base.session, ours, theirs))
    }

    fn is_deleted(
        &self,
        workspace: &str,
        home: &str,
        theirs: &Session,
    ) -> Result<bool, retold_importer::Error> {
        let mut reader = self.store.log().reader()?;
        reader.begin()?;
        let head = reader.head()?.position;
        for record in records::all_of_id(&reader, workspace, &theirs.id)? {
            let Some(mut before) = reader.state(record.stream, self.base)? else { continue };
            let was_there = !before.deleted && before.home.as_deref().unwrap_or(workspace) == home;
            let is_gone = reader.state(record.stream, head)?.is_none_or(|state| state.deleted);
            if was_there && is_gone {
                reader.resolve(&mut before.session)?;
                if before.session == *theirs {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

fn failed(act: &'static str, path: &Path, source: std::io::Error) -> Error {
    Error::Mirror { act, path: path.to_owned(), source }
}
