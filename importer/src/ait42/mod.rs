//! The session history of the AIT42 Editor: JSON files, one per workspace.

mod place;
mod split;

pub use place::{workspace_hash, workspace_hash_of_text};
