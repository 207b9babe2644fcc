//! The read models as a projection, and as one that checks commits before they are written.

use retold_core::{EventType, Position, Recorded, Refused, Revision, Staged, StagedPart};
use rusqlite::{Connection, params};

use super::NAME;
use super::apply::{Arrived, Builtin, Done, Stream, Unwritten, run};
use super::indexes::{complete_indexes, create_indexes};
use super::outline::{check, check_workspace};
use super::sql::{Generation, complete_tables};
use crate::engine::{EventContext, Projection, Refusal};

impl Projection for Builtin {
    /// Outside of the store, the log is read there. A table of the connection's own comes before one of the store's:
    /// <https://sqlite.org/lang_naming.html>. A file that an older release began is gone on with.
    fn configure(&mut self, connection: &mut Connection) -> rusqlite::Result<()> {
        let Some(store) = &self.store else { return Ok(()) };
        retold_core::attach_read_only(connection, store, "store")?;
        complete_tables(connection, self.generation())
    }

    fn create(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection.execute_batch(include_str!("../../sql/projection_skip.sql"))?;
        self.generation().create_tables(connection)
    }

    fn index(&self, connection: &Connection) -> rusqlite::Result<()> {
        match self.store {
            None => complete_indexes(connection, self.generation(), self.number),
            // Only lists of the store itself are counted.
            Some(_) => create_indexes(connection, self.generation(), self.number),
        }
    }

    fn reads_log(&self) -> bool {
        true
    }

    /// An event that is not valid is recorded and left out: the log has it all the same.
    fn apply(&mut self, connection: &Connection, context: &EventContext<'_>) -> Result<(), Refusal> {
        let EventContext { recorded, workspace, name, .. } = *context;
        let stream = Stream { id: recorded.stream, workspace, name };
        let mut arrived = Arrived::from(recorded);
        if recorded.kind == EventType::BodyRedacted && is_redacted_again(recorded, context.following) {
            // The bodies are gone already, and the next redaction fills the stream's rows again for both.
            arrived.event = None;
        }
        match self.check(connection, stream, arrived)? {
            Ok(()) => self.change(connection, stream, arrived, &[])?,
            Err(invalid) => skip(connection, self.generation(), recorded.position, &invalid.to_string())?,
        }
        Ok(())
    }

    fn flush(&mut self, connection: &Connection) -> Result<(), Refusal> {
        self.write(connection)?;
        self.trim();
        Ok(())
    }

    fn forget(&mut self) {
        self.staged.clear();
        self.dirty.clear();
    }
}

/// Whether what happens next to the stream of a redaction is a redaction too.
fn is_redacted_again(redaction: &Recorded, following: &[Recorded]) -> bool {
    let mut of_stream = following.iter().filter(|event| event.stream == redaction.stream);
    of_stream.next().is_some_and(|event| event.kind == EventType::BodyRedacted)
}

/// Records an event that is left out.
pub(crate) fn skip(
    connection: &Connection,
    generation: Generation,
    position: Position,
    reason: &str,
) -> Done {
    let row = params![NAME, generation.is_building(), position, reason];
    run(connection, include_str!("../../sql/insert_skip.sql"), row)
}

impl Builtin {
    /// Applies the events of a commit that is not in the log yet; one that is not valid changes nothing.
    pub(crate) fn stage(
        &mut self,
        transaction: &Connection,
        parts: &[StagedPart<'_>],
    ) -> Result<(), Refused> {
        parts.iter().try_for_each(|part| self.validate(transaction, part))?;
        let all: Vec<Unwritten<'_>> = parts.iter().flat_map(unwritten).collect();
        for (index, Unwritten { stream, arrived }) in all.iter().enumerate() {
            let mut arrived = *arrived;
            let redacts = |other: &Unwritten<'_>| {
                other.stream.id == stream.id && other.arrived.kind == EventType::BodyRedacted
            };
            if arrived.kind == EventType::BodyRedacted && all[index + 1..].iter().any(redacts) {
                // The bodies are gone already, and the last redaction of a stream fills its rows again for all.
                arrived.event = None;
            }
            self.change(transaction, *stream, arrived, &all[..index])?;
        }
        Ok(())
    }

    fn validate(&mut self, transaction: &Connection, part: &StagedPart<'_>) -> Result<(), Refused> {
        let events = part.events.iter().map(|staged| staged.event);
        let checked = if part.name.is_workspace() {
            check_workspace(events)
        } else {
            let Some(first) = part.events.first() else { return Ok(()) };
            let before = Revision::new(first.revision.get() - 1).unwrap_or_default();
            let mut outline = self.outline(transaction, part.stream, before)?;
            if outline.deleted && part.events.len() > 1 {
                outline = self.deleted_outline(transaction, part.stream, first.position)?;
            }
            check(outline, events)
        };
        checked.map_err(|invalid| Refused::InvalidEvent(part.name.clone(), invalid))
    }
}

fn unwritten<'a>(part: &'a StagedPart<'_>) -> impl Iterator<Item = Unwritten<'a>> {
    let stream = Stream { id: part.stream, workspace: part.workspace, name: part.name };
    part.events.iter().map(move |staged| {
        let Staged { position, revision, event, .. } = *staged;
        let arrived =
            Arrived { position, revision, kind: event.event_type(), event: Some(event), erasure: None };
        Unwritten { stream, arrived }
    })
}
