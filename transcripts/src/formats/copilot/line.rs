//! The fields of an event of Copilot CLI.

use std::borrow::Cow;

use crate::raw::Raw;

/// The longest text that is taken for an id or a name.
const ID_MAX: usize = 512;

/// An event.
pub(super) struct Line<'a> {
    pub(super) kind: Cow<'a, str>,
    pub(super) id: Option<Cow<'a, str>>,
    pub(super) at: Option<i64>,
    pub(super) agent: Option<Cow<'a, str>>,
    pub(super) data: Raw<'a>,
}

impl<'a> Line<'a> {
    pub(super) fn of(raw: Raw<'a>) -> Self {
        let [kind, id, time, agent, data] = raw.fields(&["type", "id", "timestamp", "agentId", "data"]);
        Self {
            kind: kind.and_then(Raw::text).unwrap_or_default(),
            id: id.and_then(name),
            at: time.and_then(Raw::time),
            agent: agent.and_then(name),
            data: data.unwrap_or(Raw::NULL),
        }
    }

    /// Returns some texts of what it says.
    pub(super) fn texts<const N: usize>(&self, names: &[&str; N]) -> [Option<Cow<'a, str>>; N] {
        self.data.fields(names).map(|field| field.and_then(Raw::text).filter(|text| !text.is_empty()))
    }
}

/// Returns a text that may be an id.
pub(super) fn name(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    raw.text().filter(|text| !text.is_empty() && text.len() <= ID_MAX)
}

/// Returns a text that may be a path or a title.
pub(super) fn long_name(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    raw.text().filter(|text| !text.is_empty() && text.len() <= 16 * ID_MAX)
}
