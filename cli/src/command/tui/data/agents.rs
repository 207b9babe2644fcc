//! The sub-agents of a session: which call began which of them.

use retold_core::{Position, Revision, StreamId, StreamName};
use retold_projections::{Happenings, joined_transcripts};
use retold_travel::Moment;

use super::Data;
use crate::failure::Failure;

/// More of a task than any row shows.
const TITLE_MAX: usize = 200;

/// A session that another one began.
pub(super) struct Agent {
    pub(super) stream: StreamId,
    pub(super) name: StreamName,
    /// The call that began it, where that is known.
    pub(super) call: Option<String>,
    /// What it is called beside its title.
    pub(super) what: String,
    pub(super) title: String,
}

impl Data<'_> {
    /// Returns the sub-agents of a session, and what its agents' own tools kept of them. O(sessions).
    pub(super) fn agents_of(&mut self, stream: StreamId, name: &StreamName) -> Result<Vec<Agent>, Failure> {
        let mut agents = Vec::new();
        for (child, call, task) in self.children(stream, &name.session_id) {
            let name = self.reader.name(child)?;
            agents.push(Agent {
                stream: child,
                name,
                call,
                what: "sub-agent".to_owned(),
                title: title(&task),
            });
        }
        for joined in joined_transcripts(&self.reader, Some(stream))? {
            let what = format!("transcript of #{}", joined.instance);
            let (stream, name) = (joined.transcript, self.reader.name(joined.transcript)?);
            agents.push(Agent { stream, name, call: None, what, title: String::new() });
        }
        Ok(agents)
    }

    /// Read models of an older release do not know any.
    fn children(&self, stream: StreamId, id: &str) -> Vec<(StreamId, Option<String>, String)> {
        let read = || -> rusqlite::Result<Vec<_>> {
            let sql = include_str!("../../../../sql/agents_of.sql");
            let mut statement = self.reader.connection().prepare_cached(sql)?;
            let row = |row: &rusqlite::Row<'_>| {
                Ok((row.get(0)?, row.get(1)?, row.get::<_, Option<String>>(2)?.unwrap_or_default()))
            };
            statement.query_map(rusqlite::params![stream, id], row)?.collect()
        };
        read().unwrap_or_default()
    }

    /// Returns up to where a sub-agent's session counts when its parent is at an event: by when things happened, for the log may
    /// have got one long after the other; at the parent's head, up to its own.
    pub(super) fn agent_at(
        &mut self,
        agent: StreamId,
        at: Position,
        is_head: bool,
    ) -> Result<Position, Failure> {
        if is_head {
            return Ok(self.reader.head()?.position);
        }
        let Some(event) = self.reader.event_at(at)? else { return Ok(at) };
        Ok(Happenings::of(&self.reader).stream_at(agent, Moment::Occurred(event.occurred_at))?)
    }
}

/// The first line of a task that says something.
fn title(task: &str) -> String {
    let line = task.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    line.trim().chars().take(TITLE_MAX).collect()
}

/// The first revision, before which there is nothing.
pub(super) const BEGIN: Revision = Revision::ZERO;
