//! What the mirror has written, so that it knows its own files again.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use retold_core::files::{Partial, Privacy};
use retold_core::{Digest, Log, LogId, Position};
use retold_importer::ait42::Stamp;
use serde::{Deserialize, Serialize};

use crate::Error;

/// Stands in the folder of the files. No `.json`: it is no history.
const NAME: &str = ".retold-mirror";

/// One version of a file, as the mirror wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Version {
    /// BLAKE3 of the file.
    pub(super) hash: Digest,
    /// The log's position that it stands for.
    pub(super) position: u64,
}

/// The last two versions of a file: a crash leaves one or the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Versions {
    pub(super) current: Version,
    pub(super) previous: Option<Version>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    /// The log that the files mirror.
    log: String,
    /// Every change up to here is in the files.
    pub(super) position: u64,
    /// By the file's name, less its `.json`.
    pub(super) files: BTreeMap<String, Versions>,
    /// The workspace of each file.
    pub(super) workspaces: BTreeMap<String, String>,
}

impl Checkpoint {
    /// Reads the checkpoint of a folder; `None` where no mirror was ever here.
    ///
    /// A log that was restored from a backup goes on with the files of the log that it came from, where none of them holds
    /// more than both logs have.
    pub(super) fn read(folder: &Path, log: &Log) -> Result<Option<Self>, Error> {
        let path = folder.join(NAME);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(Error::Mirror { act: "read", path, source }),
        };
        let Ok(mut checkpoint) = serde_json::from_slice::<Self>(&text) else {
            // Without it every file is one that somebody else wrote: it is imported before it is overwritten.
            return Ok(None);
        };
        if checkpoint.log != log.id().to_string() {
            let ancestors = log.ancestors()?;
            let parent = ancestors.iter().find(|ancestor| ancestor.log.to_string() == checkpoint.log);
            if parent.is_none_or(|parent| checkpoint.last() > parent.until.get()) {
                let (folder, is_parent) = (folder.to_owned(), parent.is_some());
                return Err(Error::MirrorOfAnother { folder, log: checkpoint.log, is_parent });
            }
            checkpoint.log = log.id().to_string();
        }
        Ok(Some(checkpoint))
    }

    /// The last position that any of the files stands for.
    fn last(&self) -> u64 {
        let versions = self.files.values().flat_map(|versions| [Some(versions.current), versions.previous]);
        versions.flatten().map(|version| version.position).chain([self.position]).max().unwrap_or(0)
    }

    pub(super) fn new(log: LogId) -> Self {
        Self { log: log.to_string(), ..Self::default() }
    }

    pub(super) fn position(&self) -> Position {
        Position::new(self.position).unwrap_or_default()
    }

    /// Writes the checkpoint, whole or not at all; returns its stamp.
    pub(super) fn write(&self, folder: &Path) -> Result<Stamp, Error> {
        let path = folder.join(NAME);
        let write = || -> std::io::Result<Stamp> {
            let mut partial = Partial::file_for(&path, Privacy::Owner)?;
            partial.file().write_all(&serde_json::to_vec_pretty(self)?)?;
            let stamp = Stamp::mark(partial.file())?;
            partial.replace()?;
            Ok(stamp)
        };
        write().map_err(|source| Error::Mirror { act: "write", path: PathBuf::from(&path), source })
    }

    /// Returns the stamp of the checkpoint of a folder, by which another mirror's write is seen.
    pub(super) fn stamp(folder: &Path) -> Result<Option<Stamp>, Error> {
        let path = folder.join(NAME);
        Stamp::at(&path).map_err(|source| Error::Mirror { act: "read", path, source })
    }
}
