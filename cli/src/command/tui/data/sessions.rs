//! Pages of the list of sessions.

use retold_core::{StreamName, time};
use retold_projections::{Cursor, Order, SessionFilter};

use super::Data;
use crate::alarm::trouble_sign;
use crate::command::sessions::with_tags;
use crate::command::tui::model::{Answer, SessionItem};
use crate::failure::Failure;
use crate::session;

/// More of a task than any pane shows.
const TASK_MAX: usize = 200;

impl Data<'_> {
    pub(super) fn sessions(&mut self, after: Option<Cursor>, number: u32) -> Result<Answer, Failure> {
        // One more tells whether there are more.
        let mut filter = SessionFilter::new().with_order(Order::Updated).with_limit(number.saturating_add(1));
        filter.after.clone_from(&after);
        let mut found = match &self.past {
            None => self.store.sessions(&filter)?,
            Some(past) => past.sessions(&filter)?,
        };
        let now = (self.env.now)();
        let more = found.len() > number as usize;
        found.truncate(number as usize);
        let rows = found.into_iter().map(|row| {
            let task = with_tags(&row).chars().take(TASK_MAX).collect();
            let name = StreamName::session(row.workspace, row.id, row.ordinal);
            let short = session::short(&name);
            let moved_at = row.cursor.moved_at().or_else(|| time::parse(&row.updated_at));
            let status = session::standing(&row.status, moved_at, now).to_owned();
            SessionItem {
                trouble: trouble_sign(&status),
                moved_at: moved_at.map(time::to_micros),
                is_running: session::is_at_work(&row.status, moved_at, now),
                short,
                name,
                status,
                task,
                cursor: row.cursor,
            }
        });
        Ok(Answer::Sessions { after, rows: rows.collect(), more })
    }
}
