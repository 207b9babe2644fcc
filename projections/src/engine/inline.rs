//! The built-in read models inside the append's own transaction.

use retold_core::{Error, EventType, Head, Inline, Refused, Revision, Staged, StagedPart};
use rusqlite::Connection;

use super::catch_up::catch_up;
use super::checkpoint::{Checkpoint, prepare_tables};
use crate::builtin::{Arrived, Builtin, Generation, Stream, Unwritten, VERSION, check, check_workspace};

/// Keeps the built-in read models with the log.
pub(crate) struct Engine {
    builtin: Builtin,
    /// Where the read models and the memory of them are; `None` where that has to be looked up.
    at: Option<Checkpoint>,
    data_version: Option<i64>,
}

impl Engine {
    pub(crate) fn new() -> Self {
        Self { builtin: Builtin::new(Generation::Live), at: None, data_version: None }
    }

    /// Returns a checkpoint that may be continued from, or says why there is none.
    pub(crate) fn usable(connection: &Connection) -> Result<Checkpoint, Error> {
        let checkpoint = prepare_tables(connection)?;
        let reason = if checkpoint.version > VERSION {
            format!("a newer release made them, version {}", checkpoint.version)
        } else if checkpoint.version < VERSION {
            format!("an older release made them, version {}: rebuild them", checkpoint.version)
        } else if !checkpoint.is_of(connection)? {
            format!(
                "they diverged: position {} is another event in this log: rebuild them",
                checkpoint.head.position
            )
        } else {
            return Ok(checkpoint);
        };
        Err(Error::Inline { reason })
    }

    fn check(&mut self, transaction: &Connection, part: &StagedPart<'_>) -> Result<(), Refused> {
        let events = part.events.iter().map(|staged| staged.event);
        let checked = if part.name.is_workspace() {
            check_workspace(events)
        } else {
            let Some(first) = part.events.first() else { return Ok(()) };
            let before = Revision::new(first.revision.get() - 1).unwrap_or_default();
            let mut outline = self.builtin.outline(transaction, part.stream, before)?;
            if outline.deleted && part.events.len() > 1 {
                outline = self.builtin.deleted_outline(transaction, part.stream, first.position)?;
            }
            check(outline, events)
        };
        checked.map_err(|invalid| Refused::InvalidEvent(part.name.clone(), invalid))
    }
}

impl Inline for Engine {
    fn begin(&mut self, transaction: &Connection, head: Head) -> Result<(), Error> {
        let data_version = data_version(transaction)?;
        let untouched = self.data_version.replace(data_version) == Some(data_version);
        if untouched && self.at.is_some_and(|at| at.head == head) {
            return Ok(());
        }
        // Another connection has written: an append, or a rebuild that put other tables in place.
        let checkpoint = Self::usable(transaction)?;
        if self.at == Some(checkpoint) && checkpoint.head == head {
            return Ok(());
        }
        self.builtin.forget();
        self.at = None;
        catch_up(transaction, &mut self.builtin, checkpoint.head)?;
        self.at = Some(Checkpoint { head, ..checkpoint });
        Ok(())
    }

    fn stage(&mut self, transaction: &Connection, parts: &[StagedPart<'_>]) -> Result<(), Refused> {
        for part in parts {
            self.check(transaction, part)?;
        }
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
            self.builtin.change(transaction, *stream, arrived, &all[..index])?;
        }
        Ok(())
    }

    fn flush(&mut self, transaction: &Connection, head: Head) -> Result<(), Error> {
        self.builtin.flush(transaction)?;
        self.builtin.trim();
        let at = self.at.as_mut().expect("a transaction begins before it is flushed");
        if at.head != head {
            at.head = head;
            at.write(transaction, Generation::Live)?;
        }
        Ok(())
    }

    fn abandon(&mut self) {
        self.builtin.forget();
        self.at = None;
    }
}

fn unwritten<'a>(part: &'a StagedPart<'_>) -> impl Iterator<Item = Unwritten<'a>> {
    let stream = Stream { id: part.stream, workspace: part.workspace, name: part.name };
    part.events.iter().map(move |staged| {
        let Staged { position, revision, event, .. } = *staged;
        let arrived =
            Arrived { position, revision, kind: event.event_type(), event: Some(event), gone: None };
        Unwritten { stream, arrived }
    })
}

/// Moves when another connection has committed: <https://sqlite.org/pragma.html#pragma_data_version>.
fn data_version(connection: &Connection) -> Result<i64, Error> {
    connection
        .prepare_cached("pragma data_version")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .map_err(Error::sqlite("look for other writers"))
}
