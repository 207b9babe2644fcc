//! Which sessions are listed: what a person typed.

use std::collections::HashSet;

use retold_core::time;
use retold_projections::{Happenings, SessionFilter, SessionRow};
use retold_travel::{Moment, Point};

use super::Data;
use crate::alarm::trouble_sign;
use crate::command::sessions::{Among, Chosen};
use crate::command::tui::model::{Answer, Filter};
use crate::failure::Failure;
use crate::session;

/// Only some sessions.
#[derive(Default)]
pub(super) struct Listed {
    status: Option<String>,
    words: Option<String>,
    chosen: Chosen,
    /// Those in which something happened since a moment.
    active: Option<HashSet<i64>>,
}

impl Data<'_> {
    /// Lists only what was typed: see [`Filter`].
    ///
    /// # Errors
    /// Where the value of `since:` is not a point.
    pub(super) fn list_only(&mut self, text: &str) -> Result<Answer, Failure> {
        let Filter { tool, project, status, since, words } = Filter::of(text);
        let active = since.map(|since| self.active_since(&since)).transpose()?;
        let chosen = Among::of(tool, project).resolve(&mut self.reader, false)?;
        let listed = Listed { status: status.map(|status| status.to_lowercase()), words, chosen, active };
        self.listed = listed;
        Ok(Answer::Filtered(text.trim().to_owned()))
    }

    /// Returns the sessions in which something happened after a point: 3d is 3d-ago.
    fn active_since(&self, text: &str) -> Result<HashSet<i64>, Failure> {
        let point = text.parse::<Point>().or_else(|error| format!("{text}-ago").parse().map_err(|_| error));
        let point = point.map_err(|error| Failure::usage(format!("since {text}: {error}")))?;
        let after = self.resolver(None).resolve_moment_or_before(&point)?.moment;
        let to = match after {
            Moment::Occurred(_) => Moment::Occurred(i64::MAX),
            Moment::Recorded(_) => Moment::Recorded(self.reader.head()?.position),
        };
        let happened = Happenings::of(&self.reader).happened_between(after, to)?;
        Ok(happened.into_iter().map(|happened| happened.stream.get()).collect())
    }
}

impl Listed {
    /// What the store itself can leave out.
    pub(super) fn narrow(&self, filter: &mut SessionFilter) {
        filter.text.clone_from(&self.words);
        filter.workspace = self.chosen.workspace();
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
