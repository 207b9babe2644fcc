//! Sessions that come from others: sub-agents and forks.

use std::cell::Cell;
use std::collections::HashMap;

use retold_core::Reader;
use retold_projections::SessionRow;

/// Deeper families are told one by one.
const DEPTH_MAX: usize = 64;

/// Which sessions are told with the one that they come from.
#[derive(Debug, Default)]
pub(super) struct Family {
    /// The first ancestor of each.
    roots: HashMap<i64, i64>,
    /// How many come from each of those.
    counts: HashMap<i64, u64>,
    folded: Cell<u64>,
}

impl Family {
    /// Reads which sessions come from others that are there. Read models of an older release do not know, and fold nothing.
    pub(super) fn read(reader: &Reader<'_>) -> Self {
        let parents = || -> rusqlite::Result<HashMap<i64, i64>> {
            let mut statement =
                reader.connection().prepare_cached(include_str!("../../../sql/children.sql"))?;
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        let parents = parents().unwrap_or_default();
        let mut family = Self::default();
        for child in parents.keys() {
            let mut at = *child;
            let mut steps = 0;
            while let Some(parent) = parents.get(&at)
                && steps < DEPTH_MAX
            {
                (at, steps) = (*parent, steps + 1);
            }
            // Those that come from each other come from nobody.
            if steps < DEPTH_MAX {
                family.roots.insert(*child, at);
                *family.counts.entry(at).or_default() += 1;
            }
        }
        family
    }

    pub(super) fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    /// Whether a session is told with another one.
    pub(super) fn is_folded(&self, row: &SessionRow) -> bool {
        let is_folded = self.roots.contains_key(&row.stream);
        self.folded.set(self.folded.get() + u64::from(is_folded));
        is_folded
    }

    /// Returns how many come from a session, where any do.
    pub(super) fn of(&self, row: &SessionRow) -> Option<u64> {
        self.counts.get(&row.stream).copied()
    }

    /// Returns how many were passed over.
    pub(super) fn folded(&self) -> u64 {
        self.folded.get()
    }
}
