//! The temporal read models: what sessions, instances and messages were, with the intervals in which each row was true.
//!
//! A row that changes gets a **version**: the interval by position and by happening from the event that made it so to the one
//! that made it something else. What changes with nearly every event (counts, the last update) is in one narrow row an event.
//! So what was true at a moment is a condition on rows, and nothing is replayed. Within a stream both clocks have the order of
//! the revisions: an interval is the same events by either, where nothing is corrected.
//!
//! Message texts and outputs are referred to, never copied. The place of an element in its list is its rank while elements
//! come and leave at the end only; otherwise its place is counted among those that are there, so that one insertion changes
//! one row.
//!
//! What is corrected later was otherwise by happening than by position: such a stream is told again in the order in which its
//! events come to count by happening, in rows of the negative number of the stream.

mod changes;
mod check;
mod corrected;
mod fill;
mod happened;
mod load;
mod messages;
mod place;
mod read;
mod rows;
mod staged;
mod standing;
mod statements;
mod times;
mod views;

pub use changes::{CHANGING, ChangeCursor, Changes, EXISTS, NotAChangeCursor, SessionChange};
pub(crate) use check::{Sampled, disagreement};
pub(crate) use fill::Temporal;
pub use read::TemporalReader;
pub(crate) use read::prefix;
pub use standing::Standing;
pub use times::Happenings;

use crate::sidecar::BuiltIn;

pub(crate) const NAME: &str = "temporal";

pub(crate) const TEMPORAL: BuiltIn = BuiltIn {
    name: NAME,
    version: 3,
    about: "sessions, instances and messages as they were at any moment, by position and by happening",
    make: |store| Box::new(Temporal::of(store)),
};

/// The end of an interval by position that has not ended: after every position.
pub(crate) const OPEN_POSITION: i64 = (1 << 47) - 1;
/// The end of an interval by happening that has not ended: after every time.
pub(crate) const OPEN_HAPPENED: i64 = i64::MAX;
