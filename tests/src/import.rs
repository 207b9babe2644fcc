//! Support for imports: legacy homes to import from, what the log holds of them, and what comes out again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use retold_core::{Log, Meta, Position, Session, SessionState, StreamName};
use retold_importer::ait42::{self, Existing, Options, Report, Sources};
use tempfile::TempDir;

use crate::all_events;

/// The sample data of the repository.
pub fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/ait42")
}

/// Returns one of the dirty files.
pub fn dirty(file: &str) -> Vec<u8> {
    std::fs::read(sample().join("dirty").join(file)).expect("the file is in the repository")
}

/// A `~/.ait42` that goes when it is dropped.
#[derive(Debug)]
pub struct Home {
    folder: TempDir,
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

impl Home {
    /// A home without sessions.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder for a test");
        std::fs::create_dir(folder.path().join("sessions")).expect("a folder of its own");
        Self { folder }
    }

    /// A home with one session file.
    pub fn of(file: &str, bytes: impl AsRef<[u8]>) -> Self {
        let home = Self::new();
        home.put(file, bytes);
        home
    }

    /// Returns its path.
    pub fn path(&self) -> PathBuf {
        self.folder.path().canonicalize().expect("the folder is there")
    }

    /// Returns the path of a session file.
    pub fn file(&self, file: &str) -> PathBuf {
        self.path().join("sessions").join(file)
    }

    /// Writes a session file, over an older one where there is one.
    pub fn put(&self, file: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.file(file);
        std::fs::write(&path, bytes).expect("a folder that can be written");
        path
    }

    /// Says which folders the files' names stand for.
    pub fn map(&self, folders: &BTreeMap<String, String>) {
        let text = serde_json::to_string(folders).expect("strings");
        std::fs::write(self.path().join("workspace_mapping.json"), text)
            .expect("a folder that can be written");
    }

    /// Imports it.
    pub fn import(&self, log: &Log) -> Report {
        import(log, &self.path())
    }
}

/// Finds what is to be imported from `path`.
pub fn sources(path: &Path) -> Sources {
    Sources::find(&[path.to_owned()], &BTreeMap::new()).expect("a folder with session files")
}

/// Imports a folder or a file.
pub fn import(log: &Log, path: &Path) -> Report {
    ait42::import(Some(log), &sources(path), Options::default()).expect("an import that finishes")
}

/// Imports a folder or a file without writing.
pub fn rehearse(log: Option<&Log>, path: &Path) -> Report {
    let options = Options { dry_run: true, ..Options::default() };
    ait42::import(log, &sources(path), options).expect("a dry run that finishes")
}

/// Returns the files that an export writes, by their names.
pub fn exported(log: &Log) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().expect("a folder for a test");
    let head = log.reader().and_then(|reader| reader.head()).expect("a sound store");
    ait42::export(log, folder.path(), head.position, Existing::Compare, |_| true)
        .expect("an export that finishes");
    files(folder.path())
        .into_iter()
        .map(|(path, bytes)| (path.to_string_lossy().into_owned(), bytes))
        .collect()
}

/// Returns every file below a folder, by its path in it.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).expect("a folder that can be read") {
            let path = entry.expect("a folder that can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).expect("a file that can be read");
                files.insert(path.strip_prefix(folder).expect("it is below").to_owned(), bytes);
            }
        }
    }
    files
}

/// A session record as the log holds it.
#[derive(Debug)]
pub struct Held {
    /// Its stream's name.
    pub name: StreamName,
    /// Its state, with all texts.
    pub state: SessionState,
    /// Where its first commit came from.
    pub meta: Option<Meta>,
}

/// Returns every session of the log, in the order in which they came.
pub fn sessions(log: &Log) -> Vec<Held> {
    let mut reader = log.reader().expect("a reader");
    let head = reader.head().expect("a sound store");
    let mut held = Vec::new();
    for first in all_events(log).into_iter().filter(|event| event.revision.get() == 1) {
        let name = reader.name(first.stream).expect("a stream has a name");
        if name.is_workspace() {
            continue;
        }
        let mut state = reader.state(first.stream, head.position).expect("it folds").expect("it was created");
        reader.resolve(&mut state.session).expect("its texts are there");
        held.push(Held { name, state, meta: first.meta });
    }
    held
}

/// Returns the sessions of a file that is sound.
pub fn parse(bytes: &[u8]) -> Vec<Session> {
    serde_json::from_slice(bytes).expect("a list of sessions")
}

/// Returns the end of the log.
pub fn head(log: &Log) -> Position {
    log.reader().and_then(|reader| reader.head()).expect("a sound store").position
}
