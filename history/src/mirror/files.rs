//! All mirrored files, brought to where the log is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use retold_core::files::sweep;
use retold_core::{Position, Reader, Session, StreamId, StreamName};
use retold_importer::ait42::{self, Merge, Seen, Skipped, Sources, Stamp};
use retold_projections::Store;
use rusqlite::params;

use super::checkpoint::{Checkpoint, Version, Versions};
use super::file::{Finished, Mirrored, Rewrite};
use super::lock::FolderLock;
use super::merge::merge;
use crate::states::States;
use crate::{Error, records, trace};

/// A file is rewritten at most once in this time, and rests for this many times as long as its rewrite took: a
/// mirror never takes more than a fortieth of a disk and a core.
const REST_MIN: Duration = Duration::from_secs(1);
const REST_TIMES: u32 = 39;
/// A file without an end that was written less long ago than this is still being written.
const UNFINISHED_MAX: Duration = Duration::from_secs(10);
/// How often a rewrite begins again because somebody else wrote the file meanwhile.
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
    /// The checkpoint's file as this mirror last read or wrote it.
    checkpoint_seen: Option<Stamp>,
    /// What was not read when the folder was taken up.
    skipped: Vec<Skipped>,
    /// A session's file that would not be in the folder: there is one of its workspace that no file can have.
    leads_out: Option<String>,
}

impl Files {
    /// Takes a folder up. What is there and was written by somebody else is imported.
    pub(super) fn open(store: &Store, states: &Arc<States>, folder: &Path) -> Result<Self, Error> {
        let folder = folder_of_files(folder);
        std::fs::create_dir_all(&folder).map_err(|source| Error::Mirror {
            act: "create",
            path: folder.clone(),
            source,
        })?;
        let _lock = FolderLock::take(&folder)?;
        // What cannot be swept is in nobody's way.
        let _left = sweep(&folder);
        let checkpoint_seen = Checkpoint::stamp(&folder)?;
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
            checkpoint_seen,
            skipped: Vec::new(),
            leads_out: None,
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
        let before: Vec<_> = sources.files.iter().map(|source| Seen::at(&source.path)).collect();
        let report =
            ait42::import(Some(&self.store.log().within("mirror")), &sources, ait42::Options::default())?;
        for (source, seen) in sources.files.iter().zip(before).filter(|(source, _)| !source.set_aside) {
            let is_read = !report.skipped.iter().any(|skipped| skipped.is_of(&source.path));
            let file = self.file(&source.home, &source.workspace);
            // What was not taken in is looked at again before it is written over.
            file.seen = seen.ok().flatten().filter(|_| is_read && file.path == source.path);
            file.is_behind = true;
        }
        self.skipped = report.skipped;
        Ok(())
    }

