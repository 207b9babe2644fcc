//! Places in a session, as people type them.

use retold_travel::Path;

use crate::Failure;

/// Reads a path.
///
/// # Errors
/// Where it is none.
pub fn parse_path(text: &str) -> Result<Path, Failure> {
    text.parse::<Path>().map_err(|error| {
        Failure::usage(error.to_string())
            .hint("a path is an instance by its name, or reads like the document: #3/status, instances/2/status, status, chatHistory/17/content")
    })
}
