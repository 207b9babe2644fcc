//! What is known of a stream between its events.

use retold_core::happening::{Correcting, Happening};
use retold_core::{Instance, Outline, Position, Records, Revision, Session};

use super::OPEN_HAPPENED;

/// An event as a boundary of intervals: where it is by either clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Boundary {
    pub(super) position: Position,
    pub(super) happened: i64,
}

/// A stream, with its session where it has begun.
#[derive(Debug)]
pub(super) struct Staged {
    pub(super) workspace: i64,
    pub(super) ordinal: u32,
    pub(super) happening: Happening,
    /// Its last event.
    pub(super) last: Boundary,
    /// Which messages began or ended with that event.
    pub(super) messages_changed: MessagesChanged,
    /// The event that began the session; of a workspace, the last that says there is one.
    pub(super) created: Option<Position>,
    pub(super) session: Option<StagedSession>,
    /// Whether earlier revisions are corrected.
    pub(super) is_corrected: bool,
    /// How many of its next events are a correction.
    pub(super) correcting: Correcting,
    /// Whether what it was by happening has to be told again.
    pub(super) is_outdated: bool,
    /// Whether something of it is not in its tables.
    pub(super) is_dirty: bool,
}

/// Which versions of messages have a boundary at the last event of a stream.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum MessagesChanged {
    /// None.
    None,
    /// Versions of this rank alone.
    Rank(f64),
    /// Perhaps any.
    Any,
}

/// Since when a row has been what it is, and whether that version is in its table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Since {
    pub(super) from: Boundary,
    pub(super) is_stored: bool,
}

/// A session's rows as they are now, or as they were when it was deleted.
#[derive(Debug)]
pub(super) struct StagedSession {
    /// The position of the deletion that holds.
    pub(super) deleted: Option<Position>,
    pub(super) since: Since,
    pub(super) records: Records,
    /// The document, without its lists.
    pub(super) session: Session,
    pub(super) instances: Vec<StagedInstance>,
    pub(super) instances_moved: bool,
    pub(super) messages: u32,
    /// The ranks of the messages where one ever moved; otherwise they are the places.
    pub(super) ranks: Option<Vec<f64>>,
}

#[derive(Debug)]
pub(super) struct StagedInstance {
    pub(super) rank: f64,
    pub(super) since: Since,
    /// Without its output.
    pub(super) instance: Instance,
    /// The event that its output began with; `None` where it is null.
    pub(super) output: Option<Position>,
    pub(super) pieces: u32,
    pub(super) bytes: u64,
}

impl Boundary {
    /// Puts every time before the open end.
    pub(super) fn new(position: Position, happened: i64) -> Self {
        Self { position, happened: happened.min(OPEN_HAPPENED - 1) }
    }

    /// Of a row that is never true by happening.
    pub(super) fn never(position: Position) -> Self {
        Self { position, happened: OPEN_HAPPENED }
    }
}

impl Since {
    pub(super) fn new(from: Boundary) -> Self {
        Self { from, is_stored: false }
    }
}

impl Staged {
    pub(super) fn new(workspace: i64, ordinal: u32) -> Self {
        Self {
            workspace,
            ordinal,
            happening: Happening::default(),
            last: Boundary::new(Position::ZERO, i64::MIN),
            messages_changed: MessagesChanged::None,
            created: None,
            session: None,
            is_corrected: false,
            correcting: Correcting::default(),
            is_outdated: false,
            is_dirty: false,
        }
    }

    pub(super) fn outline(&self) -> Outline {
        self.session.as_ref().map_or_else(Outline::default, |session| Outline {
            messages: session.messages,
            ..Outline::of(session.deleted.is_some(), session.instances.len(), 0)
        })
    }
}

/// What of an event every row of `touch` holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Touched {
    pub(super) at: Boundary,
    pub(super) revision: Revision,
}
