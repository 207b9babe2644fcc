//! What an import did, in figures.

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
    /// Files of which something was not imported.
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

/// A file of which something was not imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// The file.
    pub file: String,
    /// Why.
    pub reason: String,
    /// Whether another attempt may succeed by itself: a file or a session was changed all the time.
    pub is_passing: bool,
}
