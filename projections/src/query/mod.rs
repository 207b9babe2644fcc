//! What is asked of the read models.

mod counters;
mod counts;
mod cursor;
mod filter;
mod find;
mod joined;
mod plan;
mod projects;
mod sessions;

pub(crate) use counters::Counters;
pub(crate) use counts::count;
pub use counts::{SessionCount, SessionCounts};
pub use cursor::{Cursor, NotACursor};
pub use filter::{Order, SessionFilter, Span};
pub use find::{Found, distinct_prefix, find, may_name};
pub use joined::{JoinedTranscript, joined_transcripts};
pub use projects::{NamedProject, Project, Projects};
pub(crate) use sessions::list_unindexed;
pub use sessions::{SessionRow, records_of, sessions_of};
