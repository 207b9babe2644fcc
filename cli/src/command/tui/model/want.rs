//! What the model wants to know, and what it is answered.

use std::time::Duration;

use retold_core::{Clock, StreamId, StreamName};
use retold_projections::Cursor;
use retold_travel::Path;

use super::Tab;
use crate::session::Called;
use crate::styled::Tone;
pub(in super::super) use retold_present::EventRow;

/// Something that the model wants.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Want {
    /// So many sessions, after a place of their list.
    Sessions { after: Option<Cursor>, number: u32 },
    /// A session, at one of its events or at its head.
    Open { name: StreamName, at: Option<u64> },
    /// So many of a session's events, from a revision on.
    Events { name: StreamName, first: u64, number: u64 },
    /// What the inspector shows.
    View(Ask),
    /// Another list of sessions: what was typed for it.
    Filter(String),
    /// Which time is meant by a time from now on, and shown.
    Clock(Clock),
    /// To open what is folded or to fold it again: all of it, or what is here.
    Fold { all: bool, here: Option<Fold> },
    /// To show what is under a session of the list, or fold it; or to do so with all.
    Unfold { name: StreamName, all: bool },
    /// One step of a search.
    Scan(Scan),
    /// The next message, or the one before.
    Message { name: StreamName, from: u64, forward: bool },
    /// The moment that a person named.
    Resolve { name: Option<StreamName>, point: String },
    /// A name for a moment.
    Mark { name: StreamName, revision: u64, mark: String },
    /// A text into the clipboard.
    Clipboard(String),
    /// A look at what came since, in the store and in this session.
    Look(Option<StreamName>),
}

/// A session at one of its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Opening {
    pub(in super::super) name: StreamName,
    pub(in super::super) last: u64,
    pub(in super::super) at: u64,
}

/// What the inspector is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Ask {
    pub(in super::super) name: StreamName,
    pub(in super::super) at: u64,
    /// What it is compared with; of the difference only.
    pub(in super::super) base: u64,
    pub(in super::super) tab: Tab,
    pub(in super::super) place: Path,
    /// How wide a line may be.
    pub(in super::super) columns: u16,
    /// The place whose row is to be found.
    pub(in super::super) seek: Option<Path>,
    /// Which way the conversation is read on.
    pub(in super::super) toward: Toward,
    /// What is to stay in sight; of the conversation only.
    pub(in super::super) anchor: Option<Anchor>,
    /// The first row, and how many.
    pub(in super::super) first: u64,
    pub(in super::super) rows: u64,
}

/// What is looked for among a session's events, step by step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Scan {
    pub(in super::super) name: StreamName,
    pub(in super::super) task: Task,
    pub(in super::super) forward: bool,
    /// Where it goes on: after this revision, or before it.
    pub(in super::super) from: u64,
    pub(in super::super) last: u64,
    /// The event that it began at.
    pub(in super::super) start: u64,
    /// Whether it went past the one end and goes on from the other.
    pub(in super::super) is_around: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Task {
    /// An event that holds this text.
    Text(String),
    /// An event that tells of an error.
    Error,
}

/// What a want came to.
#[derive(Debug)]
pub(in super::super) enum Answer {
    Sessions {
        after: Option<Cursor>,
        rows: Vec<SessionItem>,
        /// Where the next page begins.
        next: Option<Cursor>,
        now: i64,
    },
    Opened(Opening),
    Events {
        name: StreamName,
        rows: Vec<EventRow>,
    },
    View(View),
    /// What the list is of from now on.
    Filtered(String),
    /// The list of sessions is another.
    Listed,
    /// It is opened, or folded: the view is another.
    Folded,
    /// What is under this session of the list is shown, or folded: the list is another.
    Unfolded(StreamName),
    /// The state that a view is of is this many events away.
    Coming {
        ask: Ask,
        done: u64,
        of: u64,
    },
    /// It was found, or it goes on from there, or there is none.
    Scanned {
        found: Option<u64>,
        from: Option<u64>,
    },
    Message {
        found: Option<u64>,
        forward: bool,
    },
    /// A moment, and what it is.
    Resolved {
        opening: Opening,
        said: String,
    },
    Notice(String),
    /// Whether the store grew, and how many events the session has.
    Looked {
        moved: bool,
        last: Option<u64>,
        /// The time, in microseconds since 1970.
        now: i64,
    },
    /// What was asked for failed.
    Failed(String),
    /// What the inspector is to show cannot be shown.
    Unseen(String),
}

