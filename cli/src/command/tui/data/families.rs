//! Which sessions come from others, and which of these show them.

use std::collections::HashSet;

use retold_core::{Position, Reader};
use retold_projections::SessionRow;

use crate::command::sessions::family::Family;

/// Which sessions come from others, as of a position, and which of these show them.
#[derive(Default)]
pub(super) struct Families {
    known: Option<(Position, Family)>,
    /// Whether all are unfolded, and those that are not as this says.
    all: bool,
    turned: HashSet<i64>,
}

impl Families {
    pub(super) fn is_unfolded(&self, root: i64) -> bool {
        self.turned.contains(&root) != self.all
    }

    pub(super) fn turn(&mut self, root: i64) {
        if !self.turned.remove(&root) {
            self.turned.insert(root);
        }
    }

    pub(super) fn turn_all(&mut self) {
        self.turned.clear();
        self.all = !self.all;
    }

    /// Returns the session that one is under.
    pub(super) fn root(&self, stream: i64) -> Option<i64> {
        self.known.as_ref().and_then(|(_, family)| family.root(stream))
    }

    /// Returns how many sessions are under one.
    pub(super) fn count(&self, row: &SessionRow) -> u64 {
        self.known.as_ref().and_then(|(_, family)| family.of(row)).unwrap_or_default()
    }

    /// Returns which sessions come from others, where the list folds them.
    pub(super) fn family(&self) -> Option<&Family> {
        self.known.as_ref().map(|(_, family)| family)
    }

    /// Reads them as of a position, where they are not known of it. O(sessions).
    pub(super) fn read(&mut self, reader: &Reader<'_>, at: Position) {
        if self.known.as_ref().is_none_or(|(known, _)| *known != at) {
            self.known = Some((at, Family::read(reader)));
        }
    }

    /// Folds nothing from now on.
    pub(super) fn forget(&mut self) {
        self.known = None;
    }
}
