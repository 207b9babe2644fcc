//! The built-in read models inside the append's own transaction.

use retold_core::{Error, Head, Inline, Refused, Shape, StagedPart};
use rusqlite::Connection;

use super::catch_up;
use super::checkpoint::{Checkpoint, prepare_tables};
use crate::builtin::{Arrived, Builtin, Generation, VERSION, check};

/// Keeps the built-in read models with the log.
pub(crate) struct Engine {
    builtin: Builtin,
    /// Where the read models and the memory of them are; `None` where that has to be looked up.
    at: Option<Checkpoint>,
}

impl Engine {
    pub(crate) fn new() -> Self {
        Self { builtin: Builtin::new(Generation::Live), at: None }
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
}

impl Inline for Engine {
    fn begin(&mut self, transaction: &Connection, head: Head) -> Result<(), Error> {
        if self.at.is_some_and(|at| at.head == head) {
            return Ok(());
        }
        self.builtin.forget();
        self.at = None;
        let checkpoint = Self::usable(transaction)?;
        catch_up(transaction, &mut self.builtin, checkpoint.head.position, head.position)?;
        self.at = Some(Checkpoint { head, ..checkpoint });
        Ok(())
    }

    fn stage(&mut self, transaction: &Connection, parts: &[StagedPart<'_>]) -> Result<(), Refused> {
        for part in parts {
            let refuse = |misfit| Refused::Misfit(part.name.clone(), misfit);
            let events = part.events.iter().map(|staged| staged.event);
            if part.name.is_workspace() {
                check_workspace(events).map_err(refuse)?;
                continue;
            }
            let before = part.events.first().map_or(0, |first| first.revision.get() - 1);
            let before = retold_core::Revision::new(before).unwrap_or_default();
            let shape: Shape = self.builtin.shape(transaction, part.stream, before)?;
            check(shape, events).map_err(refuse)?;
        }
        for part in parts {
            for staged in &part.events {
                let kind = staged.event.event_type();
                let arrived = Arrived {
                    position: staged.position,
                    revision: staged.revision,
                    kind,
                    event: Some(staged.event),
                };
                if part.name.is_workspace() {
                    self.builtin.workspace(
                        transaction,
                        part.workspace,
                        &part.name.workspace,
                        Some(staged.event),
                    )?;
                } else {
                    self.builtin.session(transaction, part.stream, part.workspace, part.name, arrived)?;
                }
            }
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

/// A workspace's own stream takes what is said of workspaces, and nothing else.
fn check_workspace<'a>(
    mut events: impl Iterator<Item = &'a retold_core::Event>,
) -> Result<(), retold_core::Misfit> {
    use retold_core::{Event, Misfit};
    events.try_for_each(|event| match event {
        Event::WorkspaceRegistered(_) | Event::BodyRedacted(_) => Ok(()),
        other => Err(Misfit::Foreign(other.event_type())),
    })
}
