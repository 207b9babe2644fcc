//! A file as it was when it was looked at.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::{Duration, SystemTime};

use retold_core::Digest;

/// The clock that file systems take their times from may stop for as long.
const TICK_MAX: Duration = Duration::from_millis(50);

/// By what a change of a file is seen without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
    inode: u64,
}

impl Stamp {
    fn of(about: &Metadata) -> Self {
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(about);
        #[cfg(not(unix))]
        let inode = 0;
        Self { bytes: about.len(), modified: about.modified().ok(), inode }
    }

    /// Returns the stamp of what is at `path`, links followed; `None` where nothing is.
    ///
    /// # Errors
    /// Where the file system refuses to tell.
    pub fn at(path: &Path) -> io::Result<Option<Self>> {
        match std::fs::metadata(path) {
            Ok(about) => Ok(Some(Self::of(&about))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Gives a file that this process has just written a time that no other write to it gets: the clock of a file system
    /// moves in ticks, and this one is in between. Returns the stamp, which a rename does not change.
    ///
    /// # Errors
    /// Where the file system refuses.
    pub fn mark(file: &File) -> io::Result<Self> {
        file.set_modified(SystemTime::now())?;
        Ok(Self::of(&file.metadata()?))
    }

    /// Returns how long ago the file was written.
    pub fn age(&self) -> Duration {
        self.modified.and_then(|modified| modified.elapsed().ok()).unwrap_or_default()
    }
}

/// A file as it was when it was read: its stamp, and its hash in case the stamp could hide a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    stamp: Stamp,
    hash: Digest,
    /// Whether a write of the same length, right after the look, would have left the same stamp.
    is_recent: bool,
}

impl Seen {
    /// Reads what is at `path`, links followed; `None` where nothing is. O(file), at the speed of the disk.
    ///
    /// # Errors
    /// Where it is no file ([`ErrorKind::InvalidInput`], before it is opened), or cannot be read.
    pub fn at(path: &Path) -> io::Result<Option<Self>> {
        let Some(stamp) = Stamp::at(path)? else { return Ok(None) };
        if !std::fs::metadata(path)?.is_file() {
            return Err(io::Error::new(ErrorKind::InvalidInput, "it is not a file"));
        }
        let is_recent = stamp.age() < TICK_MAX;
        Ok(Some(Self { stamp, hash: hash_of(path)?, is_recent }))
    }

    /// What this process wrote itself, marked by [`Stamp::mark`].
    pub fn own(stamp: Stamp, hash: Digest) -> Self {
        Self { stamp, hash, is_recent: false }
    }

    /// Returns BLAKE3 of the file.
    pub fn hash(&self) -> Digest {
        self.hash
    }

    /// Returns its stamp.
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// Returns whether what is at `path` is still what was seen. Reads the file only where the stamp could not tell.
    ///
    /// # Errors
    /// As [`at`](Self::at).
    pub fn is_still(seen: Option<Self>, path: &Path) -> io::Result<bool> {
        let stamp = Stamp::at(path)?;
        Ok(match seen {
            None => stamp.is_none(),
            Some(seen) if stamp != Some(seen.stamp) => false,
            Some(seen) => !seen.is_recent || hash_of(path)? == seen.hash,
        })
    }
}

fn hash_of(path: &Path) -> io::Result<Digest> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(Digest(*hasher.finalize().as_bytes()))
}
