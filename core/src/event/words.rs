//! The words that the fields of some events hold. They are open: a later release may know more, so whoever reads takes any.

use super::{SessionLinked, ToolCalled, ToolReturned};

impl ToolCalled {
    /// What [`kind`](Self::kind) may be: the kinds of the Agent Client Protocol.
    pub const KINDS: &[&str] =
        &["read", "edit", "delete", "move", "search", "execute", "think", "fetch", "other"];
}

impl ToolReturned {
    /// What [`outcome`](Self::outcome) may be.
    pub const OUTCOMES: &[&str] = &["ok", "error", "denied", "cancelled"];
}

impl SessionLinked {
    /// What [`relation`](Self::relation) may be.
    pub const RELATIONS: &[&str] = &["subagent", "fork"];
}
