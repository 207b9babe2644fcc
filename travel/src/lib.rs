//! Any session at any moment, and who changed what.

mod author;
mod bisect;
mod blame;
mod compare;
mod diff;
mod error;
mod events;
mod fork;
mod keyframes;
mod mark;
mod patch;
mod path;
mod play;
mod point;
mod probe;
mod revert;
mod state;
mod timeline;
mod trace;
mod watch;
mod what_if;

pub use author::{Author, Authors};
pub use bisect::{Bisected, Flip, Tested, Verdict, bisect, bisect_models, bisect_run};
pub use blame::Blamed;
pub use compare::{Comparison, Pair, compare};
pub use diff::diff;
pub use error::Error;
pub use events::{Events, Filter};
pub use fork::{Forked, fork, is_of_parent};
pub use mark::{Mark, MarkName, NotAMarkName, mark, marks, unmark};
pub use patch::{Change, Patch, Value};
pub use path::{Key, List, NotAPath, Path};
pub use play::Pace;
pub use point::{
    Amount, Anchor, Clock, HashPrefix, NotAPoint, Offset, POINTS, Place, Point, Range, Resolved, Resolver,
    Span, Unit,
};
pub use probe::Probe;
pub use revert::{Reverted, delete, restore, revert};
pub use state::{Agent, Rope, Rows, Said, State, Unfit, Written};
pub use timeline::{Frame, Step, Timeline};
pub use trace::{Traced, trace};
pub use watch::{Write, watch};
pub use what_if::{Hypothesis, what_if};
