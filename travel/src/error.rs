//! What can go wrong on the way.

use retold_core::{Clock, InvalidEvent, Position, StreamName};

use crate::OperationName;

/// Why a journey did not come to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The log refused.
    #[error(transparent)]
    Log(#[from] retold_core::Error),
    /// A session could not be found, or the read models could not be asked.
    #[error(transparent)]
    Projections(#[from] retold_projections::Error),
    /// A point names no moment of this log.
    #[error("point {point}: {reason}")]
    NoSuchPoint {
        /// The point, as it was written.
        point: String,
        /// Why not.
        reason: String,
    },
    /// A time lies before the first event that could count by then.
    #[error("point {point}: {}", nothing_yet(*clock, by, first, stream))]
    NothingYet {
        /// The point, as it was written.
        point: String,
        /// The clock that the time was read by.
        clock: Clock,
        /// The time, for a person.
        by: String,
        /// The time of the first event, for a person: of the session that the point is of, else of the whole log.
        first: String,
        /// Whose event that is.
        stream: Box<StreamName>,
    },
    /// A time by when things happened, where a position of the log is wanted: sessions overlap, so no position parts what had
    /// happened from what had not.
    #[error(
        "point {point}: no position of the log stands for when things happened, since sessions overlap in time"
    )]
    NoPosition {
        /// The point, as it was written.
        point: String,
    },
    /// A point names several moments.
    #[error("point {point}: more than one is meant")]
    Ambiguous {
        /// The point, as it was written.
        point: String,
        /// What may be meant, each as a point that names it alone.
        candidates: Vec<String>,
    },
    /// A range ends before it begins.
    #[error("range {range}: it ends at {end}, before it begins, at {begin}")]
    Backwards {
        /// The range, as it was written.
        range: String,
        /// Where it begins, for a person.
        begin: String,
        /// Where it ends, for a person.
        end: String,
    },
    /// A mark has this name already.
    #[error("mark {name}: it stands at position {position}")]
    MarkExists {
        /// The name.
        name: String,
        /// Where it is.
        position: Position,
    },
    /// No mark has this name.
    #[error("mark {name}: there is none")]
    NoMark {
        /// The name.
        name: String,
    },
    /// The session was not there at the moment that was asked for.
    #[error("{stream}: {reason} at position {position}")]
    NotThere {
        /// The session.
        stream: StreamName,
        /// Not created yet, or deleted.
        reason: &'static str,
        /// The moment.
        position: Position,
    },
    /// The session has no such place.
    #[error("{stream}: there is no {path} at position {position}")]
    NoSuchPlace {
        /// The session.
        stream: StreamName,
        /// The place.
        path: String,
        /// The moment.
        position: Position,
    },
    /// An event that was to be left out is not of the session.
    #[error("leave out position {position}: it is no event of {stream} up to position {at}")]
    NoSuchEvent {
        /// The event.
        position: Position,
        /// The session.
        stream: StreamName,
        /// The moment.
        at: Position,
    },
    /// A session has this id already.
    #[error("fork as {id}: a session of this workspace has that id")]
    IdTaken {
        /// The id.
        id: String,
    },
    /// No operation has this name.
    #[error("operation {named}: {reason}")]
    NoSuchOperation {
        /// The name, as it was written.
        named: String,
        /// Why it names none.
        reason: &'static str,
    },
    /// Several operations have ids that begin so.
    #[error("operation {named}: more than one is meant")]
    AmbiguousOperation {
        /// The beginning.
        named: String,
        /// Their ids.
        candidates: Vec<String>,
    },
    /// There is no operation that can be undone without being named.
    #[error("undo: nobody has given a command that wrote to the log")]
    NothingToUndo,
    /// An operation cannot be undone, whatever came after it.
    #[error("cannot undo {kind} {operation}: {reason}")]
    NotUndoable {
        /// The command.
        kind: String,
        /// What it is called.
        operation: OperationName,
        /// Why not.
        reason: String,
        /// What to do instead.
        hint: Option<String>,
    },
    /// An operation was undone before.
    #[error("cannot undo {kind} {operation}: it is undone already, by operation {by}")]
    UndoneAlready {
        /// The command.
        kind: String,
        /// What it is called.
        operation: OperationName,
        /// The undo.
        by: OperationName,
    },
    /// What an operation wrote to was changed by another one since.
    #[error(
        "cannot undo {kind} {operation}: {by_kind} {by} has changed {stream} since, at position {position}"
    )]
    ChangedSince {
        /// The command.
        kind: String,
        /// What it is called.
        operation: OperationName,
        /// What was changed.
        stream: Box<StreamName>,
        /// The command that changed it.
        by_kind: String,
        /// What that one is called.
        by: OperationName,
        /// The position of its last event there.
        position: Position,
    },
    /// An expression of SQL that cannot be asked of a session.
    #[error("query: {message}")]
    Sql {
        /// What SQLite says.
        message: String,
        /// Where in the expression, in bytes, where SQLite knows it.
        offset: Option<usize>,
    },
    /// An expression took more steps than it may.
    #[error("query: it takes more than {steps} steps")]
    TooLong {
        /// The limit, in steps of SQLite's machine.
        steps: u64,
    },
    /// An event of the log does not fit the session.
    #[error("read the log: position {position}")]
    InvalidEvent {
        /// The event.
        position: Position,
        /// What does not fit.
        source: InvalidEvent,
    },
    /// Whoever asked said to stop.
    #[error("stopped before the end")]
    Stopped,
}

fn nothing_yet(clock: Clock, by: &str, first: &str, stream: &StreamName) -> String {
    match clock {
        Clock::Occurred => {
            format!("nothing had happened by {by}; the first event of {stream} happened {first}")
        }
        Clock::Recorded => format!("nothing was recorded by {by}; the log begins at {first}, with {stream}"),
    }
}

pub(crate) fn sqlite(act: &'static str) -> impl Fn(rusqlite::Error) -> Error {
    move |source| Error::Log(retold_core::Error::sqlite(act)(source))
}
