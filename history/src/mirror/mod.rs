//! The legacy files, kept beside the log: a projection onto files.
//!
//! The application reads and writes the log; whoever still reads the JSON finds it current, byte for byte what the old
//! history would have written. Turning the application back is: stop.

mod checkpoint;
mod file;
mod files;
mod lock;
mod merge;
mod thread;

use std::path::Path;

use retold_core::Position;

use crate::{Error, SessionHistory};
pub(crate) use thread::Mirror;

/// How far the mirrored files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MirrorStatus {
    /// Every change up to here is in the files.
    pub position: Position,
    /// The end of the log.
    pub head: Position,
    /// Why the files cannot be written just now, where they cannot. It is tried again every second.
    pub error: Option<String>,
    /// Files that were not read when the folder was taken up, and why. None of them is written over unread.
    pub skipped: Vec<String>,
}

impl SessionHistory {
    /// Writes what the mirrored files lack, now. Nothing where there is no mirror.
    ///
    /// # Errors
    /// [`Error::Mirror`] and [`Error::Import`] where a file cannot be written or read; what the log has stays.
    pub fn flush_mirror(&self) -> Result<(), Error> {
        self.inner.mirror.as_ref().map_or(Ok(()), Mirror::flush)
    }

    /// Returns how far the mirrored files are; `None` where there is no mirror.
    ///
    /// # Errors
    /// [`Error::Store`] where the store cannot be read.
    pub fn mirror_status(&self) -> Result<Option<MirrorStatus>, Error> {
        self.inner.mirror.as_ref().map(|mirror| mirror.status(&self.inner.store)).transpose()
    }
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
