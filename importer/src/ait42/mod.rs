//! The session history of the AIT42 Editor: JSON files, one per workspace.

mod archive;
mod check;
mod encoding;
mod export;
mod follow;
mod history;
mod import;
mod import_records;
mod lacking;
mod list;
mod order;
mod place;
mod read;
mod report;
mod seen;
mod session_file;
mod sources;
mod split;

/// The longest session that an import takes.
pub const SESSION_BYTES_MAX: u64 = 256 << 20;

pub use archive::{Archive, Archived, Restored, archive, restore};
pub use check::{Check, Difference, Named, check};
pub use export::{Existing, Exported, export, is_plain_name};
pub use follow::{Follow, is_whole};
pub use import::{Merge, Options, import, retry};
pub use lacking::{Lack, Why};
pub use list::ListWriter;
pub use place::{workspace_hash, workspace_hash_of_text};
pub use report::{Counts, Quarantined, Report, Skipped};
pub use seen::{Seen, Stamp};
pub use sources::{Source, Sources};
pub(crate) use split::begun_by;
