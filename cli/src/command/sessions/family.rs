//! Sessions that come from others: sub-agents and forks.

use std::cell::Cell;
use std::collections::HashMap;

use retold_core::Reader;
use retold_projections::SessionRow;

/// Deeper families are told one by one.
const DEPTH_MAX: usize = 64;

/// Which sessions are told with the one that they come from.
#[derive(Debug, Default)]
pub(in crate::command) struct Family {
    /// The first ancestor of each.
    roots: HashMap<i64, i64>,
    /// How many come from each of those.
    counts: HashMap<i64, u64>,
    /// Those that come from each, the oldest first.
    children: HashMap<i64, Vec<i64>>,
    folded: Cell<u64>,
}

impl Family {
    /// Reads which sessions come from others that are there. Read models of an older release do not know, and fold nothing.
    pub(in crate::command) fn read(reader: &Reader<'_>) -> Self {
        let parents = || -> rusqlite::Result<HashMap<i64, i64>> {
            let mut statement =
                reader.connection().prepare_cached(include_str!("../../../sql/children.sql"))?;
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        let parents = parents().unwrap_or_default();
        let mut family = Self::default();
        for (child, parent) in &parents {
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
                family.children.entry(*parent).or_default().push(*child);
            }
        }
        family.children.values_mut().for_each(|children| children.sort_unstable());
        family
    }

    pub(in crate::command) fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    /// Whether a session is told with another one.
    pub(in crate::command) fn is_folded(&self, row: &SessionRow) -> bool {
        let is_folded = self.roots.contains_key(&row.stream);
        self.folded.set(self.folded.get() + u64::from(is_folded));
        is_folded
    }

    /// Returns how many come from a session, where any do.
    pub(in crate::command) fn of(&self, row: &SessionRow) -> Option<u64> {
        self.counts.get(&row.stream).copied()
    }

    /// Returns those that come from a session, each with how deep it is below it and followed by those that come from it: at most
    /// `max`.
    pub(in crate::command) fn under(&self, stream: i64, max: usize) -> Vec<(i64, usize)> {
        let mut found = Vec::new();
        let of = |stream: i64, depth: usize| {
            self.children.get(&stream).into_iter().flatten().rev().map(move |child| (*child, depth))
        };
        let mut left: Vec<(i64, usize)> = of(stream, 1).collect();
        while let Some((child, depth)) = left.pop().filter(|_| found.len() < max) {
            found.push((child, depth));
            left.extend(of(child, depth + 1));
        }
        found
    }

    /// Returns the session that one is told with.
    pub(in crate::command) fn root(&self, stream: i64) -> Option<i64> {
        self.roots.get(&stream).copied()
    }

    /// Returns how many were passed over.
    pub(in crate::command) fn folded(&self) -> u64 {
        self.folded.get()
    }
}
