//! What is remembered of a target between two shipments. It may be lost: then more is read, and nothing is decided otherwise.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use retold_core::files::{Partial, Privacy};
use retold_team::ship::Finding;
use serde::{Deserialize, Serialize};

/// How the files begin that this is kept in.
const PREFIX: &str = "ship-";

/// What is remembered of a target.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Hint {
    /// The target, without a password.
    pub(super) target: String,
    /// The log's id: what is remembered of another log is nothing.
    pub(super) log: String,
    /// The level that it was shipped at.
    pub(super) level: String,
    /// How far the receiver had it.
    pub(super) position: u64,
    /// When that was, in microseconds since 1970.
    pub(super) at: i64,
    /// The last position that both had, where the receiver had other events.
    #[serde(default)]
    pub(super) diverged: Option<u64>,
    /// The workspaces that were held back.
    #[serde(default)]
    pub(super) private: BTreeSet<String>,
    /// Up to where secrets were looked for, and in all but which workspaces.
    #[serde(default)]
    pub(super) scanned: u64,
    #[serde(default)]
    pub(super) unscanned: BTreeSet<String>,
    /// What was found, and what of it may leave.
    #[serde(default)]
    pub(super) findings: BTreeSet<Finding>,
    #[serde(default)]
    pub(super) allowed: BTreeSet<Finding>,
}

impl Hint {
    /// Returns what is remembered of a target and a log.
    pub(super) fn of(store: &Path, target: &str, log: &str) -> Option<Self> {
        let text = std::fs::read(place(store, target)).ok()?;
        let hint: Self = serde_json::from_slice(&text).ok()?;
        (hint.log == log && hint.target == target).then_some(hint)
    }

    /// Returns all that is remembered of a store.
    pub(super) fn all(store: &Path) -> Vec<Self> {
        let Ok(entries) = std::fs::read_dir(retold_core::sidecar_folder(store)) else { return Vec::new() };
        let is_one = |name: &str| name.starts_with(PREFIX) && name.ends_with(".json");
        let files =
            entries.filter_map(Result::ok).filter(|entry| entry.file_name().to_str().is_some_and(is_one));
        let read = |entry: std::fs::DirEntry| serde_json::from_slice(&std::fs::read(entry.path()).ok()?).ok();
        let mut hints: Vec<Self> = files.filter_map(read).collect();
        hints.sort_by(|one, other| one.target.cmp(&other.target));
        hints
    }

    /// Remembers it. Where the folder cannot be written, it is not remembered.
    pub(super) fn keep(&self, store: &Path) -> std::io::Result<()> {
        retold_core::make_sidecar_folder(store).map_err(std::io::Error::other)?;
        let mut partial = Partial::file_for(&place(store, &self.target), Privacy::Owner)?;
        serde_json::to_writer_pretty(partial.file(), self)?;
        partial.file().write_all(b"\n")?;
        partial.replace().map(drop)
    }
}

fn place(store: &Path, target: &str) -> PathBuf {
    let digest = retold_core::workspace_key_of_text(target);
    retold_core::sidecar_folder(store).join(format!("{PREFIX}{digest}.json"))
}
