//! Whether an event fits.

use retold_core::{Event, EventType, Misfit, Revision, Shape, StreamId};
use rusqlite::{Connection, params};

use super::NAME;
use super::apply::{Arrived, Builtin, Stream, failed};

impl Builtin {
    /// Returns what there is of a session, as far as checking an event needs it. `before`: the last revision that
    /// its rows hold.
    pub(crate) fn shape(
        &mut self,
        connection: &Connection,
        stream: StreamId,
        before: Revision,
    ) -> Result<Shape, retold_core::Error> {
        if let Some(staged) = self.load(connection, stream)? {
            return Ok(staged.shape());
        }
        // A record that was created and has no rows is a deleted one.
        let exists = before > Revision::ZERO && self.was_created(connection, stream, before)?;
        Ok(Shape { exists, deleted: exists, ..Shape::default() })
    }

    /// Says why an event of the log does not fit, where it does not.
    pub(super) fn admit(
        &mut self,
        connection: &Connection,
        stream: Stream<'_>,
        arrived: Arrived<'_>,
    ) -> Result<Result<(), Misfit>, retold_core::Error> {
        let Some(event) = arrived.event else {
            // Only its type is known. A session is created once; everything else does no harm.
            let created_again = arrived.kind == EventType::SessionCreated
                && !stream.name.is_workspace()
                && self.shape(connection, stream.id, before(arrived.revision))?.exists;
            return Ok(if created_again { Err(Misfit::Exists(arrived.kind)) } else { Ok(()) });
        };
        if stream.name.is_workspace() {
            return Ok(check_workspace([event]));
        }
        Ok(self.shape(connection, stream.id, before(arrived.revision))?.admit(event))
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

/// Checks a commit's events against a session's shape, one after the other.
pub(crate) fn check<'a>(mut shape: Shape, events: impl IntoIterator<Item = &'a Event>) -> Result<(), Misfit> {
    events.into_iter().try_for_each(|event| shape.admit(event))
}

/// A workspace's own stream takes what is said of workspaces, and nothing else.
pub(crate) fn check_workspace<'a>(events: impl IntoIterator<Item = &'a Event>) -> Result<(), Misfit> {
    events.into_iter().try_for_each(|event| match event {
        Event::WorkspaceRegistered(_) | Event::BodyRedacted(_) => Ok(()),
        other => Err(Misfit::Foreign(other.event_type())),
    })
}
