//! Pages of the list of sessions.

use jiff::Timestamp;
use retold_core::{Clock, Revision, StreamName, time};
use retold_projections::{Cursor, Order, SessionFilter, SessionRow};

use super::Data;
use crate::alarm::trouble_sign;
use crate::command::sessions::{usual_order, with_tags};
use crate::command::tui::model::{Answer, SessionItem, Under};
use crate::failure::Failure;
use crate::session;

/// More of a task than any pane shows.
const TASK_MAX: usize = 200;
/// Sessions that one step looks at, for those that are listed.
const LOOKED_AT: u32 = 2_000;

impl Data<'_> {
    /// Returns a page of the list: so many of those that are listed, or fewer where they are rare.
    pub(super) fn sessions(&mut self, after: Option<Cursor>, number: u32) -> Result<Answer, Failure> {
        let order = self.order(after.as_ref())?;
        let mut filter = SessionFilter::new().with_order(order);
        self.read_families();
        self.listed.narrow(&mut filter);
        filter.after.clone_from(&after);
        let (now, mut rows, mut next) = ((self.env.now)(), Vec::new(), None);
        // Those under others are not counted, and no page begins after one of them.
        let (mut looked_at, mut page, mut count, mut last) = (0, number, 0, None);
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
                if self.families.root(row.stream).is_none() && self.listed.has(&row, now) {
                    (count, last) = (count + 1, Some(row.cursor.clone()));
                    self.family(row, order, now, &mut rows)?;
                }
                if count >= number {
                    break;
                }
            }
            if next.is_none() || count >= number {
                break;
            }
            filter.after.clone_from(&next);
            page = LOOKED_AT;
        }
        // The page goes on after the last one that is listed, where it was not looked at to its end.
        if count >= number && next.is_some() {
            next = last;
        }
        Ok(Answer::Sessions { after, rows, next, now: time::to_micros(now) })
    }

    /// As `retold sessions` has them; all pages of a list are of one order.
    fn order(&self, after: Option<&Cursor>) -> Result<Order, Failure> {
        after.map_or_else(|| usual_order(self.store, &self.reader), |after| Ok(after.order()))
    }

    /// Adds a session, and what is under it where that is shown.
    fn family(
        &mut self,
        row: SessionRow,
        order: Order,
        now: Timestamp,
        rows: &mut Vec<SessionItem>,
    ) -> Result<(), Failure> {
        let (root, count) = (row.stream, self.families.count(&row));
        let is_unfolded = count > 0 && self.families.is_unfolded(root);
        let under = if is_unfolded { self.under(root, order)? } else { Vec::new() };
        let shown = is_unfolded.then_some(under.len() as u64);
        rows.push(SessionItem { under: Under { count, shown }, ..self.item(row, now)? });
        for (row, depth) in under {
            rows.push(SessionItem { depth, ..self.item(row, now)? });
        }
        Ok(())
    }

    fn item(&mut self, row: SessionRow, now: Timestamp) -> Result<SessionItem, Failure> {
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
            called: session::called(&self.reader, &name),
            tool: if is_transcript { name.workspace.clone() } else { "ait42".to_owned() },
            is_part: row.records.relation.as_deref() == Some("subagent"),
            under: Under::default(),
            depth: 0,
            name,
            status,
            task,
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
