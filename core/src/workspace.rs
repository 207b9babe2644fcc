//! The keys of workspaces.

use sha2::{Digest, Sha256};

/// Returns the key of the workspace at a path: the first 16 hexadecimal digits of the SHA-256 of its real path.
///
/// A path that does not exist is taken as it is written, without the slashes at its end.
pub fn workspace_key(path: &str) -> String {
    match std::fs::canonicalize(path) {
        Ok(canonical) => workspace_key_of_text(&canonical.to_string_lossy()),
        Err(_) => workspace_key_of_text(path.trim_end_matches('/')),
    }
}

/// Returns the key of a path as it is written, whether it exists or not.
pub fn workspace_key_of_text(path: &str) -> String {
    Sha256::digest(path.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
