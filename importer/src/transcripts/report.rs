//! What an import did.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// What an import of one tool's files did.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Files that were found.
    pub sources: u64,
    /// Files that were read, because they are new or have changed.
    pub read: u64,
    /// Bytes that the log lacked and now has.
    pub bytes: u64,
    /// Records that the log lacked and now has.
    pub records: u64,
    /// Spans that are no records, of those.
    pub skipped: u64,
    /// Sessions that are new.
    pub sessions_new: u64,
    /// Sessions that went on.
    pub sessions_changed: u64,
    /// Events that were appended.
    pub events: u64,
    /// Sessions that are excluded, where anything was read.
    pub excluded: u64,
    /// What looks like a secret in what the log lacked, by the rule that found it.
    pub secrets: BTreeMap<&'static str, u64>,
    /// Whether they were masked.
    pub masks_secrets: bool,
    /// Files and folders that could not be read.
    pub failed: Vec<Failed>,
    /// Whether somebody said to stop before the end.
    pub is_interrupted: bool,
}

/// A file or folder that could not be read.
#[derive(Clone, Debug)]
pub struct Failed {
    /// Where it is.
    pub path: PathBuf,
    /// What the system said.
    pub reason: String,
}
