//! What a caller names: a workspace by its path, a session by its id.

use crate::{Error, records};

/// Returns the key of the workspace at a path.
pub(crate) fn workspace(path: &str, act: &'static str, advice: &'static str) -> Result<String, Error> {
    if path.trim().is_empty() {
        return Err(Error::BlankWorkspace { act, advice });
    }
    Ok(retold_core::workspace_key(path))
}

/// Commands act on the first of the records of an id.
pub(crate) fn first(records: Vec<records::Record>, session_id: &str) -> Result<records::Record, Error> {
    records.into_iter().next().ok_or_else(|| Error::SessionNotFound { session_id: session_id.to_owned() })
}
