//! The history of AI coding sessions, for an application to write and to read.
//!
//! A [`SessionHistory`] is one file. Every write is an event in an append-only log, so that nothing that was
//! acknowledged is ever lost, and any past moment can be asked for.
//!
//! ```
//! use retold::{Instance, Message, Session, SessionHistory};
//!
//! # let folder = tempfile::tempdir()?;
//! let history = SessionHistory::open(folder.path().join("sessions.db"))?;
//! let session = Session::new("a1", "competition", "Fix the flaky login test")
//!     .with_instance(Instance::new(1, "Ada").with_branch("fix-login"));
//! let created = history.create("/src/atlas", session)?;
//! history.add_message("/src/atlas", "a1", Message::new("m1", "user", "Start with the clock"))?;
//! history.append_output("/src/atlas", "a1", 1, "running 12 tests\n")?;
//!
//! assert_eq!(history.session("/src/atlas", "a1")?.chat_history.len(), 1);
//! assert_eq!(history.session_at("/src/atlas", "a1", created)?.chat_history.len(), 0);
//! history.close()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! This crate is all that an application depends on: whatever its signatures name, it exports.
//!
//! # Features
//!
//! | feature | default | brings |
//! |---|---|---|
//! | `legacy` | yes | the seven commands of the AIT42 Editor's history, with its answers: `create_session`, `update_session`, `get_session`, `get_all_sessions`, `delete_session`, `add_chat_message`, `update_instance_status` |
//! | `import` | yes | the importer of that editor's files, [`ait42`] |
//! | `mirror` | yes | those files kept current, `Options::mirror`; with `import` |
//! | `tracing` | no | spans and events of [`tracing`](https://docs.rs/tracing), without any content |

mod error;
mod find;
mod history;
#[cfg(feature = "legacy")]
mod legacy;
mod log_event;
#[cfg(feature = "mirror")]
mod mirror;
mod moment;
mod named;
mod options;
mod read;
mod records;
mod states;
mod subscribe;
mod trace;
mod write;

pub use error::Error;
pub use history::SessionHistory;
pub use log_event::LogEvent;
#[cfg(feature = "mirror")]
pub use mirror::MirrorStatus;
pub use moment::{BlameRow, PathWrite};
pub use options::{Options, StaleUpdate};
pub use subscribe::{Subscription, Within};
pub use write::{AgentEvent, Ticket, Writes};
#[doc(hidden)]
pub use write::{Edit, Edited, Seen};

// What the signatures name: documents and events,
pub use retold_core::{
    BlobRef, Durability, Erasure, Event, EventType, Extra, Instance, Json, Message, Origin, Position,
    RawText, Record, Records, Revision, Session, StreamName, Text, event,
};
// places in a session and what changes there,
pub use retold_core::{Field, Key, List, NotAPath, Path, field};
pub use retold_travel::{Change, Patch, Rope, Value};
// moments,
pub use jiff::Timestamp;
pub use retold_core::Clock;
pub use retold_travel::{Anchor, NotAPoint, Point};
// lists, full text, usage and SQL,
pub use jiff::tz::TimeZone;
pub use retold_projections::{
    Answer as SearchAnswer, Burn, Cost, Cursor, Facet, Hit as SearchHit, NotACursor, Order, Prices,
    PricesError, SearchFilter, SearchIn, SessionCount, SessionCounts, SessionFilter, SessionRow, Snippet,
    Span, SqlConnection, Usage, UsageBlock, UsageBy, UsageQuery, UsageRow, UsageSum,
};
pub use rusqlite;
// how far long work is,
pub use retold_core::{OnProgress, Progress, Unit};
// and the errors below this crate's own.
pub use retold_core::Error as StoreError;
#[cfg(feature = "import")]
pub use retold_importer::{Error as ImportError, ait42};
pub use retold_projections::Error as ReadModelError;
pub use retold_travel::Error as TravelError;
