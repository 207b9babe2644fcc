//! Where the workspace is whose history a file holds.
//!
//! The file does not say: its name is a hash of the path. The path comes from [`Mapping`], or from a worktree below it.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

/// The name of the legacy file for a workspace, less its `.json`, is the key of the workspace; the legacy debate writer
/// names the same file by the path as it is written.
pub use retold_core::{workspace_key as workspace_hash, workspace_key_of_text as workspace_hash_of_text};

/// The paths of workspaces by hash, as `workspace_mapping.json` tells them. It may be stale: a path in it need not
/// exist.
#[derive(Debug, Default)]
pub(crate) struct Mapping {
    paths: BTreeMap<String, String>,
}

impl Mapping {
    /// Reads the mapping at `path`. A file that is missing or blank maps nothing; a value that is no string is passed
    /// over; of a repeated hash the last path counts.
    ///
    /// # Errors
    /// [`MappingError::Read`] and [`MappingError::Parse`]. An import can go on without a mapping.
    pub(crate) fn read(path: &Path) -> Result<Self, MappingError> {
        match fs::read(path) {
            Ok(text) => {
                Self::parse(&text).map_err(|source| MappingError::Parse { path: path.to_path_buf(), source })
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(MappingError::Read { path: path.to_path_buf(), source }),
        }
    }

    /// Where the workspace with this hash is.
    pub(crate) fn path_of(&self, hash: &str) -> Option<&str> {
        self.paths.get(hash).map(String::as_str)
    }

    fn parse(text: &[u8]) -> Result<Self, serde_json::Error> {
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        if text.trim_ascii().is_empty() {
            return Ok(Self::default());
        }
        let entries: Map<String, Value> = serde_json::from_slice(text)?;
        let paths = entries.into_iter().filter_map(|(hash, path)| match path {
            Value::String(path) => Some((hash, path)),
            _ => None,
        });
        Ok(Self { paths: paths.collect() })
    }
}

/// Why a mapping cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum MappingError {
    /// The file is there but cannot be read.
    #[error("read workspace mapping {}", path.display())]
    Read {
        /// The mapping's file.
        path: PathBuf,
        /// What the system answers.
        source: std::io::Error,
    },
    /// The file is no JSON object.
    #[error("parse workspace mapping {}", path.display())]
    Parse {
        /// The mapping's file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
}

/// Answers the workspace that `worktree_path` lies below, if it is the one whose history the file named `stem` holds by
/// either rule of hashing. An invented worktree path has none.
pub(crate) fn root_by_hash<'a>(stem: &str, worktree_path: &'a str) -> Option<&'a str> {
    roots_of_worktree(worktree_path)
        .find(|root| workspace_hash_of_text(root) == stem || workspace_hash(root) == stem)
}

/// The workspaces that `worktree_path` may lie below: what is before `/src-tauri/.worktrees/`, with either separator.
/// A worktree may itself be a workspace with worktrees: innermost first.
fn roots_of_worktree(worktree_path: &str) -> impl Iterator<Item = &str> {
    const SEPARATORS: [char; 2] = ['/', '\\'];
    worktree_path.rmatch_indices("src-tauri").filter_map(|(at, name)| {
        let below = worktree_path[at + name.len()..].strip_prefix(SEPARATORS)?;
        below.strip_prefix(".worktrees")?.strip_prefix(SEPARATORS)?;
        let root = worktree_path[..at].strip_suffix(SEPARATORS)?;
        (!root.is_empty()).then_some(root)
    })
}
