//! What can go wrong with read models.

use retold_core::{Position, StreamName};

use crate::declared::Fault;

/// Why a read model could not be kept or asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The log refused.
    #[error(transparent)]
    Log(#[from] retold_core::Error),
    /// No session has this id or an id that begins so.
    #[error("find session {name}: there is none")]
    NoSession {
        /// What was asked for.
        name: String,
    },
    /// More than one session may be meant.
    #[error("find session {name}: more than one is meant")]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// Some of them.
        candidates: Vec<StreamName>,
    },
    /// A page of a list was asked for after a place in another order.
    #[error("list sessions: the page begins behind a place in another order")]
    OtherOrder,
    /// The read models stand for another log than the one in the store.
    #[error("keep the read models: they stand for position {position} of another history")]
    Diverged {
        /// How far they are.
        position: Position,
    },
    /// The read models are kept in the transaction of every append, which needs all of them.
    #[error("{act} projection builtin: it is kept in the transaction of every append")]
    KeptInline {
        /// What was refused.
        act: &'static str,
    },
    /// Another process rebuilds already.
    #[error("rebuild the read models: another process does so already")]
    RebuildUnderWay,
    /// A declaration is not one.
    #[error("read the projection: {} found in it", counted(faults.len(), "fault"))]
    Declaration {
        /// What is wrong, in the order of the text.
        faults: Vec<Fault>,
    },
    /// There is no projection of this name.
    #[error("find projection {name}: there is none")]
    NoProjection {
        /// What was asked for.
        name: String,
    },
    /// A projection has no such version, or no file of it.
    #[error("find projection {name}@{version}: there is no such version")]
    NoVersion {
        /// The projection.
        name: String,
        /// What was asked for.
        version: u32,
    },
    /// Another text was added under this version before.
    #[error("add projection {name}: version {version} is another text already")]
    VersionTaken {
        /// The projection.
        name: String,
        /// The version of both texts.
        version: u32,
    },
    /// A newer version was added before.
    #[error("add projection {name}: version {found} is older than {known}")]
    VersionBehind {
        /// The projection.
        name: String,
        /// The version of the text.
        found: u32,
        /// The newest known.
        known: u32,
    },
    /// There is no version to go back to.
    #[error("roll back projection {name}: there is no version before")]
    NoPrevious {
        /// The projection.
        name: String,
    },
    /// The log has no event at a position.
    #[error("leave out event {position} of projection {name}: the log has {}", events_words(*head))]
    NoEvent {
        /// The projection.
        name: String,
        /// What was asked for.
        position: Position,
        /// The last event.
        head: Position,
    },
    /// The version before cannot take in an event that came since. The one that is read is read on.
    #[error("roll back projection {name} to version {version}: it stops at event {position}: {reason}")]
    CannotRollBack {
        /// The projection.
        name: String,
        /// The version before.
        version: u32,
        /// The event.
        position: Position,
        /// What was wrong.
        reason: String,
    },
    /// Rows would go that the log cannot make again.
    #[error(
        "rebuild projection {name}: {rows} of its rows came from bodies that are pruned, and would be lost"
    )]
    LosesRows {
        /// The projection.
        name: String,
        /// How many.
        rows: u64,
    },
    /// Another process is at it.
    #[error("fill projection {name}: another process does so{}", process_words(*process))]
    AtWork {
        /// The projection.
        name: String,
        /// Its number; 0 where that is not known.
        process: u32,
    },
    /// An event could not be taken in. The projection is before it; the log and all else go on.
    #[error("fill projection {name}@{version}: it stopped at event {position}: {reason}")]
    Stopped {
        /// The projection.
        name: String,
        /// The version that stopped.
        version: u32,
        /// The event.
        position: Position,
        /// What was wrong.
        reason: String,
    },
    /// A projection's file cannot be used.
    #[error("keep projection {name}: {reason}")]
    Unusable {
        /// The projection.
        name: String,
        /// Why.
        reason: String,
    },
    /// A projection has no file, or one that another release's code has filled.
    #[error("check projection {name}: it has no rows to check yet")]
    NotFilled {
        /// The projection.
        name: String,
    },
    /// A projection's file was deleted while it was being filled.
    #[error("fill projection {name}: its file was deleted meanwhile")]
    FolderGone {
        /// The projection.
        name: String,
    },
    /// A declared projection is filled up to a position, in the order of the log.
    #[error("ask projection {name} at a time: its rows can be had at a position, or at the present")]
    NotByHappening {
        /// The projection.
        name: String,
    },
    /// Changes were asked for between moments of different clocks.
    #[error("read what changed: one moment is a position, the other one a time")]
    TwoClocks,
    /// Two versions have no table in common.
    #[error("compare {left} with {right}: they have no table in common")]
    NothingInCommon {
        /// The one.
        left: String,
        /// The other.
        right: String,
    },
    /// A search cannot be read.
    #[error("search: {message}")]
    Search {
        /// What is wrong.
        message: String,
    },
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn events_words(head: Position) -> String {
    if head == Position::ZERO { "no event".to_owned() } else { format!("events 1 to {head}") }
}

fn process_words(process: u32) -> String {
    if process == 0 { String::new() } else { format!(", number {process}") }
}

pub(crate) fn sqlite(act: &'static str) -> impl Fn(rusqlite::Error) -> Error {
    move |source| Error::Log(retold_core::Error::sqlite(act)(source))
}
