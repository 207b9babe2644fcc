//! Files that the log itself has written: the mirror's.

use std::collections::BTreeMap;
use std::path::Path;

use retold_core::{Digest, Log};
use serde::Deserialize;

/// What a mirror leaves in the folder of its files.
const CHECKPOINT: &str = ".retold-mirror";

#[derive(Deserialize)]
struct Checkpoint {
    log: String,
    files: BTreeMap<String, Versions>,
}

#[derive(Deserialize)]
struct Versions {
    current: Version,
    previous: Option<Version>,
}

#[derive(Deserialize)]
struct Version {
    hash: Digest,
}

/// Returns whether the file of this hash is as the log's own mirror wrote it: what it says is what the log said by then. The
/// log may have gone on since, and is not to be set back.
pub(super) fn is_of(log: &Log, file: &Path, hash: Digest) -> bool {
    let read = || -> Option<bool> {
        let text = std::fs::read(file.parent()?.join(CHECKPOINT)).ok()?;
        let checkpoint: Checkpoint = serde_json::from_slice(&text).ok()?;
        let versions = checkpoint.files.get(file.file_stem()?.to_str()?)?;
        let is_known = versions.current.hash == hash
            || versions.previous.as_ref().is_some_and(|version| version.hash == hash);
        Some(is_known && checkpoint.log == log.id().to_string())
    };
    read().unwrap_or(false)
}
