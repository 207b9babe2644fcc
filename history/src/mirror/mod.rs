//! The legacy files, kept beside the log: a projection onto files.
//!
//! The application reads and writes the log; whoever still reads the JSON finds it current, byte for byte what the old
//! history would have written. Turning the application back is: stop.

mod checkpoint;
mod file;
mod files;
mod lock;
mod merge;
mod status;
mod thread;

use crate::{Error, SessionHistory};
pub use status::MirrorStatus;
pub(crate) use thread::Mirror;

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
