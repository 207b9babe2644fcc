//! A store that has what is pruned from another: a backup of it, as a rule.

use std::path::{Path, PathBuf};

use retold_core::files::is_same_file;
use retold_core::raw::{BodyBytes, StoredBody, Unpacker};
use retold_core::{Error, Head, Log, OnProgress, Options, Position};
use rusqlite::Connection;

use crate::backup::check;

/// A whole copy of a log up to some position, verified, from which what was pruned can be put back.
///
/// It is a store as any other: it can be read, verified and asked for the past by itself.
#[derive(Debug)]
pub struct Archive {
    log: Log,
    path: PathBuf,
    head: Head,
}

impl Archive {
    /// Opens an archive of a log and verifies it: every hash of it, and that the history in it is that log's. `progress`
    /// gets the events verified.
    ///
    /// # Errors
    /// [`Error::Archive`] where it is the store itself, or of another history; [`Error::Damaged`] where it does not verify;
    /// [`Error::Stopped`]; otherwise where it cannot be read.
    pub fn open(of: &Log, path: impl AsRef<Path>, progress: impl OnProgress) -> Result<Self, Error> {
        let path = path.as_ref();
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let refused = |found: &str| Error::Archive { path: path.clone(), found: found.to_owned() };
        let log = Options::new().read_only(true).open(&path)?;
        // A store that is taken for its own archive would lose everything.
        if is_same_file(of.path(), &path) {
            return Err(refused("it is the store itself"));
        }
        if log.reader()?.part()?.is_some() {
            return Err(refused("it holds a part of the log"));
        }
        let (_, head) = check(&path, &progress)?;
        if head.position == Position::ZERO {
            return Err(refused("it is empty"));
        }
        // Where one event is the same, all before it are.
        match of.reader()?.hash_at(head.position)? {
            None => Err(refused("it has events that the store lacks")),
            Some(hash) if hash != head.hash => Err(refused("it is of another history")),
            Some(_) => Ok(Self { log, path, head }),
        }
    }

    /// Returns where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the end of the log in it.
    pub fn head(&self) -> Head {
        self.head
    }

    /// Reads bodies of it.
    pub(super) fn bodies(&self) -> Result<Bodies, Error> {
        Ok(Bodies { connection: self.log.open_reader()?, unpacker: Unpacker::default() })
    }

    pub(super) fn log(&self) -> &Log {
        &self.log
    }
}

/// The bodies of an archive.
pub(super) struct Bodies {
    connection: Connection,
    unpacker: Unpacker,
}

impl Bodies {
    /// Returns the body at this position where the archive has it, as it was committed to.
    pub(super) fn get(&mut self, position: Position, commit: &[u8; 32]) -> Result<Option<BodyBytes>, Error> {
        let found = StoredBody::read(&self.connection, &mut self.unpacker, position)?;
        Ok(found.and_then(|found| found.bytes).filter(|bytes| bytes.commit() == *commit))
    }
}
