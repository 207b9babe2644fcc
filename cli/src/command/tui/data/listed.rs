//! Which sessions are listed.

use std::collections::HashSet;

use retold_core::time;
use retold_projections::{SessionFilter, SessionRow};

use crate::alarm::trouble_sign;
use crate::command::sessions::Chosen;
use crate::session;

/// Only some sessions.
#[derive(Default)]
pub(super) struct Listed {
    pub(super) status: Option<String>,
    pub(super) words: Option<String>,
    pub(super) chosen: Chosen,
    /// Those in which something happened since a moment.
    pub(super) active: Option<HashSet<i64>>,
}

impl Listed {
    /// What the store itself can leave out.
    pub(super) fn narrow(&self, filter: &mut SessionFilter) {
        filter.text.clone_from(&self.words);
        filter.workspace = self.chosen.workspace();
    }

    /// Whether what comes from a session is listed under it: only where what is looked for is the same of both.
    pub(super) fn folds(&self) -> bool {
        self.status.is_none() && self.words.is_none() && self.active.is_none()
    }

    pub(super) fn has(&mut self, row: &SessionRow, now: jiff::Timestamp) -> bool {
        let moved_at = row.cursor.moved_at().or_else(|| time::parse(&row.updated_at));
        let standing = session::standing(&row.status, moved_at, now);
        let of_status = self.status.as_deref().is_none_or(|status| match status {
            // One that was broken off did not end well either.
            "failed" => trouble_sign(standing).is_some(),
            status => standing == status || row.status == status,
        });
        let of_time = self.active.as_ref().is_none_or(|active| active.contains(&row.stream));
        of_status && of_time && self.chosen.has(row)
    }
}
