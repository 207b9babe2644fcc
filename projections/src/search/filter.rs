//! Which finds count.

use retold_core::{Position, Record, StreamId};

/// A part of what sessions say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchIn {
    /// What people and agents said: tasks and messages.
    Messages,
    /// What tools were given: the arguments of their calls.
    Calls,
    /// What came back: results of calls, and the outputs of agents in terminals.
    Outputs,
    /// The files and folders that calls name.
    Paths,
}

impl SearchIn {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Messages, Self::Calls, Self::Outputs, Self::Paths];

    /// Returns its name, as it is typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Calls => "calls",
            Self::Outputs => "outputs",
            Self::Paths => "paths",
        }
    }

    /// Returns what is called so.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// Returns what its texts are: [`Hit::what`](crate::Hit::what).
    pub const fn whats(self) -> &'static [&'static str] {
        match self {
            Self::Messages => &["task", "message"],
            Self::Calls => &["call"],
            Self::Outputs => &["output", "result"],
            Self::Paths => &["path"],
        }
    }
}

/// Which finds count; `None`: all.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SearchFilter {
    /// Only those of this workspace, by its key.
    pub workspace: Option<String>,
    /// Only those of this session.
    pub session: Option<StreamId>,
    /// Only those of sessions of this type.
    pub kind: Option<String>,
    /// Only those of sessions of this status.
    pub status: Option<String>,
    /// Only task, message, output, agent, call, result or path.
    pub what: Option<String>,
    /// Only messages of this role.
    pub role: Option<String>,
    /// Only what the agent of this name said or is.
    pub agent: Option<String>,
    /// Only those of sessions of which one of these lists, known beside the document, has this element.
    pub having: Vec<(Record, String)>,
    /// Only these parts of what sessions say; none: all.
    pub within: Vec<SearchIn>,
    /// Only what a tool of this name was given, or returned.
    pub tool_name: Option<String>,
    /// Only of calls of this kind: `read`, `edit`, `delete`, `move`, `search`, `execute`, `think`, `fetch`, `other`.
    pub tool_kind: Option<String>,
    /// Only those of sessions that this tool kept: `claude`, `codex`, …; `ait42` for the editor's.
    pub tool: Option<String>,
    /// Only those of sessions of this project: its name, or a path in it.
    pub project: Option<String>,
    /// Only those of sessions in which a model responded that has this in its name.
    pub model: Option<String>,
    /// Only those of sessions that worked on this branch.
    pub branch: Option<String>,
    /// Only the texts that these events brought.
    pub events: Option<Vec<Position>>,
}

impl SearchFilter {
    /// Returns a filter that leaves every text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves only a part of what sessions say; more than one: each of them.
    #[must_use]
    pub fn within(mut self, part: SearchIn) -> Self {
        self.within.push(part);
        self
    }

    /// Leaves only the texts of sessions with this tag.
    #[must_use]
    pub fn with_tag(mut self, tag: impl Into<String>) -> Self {
        self.having.push((Record::Tags, tag.into()));
        self
    }
}

/// Declares methods that set one field each and return the filter.
macro_rules! with {
    ($($(#[$about:meta])* $with:ident($value:ident: $type:ty) sets $field:ident;)*) => {
        impl SearchFilter {
            $(
                $(#[$about])*
                #[must_use]
                pub fn $with(mut self, $value: $type) -> Self {
                    self.$field = Some($value.into());
                    self
                }
            )*
        }
    };
}

with! {
    /// Leaves only the texts of the workspace with this key.
    with_workspace(key: impl Into<String>) sets workspace;
    /// Leaves only the texts of this session.
    with_session(stream: StreamId) sets session;
    /// Leaves only the texts of sessions of this type.
    with_kind(kind: impl Into<String>) sets kind;
    /// Leaves only the texts of sessions of this status.
    with_status(status: impl Into<String>) sets status;
    /// Leaves only the texts of this kind: task, message, output, agent, call, result or path.
    with_what(what: impl Into<String>) sets what;
    /// Leaves only messages of this role.
    with_role(role: impl Into<String>) sets role;
    /// Leaves only what the agent of this name said or is.
    with_agent(agent: impl Into<String>) sets agent;
    /// Leaves only what a tool of this name was given, or returned.
    with_tool_name(name: impl Into<String>) sets tool_name;
    /// Leaves only calls of this kind, and what they returned.
    with_tool_kind(kind: impl Into<String>) sets tool_kind;
    /// Leaves only the texts of sessions that this tool kept; `ait42` for the editor's.
    with_tool(tool: impl Into<String>) sets tool;
    /// Leaves only the texts of sessions of this project: its name, or a path in it.
    with_project(project: impl Into<String>) sets project;
    /// Leaves only the texts of sessions in which a model responded that has this in its name.
    with_model(model: impl Into<String>) sets model;
    /// Leaves only the texts of sessions that worked on this branch.
    with_branch(branch: impl Into<String>) sets branch;
}
