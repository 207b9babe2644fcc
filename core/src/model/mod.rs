//! The session document: what applications read and write, in the legacy key order.

#[cfg(test)]
pub(crate) mod arbitrary;
mod build;
mod document;
pub mod field;
mod instance;
mod json;
mod kept;
mod message;
mod session;
mod spelled;
mod spelling;
#[cfg(test)]
mod tests;
mod text;
mod value;

pub use field::Document;
pub use instance::{Instance, InstancePatch};
pub use json::{Extra, Json};
pub use kept::{Kept, KeptBuilder, KeptPart, SpanKind};
pub use message::{Message, MessagePatch};
pub use session::{Session, SessionPatch};
pub use spelled::Spelling;
pub use spelling::{
    RawText, check_parameters, is_spelled, mend_parameters, read_session, restore as restore_spelling,
};
pub use text::{BlobRef, Text};
pub(crate) use value::Slot;
pub use value::{Held, Value};
