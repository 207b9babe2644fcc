//! What can happen to a session, in the past tense.

mod body;
mod decode;
mod kind;
mod upcast;

pub use body::{
    BodiesPruned, BodiesRestored, BodyRedacted, InstanceAdded, InstanceDetailsChanged, InstanceRemoved,
    InstanceStatusChanged, MessageAdded, MessageChanged, MessageRemoved, OutputAppended, OutputReplaced,
    SessionCreated, SessionDeleted, SessionDetailsChanged, SessionMoved, SessionRestored,
    SessionStatusChanged, TaskChanged, WinnerSelected, WorkspaceRegistered,
};
pub(crate) use kind::with_types;
pub use kind::{Event, EventType, Gone, Subject};
pub use upcast::{BodyError, Upcast, Upcasters};
