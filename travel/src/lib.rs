//! Any session at any moment, and who changed what.
//!
//! A [`Point`] names a moment, a [`Resolver`] finds its position. A [`Timeline`] gives a session as it was there, a
//! [`State`], and its events with the [`Patch`]es of each. [`diff`], [`history`], [`trace`], [`bisect`], [`what_if`] and
//! [`compare`] ask of the past; [`revert`], [`fork`], [`restore`], [`delete`] and [`undo`] go on from it, and rewrite nothing.
//!
//! ```
//! use retold_core::{Commit, Expected, Log, Position, Session, StreamName, event};
//! use retold_travel::{Path, Timeline, diff};
//!
//! let folder = tempfile::tempdir()?;
//! let log = Log::open(folder.path().join("sessions.db"))?;
//! let session: Session = serde_json::from_str(
//!     r#"{"id": "a1", "type": "competition", "task": "mend the door", "status": "running",
//!         "createdAt": "", "updatedAt": "", "instances": [], "chatHistory": []}"#,
//! )?;
//! let name = StreamName::session("atlas", "a1", 1);
//! let created = event::SessionCreated { session, place: None, home: None };
//! let first = log.append(Commit::to(name.clone(), Expected::Any, [created]))?.last;
//! let painted = event::TaskChanged { task: "paint the door".to_owned(), updated_at: None };
//! let last = log.append(Commit::to(name.clone(), Expected::Any, [painted]))?.last;
//!
//! let stream = log.reader()?.stream(&name)?.expect("it was just written");
//! let mut timeline = Timeline::of(&log, stream)?;
//! let (was, is) = (timeline.at(first)?.state, timeline.at(last)?.state);
//! let patches = diff(was.as_ref(), is.as_ref(), timeline.reader().connection())?;
//! assert_eq!(patches[0].path.to_string(), "task");
//! assert_eq!(is.expect("it was created").writer(&"task".parse::<Path>()?), Some(last));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod author;
mod bisect;
mod blame;
mod by_happening;
mod calls;
mod compare;
pub mod conversation;
mod corrections;
mod counted;
mod diff;
mod error;
mod events;
mod fork;
mod joined;
mod keyframes;
mod mark;
mod operations;
mod patch;

mod history;
mod point;
mod replay;
mod revert;
mod session_query;
mod state;
mod timeline;
mod trace;
mod what_if;

pub use author::{Author, Authors};
pub use bisect::{Bisected, Flip, Tested, Verdict, bisect, bisect_models, bisect_run, bisect_session};
pub use blame::Blamed;
pub use calls::{
    CallChange, CallEvent, CallKey, CallPath, CallReturn, CallState, CallWrite, SessionCall, SessionCalls,
};
pub use compare::{Comparison, Pair, compare};
pub use conversation::Conversation;
pub use diff::diff;
pub use error::Error;
pub use events::{Events, Filter};
pub use fork::{Forked, fork, fork_once};
pub use history::{Write, history};
pub use joined::{JoinedEvent, JoinedEvents, JoinedUntil, joined_events};
pub use keyframes::redactions;
pub use mark::{Mark, MarkName, NotAMarkName, mark, marks, unmark};
pub use operations::{
    Gathered, OperationName, Operations, Performed, Touched, Undone, Wanted, operation, operation_at,
    operations, undo, undo_once, undo_plan,
};
pub use patch::{Change, Patch, Value};
pub use point::{
    Amount, Anchor, Between, HashPrefix, NotAPoint, Offset, POINTS, Place, Point, Range, Resolved, Resolver,
    Span, Unit, local_instant,
};
pub use replay::Pace;
pub use retold_core::happening::Moment;
pub use retold_core::{Clock, Key, List, NotAPath, Path, Record};
pub use revert::{Reverted, delete, restore, revert, revert_seen};
pub use session_query::SessionQuery;
pub use state::{Agent, MessageRow, Provenance, Rope, Rows, State, Unfit};
pub use timeline::{Approach, Frame, Step, Timeline};
pub use trace::{Traced, trace};
pub use what_if::{Hypothesis, what_if};
