//! The session model, its events and the append-only log of retold.
//!
//! Every change to a session is an [`Event`] in a [`Log`]: one SQLite file, MessagePack bodies, a BLAKE3 chain. A
//! session is what its events made of it: [`SessionState`].
//!
//! ```
//! use retold_core::{Commit, Event, Expected, Log, Position, Revision, Session, StreamName, event};
//!
//! let folder = tempfile::tempdir()?;
//! let log = Log::open(folder.path().join("sessions.db"))?;
//! let session: Session = serde_json::from_str(
//!     r#"{"id": "a1", "type": "competition", "task": "mend the door", "status": "running",
//!         "createdAt": "2026-11-23T09:00:00Z", "updatedAt": "2026-11-23T09:00:00Z",
//!         "instances": [], "chatHistory": []}"#,
//! )?;
//! let name = StreamName::session("atlas", "a1", 1);
//! let created = event::SessionCreated { session, place: None, home: None };
//! let appended = log.append(Commit::to(name.clone(), Expected::At(Revision::ZERO), [created]))?;
//!
//! let mut reader = log.reader()?;
//! let stream = reader.stream(&name)?.expect("it was just written");
//! let state = reader.state(stream, appended.last)?.expect("it was created");
//! assert_eq!(state.session.task, "mend the door");
//! assert!(log.verify(|_| true)?.is_sound());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
pub mod event;
pub mod files;
pub mod happening;
pub mod hash;
mod ids;
mod log;
mod messagepack;
mod model;
mod pack;
mod patch;
mod progress;
pub mod promise;
mod reading;
mod shares;
mod sidecars;
mod state;
pub mod time;
mod workspace;

pub use error::Error;
pub use event::{Erasure, Event, EventType};
pub use happening::Clock;
pub use ids::{EventHash, LogId, Position, Revision, StreamId, StreamName};
pub use log::raw;
pub use log::{
    Ancestor, Appended, BODY_BYTES_MAX, Commit, CommitHook, CorrectedStream, Decided, Decision, Decoder,
    Digest, Durability, EventKind, Expected, Fault, Happened, Head, INLINE_TEXT_BYTES_MAX, IdempotencyKey,
    Inline, KeyUse, Limit, Log, Meta, NewEvent, Operation, OperationId, Options, Origin, Page, PartOfLog,
    Planned, PreparedCommit, Reader, Recorded, Refused, Scope, Source, Staged, StagedPart, StateRef,
    Subscription, TEXT_BYTES_MAX, Target, Ticket, TimesRead, Verified,
};
pub use model::field;
pub use model::field::{Field, Kind as FieldKind, Level};
pub use model::{
    BlobRef, Document, Extra, Held, Instance, InstancePatch, Json, Kept, KeptBuilder, KeptPart, Message,
    MessagePatch, RawText, Session, SessionPatch, SpanKind, Spelling, Text, Value, check_parameters,
    is_spelled, mend_parameters, read_session, restore_spelling,
};
pub use patch::*;
pub use progress::{OnProgress, Progress, Unit};
pub use reading::{Access, attach_read_only, check_one_name, open_read_only, real_store_path};
pub use shares::{cores, in_shares, shares_of};
pub use sidecars::{make_sidecar_folder, remove_sidecars, sidecar_folder};
pub use state::{SessionState, difference};
pub use workspace::{workspace_key, workspace_key_of_text};
