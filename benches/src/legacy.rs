//! The legacy session history: one pretty-printed JSON array per workspace, read and written whole
//! by every command.
//!
//! It is re-created to be measured against, so it keeps the old backend's way of working (typed
//! documents, the whole file into a string and out of one) and its faults: keys it does not know
//! are lost on the next write, one bad value makes a file unreadable, writes are not atomic.

mod document;
mod store;

pub use document::{Instance, Message, Session};
pub use store::{Error, LegacyStore, workspace_hash};
