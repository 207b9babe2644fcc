//! Which files this process has open as stores.
//!
//! On POSIX a process loses all its locks on a file when it closes any descriptor of that file
//! (<https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_>), and
//! SQLite would go on without them: since 3.51.0 it resists the worst of it in WAL mode, which a store that is being
//! created has not entered. So a store that is open here is never looked at but through SQLite.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;

use crate::Error;

/// What tells one file from another, whatever its path.
type Key = (u64, u64);

static OPEN: Mutex<BTreeMap<Key, usize>> = Mutex::new(BTreeMap::new());

/// A file that is in use, for as long as this lives. Connections to it close before.
#[derive(Debug)]
pub struct InUse(Option<Key>);

/// Where a file that is in use was found.
pub(super) struct Spot {
    pub(super) path: PathBuf,
    key: Option<Key>,
}

impl Spot {
    /// Whether the path still leads to the file: somebody may have moved, removed or replaced it.
    pub(super) fn holds(&self) -> bool {
        self.key.is_none() || key_of(&self.path) == self.key
    }
}

impl InUse {
    /// Takes note of the file at `path`. `look` may open and close it, and is called where nobody here has it open.
    ///
    /// # Errors
    /// Those of `look`.
    pub fn begin(path: &Path, look: impl FnOnce() -> Result<(), Error>) -> Result<Self, Error> {
        let mut open = OPEN.lock();
        let in_use = |key: &Key| open.contains_key(key);
        if !key_of(path).as_ref().is_some_and(in_use) {
            look()?;
        }
        let key = key_of(path);
        if let Some(key) = key {
            *open.entry(key).or_default() += 1;
        }
        Ok(Self(key))
    }

    /// Returns the spot where the file was found.
    pub(super) fn spot(&self, path: &Path) -> Spot {
        Spot { path: path.to_owned(), key: self.0 }
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        let Some(key) = self.0 else { return };
        let mut open = OPEN.lock();
        if let Some(users) = open.get_mut(&key) {
            *users -= 1;
            if *users == 0 {
                open.remove(&key);
            }
        }
    }
}

fn key_of(path: &Path) -> Option<Key> {
    std::fs::metadata(path).ok().as_ref().and_then(key)
}

#[cfg(unix)]
fn key(metadata: &Metadata) -> Option<Key> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

/// Elsewhere locks belong to the descriptor, and there is nothing to lose.
#[cfg(not(unix))]
fn key(_metadata: &Metadata) -> Option<Key> {
    None
}
