//! Files from before a redaction.

use std::path::Path;

use retold_core::sidecar_folder;
use rusqlite::{Connection, OpenFlags};

use super::file::{moved_bodies, redactions, remove};
use super::sidecars::Sidecars;
use crate::Error;

/// Every database in the folder of sidecars says in one of these tables how many redactions it knows of.
const COUNTS: [&str; 2] = ["select redactions from retold_checkpoint", "select redactions from log"];

impl Sidecars {
    /// Removes the files in the folder of sidecars that were made before the last redaction, or do not say so, and may hold
    /// what was redacted. Returns whether the log has a redaction at all; where it has none, nothing is touched.
    ///
    /// # Errors
    /// Where a file cannot be removed.
    pub fn remove_stale(&self) -> Result<bool, Error> {
        let gone = redactions(&self.log)?;
        if gone == 0 {
            return Ok(false);
        }
        let folder = sidecar_folder(self.log.path());
        remove_of(&folder, gone)?;
        // Snapshots count whatever moved bodies.
        remove_of(&folder.join("at"), moved_bodies(&self.log)?)?;
        Ok(true)
    }
}

fn remove_of(folder: &Path, gone: u64) -> Result<(), Error> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let stale = paths.filter(|path| {
        path.extension().is_some_and(|ending| ending == "db") && known(path).is_none_or(|known| known != gone)
    });
    stale.into_iter().try_for_each(|path| remove(&path))
}

/// How many redactions a file knows of; `None` where it does not say.
fn known(path: &Path) -> Option<u64> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).ok()?;
    let count = |sql: &&str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).ok();
    COUNTS.iter().find_map(count).map(i64::cast_unsigned)
}
