//! What a stream was by happening, told again where earlier revisions are corrected.

use std::collections::{HashMap, VecDeque};

use retold_core::happening::StreamEvents;
use retold_core::{Limit, Position, Recorded, Revision, StreamId, StreamName};
use rusqlite::{Connection, params};

use super::OPEN_HAPPENED;
use super::fill::{Done, Temporal};
use super::rows::Rows;
use super::staged::{Boundary, Staged, Touched};
use super::statements::VERSIONS;
use crate::engine::Refusal;

impl Rows<'_> {
    /// Lets the rows of the stream be those by position alone: what it was by happening is told again.
    pub(super) fn leave_to_retelling(&self, staged: &mut Staged) -> Done {
        staged.is_outdated = true;
        if std::mem::replace(&mut staged.is_corrected, true) {
            return Ok(());
        }
        let never = params![self.stream, OPEN_HAPPENED];
        self.run("update touch set happened = ?2 where stream = ?1", never)?;
        for table in VERSIONS {
            let sql = format!("update {table} set from_happened = ?2, to_happened = ?2 where stream = ?1");
            self.run(&sql, never)?;
        }
        if let Some(session) = &mut staged.session {
            let instances = session.instances.iter_mut().map(|row| &mut row.since);
            for since in std::iter::once(&mut session.since).chain(instances) {
                since.from.happened = OPEN_HAPPENED;
            }
        }
        Ok(())
    }
}

impl Temporal {
    /// Fills the rows of what a stream was by happening, from its events in the order in which they come to count. O(events of the
    /// stream); in memory its corrections, and 100 bytes an event.
    pub(super) fn retell(&mut self, connection: &Connection, stream: StreamId, name: &StreamName) -> Done {
        let Some(own) = self.staged.get_mut(&stream.get()) else { return Ok(()) };
        own.is_outdated = false;
        let (last, happening, workspace) = (own.last, own.happening, own.workspace);
        let mut pages = Events::of(stream, last.position);
        let (mut events, mut corrections) = (StreamEvents::default(), HashMap::new());
        while let Some(recorded) = pages.next(self, connection)? {
            if events.push(&recorded).is_some() {
                corrections.insert(recorded.revision, recorded);
            }
        }
        let order = events.order();
        let own = Rows { connection, stream: stream.get() };
        for recorded in corrections.values() {
            let counts = order.counts_from(recorded.revision);
            own.run(include_str!("../../sql/temporal/set_counts.sql"), params![recorded.position, counts])?;
        }
        let rows = Rows { connection, stream: -stream.get() };
        rows.clear()?;
        let mut staged = Box::new(Staged::new(workspace, name.ordinal));
        let (mut retelling, mut newest) = (order.retell(), Revision::ZERO);
        let mut pages = Events::of(stream, last.position);
        for (counts, revision) in order.steps() {
            let taken = match corrections.remove(&revision) {
                Some(correction) => Some(correction),
                // All others come in the order of the log.
                None => loop {
                    match pages.next(self, connection)? {
                        Some(recorded) if recorded.revision < revision => {}
                        other => break other,
                    }
                },
            };
            let Some(mut recorded) = taken else { break };
            retelling.take(&mut recorded);
            newest = newest.max(revision);
            let touched = Touched { at: Boundary::new(recorded.position, counts), revision: newest };
            rows.apply_at(&mut staged, &recorded, name, touched, Some(&mut retelling))?;
        }
        (staged.last, staged.happening, staged.is_dirty) = (last, happening, true);
        rows.flush(&mut staged)?;
        self.staged.insert(rows.stream, staged);
        Ok(())
    }
}

/// The events of a stream up to a position, page by page.
struct Events {
    stream: StreamId,
    until: Position,
    after: Revision,
    page: VecDeque<Recorded>,
    is_last: bool,
}

impl Events {
    fn of(stream: StreamId, until: Position) -> Self {
        Self { stream, until, after: Revision::ZERO, page: VecDeque::new(), is_last: false }
    }

    fn next(&mut self, of: &mut Temporal, connection: &Connection) -> Result<Option<Recorded>, Refusal> {
        if self.page.is_empty() && !self.is_last {
            let page = of.decoder.stream_events_after(
                connection,
                self.stream,
                self.after,
                self.until,
                Limit::default(),
            )?;
            self.is_last = !page.more;
            self.page = page.events.into();
        }
        let next = self.page.pop_front();
        self.after = next.as_ref().map_or(self.after, |recorded| recorded.revision);
        Ok(next)
    }
}