/// A session in the list.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct SessionItem {
    pub(in super::super) name: StreamName,
    pub(in super::super) called: Called,
    pub(in super::super) status: String,
    /// Whether it failed or was broken off, and by which sign that is told.
    pub(in super::super) trouble: Option<char>,
    /// When something happened in it last, or when the log got the last of it; in microseconds since 1970.
    pub(in super::super) shown_at: Option<i64>,
    /// The tool that ran it.
    pub(in super::super) tool: String,
    /// Whether it is a sub-agent's.
    pub(in super::super) is_part: bool,
    /// What comes from it and is listed under it.
    pub(in super::super) under: Under,
    /// How deep it is under another one; 0 for one that is listed by itself.
    pub(in super::super) depth: usize,
    /// Whether something is being written to it now.
    pub(in super::super) is_running: bool,
    pub(in super::super) task: String,
}

/// The sub-agents and forks that are listed under a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Under {
    /// How many there are.
    pub(in super::super) count: u64,
    /// How many of them are shown, where they are.
    pub(in super::super) shown: Option<u64>,
}

/// Some rows of what the inspector shows.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct View {
    pub(in super::super) ask: Ask,
    /// How many rows there are; as far as is known, where there are more.
    pub(in super::super) total: u64,
    /// What the place is called that it is of.
    pub(in super::super) place: String,
    /// The row of the place that was sought.
    pub(in super::super) sought: Option<u64>,
    /// By how much the rows moved that were there before.
    pub(in super::super) shift: i64,
    /// Whether there is more of the conversation than these rows, before and after.
    pub(in super::super) more_before: bool,
    pub(in super::super) more_after: bool,
    pub(in super::super) rows: Vec<Line>,
}

/// A row of the inspector.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in super::super) struct Line {
    pub(in super::super) text: String,
    pub(in super::super) sign: Sign,
    /// The place that it is of.
    pub(in super::super) path: Option<Path>,
    /// The event that it leads to.
    pub(in super::super) to: Option<u64>,
    /// What a row of the conversation is made of, instead of a text.
    pub(in super::super) pieces: Vec<(String, Tone)>,
    /// Which row of its event it is.
    pub(in super::super) nth: u64,
    /// What it opens.
    pub(in super::super) fold: Option<Fold>,
    /// The session that it is of, where that is a sub-agent's.
    pub(in super::super) session: Option<StreamName>,
}

impl View {
    pub(in super::super) fn of(ask: Ask, total: u64, rows: Vec<Line>) -> Self {
        Self {
            ask,
            total,
            rows,
            place: String::new(),
            sought: None,
            shift: 0,
            more_before: false,
            more_after: false,
        }
    }
}

/// A row of a conversation that stays where it is on the screen, whatever else comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Anchor {
    /// Its event, and which of that event's rows it is.
    pub(in super::super) revision: u64,
    pub(in super::super) nth: u64,
    /// Which row of the pane it is.
    pub(in super::super) row: u64,
}

/// What can be opened in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in super::super) enum Fold {
    /// What an event of a session brought.
    Entry(StreamId, u64),
    /// A sub-agent's session.
    Agent(StreamId),
}

/// Which way a conversation is read on: a page of it a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) enum Toward {
    #[default]
    Here,
    Earlier,
    Later,
    Begin,
    End,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) enum Sign {
    #[default]
    Plain,
    Added,
    Removed,
    Changed,
    /// A remark of the program, not of the store.
    Remark,
}

/// After this time a list is read again.
pub(super) type Due = Option<Duration>;
