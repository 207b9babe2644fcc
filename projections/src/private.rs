//! Files of one process, for answers where nothing can be written beside the store.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use retold_core::files::{Partial, Privacy, sweep_of};

use crate::Error;

/// The name that they are made under, in the system's folder for temporary files.
const NAME: &str = "retold";

/// A folder for this process's user alone (mode 0700), made where it is first needed and gone with the last clone. What a
/// killed process leaves there, the next one that needs such a folder removes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Private(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    folder: Option<Partial>,
    projections: BTreeMap<String, PathBuf>,
}

impl Private {
    /// Returns the folder.
    ///
    /// # Errors
    /// Where there is no place for temporary files.
    pub(crate) fn folder(&self) -> Result<PathBuf, Error> {
        let mut inner = self.0.lock();
        if let Some(folder) = &inner.folder {
            return Ok(folder.path().to_owned());
        }
        let place = std::env::temp_dir().join(NAME);
        // What cannot be swept takes room, and no answer.
        let _stays = sweep_of(&place);
        let made = Partial::folder_for(&place, Privacy::Owner);
        let act = "create a temporary folder";
        let folder = made.map_err(|source| retold_core::Error::Io { act, path: place, source })?;
        let path = folder.path().to_owned();
        inner.folder = Some(folder);
        Ok(path)
    }

    /// Takes note of a file that has a projection's rows for this process.
    pub(crate) fn keep(&self, name: &str, file: PathBuf) {
        self.0.lock().projections.insert(name.to_owned(), file);
    }

    /// Returns the file that has a projection's rows for this process.
    pub(crate) fn projection(&self, name: &str) -> Option<PathBuf> {
        self.0.lock().projections.get(name).cloned()
    }

    /// Returns all of them, by name.
    pub(crate) fn projections(&self) -> BTreeMap<String, PathBuf> {
        self.0.lock().projections.clone()
    }
}

/// Whether an error says that files cannot be written where it was tried.
pub(crate) fn is_about_place(error: &Error) -> bool {
    matches!(error, Error::Log(error) if error.is_about_writing())
}
