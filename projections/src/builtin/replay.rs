//! Rows that are filled again from the events of their stream.

use retold_core::{Event, EventType, Limit, Position, Revision, StreamName};
use rusqlite::{Connection, OptionalExtension, Row};

use super::apply::{Arrived, Builtin, Done, Stream, Unwritten, failed, run};

/// Which events of a stream count.
#[derive(Clone, Copy)]
struct Replay<'a> {
    /// Those before this one.
    before: Position,
    /// The body of this one does not.
    redacted: Option<Position>,
    unwritten: &'a [Unwritten<'a>],
}

impl Builtin {
    /// Takes away the rows of a session: a deleted one has none.
    pub(super) fn delete(&mut self, connection: &Connection, stream: retold_core::StreamId) -> Done {
        if self.staged.remove(&stream).is_some() {
            self.dirty.retain(|dirty| *dirty != stream);
        }
        for sql in [
            &self.tables.delete_session,
            &self.tables.delete_instances,
            &self.tables.delete_messages,
            &self.tables.delete_all_chunks,
        ] {
            run(connection, sql, [stream])?;
        }
        Ok(())
    }

    /// Fills a deleted session's rows again.
    pub(super) fn restore(
        &mut self,
        connection: &Connection,
        stream: Stream<'_>,
        before: Position,
        unwritten: &[Unwritten<'_>],
    ) -> Done {
        self.refill(connection, stream, Replay { before, redacted: None, unwritten })
    }

    /// Fills the rows that a redacted body went into again, without it.
    pub(super) fn redact(
        &mut self,
        connection: &Connection,
        arrived: Arrived<'_>,
        unwritten: &[Unwritten<'_>],
    ) -> Done {
        let Some(Event::BodyRedacted(body)) = arrived.event else { return Ok(()) };
        let Some(position) = Position::new(body.position) else { return Ok(()) };
        let replay = Replay { before: arrived.position, redacted: Some(position), unwritten };
        if let Some(other) = unwritten.iter().find(|other| other.arrived.position == position) {
            return self.refill_if_there(connection, other.stream, replay);
        }
        let read = |row: &Row<'_>| {
            let name = StreamName { workspace: row.get(2)?, session_id: row.get(3)?, ordinal: row.get(4)? };
            Ok((row.get(0)?, row.get(1)?, name))
        };
        let found = connection
            .prepare_cached(include_str!("../../sql/stream_of_position.sql"))
            .and_then(|mut statement| statement.query_row([position], read).optional())
            .map_err(failed)?;
        let Some((id, workspace, name)) = found else { return Ok(()) };
        self.refill_if_there(connection, Stream { id, workspace, name: &name }, replay)
    }

    /// Fills the rows of a session whose bodies were pruned, or are back, again from what there is now.
    pub(super) fn fill_anew(
        &mut self,
        connection: &Connection,
        stream: Stream<'_>,
        arrived: Arrived<'_>,
        unwritten: &[Unwritten<'_>],
    ) -> Done {
        if arrived.event.is_none() {
            return Ok(());
        }
        let replay = Replay { before: arrived.position, redacted: None, unwritten };
        self.refill_if_there(connection, stream, replay)
    }

    fn refill_if_there(&mut self, connection: &Connection, stream: Stream<'_>, replay: Replay<'_>) -> Done {
        if stream.name.is_workspace() {
            run(connection, &self.tables.delete_workspace, [stream.workspace])?;
            self.ensure_workspace(connection, stream)?;
        } else if self.load(connection, stream.id)?.is_none() {
            return Ok(());
        }
        self.refill(connection, stream, replay)
    }

    fn refill(&mut self, connection: &Connection, stream: Stream<'_>, replay: Replay<'_>) -> Done {
        self.delete(connection, stream.id)?;
        let (mut after, mut deleted) = (Revision::ZERO, false);
        loop {
            let mut decoder = std::mem::take(&mut self.decoder);
            let limit = Limit::default();
            let page = decoder.stream_events_after(connection, stream.id, after, replay.before, limit);
            self.decoder = decoder;
            let page = page?;
            for event in page.events.iter().filter(|event| event.position < replay.before) {
                self.again(connection, stream, Arrived::from(event), replay, &mut deleted)?;
                after = event.revision;
            }
            if !page.more {
                break;
            }
        }
        for other in replay.unwritten.iter().filter(|other| other.stream.id == stream.id) {
            self.again(connection, stream, other.arrived, replay, &mut deleted)?;
        }
        Ok(())
    }

    /// Takes in an event of a stream whose events come all of them, in order, from elsewhere.
    pub(super) fn again_at_hand(
        &mut self,
        connection: &Connection,
        stream: Stream<'_>,
        arrived: Arrived<'_>,
        deleted: &mut bool,
    ) -> Done {
        let all = Replay { before: arrived.position.plus(1), redacted: None, unwritten: &[] };
        self.again(connection, stream, arrived, all, deleted)
    }

    fn again(
        &mut self,
        connection: &Connection,
        stream: Stream<'_>,
        mut arrived: Arrived<'_>,
        replay: Replay<'_>,
        deleted: &mut bool,
    ) -> Done {
        if Some(arrived.position) == replay.redacted {
            arrived.event = None;
        }
        match arrived.kind {
            EventType::SessionDeleted => *deleted = self.staged.contains_key(&stream.id),
            EventType::SessionRestored if *deleted => {
                *deleted = false;
                self.apply_patches(connection, stream, arrived)?;
            }
            EventType::SessionRestored => {}
            // What happened in between did not fit, and still does not.
            _ if *deleted && arrived.kind != EventType::BodiesPruned => {}
            _ => {
                // What did not fit the first time was recorded then.
                if let Ok(()) = self.check(connection, stream, arrived)? {
                    self.apply_patches(connection, stream, arrived)?;
                }
            }
        }
        Ok(())
    }
}
