//! What records mean: facts of sessions, the same for all tools.

use serde::{Deserialize, Serialize};

/// One thing that a record says of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// The tool's own id of the session. Sub-agents that live in files of their own have an id of their own.
    pub session: String,
    /// When it happened, in milliseconds since 1970; where the record does not say, nothing. A session lasts from the first to the
    /// last of them, in time: so what tools write when nothing happens (a saved title, an index) has none.
    pub at: Option<i64>,
    /// The tool's name for the agent inside the session that did it, where that is not the session's own: a side chain. What it
    /// says and does is not counted with the session's, but what it used is.
    pub agent: Option<String>,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// The session is there. Comes before all its other facts, once a source.
    Began,
    /// It has another title.
    Titled(String),
    /// It is in another folder, or on another branch; what is absent stays as it is.
    Moved {
        /// The working folder.
        cwd: Option<String>,
        /// The branch of the repository.
        branch: Option<String>,
    },
    /// It works in this worktree, which belongs to the repository it began in.
    InWorktree(String),
    /// It is written by this version of the tool.
    Versioned(String),
    /// It comes from another session.
    Linked {
        /// How.
        relation: Relation,
        /// The other one's id.
        parent: String,
        /// The id of the tool call that began it, where that is known.
        spawned_by: Option<String>,
    },
    /// A text was said: a prompt, a part of a response, a thought, a notice of the tool.
    Spoke {
        /// The tool's id of the message. Parts of one response have the same.
        id: String,
        /// Who said it.
        role: Role,
        /// The text.
        text: String,
        /// The model that said it.
        model: Option<String>,
    },
    /// A response came that says nothing by itself: it calls tools, or thinks.
    Responded {
        /// The tool's id of the message.
        id: String,
        /// The model that responded.
        model: Option<String>,
    },
    /// The text of an earlier message is another one.
    Revised {
        /// The message.
        id: String,
        /// Its new text.
        text: String,
    },
    /// A tool was called.
    Called {
        /// The id of the call.
        id: String,
        /// The message that the call is part of, where the record says so.
        message: Option<String>,
        /// The tool's name.
        name: String,
        /// What kind of tool it is.
        kind: ToolKind,
        /// Its arguments: JSON to the letter, or text.
        input: String,
    },
    /// A tool returned.
    Returned {
        /// The id of the call.
        id: String,
        /// How it ended.
        outcome: Outcome,
        /// What it returned, as text.
        output: String,
    },
    /// Tokens were used. A fact with the key of an earlier one replaces it.
    Used {
        /// What is counted once: the id of a response, over all files and sessions of the tool.
        key: String,
        /// Whether only another session's file says so: the session whose own file has the key owns it.
        is_hearsay: bool,
        /// The model.
        model: String,
        /// How many.
        tokens: Tokens,
        /// What the tool itself says that it cost, in millionths of its unit.
        cost: Option<i64>,
    },
    /// What was said before was replaced, for the model, by a summary. It stays here.
    Compacted {
        /// The messages that the model no longer sees; empty: all before.
        dropped: Vec<String>,
    },
    /// The person went back: what was said since then is no longer part of the conversation. It stays here.
    Rewound {
        /// The messages that are no longer part of it.
        dropped: Vec<String>,
    },
    /// It has another status, which the tool wrote.
    HasStatus(Status),
    /// A record of a type that this release does not know.
    Unknown(String),
    /// Something that only this tool has, under a name of its own: it is listed with the session.
    Also {
        /// The name, as `retold sources -o json` writes it.
        name: &'static str,
        /// Its value, which replaces the earlier one.
        value: serde_json::Value,
    },
}

/// How a session comes from another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// An agent that the other one started.
    Subagent,
    /// A copy that goes its own way.
    Fork,
}

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// A person; in a sub-agent, the agent that started it.
    User,
    /// The agent, as a response.
    Assistant,
    /// The agent, thinking.
    Thinking,
    /// The tool: a notice, a summary, what a command printed, a text that the tool put in.
    System,
}

/// What kind of tool is called, in the words of the Agent Client Protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ToolKind {
    /// It reads files.
    Read,
    /// It changes files.
    Edit,
    /// It removes files.
    Delete,
    /// It moves files.
    Move,
    /// It looks for something.
    Search,
    /// It runs a command.
    Execute,
    /// It thinks, or starts somebody who does.
    Think,
    /// It gets something from elsewhere.
    Fetch,
    /// Anything else.
    Other,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// It did what it was asked.
    Ok,
    /// It failed.
    Error,
    /// A person, or a rule, did not allow it.
    Denied,
    /// It was stopped.
    Cancelled,
}

/// How a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Status {
    /// It goes on, or waits.
    Open,
    /// It did what it was asked.
    Completed,
    /// It failed.
    Failed,
    /// Somebody stopped it.
    Interrupted,
}

/// Tokens, counted the same for all tools.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Read, and not from a cache.
    pub input: u64,
    /// Read from a cache.
    pub cache_read: u64,
    /// Written to a cache.
    pub cache_write: u64,
    /// The part of `cache_write` that the cache keeps for an hour, where the tool tells it.
    pub cache_write_1h: Option<u64>,
    /// Generated, reasoning among it.
    pub output: u64,
    /// The part of `output` that was reasoning.
    pub reasoning: u64,
}

/// What follows of a session from all of its records together: it may be another when more come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Its status, and whether it is inferred.
    pub status: Option<(Status, bool)>,
    /// Whether some of its usage is not known.
    pub is_usage_partial: bool,
    /// What only this tool has, and what each record changes: names as `retold sources -o json` writes them, and values. What
    /// changes seldom is a [`What::Also`] instead.
    pub also: Vec<(&'static str, serde_json::Value)>,
}

words! {
    Relation { Subagent = "subagent", Fork = "fork", }
    Role { User = "user", Assistant = "assistant", Thinking = "thinking", System = "system", }
    ToolKind {
        Read = "read", Edit = "edit", Delete = "delete", Move = "move", Search = "search", Execute = "execute",
        Think = "think", Fetch = "fetch", Other = "other",
    }
    Outcome { Ok = "ok", Error = "error", Denied = "denied", Cancelled = "cancelled", }
    Status { Open = "open", Completed = "completed", Failed = "failed", Interrupted = "interrupted", }
}

/// Hands over facts of one session, of one time.
pub(crate) struct Teller<'e> {
    pub(crate) session: String,
    pub(crate) at: Option<i64>,
    pub(crate) agent: Option<String>,
    pub(crate) each: &'e mut dyn FnMut(Fact),
}

impl Teller<'_> {
    pub(crate) fn tell(&mut self, what: What) {
        self.tell_at(self.at, what);
    }

    pub(crate) fn tell_at(&mut self, at: Option<i64>, what: What) {
        (self.each)(Fact { session: self.session.clone(), at, agent: self.agent.clone(), what });
    }
}
