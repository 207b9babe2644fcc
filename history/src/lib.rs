//! The history of AI coding sessions, for an application to write and to read.
//!
//! [`SessionHistory`] answers the seven commands of the old JSON history with the same answers, and adds what that
//! lacked. Every write is an event in an append-only log; nothing that was acknowledged is ever lost.
//!
//! ```
//! use retold::{Message, Session, SessionHistory};
//!
//! let folder = tempfile::tempdir()?;
//! let history = SessionHistory::open(folder.path().join("sessions.db"))?;
//! let session: Session = serde_json::from_str(
//!     r#"{"id": "a1", "type": "competition", "task": "mend the door", "status": "running",
//!         "createdAt": "2026-11-23T09:00:00Z", "updatedAt": "2026-11-23T09:00:00Z",
//!         "instances": [], "chatHistory": []}"#,
//! )?;
//! history.create_session("/src/atlas", session)?;
//! let message: Message = serde_json::from_str(
//!     r#"{"id": "msg-1", "role": "user", "content": "hello", "timestamp": "2026-11-23T09:00:01Z"}"#,
//! )?;
//! let session = history.add_chat_message("/src/atlas", "a1", message)?;
//! assert_eq!(session.chat_history.len(), 1);
//! assert_eq!(history.get_all_sessions("/src/atlas")?, [session]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod clock;
mod error;
mod history;
mod mirror;
mod options;
mod read;
mod records;
mod states;
mod write;

pub use error::Error;
pub use history::SessionHistory;
pub use mirror::MirrorStatus;
pub use options::{Options, StaleUpdate};
pub use retold_core::{Durability, Event, Extra, Instance, Message, RawText, Recorded, Session, Text};
pub use retold_projections::{
    Cursor, NotACursor, Order, SessionCount, SessionCounts, SessionFilter, SessionRow, Span,
};
pub use write::{Ticket, Writes};
