//! What can happen to a session, in the past tense.

#[macro_use]
mod declare;

mod body;
mod decode;
mod kind;
mod upcast;
mod words;

pub use body::*;
pub(crate) use decode::is_readable;
pub use kind::with_types;
pub use kind::{Erasure, Subject};
pub use upcast::{BodyError, Upcast, Upcasters};
