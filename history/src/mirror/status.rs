//! How far the mirror is.

use retold_core::Position;

/// How far the mirrored files are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MirrorStatus {
    /// Every change up to here is in the files.
    pub position: Position,
    /// The end of the log.
    pub head: Position,
    /// Why the files cannot be written just now, where they cannot. It is tried again every second.
    pub error: Option<String>,
    /// Files that were not read when the folder was taken up, and why. None of them is written over unread.
    pub skipped: Vec<String>,
}
