//! Which sessions are listed: what a person typed.

use std::collections::HashSet;

use retold_projections::Happenings;
use retold_travel::{Moment, Point};

use super::Data;
use super::listed::Listed;
use crate::command::sessions::Among;
use crate::command::tui::model::{Answer, Filter};
use crate::failure::Failure;

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
