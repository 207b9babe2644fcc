//! What an import did, in figures.

use std::path::Path;

use serde::Serialize;

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Files read.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Sessions, by what became of them.
    pub sessions: Counts,
    /// Instances in the sessions read.
    pub instances: u64,
    /// Messages in the sessions read.
    pub messages: u64,
    /// Events appended to the log; in a dry run, events that would be.
    pub events_appended: u64,
    /// Sessions that the log gives back exactly as the source has them.
    pub reproduced: u64,
    /// Sessions that it would not: they were quarantined instead.
    pub not_reproduced: Vec<String>,
    /// What could not be read.
    pub quarantined: Vec<Quarantined>,
    /// What was not read, or not to its end, and something of it not imported.
    pub skipped: Vec<Skipped>,
    /// What was odd, and lost nothing that was there.
    pub warnings: Vec<String>,
    /// How long it took.
    pub duration_ms: u64,
    /// Whether it was a dry run: nothing was written.
    pub dry_run: bool,
    /// Whether it was stopped before the end. What was read until then is in the log.
    pub interrupted: bool,
}

/// Sessions, by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Whole sessions in the files.
    pub read: u64,
    /// New in the log.
    pub imported: u64,
    /// Known, and brought to what the file has.
    pub updated: u64,
    /// Known, and as the file has them.
    pub unchanged: u64,
    /// Not readable, or not as they would have come out again.
    pub quarantined: u64,
    /// Known from an earlier state of the same file, which does not have them any more. They stay.
    pub absent: u64,
    /// The same, where the import was told to delete them.
    pub deleted: u64,
}

/// A piece of a file that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Quarantined {
    /// The file.
    pub file: String,
    /// Where the piece begins, in bytes.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// A file or a folder that was not read, or of which something was not imported.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Skipped {
    /// The file.
    pub file: String,
    /// Why.
    pub reason: String,
    /// Whether another attempt may succeed by itself: a file or a session was changed all the time.
    pub is_passing: bool,
}

impl Skipped {
    pub(super) fn new(path: &Path, reason: impl Into<String>) -> Self {
        let file = path.to_string_lossy().into_owned();
        Self { file, reason: reason.into(), is_passing: false }
    }

    /// In the system's words, without the number of its error.
    pub(super) fn failed(path: &Path, error: &std::io::Error) -> Self {
        let words = error.to_string();
        Self::new(path, words.split(" (os error").next().unwrap_or(&words))
    }

    /// Returns whether it is about this file.
    pub fn is_of(&self, path: &Path) -> bool {
        *self.file == *path.to_string_lossy()
    }
}

impl std::fmt::Display for Skipped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "skipped {}: {}", self.file, self.reason)
    }
}
