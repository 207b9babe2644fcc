//! When events count as having happened, and what follows where that is corrected.

use retold_core::Recorded;
use rusqlite::params;

use super::fill::Done;
use super::rows::Rows;
use super::staged::{Boundary, MessagesChanged, Staged};
use super::statements::VERSIONS;
use crate::engine::Refusal;

impl Rows<'_> {
    /// Takes note of the time of the stream's next event, and corrects that of the one before it where its clock was wrong.
    pub(super) fn record_times(&self, staged: &mut Staged, recorded: &Recorded) -> Result<Boundary, Refusal> {
        let pushed = staged.happening.push(recorded.occurred_at);
        if let Some(happened) = pushed.previous {
            let corrected = Boundary::new(staged.last.position, happened);
            if corrected.happened != staged.last.happened {
                self.correct(staged, corrected)?;
            }
        }
        let at = Boundary::new(recorded.position, pushed.last);
        let sql = include_str!("../../sql/temporal/insert_event_time.sql");
        self.run(sql, params![at.position, self.stream, at.happened])?;
        staged.last = at;
        Ok(at)
    }

    /// Moves every boundary at an event to another time.
    fn correct(&self, staged: &mut Staged, event: Boundary) -> Done {
        let Boundary { position, happened } = event;
        self.run("update event_time set happened = ?2 where position = ?1", params![position, happened])?;
        if staged.is_corrected {
            staged.is_outdated = true;
            return Ok(());
        }
        let of_touch = "update touch set happened = ?3 where stream = ?1 and position = ?2";
        self.run(of_touch, params![self.stream, position, happened])?;
        for table in VERSIONS {
            let condition = match (table, staged.messages_changed) {
                ("message_version", MessagesChanged::None) => continue,
                ("message_version", MessagesChanged::Rank(_)) => "stream = ?1 and rank = ?4",
                _ => "stream = ?1 and ?4 is not null",
            };
            let rank = if let MessagesChanged::Rank(rank) = staged.messages_changed { rank } else { 0.0 };
            for end in ["from", "to"] {
                let sql = format!(
                    "update {table} set {end}_happened = ?3 where {condition} and {end}_position = ?2"
                );
                self.run(&sql, params![self.stream, position, happened, rank])?;
            }
        }
        if staged.created == Some(position) {
            self.see_workspace(staged.workspace, event)?;
        }
        if let Some(session) = &mut staged.session {
            let instances = session.instances.iter_mut().map(|row| &mut row.since);
            for since in std::iter::once(&mut session.since).chain(instances) {
                if since.from.position == position {
                    since.from.happened = happened;
                }
            }
        }
        Ok(())
    }

    /// Takes note that a workspace was known at a moment, where that was not known.
    pub(super) fn see_workspace(&self, workspace: i64, at: Boundary) -> Done {
        let sql = include_str!("../../sql/temporal/see_workspace.sql");
        self.run(sql, params![workspace, at.position, at.happened])
    }
}
