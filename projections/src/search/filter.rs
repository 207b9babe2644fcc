//! Which finds count.

use retold_core::{Position, Record, StreamId};

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
    /// Only task, message, output or agent.
    pub what: Option<String>,
    /// Only messages of this role.
    pub role: Option<String>,
    /// Only what the agent of this name said or is.
    pub agent: Option<String>,
    /// Only those of sessions of which one of these lists, known beside the document, has this element.
    pub having: Vec<(Record, String)>,
    /// Only the texts that these events brought.
    pub events: Option<Vec<Position>>,
}

impl SearchFilter {
    /// Returns a filter that leaves every text.
    pub fn new() -> Self {
        Self::default()
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
    /// Leaves only the texts of this kind: task, message, output or agent.
    with_what(what: impl Into<String>) sets what;
    /// Leaves only messages of this role.
    with_role(role: impl Into<String>) sets role;
    /// Leaves only what the agent of this name said or is.
    with_agent(agent: impl Into<String>) sets agent;
}