    /// Returns what was not read when the folder was taken up.
    pub(super) fn skipped(&self) -> &[Skipped] {
        &self.skipped
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

    /// Rewrites the files that lack something: those whose time has come, or all. One that cannot be written or read is
    /// in no other's way; the first such error is returned as a value.
    pub(super) fn catch_up(&mut self, all: bool) -> Result<Option<Error>, Error> {
        let _lock = FolderLock::take(&self.folder)?;
        self.read_checkpoint_again()?;
        self.note_changes()?;
        let now = Instant::now();
        let is_due = |file: &Mirrored| file.is_behind && (all || file.not_before.is_none_or(|at| at <= now));
        let due: Vec<String> =
            self.files.iter().filter(|(_, file)| is_due(file)).map(|(name, _)| name.clone()).collect();
        let mut failed = self.leads_out.clone().map(|name| {
            Error::from(retold_importer::Error::NotAFileName { folder: self.folder.clone(), name })
        });
        for name in due {
            let begun = Instant::now();
            match trace::mirroring(&name, || self.rewrite(&name, all)) {
                Err(error @ (Error::Mirror { .. } | Error::Import(_))) => drop(failed.get_or_insert(error)),
                done => done?,
            }
            let rest = REST_MIN.max(begun.elapsed() * REST_TIMES);
            let file = self.files.get_mut(&name).expect("it was just rewritten");
            file.not_before = Instant::now().checked_add(rest);
        }
        let is_whole = self.leads_out.is_none() && self.files.values().all(|file| !file.is_behind);
        if is_whole && self.checkpoint.position < self.position.get() {
            self.checkpoint.position = self.position.get();
            self.write_checkpoint()?;
        }
        Ok(failed)
    }

    /// Takes over what another mirror of this folder has noted: the files that it wrote are as good as this one's.
    fn read_checkpoint_again(&mut self) -> Result<(), Error> {
        let seen = Checkpoint::stamp(&self.folder)?;
        if seen == self.checkpoint_seen {
            return Ok(());
        }
        if let Some(checkpoint) = Checkpoint::read(&self.folder, self.store.log())? {
            self.checkpoint = checkpoint;
        }
        self.checkpoint_seen = seen;
        Ok(())
    }

    fn write_checkpoint(&mut self) -> Result<(), Error> {
        self.checkpoint_seen = Some(self.checkpoint.write(&self.folder)?);
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
                // It is in no other's way, and is told as long as it is there.
                self.leads_out.get_or_insert(name);
                continue;
            }
            self.file(&name, &workspace).is_behind = true;
        }
        Ok(())
    }

    /// Returns the file that a session was in when it was last written.
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
            if !self.import_file(name, now)? {
                return Ok(());
            }
            let position = self.position.get();
            let file = self.files.get_mut(name).expect("a file that is mirrored");
            if file.own.is_some_and(|own| own >= position) {
                // Another mirror, or this one's last rewrite, had it all.
                file.is_behind = false;
                return Ok(());
            }
            if self.write(name)? {
                return Ok(());
            }
        }
        Err(failed("mirror", &self.files[name].path, std::io::Error::other("somebody else keeps writing it")))
    }

    /// Imports what somebody else wrote; false where that is not finished yet.
    fn import_file(&mut self, name: &str, now: bool) -> Result<bool, Error> {
        let file = self.files.get_mut(name).expect("a file that is mirrored");
        let io = |error| failed("read", &self.folder.join(format!("{name}.json")), error);
        if file.seen.is_some() && Seen::is_still(file.seen, &file.path).map_err(io)? {
            return Ok(true);
        }
        (file.own, file.written) = (None, Vec::new());
        let Some(seen) = Seen::at(&file.path).map_err(io)? else {
            file.seen = None;
            return Ok(true);
        };
        let versions = self.checkpoint.files.get(name);
        let own = versions.and_then(|versions| {
            let own = [Some(versions.current), versions.previous].into_iter().flatten();
            own.into_iter().find(|own| own.hash == seen.hash())
        });
        if let Some(own) = own {
            (file.seen, file.own, file.base) = (Some(seen), Some(own.position), Some(own.position));
            return Ok(true);
        }
        let age = seen.stamp().age();
        if !now && age < UNFINISHED_MAX && !ait42::is_whole(&file.path).map_err(io)? {
            file.not_before = Instant::now().checked_add(REST_MIN);
            return Ok(false);
        }
        // Before this process has written the file, the older of its versions may be what they changed.
        let oldest = versions.map(|versions| versions.previous.unwrap_or(versions.current).position);
        let base = file.base.or(oldest).and_then(Position::new);
        let mut sources = Sources::of_file(&file.path, &file.workspace, name)?;
        if !now && age < UNFINISHED_MAX {
            sources = sources.followed();
        }
        let merging = base.map(|base| Merging { store: &self.store, base });
        let options = ait42::Options {
            merge: merging.as_ref().map(|merging| -> &dyn Merge { merging }),
            ..ait42::Options::default()
        };
        let report = ait42::import(Some(&self.store.log().within("mirror")), &sources, options)?;
        if let Some(skipped) = report.skipped.first() {
            return Err(io(std::io::Error::other(skipped.reason.clone())));
        }
        file.seen = Some(seen);
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
        let mut rewrite = Rewrite::new(&path, old).map_err(io)?;
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
        let Finished { partial, seen, written } = rewrite.finish().map_err(io)?;
        let previous = self.checkpoint.files.get(name).map(|versions| versions.current);
        let current = Version { hash: seen.hash(), position: head.get() };
        self.checkpoint.files.insert(name.to_owned(), Versions { current, previous });
        self.checkpoint.workspaces.insert(name.to_owned(), file.workspace.clone());
        let before = file.seen;
        self.write_checkpoint()?;
        // The last look, and then the rename: what is written in between, a few microseconds, no system call can tell.
        if !Seen::is_still(before, &path).map_err(io)? {
            return Ok(false);
        }
        let renamed = if before.is_some() { partial.replace() } else { partial.settle() };
        match renamed {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Ok(false),
            renamed => drop(renamed.map_err(io)?),
        }
        let file = self.files.get_mut(name).expect("a file that is mirrored");
        (file.seen, file.written) = (Some(seen), written);
        (file.own, file.base) = (Some(head.get()), Some(head.get()));
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
            let was_there =
                !before.records.deleted && before.records.home.as_deref().unwrap_or(workspace) == home;
            let is_gone = reader.state(record.stream, head)?.is_none_or(|state| state.records.deleted);
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

/// Returns the folder that holds the files: the `sessions` of a `~/.ait42`, or the folder itself.
fn folder_of_files(folder: &Path) -> std::path::PathBuf {
    let inner = folder.join("sessions");
    if inner.is_dir() || folder.file_name().is_some_and(|name| name == ".ait42") {
        inner
    } else {
        folder.to_owned()
    }
}
