//! Sessions that are pulled one by one, each with the agents that it began in a file of its own: a long one has no other wait for it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use retold_core::StreamName;

use super::find::{self, FindError};
use super::{Place, PullError, pull};
use crate::receiver::Contents;

/// A session that is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PulledFile {
    /// The session's stream.
    pub name: StreamName,
    /// The part that it is in.
    pub path: PathBuf,
    /// A number that differs each time the file is written.
    pub made: u64,
    /// Whether nothing of it was withheld: what was may be supplied without a shipment.
    pub is_whole: bool,
}

/// A folder of them.
#[derive(Debug)]
pub struct Files {
    folder: PathBuf,
    source: String,
    /// Those that are whole, with the last revisions of each session and its agents then.
    pulled: Mutex<HashMap<StreamName, (Vec<u64>, PulledFile)>>,
    /// How many files were made.
    made: AtomicU64,
}

impl Files {
    /// Those in a folder, which is there. `source`: where they are from, in words, without a password.
    pub fn new(folder: PathBuf, source: String) -> Self {
        Self { folder, source, pulled: Mutex::default(), made: AtomicU64::new(1) }
    }

    /// Pulls a session and the agents that it began, or what is new of them: of a name as [`find::named`] has it. Where nothing is new,
    /// only that is asked.
    ///
    /// # Errors
    /// Those of [`find::named`] and [`pull`], and of `read_models`.
    pub fn bring<E: From<PullError> + From<retold_core::Error> + From<FindError>>(
        &self,
        contents: &mut (impl Contents + ?Sized),
        session: &str,
        read_models: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<PulledFile, E> {
        let family = find::family(contents, session)?;
        let name = family[0].stream();
        // What was redacted, too, is told by an event of the session.
        let revisions: Vec<u64> = family.iter().map(|one| one.revision).collect();
        let known = self.pulled.lock().get(&name).cloned();
        if let Some((_, file)) = known.filter(|(known, _)| *known == revisions) {
            return Ok(file);
        }
        let folder = self.folder_of(&name);
        std::fs::create_dir_all(&folder)
            .map_err(|source| PullError::Folder { path: folder.clone(), source })?;
        let place = Place { folder: &folder, source: &self.source, read_models, progress: |_| true };
        let pulled = pull::<E>(contents, family[0].log, &family, place)?;
        let made = self.made.fetch_add(1, Ordering::Relaxed);
        // What a level withheld may be supplied later.
        let is_whole = pulled.taken.verified.part.is_none_or(|part| part.withheld == 0);
        let file = PulledFile { name: name.clone(), path: pulled.path, made, is_whole };
        if is_whole {
            self.pulled.lock().insert(name, (revisions, file.clone()));
        }
        Ok(file)
    }

    /// Takes away a session's file. Who has it open on Unix reads on.
    pub fn forget(&self, name: &StreamName) {
        self.pulled.lock().remove(name);
        let _it_is_made_again_or_swept_with_the_folder = std::fs::remove_dir_all(self.folder_of(name));
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
