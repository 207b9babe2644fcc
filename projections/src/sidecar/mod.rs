//! Projections with files of their own, beside the store: filled from the log, thrown away and filled again at will.
//!
//! A file holds a projection's tables and how far they are, written in one transaction. What is wanted of the
//! projections is in the store ([`registry`]), so that the folder may be deleted at any time.

mod build;
mod check;
mod diff;
mod erased;
mod file;
mod follow;
mod inline;
mod lock;
mod maintain;
pub(crate) mod registry;
mod rollback;
mod sidecars;
mod stale;
mod status;
mod subject;
mod usable;

pub use check::CheckedProjection;
pub(crate) use file::{SidecarFile, moved_bodies, read_checkpoint, remove};
pub use follow::Following;
pub(crate) use inline::state as inline_state;
pub use registry::Trouble;
pub use sidecars::{Added, Filled, Sidecars};
pub use status::{Kind, ProjectionState, ProjectionStatus};
pub(crate) use subject::{BuiltIn, Subject, built_in};
pub use usable::Usable;
