//! What the index says of a text beside its words.
//!
//! Each text has one **kind**: a value, or none, for each mark of the table below. There are few kinds, so a filter is
//! decided once a kind, and finds are counted by it. What changes with a session (its type and status) is its
//! [scope](super::index::Scope), likewise. A new mark is a line here, a value where texts are added, and a field of the
//! filter.

use std::collections::HashMap;

use super::filter::SearchFilter;
use super::index::{Tables, damaged};

/// A mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    What,
    Role,
    Agent,
    ToolName,
    ToolKind,
}

pub(crate) const MARKS: [Mark; 5] = [Mark::What, Mark::Role, Mark::Agent, Mark::ToolName, Mark::ToolKind];

impl Mark {
    /// Its name, as a facet has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::What => "what",
            Self::Role => "role",
            Self::Agent => "agent",
            Self::ToolName => "tool_name",
            Self::ToolKind => "tool_kind",
        }
    }

    /// What a filter asks of it.
    fn wanted(self, filter: &SearchFilter) -> Option<&str> {
        match self {
            Self::What => filter.what.as_deref(),
            Self::Role => filter.role.as_deref(),
            Self::Agent => filter.agent.as_deref(),
            Self::ToolName => filter.tool_name.as_deref(),
            Self::ToolKind => filter.tool_kind.as_deref(),
        }
    }
}

/// The values of all marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marks(pub(crate) Vec<Option<String>>);

impl Marks {
    /// Returns them as a row has them.
    pub(super) fn json(value: impl Fn(Mark) -> Option<String>) -> String {
        serde_json::Value::from_iter(MARKS.map(value)).to_string()
    }

    pub(super) fn get(&self, mark: Mark) -> Option<&str> {
        let place = MARKS.iter().position(|known| *known == mark)?;
        self.0.get(place)?.as_deref()
    }

    pub(super) fn fit(&self, filter: &SearchFilter) -> bool {
        let is_within = || {
            let what = self.get(Mark::What).unwrap_or_default();
            filter.within.is_empty() || filter.within.iter().any(|one| one.whats().contains(&what))
        };
        let has = |mark: &Mark| mark.wanted(filter).is_none_or(|wanted| self.get(*mark) == Some(wanted));
        MARKS.iter().all(has) && is_within()
    }
}

/// Returns the kinds of texts by their number.
pub(crate) fn read_kinds(tables: Tables<'_>) -> rusqlite::Result<HashMap<u32, Marks>> {
    let mut statement = tables.prepare(include_str!("../../sql/search/kinds.sql"))?;
    let mut rows = statement.query([])?;
    let mut kinds = HashMap::new();
    while let Some(row) = rows.next()? {
        let marks = serde_json::from_str(row.get_ref(1)?.as_str()?).map_err(|_| damaged())?;
        kinds.insert(row.get(0)?, Marks(marks));
    }
    Ok(kinds)
}
