//! A store that has what is pruned from another: a backup of it, as a rule.

use std::path::{Path, PathBuf};

use rusqlite::OptionalExtension;

use crate::files::is_same_file;
use crate::hash::body_commit;
use crate::log::Log;
use crate::log::inline::Head;
use crate::log::options::Options;
use crate::log::read::PooledReader;
use crate::log::redact::unpack;
use crate::{Error, EventHash, Position};

const ARCHIVE: &str = "read the archive";

/// A whole copy of a log up to some position, verified, from which what was pruned can be put back.
///
/// It is a store as any other: it can be read, verified and asked for the past by itself.
#[derive(Debug)]
pub struct Archive {
    log: Log,
    path: PathBuf,
    head: Head,
}

/// A body as an archive has it.
pub(super) struct ArchivedBody {
    pub(super) salt: [u8; 16],
    /// Unpacked.
    pub(super) plain: Vec<u8>,
    pub(super) commit: [u8; 32],
}

impl Log {
    /// Opens an archive of this log and verifies it: every hash of it, and that the history in it is this log's. `stop` is
    /// asked from time to time.
    ///
    /// # Errors
    /// [`Error::Archive`] where it is the store itself, or of another history; [`Error::Damaged`] where it does not verify;
    /// [`Error::Stopped`]; otherwise where it cannot be read.
    pub fn archive(&self, path: impl AsRef<Path>, stop: impl Fn() -> bool + Sync) -> Result<Archive, Error> {
        let path = path.as_ref();
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let refused = |found: &str| Error::Archive { path: path.clone(), found: found.to_owned() };
        let log = Options::new().read_only(true).open(&path)?;
        // A store that is taken for its own archive would lose everything.
        if is_same_file(self.path(), &path) {
            return Err(refused("it is the store itself"));
        }
        let verified = log.verify(|_| !stop())?;
        if let Some((fault, (position, _))) = verified.faults.iter().next() {
            let found = format!("{fault}, position {position}");
            return Err(Error::Damaged { act: "verify the backup", found });
        }
        let head = verified.head;
        if head.position == Position::ZERO {
            return Err(refused("it is empty"));
        }
        // Where one event is the same, all before it are.
        let here: Option<EventHash> = self
            .reader()?
            .connection()
            .query_row(include_str!("../../../sql/hash_of_position.sql"), [head.position], |row| row.get(0))
            .optional()
            .map_err(Error::sqlite(ARCHIVE))?;
        match here {
            None => Err(refused("it has events that the store lacks")),
            Some(hash) if hash != head.hash => Err(refused("it is of another history")),
            Some(_) => Ok(Archive { log, path, head }),
        }
    }
}

impl Archive {
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
        Ok(Bodies(PooledReader::new(self.log.open_reader()?)))
    }

    pub(super) fn log(&self) -> &Log {
        &self.log
    }
}

/// The bodies of an archive.
pub(super) struct Bodies(PooledReader);

impl Bodies {
    /// Returns a body; `None` where the archive has none at this position.
    pub(super) fn get(&mut self, position: Position) -> Result<Option<ArchivedBody>, Error> {
        let act = Error::sqlite(ARCHIVE);
        let PooledReader { connection, decoder } = &mut self.0;
        let mut statement =
            connection.prepare_cached(include_str!("../../../sql/redactable.sql")).map_err(&act)?;
        let mut rows = statement.query([position]).map_err(&act)?;
        let Some(row) = rows.next().map_err(&act)? else { return Ok(None) };
        let Some(salt) = row.get::<_, Option<[u8; 16]>>(3).map_err(&act)? else { return Ok(None) };
        let mut buffer = Vec::new();
        let plain = unpack(connection, &mut decoder.unpacker, row, (2, 4), &mut buffer)?.to_vec();
        let commit = body_commit(&salt, &plain);
        Ok(Some(ArchivedBody { salt, plain, commit }))
    }
}
