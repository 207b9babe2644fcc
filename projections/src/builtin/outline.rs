//! Whether an event fits.

use retold_core::event::Subject;
use retold_core::{Erasure, Event, EventType, InvalidEvent, Limit, Outline, Position, Revision, StreamId};
use rusqlite::{Connection, params};

use super::NAME;
use super::apply::{Arrived, Builtin, Stream, failed};

impl Builtin {
    /// Returns what there is of a session, as far as checking one event needs it: of a deleted one, whose lists
    /// have no rows, not their lengths. `before`: the last revision that its rows hold.
    pub(super) fn outline(
        &mut self,
        connection: &Connection,
        stream: StreamId,
        before: Revision,
    ) -> Result<Outline, retold_core::Error> {
        if let Some(staged) = self.load(connection, stream)? {
            return Ok(staged.outline());
        }
        // A record that was created and has no rows is a deleted one.
        let exists =
            self.has_log && before > Revision::ZERO && self.was_created(connection, stream, before)?;
        Ok(Outline { exists, deleted: exists, ..Outline::default() })
    }

    /// Returns the outline that a deleted session has when it is restored: its events before `before`, counted.
    /// Reads and decodes all of them.
    pub(super) fn deleted_outline(
        &mut self,
        connection: &Connection,
        stream: StreamId,
        before: Position,
    ) -> Result<Outline, retold_core::Error> {
        let (mut outline, mut after) = (Outline::default(), Revision::ZERO);
        loop {
            let limit = Limit::default();
            let page = self.decoder.stream_events_after(connection, stream, after, before, limit)?;
            for event in page.events.iter().filter(|event| event.position < before) {
                match &event.event {
                    // What did not fit the first time is not in the rows either.
                    Some(event) => drop(outline.apply(event)),
                    None => outline.apply_erased(event.kind, event.erasure.unwrap_or(Erasure::Redacted)),
                }
                after = event.revision;
            }
            if !page.more {
                return Ok(outline);
            }
        }
    }

    /// Says why an event of the log does not fit, where it does not.
    pub(super) fn check(
        &mut self,
        connection: &Connection,
        stream: Stream<'_>,
        arrived: Arrived<'_>,
    ) -> Result<Result<(), InvalidEvent>, retold_core::Error> {
        let Some(event) = arrived.event else {
            // Only its type is known. A session is created once; everything else does no harm.
            let created_again = arrived.kind == EventType::SessionCreated
                && !stream.name.is_workspace()
                && self.outline(connection, stream.id, before(arrived.revision))?.exists;
            return Ok(if created_again { Err(InvalidEvent::Exists(arrived.kind)) } else { Ok(()) });
        };
        if stream.name.is_workspace() {
            return Ok(check_workspace([event]));
        }
        Ok(self.outline(connection, stream.id, before(arrived.revision))?.check(event))
    }

    fn was_created(
        &self,
        connection: &Connection,
        stream: StreamId,
        before: Revision,
    ) -> Result<bool, retold_core::Error> {
        let kind = EventType::SessionCreated.number();
        let building = self.tables.generation.is_building();
        connection
            .prepare_cached(include_str!("../../sql/was_created.sql"))
            .and_then(|mut statement| statement.exists(params![stream, before, kind, NAME, building]))
            .map_err(failed)
    }
}

fn before(revision: Revision) -> Revision {
    Revision::new(revision.get() - 1).unwrap_or_default()
}

/// Checks a commit's events against a session's outline, one after the other.
pub(super) fn check<'a>(
    mut outline: Outline,
    events: impl IntoIterator<Item = &'a Event>,
) -> Result<(), InvalidEvent> {
    events.into_iter().try_for_each(|event| outline.apply(event))
}

/// A workspace's own stream takes what is said of workspaces, and nothing else.
pub(super) fn check_workspace<'a>(events: impl IntoIterator<Item = &'a Event>) -> Result<(), InvalidEvent> {
    events.into_iter().try_for_each(|event| match event {
        event if event.event_type().subject() == Subject::Workspace => Ok(()),
        event if event.event_type().is_of_bodies() => Ok(()),
        other => Err(InvalidEvent::Foreign(other.event_type())),
    })
}
