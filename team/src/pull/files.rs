//! Sessions that are pulled one by one, each with the agents that it began in a file of its own: a long one has no other wait for it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use retold_core::StreamName;

use super::find::{self, FindError};
use super::{Place, PullError, pull};
use crate::receiver::{Contents, Hash, KeptSession, LogNumber};

/// A session that is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PulledFile {
    /// The session's stream.
    pub name: StreamName,
    /// The log that this copy of it is in.
    pub log: LogNumber,
    /// The part that it is in.
    pub path: PathBuf,
    /// A number that differs each time the file is written.
    pub made: u64,
    /// Whether nothing of it was withheld: what was may be supplied without a shipment.
    pub is_whole: bool,
    /// What the receiver had then, as [`find::content`] has it; `None` where it does not tell, or something changed meanwhile.
    pub content: Option<Hash>,
}

/// A folder of them. Any number of threads may ask at once.
#[derive(Debug)]
pub struct Files {
    folder: PathBuf,
    source: String,
    /// Those that were pulled, with what the session and its agents were then.
    pulled: Mutex<HashMap<StreamName, (Vec<KeptSession>, PulledFile)>>,
    /// The sessions that are brought just now; who has the lock of one writes its file.
    writing: Mutex<HashMap<StreamName, Arc<Mutex<()>>>>,
    /// How many files were made.
    made: AtomicU64,
}

impl Files {
    /// Those in a folder, which is there. `source`: where they are from, in words, without a password.
    pub fn new(folder: PathBuf, source: String) -> Self {
        let (pulled, writing) = (Mutex::default(), Mutex::default());
        Self { folder, source, pulled, writing, made: AtomicU64::new(1) }
    }

    /// Pulls a session and the agents that it began, or what is new of them: of a name as [`find::family`] has it. Where nothing is new,
    /// only that is asked. `begin` is called where something is, and what it returns is held until it is here: a session is in memory
    /// meanwhile.
    ///
    /// # Errors
    /// Those of [`find::family`] and [`pull`], and of `begin` and `read_models`.
    pub fn bring<R, E: From<PullError> + From<retold_core::Error> + From<FindError>>(
        &self,
        contents: &mut (impl Contents + ?Sized),
        session: &str,
        begin: impl FnOnce() -> Result<R, E>,
        read_models: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<PulledFile, E> {
        let mut name = find::family(contents, session)?[0].stream();
        loop {
            let turn = {
                let mut writing = self.writing.lock();
                writing.retain(|_, turn| Arc::strong_count(turn) > 1);
                Arc::clone(writing.entry(name.clone()).or_default())
            };
            let _turn = turn.lock();
            // Again: what was asked before is older than what somebody else wrote since.
            let family = find::family(contents, session)?;
            if family[0].stream() == name {
                return self.write(contents, session, (name, family), begin, read_models);
            }
            name = family[0].stream();
        }
    }

    /// Writes a session's file, where there is something new; the caller has its turn.
    fn write<R, E: From<PullError> + From<retold_core::Error> + From<FindError>>(
        &self,
        contents: &mut (impl Contents + ?Sized),
        session: &str,
        (name, family): (StreamName, Vec<KeptSession>),
        begin: impl FnOnce() -> Result<R, E>,
        read_models: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<PulledFile, E> {
        let known = self.pulled.lock().get(&name).cloned();
        if let Some((before, file)) = &known
            && file.path.exists()
        {
            // What was redacted is told by an event of the session, where there are no editions.
            let tells = if find::content(&family).is_some() { file.content.is_some() } else { file.is_whole };
            if tells && *before == family {
                return Ok(file.clone());
            }
            // What went, or came late, is not among what is new: all of it is pulled again.
            let changes = |family: &[KeptSession]| family[0].edition.map(|edition| edition.changes);
            if changes(before) != changes(&family) {
                // What stayed would be taken for what there is.
                remove(&file.path)?;
            }
        }
        let _room = begin()?;
        let folder = self.folder_of(&name);
        make(&folder).map_err(|source| PullError::Folder { path: folder.clone(), source })?;
        let place = Place { folder: &folder, source: &self.source, read_models, progress: |_| true };
        let log = family[0].log;
        let pulled = pull::<E>(contents, log, &family, place)?;
        // What was brought from another log goes.
        let old = self.pulled.lock().remove(&name).filter(|(_, old)| old.path != pulled.path);
        if let Some((_, old)) = old {
            let _it_is_swept_with_the_folder = std::fs::remove_file(old.path);
        }
        let made = self.made.fetch_add(1, Ordering::Relaxed);
        // What a level withheld may be supplied later.
        let is_whole = pulled.taken.verified.part.is_none_or(|part| part.withheld == 0);
        // What changed while it was pulled is in it, or is not.
        let content = match find::content(&family) {
            Some(content) => (find::family(contents, session)? == family).then_some(content),
            None => None,
        };
        let file = PulledFile { name: name.clone(), log, path: pulled.path, made, is_whole, content };
        self.pulled.lock().insert(name, (family, file.clone()));
        Ok(file)
    }

    /// Takes away a session's file, unless somebody brings it just now. Who has it open on Unix reads on.
    pub fn forget(&self, name: &StreamName) {
        let mut writing = self.writing.lock();
        writing.retain(|_, turn| Arc::strong_count(turn) > 1);
        if !writing.contains_key(name) {
            self.pulled.lock().remove(name);
            let _it_is_made_again_or_swept_with_the_folder = std::fs::remove_dir_all(self.folder_of(name));
        }
    }

    /// Takes away the files that were last written so long ago. O(files).
    pub fn sweep(&self, older: Duration) {
        let is_old = |folder: &Path| {
            let written = |entry: std::fs::DirEntry| entry.metadata().ok()?.modified().ok();
            let last = std::fs::read_dir(folder).ok()?.filter_map(|entry| written(entry.ok()?)).max()?;
            Some(last.elapsed().ok()? >= older)
        };
        for entry in std::fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            if is_old(&entry.path()) == Some(true) {
                let _who_has_it_open_keeps_it = std::fs::remove_dir_all(entry.path());
            }
        }
    }

    fn folder_of(&self, name: &StreamName) -> PathBuf {
        let StreamName { workspace, session_id, ordinal } = name;
        self.folder.join(retold_core::workspace_key_of_text(&format!("{workspace}/{session_id}~{ordinal}")))
    }
}

fn remove(path: &Path) -> Result<(), PullError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(PullError::Stays { path: path.to_owned(), source: error })
        }
        _ => Ok(()),
    }
}

/// Makes a folder in one that is there, for its owner alone.
fn make(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}
