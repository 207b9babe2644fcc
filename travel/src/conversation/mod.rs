//! A session as a conversation: turns of what was said, done and returned, at any moment, page by page.
//!
//! The one model that everybody who shows a conversation uses. It is made of the session's events up to a position, so that it
//! is the same for transcripts and for the editor's sessions, now and in the past. Of every text it holds the two ends, and
//! where the whole of it is.

mod build;
mod corrected;
mod edits;
mod excerpt;
mod list;
mod read;
mod roster;
mod subject;
mod turns;
mod writing;

use jiff::Timestamp;
use retold_core::{EventType, Position, Records, Revision, Session, StreamId, StreamName};
use serde::Serialize;

pub use edits::{Edit, edits};
pub use excerpt::Excerpt;
pub use roster::Speaker;
pub use subject::{Subject, subject};

/// A part of a session, read as a conversation.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Conversation {
    /// The session's name.
    pub name: StreamName,
    /// Its stream.
    pub stream: StreamId,
    /// The position of its last event that counts.
    pub position: Position,
    /// The revision of that event.
    pub revision: Revision,
    /// The session's own keys and its agents, as they were then. Messages and outputs are not there.
    pub session: Session,
    /// What is known beside the document.
    pub records: Records,
    /// When it began.
    pub began_at: Option<Timestamp>,
    /// When the last of it happened.
    pub moved_at: Option<Timestamp>,
    /// How many messages it has in all.
    pub messages: u64,
    /// How many tools were called in all.
    pub calls: u64,
    /// The turns of this page, oldest first.
    pub turns: Vec<Turn>,
    /// Where the page before this one is: [`Page::Before`]. `None`: this is the first.
    pub before: Option<Revision>,
    /// Where the next page is: [`Page::After`]. `None`: this is the last.
    pub after: Option<Revision>,
}

/// What happened from one prompt of a person to the next.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Turn {
    /// Whether its beginning is on an earlier page.
    pub is_continued: bool,
    /// What was said and done, in order.
    pub entries: Vec<Entry>,
    /// The tokens that it took, by model.
    pub usage: Vec<Usage>,
}

/// One thing that was said or done.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Entry {
    /// The event that it came with.
    pub position: Position,
    /// That event's revision.
    pub revision: Revision,
    /// When it happened.
    pub at: Option<Timestamp>,
    /// The agent that said or did it, or that it was said to, where that is not the session itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speaker: Option<Speaker>,
    /// Whether a person went back to before it: it is no longer part of the conversation.
    pub rewound: bool,
    /// Whether a summary has replaced it for the model.
    pub compacted: bool,
    /// What it is.
    #[serde(flatten)]
    pub what: What,
}

/// What an [`Entry`] is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
#[non_exhaustive]
pub enum What {
    /// A message.
    Message {
        /// Its id, which need not be unique.
        id: String,
        /// `user`, `assistant`, `system`, or whatever it says.
        role: String,
        /// What it says.
        text: Excerpt,
        /// Whether it said something else at first.
        edited: bool,
    },
    /// A thought of the model.
    Thinking {
        /// The id of its message.
        id: String,
        /// What it says.
        text: Excerpt,
    },
    /// A call of a tool, with what it returned.
    Call(Box<Call>),
    /// A result whose call is on an earlier page, or was never recorded.
    Returned {
        /// The id of the call.
        call: String,
        /// What it returned.
        returned: Return,
    },
    /// What an agent wrote during the turn.
    Output {
        /// All of it, joined.
        text: Excerpt,
        /// Whether the first of it is on an earlier page.
        is_continued: bool,
        /// The events that have it, in order.
        pieces: Vec<Position>,
    },
    /// An agent joined.
    Joined {
        /// Its status then.
        status: String,
    },
    /// The session's status changed, or that of the agent.
    Status {
        /// The new one.
        status: String,
        /// Whether it was inferred: the program that ran it did not write it.
        inferred: bool,
    },
    /// The session has another title, or another task.
    Titled {
        /// The new one.
        title: String,
    },
    /// A winner was chosen; none: the choice was taken back.
    Winner {
        /// The number of the agent that won.
        number: Option<u32>,
    },
    /// What was said before was replaced, for the model, by a summary.
    Compacted {
        /// How many messages; none: all before.
        messages: usize,
    },
    /// A person went back.
    Rewound {
        /// How many messages are no longer part of the conversation.
        messages: usize,
    },
    /// The session was deleted.
    Deleted,
    /// The session is back.
    Restored,
    /// The body of what happened is erased.
    Erased {
        /// The event.
        #[serde(serialize_with = "excerpt::as_text")]
        event: EventType,
        /// `redacted` or `pruned`.
        erased: &'static str,
    },
}

/// A call of a tool.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Call {
    /// When it began.
    #[serde(skip)]
    pub at: Option<Timestamp>,
    /// Its id.
    pub id: String,
    /// The message that it is part of.
    pub message: Option<String>,
    /// The tool's name.
    pub name: String,
    /// What kind of tool: `read`, `edit`, `delete`, `move`, `search`, `execute`, `think`, `fetch`, `other`.
    pub kind: String,
    /// What it is about: a file, a command.
    pub subject: Option<Subject>,
    /// Its arguments: JSON, or text.
    pub input: Excerpt,
    /// What it returned; `None`: it has not.
    pub returned: Option<Return>,
}

/// What a call of a tool returned.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Return {
    /// The event that it came with.
    pub position: Position,
    /// That event's revision.
    pub revision: Revision,
    /// When that was.
    pub at: Option<Timestamp>,
    /// How the call ended: `ok`, `error`, `denied` or `cancelled`.
    pub outcome: String,
    /// What it returned.
    pub output: Excerpt,
}

/// The tokens that a turn took of one model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Usage {
    /// The model.
    pub model: String,
    /// Read, and not from a cache.
    pub input: u64,
    /// Read from a cache.
    pub cache_read: u64,
    /// Written to a cache.
    pub cache_write: u64,
    /// Generated, reasoning among it.
    pub output: u64,
    /// The part of `output` that was reasoning.
    pub reasoning: u64,
}

/// Which turns of a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// The last ones.
    #[default]
    Last,
    /// The last ones up to this revision, inclusive.
    Before(Revision),
    /// The first ones after this revision; after [`Revision::ZERO`], the first of all.
    After(Revision),
}

/// How much of a conversation is held at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// At most this many turns.
    pub turns: usize,
    /// At most this many events, of which a turn that has more of them is a part. A page has at least one.
    pub events: usize,
    /// At most this many bytes of the beginning of a text.
    pub head: usize,
    /// At most this many bytes of its end, where the beginning is not all.
    pub tail: usize,
    /// Where the moment is one of the clock of happening, in microseconds since 1970: what was corrected later counts from when it
    /// happened.
    pub happened: Option<i64>,
}

impl Default for Extent {
    fn default() -> Self {
        Self { turns: 20, events: 5_000, head: 4_096, tail: 1_024, happened: None }
    }
}

impl Conversation {
    /// Returns the entries of all turns, in order.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.turns.iter().flat_map(|turn| &turn.entries)
    }
}

impl Call {
    /// Returns how long it took, where it has returned and both times are known.
    pub fn duration(&self) -> Option<jiff::SignedDuration> {
        let (from, to) = (self.at?, self.returned.as_ref()?.at?);
        Some(to.duration_since(from)).filter(|took| !took.is_negative())
    }
}
