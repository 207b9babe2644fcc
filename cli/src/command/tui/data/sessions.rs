//! Pages of the list of sessions.

use retold_core::{Clock, Revision, StreamName, time};
use retold_projections::{Cursor, Order, SessionFilter, SessionRow};

use super::Data;
use crate::alarm::trouble_sign;
use crate::command::sessions::{usual_order, with_tags};
use crate::command::tui::model::{Answer, SessionItem};
use crate::failure::Failure;
use crate::session;

/// More of a task than any pane shows.
const TASK_MAX: usize = 200;
/// Sessions that one step looks at, for those that are listed.
const LOOKED_AT: u32 = 2_000;

impl Data<'_> {
    /// Returns a page of the list: so many of those that are listed, or fewer where they are rare.
    pub(super) fn sessions(&mut self, after: Option<Cursor>, number: u32) -> Result<Answer, Failure> {
        let mut filter = SessionFilter::new().with_order(self.order(after.as_ref())?);
        self.listed.narrow(&mut filter);
        filter.after.clone_from(&after);
        let (now, mut rows, mut next) = ((self.env.now)(), Vec::new(), None);
        let (mut looked_at, mut page) = (0, number);
        while looked_at < LOOKED_AT.max(number) {
            // One more tells whether there are more.
            filter.limit = Some(page.saturating_add(1));
            let mut found = match &self.past {
                None => self.store.sessions(&filter)?,
                Some(past) => past.sessions(&filter)?,
            };
            let has_more = found.len() > page as usize;
            found.truncate(page as usize);
            looked_at += page;
            next = found.last().filter(|_| has_more).map(|row| row.cursor.clone());
            for row in found {
                if self.listed.has(&row, now) {
                    rows.push(self.item(row, now)?);
                }
                if rows.len() >= number as usize {
                    break;
                }
            }
            if next.is_none() || rows.len() >= number as usize {
                break;
            }
            filter.after.clone_from(&next);
            page = LOOKED_AT;
        }
        // The page goes on after the last one that is listed, where it was not looked at to its end.
        if rows.len() >= number as usize && next.is_some() {
            next = rows.last().map(|row: &SessionItem| row.cursor.clone());
        }
        Ok(Answer::Sessions { after, rows, next, now: time::to_micros(now) })
    }

    /// As `retold sessions` has them; all pages of a list are of one order.
    fn order(&self, after: Option<&Cursor>) -> Result<Order, Failure> {
        after.map_or_else(|| usual_order(self.store), |after| Ok(after.order()))
    }

    fn item(&mut self, row: SessionRow, now: jiff::Timestamp) -> Result<SessionItem, Failure> {
        let task: String = with_tags(&row).chars().take(TASK_MAX).collect();
        let task = if task.trim().is_empty() { "(no title)".to_owned() } else { task };
        let is_transcript = row.kind == "transcript";
        let name = StreamName::session(row.workspace, row.id, row.ordinal);
        let moved_at = row.cursor.moved_at().or_else(|| time::parse(&row.updated_at));
        let status = session::standing(&row.status, moved_at, now).to_owned();
        let shown_at = match self.env.clock {
            Clock::Occurred => moved_at.map(time::to_micros),
            Clock::Recorded => self.recorded_last(&name)?,
        };
        Ok(SessionItem {
            trouble: trouble_sign(&status),
            shown_at,
            is_running: session::is_at_work(&row.status, moved_at, now),
            short: session::short(&name),
            tool: if is_transcript { name.workspace.clone() } else { "ait42".to_owned() },
            is_part: row.records.relation.as_deref() == Some("subagent"),
            name,
            status,
            task,
            cursor: row.cursor,
        })
    }

    /// Returns when the log got the last event of a session.
    fn recorded_last(&mut self, name: &StreamName) -> Result<Option<i64>, Failure> {
        let stream = self.stream(name)?;
        let last = self.reader.revision(stream)?;
        let position = self.reader.position_of(stream, last.max(Revision::ZERO.plus(1)))?;
        let event = position.map(|position| self.reader.event_at(position)).transpose()?.flatten();
        Ok(event.map(|event| event.recorded_at))
    }
}
