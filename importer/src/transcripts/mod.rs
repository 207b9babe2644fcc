//! What coding agents leave on disk, taken into the log: every byte of their files, and what the records mean.
//!
//! Each tool is a workspace. A session's stream is named by the tool and the tool's own id; the workspace's own stream keeps the files, piece
//! by piece ([`RecordsKept`](retold_core::event::RecordsKept)). A piece and the events that were made of its records are one commit, so
//! that a crash leaves whole records, and a text that an event says is not said again by the piece.
//!
//! A commit names the revision of the workspace's stream that it was decided for: of importers side by side one is first, and the
//! others decide again from what the log has then.

mod export;
mod holes;
mod known;
mod pieces;
mod report;
mod run;
mod session;

pub use export::{PieceAt, Written, write_native};
pub use known::{KnownPiece, KnownSource};
pub use report::{Failed, Report};
pub use run::{Options, Progress, TORN_TAIL, import};
