//! What events mean: each one, as the changes that it makes to a session, place by place.
//!
//! [`meaning`] is the only code that knows what an event does. The folded state, the check whether an event is valid, the
//! read models, projections, diff, blame and session queries apply its patches and name no event.

mod meaning;
mod outline;
mod path;

use std::borrow::Cow;

pub use meaning::{meaning, meaning_of_erased, meaning_of_owned};
pub use outline::{InvalidEvent, Outline};
pub use path::{Key, List, NotAPath, Path, Record};

use crate::{Text, Value};

/// One change at one place of a session.
///
/// It says what a value becomes and not what it was: who keeps the session before it can look that up.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch<'e> {
    /// The place, as the session is when the patch's turn comes.
    pub path: Path,
    /// What changes there.
    pub op: Op<'e>,
}

/// What changes at a place.
#[derive(Clone, Debug, PartialEq)]
pub enum Op<'e> {
    /// The value becomes this one.
    Set(Value<'e>),
    /// A long text grows at its end; where there was none, it begins.
    Extend(Cow<'e, Text>),
    /// The session begins, or an element comes in before the one at the place.
    Insert(Value<'e>),
    /// The element leaves.
    Remove,
}
