//! What an archive says of itself, in its first entry.

use std::path::{Component, Path};

use jiff::Timestamp;
use retold_core::Digest;
use serde::{Deserialize, Serialize};

/// The name of the first entry.
pub(super) const NAME: &str = "MANIFEST.json";
/// The most that the first entry may hold.
pub(super) const BYTES_MAX: u64 = 64 * 1024 * 1024;
const FORMAT: &str = "retold ait42 archive 1";

/// The files of an archive, with their sums.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: String,
    pub(super) created_at: Timestamp,
    /// The log that has what the files have, and the position it had it at.
    log: String,
    position: u64,
    pub(super) files: Vec<Entry>,
}

/// A file of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Its path in the folder.
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) blake3: Digest,
}

impl Manifest {
    pub(super) fn new(
        created_at: Timestamp,
        log: &retold_core::Log,
        position: u64,
        files: Vec<Entry>,
    ) -> Self {
        Self { format: FORMAT.to_owned(), created_at, log: log.id().to_string(), position, files }
    }

    /// Reads a manifest; says what is wrong with it where it is none.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        let manifest: Self = serde_json::from_slice(bytes)
            .map_err(|error| format!("a manifest that cannot be read: {error}"))?;
        if manifest.format != FORMAT {
            return Err(format!("the format {:?}", manifest.format));
        }
        if let Some(entry) = manifest.files.iter().find(|entry| !stays_inside(&entry.name)) {
            return Err(format!("the path {:?}, which leads out of the folder", entry.name));
        }
        Ok(manifest)
    }
}

/// Whether a path names something inside the folder that it is joined to, on any platform.
fn stays_inside(name: &str) -> bool {
    let path = Path::new(name);
    !name.is_empty()
        && !name.contains(['\\', ':', '\0'])
        && path.components().all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leads_out_of_the_folder_is_refused() {
        for inside in ["a.json", "sessions/a.json"] {
            assert!(stays_inside(inside), "{inside}");
        }
        for outside in ["", "..", "../a", "a/../../b", "/etc/passwd", "c:\\a", "a\\b", "a\0"] {
            assert!(!stays_inside(outside), "{outside:?}");
        }
    }
}
