//! One mirror at a time works in a folder.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::Error;

/// How long another mirror may work before this one gives up for now.
const WAIT_MAX: Duration = Duration::from_secs(10);
const POLL_INTERVAL: Duration = Duration::from_millis(2);

/// Held while a mirror reads the checkpoint, compares and writes; the lock is on the folder itself, so that it leaves
/// nothing there.
///
/// Where the system cannot lock a folder (Windows, some network file systems) two mirrors are kept apart by nothing but
/// their last looks before they rename.
#[derive(Debug)]
pub(super) struct FolderLock {
    _folder: Option<File>,
}

impl FolderLock {
    /// Waits until no other mirror works in the folder, for 10 seconds at most.
    pub(super) fn take(folder: &Path) -> Result<Self, Error> {
        if !cfg!(unix) {
            return Ok(Self { _folder: None });
        }
        let failed = |source| Error::Mirror { act: "open", path: folder.to_owned(), source };
        let file = File::open(folder).map_err(failed)?;
        let deadline = Instant::now() + WAIT_MAX;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _folder: Some(file) }),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    std::thread::sleep(POLL_INTERVAL)
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(failed(std::io::Error::other("another mirror is at work there")));
                }
                Err(TryLockError::Error(_)) => return Ok(Self { _folder: None }),
            }
        }
    }
}
