//! What each event does to the rows.

use std::collections::HashMap;

use retold_core::{
    Decoder, Event, EventType, Gone, Instance, Message, Misfit, Position, Recorded, Revision, Session,
    StreamId, StreamName, time,
};
use rusqlite::Connection;

use super::sql::{Generation, Tables};
use super::staged::StagedSession;

/// Sessions that are kept in memory between transactions; above, all are let go.
const CACHED_MAX: usize = 4096;

/// A stream, by number and by name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stream<'a> {
    pub(crate) id: StreamId,
    /// The number of its workspace.
    pub(crate) workspace: i64,
    pub(crate) name: &'a StreamName,
}

/// An event on its way into the rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrived<'a> {
    pub(crate) position: Position,
    pub(crate) revision: Revision,
    pub(crate) kind: EventType,
    /// `None` where the body is gone.
    pub(crate) event: Option<&'a Event>,
    /// Why it is.
    pub(crate) gone: Option<Gone>,
}

/// An event that is in the rows already and not in the log yet: its commit is being taken in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unwritten<'a> {
    pub(crate) stream: Stream<'a>,
    pub(crate) arrived: Arrived<'a>,
}

impl<'a> From<&'a Recorded> for Arrived<'a> {
    fn from(recorded: &'a Recorded) -> Self {
        let Recorded { position, revision, kind, event, gone, .. } = recorded;
        Self { position: *position, revision: *revision, kind: *kind, event: event.as_ref(), gone: *gone }
    }
}

/// One generation of the built-in read models, being filled.
pub(crate) struct Builtin {
    pub(super) tables: Tables,
    pub(super) staged: HashMap<StreamId, StagedSession>,
    /// The sessions in memory that are not as their tables have them.
    pub(super) dirty: Vec<StreamId>,
    pub(super) decoder: Decoder,
}

pub(super) type Done = Result<(), retold_core::Error>;

pub(super) fn failed(error: rusqlite::Error) -> retold_core::Error {
    retold_core::Error::sqlite("keep the read models")(error)
}

impl Builtin {
    pub(crate) fn new(generation: Generation) -> Self {
        Self {
            tables: Tables::new(generation),
            staged: HashMap::new(),
            dirty: Vec::new(),
            decoder: Decoder::default(),
        }
    }

    /// Returns which tables it fills.
    pub(crate) fn generation(&self) -> Generation {
        self.tables.generation
    }

    /// Forgets what is kept in memory.
    pub(crate) fn forget(&mut self) {
        self.staged.clear();
        self.dirty.clear();
    }

    /// Keeps the memory bounded; for after a flush.
    pub(crate) fn trim(&mut self) {
        if self.staged.len() > CACHED_MAX {
            self.forget();
        }
    }

    /// Takes in an event of the log, or says why it does not fit and changes nothing.
    pub(crate) fn take_in(
        &mut self,
        connection: &Connection,
        stream: Stream<'_>,
        arrived: Arrived<'_>,
    ) -> Result<Result<(), Misfit>, retold_core::Error> {
        if let Err(misfit) = self.admit(connection, stream, arrived)? {
            return Ok(Err(misfit));
        }
        self.change(connection, stream, arrived, &[]).map(Ok)
    }

    /// Takes in an event that fits, the last but for `unwritten`.
    pub(crate) fn change(
        &mut self,
        connection: &Connection,
        stream: Stream<'_>,
        arrived: Arrived<'_>,
        unwritten: &[Unwritten<'_>],
    ) -> Done {
        match arrived.kind {
            EventType::SessionDeleted => self.delete(connection, stream.id)?,
            EventType::SessionRestored => self.restore(connection, stream, arrived.position, unwritten)?,
            EventType::BodyRedacted => self.redact(connection, arrived, unwritten)?,
            EventType::BodiesPruned | EventType::BodiesRestored => {
                self.fill_anew(connection, stream, arrived, unwritten)?;
            }
            _ => {}
        }
        self.apply(connection, stream, arrived)
    }

    /// Changes the rows as far as the event's own session or workspace goes.
    pub(super) fn apply(
        &mut self,
        connection: &Connection,
        stream: Stream<'_>,
        arrived: Arrived<'_>,
    ) -> Done {
        if stream.name.is_workspace() {
            return self.workspace(connection, stream, arrived.event);
        }
        if arrived.kind == EventType::SessionCreated {
            self.create(connection, stream, arrived)?;
        }
        self.load(connection, stream.id)?;
        let Some(staged) = self.staged.get_mut(&stream.id) else { return Ok(()) };
        if !staged.dirty.touched {
            staged.dirty.touched = true;
            self.dirty.push(stream.id);
        }
        staged.position = arrived.position;
        staged.revision = arrived.revision;
        let rows = Rows { tables: &self.tables, connection, stream: stream.id };
        match arrived.event {
            Some(event) => rows.change(staged, event, arrived.position),
            None => rows.change_gone(staged, arrived),
        }
    }

    fn create(&mut self, connection: &Connection, stream: Stream<'_>, arrived: Arrived<'_>) -> Done {
        let (session, place, home) = match arrived.event {
            Some(Event::SessionCreated(body)) => (body.session.clone(), body.place, body.home.as_deref()),
            _ => (Session::redacted(), None, None),
        };
        self.ensure_workspace(connection, stream)?;
        let place = place.unwrap_or_else(|| default_place(arrived.position));
        self.staged.insert(stream.id, StagedSession::new(stream, home, place, session));
        Ok(())
    }
}

/// The rows of one stream.
pub(super) struct Rows<'a> {
    pub(super) tables: &'a Tables,
    pub(super) connection: &'a Connection,
    pub(super) stream: StreamId,
}

impl Rows<'_> {
    fn change(&self, staged: &mut StagedSession, event: &Event, position: Position) -> Done {
        match event {
            Event::TaskChanged(body) => staged.session_mut().task.clone_from(&body.task),
            Event::SessionStatusChanged(body) => {
                let session = staged.session_mut();
                session.status.clone_from(&body.status);
                if let Some(completed_at) = &body.completed_at {
                    session.completed_at.clone_from(completed_at);
                }
            }
            Event::WinnerSelected(body) => staged.session_mut().winner_id = body.winner_id,
            Event::SessionDetailsChanged(body) => body.set.apply(staged.session_mut()),
            Event::SessionMoved(body) => {
                staged.session_mut();
                staged.place = body.place;
            }
            Event::InstanceAdded(body) => self.add_instance(staged, body.index, body.instance.clone())?,
            Event::InstanceStatusChanged(body) => {
                staged.instance_mut(body.index).0.status.clone_from(&body.status);
            }
            Event::OutputAppended(body) => {
                self.append_output(staged, body.index, position, body.text.len())?;
            }
            Event::OutputReplaced(body) => {
                let bytes = body.text.as_ref().map(retold_core::Text::len);
                self.replace_output(staged, body.index, position, bytes)?;
            }
            Event::InstanceDetailsChanged(body) => body.set.apply(staged.instance_mut(body.index).0),
            Event::InstanceRemoved(body) => self.remove_instance(staged, body.index)?,
            Event::MessageAdded(body) => self.add_message(staged, body.index, &body.message, position)?,
            Event::MessageChanged(body) => self.change_message(staged, body, position)?,
            Event::MessageRemoved(body) => self.remove_message(staged, body.index)?,
            Event::SessionCreated(_)
            | Event::SessionDeleted(_)
            | Event::SessionRestored(_)
            | Event::WorkspaceRegistered(_)
            | Event::BodyRedacted(_)
            | Event::BodiesPruned(_)
            | Event::BodiesRestored(_) => {}
        }
        if let Some(text) = event.updated_at() {
            text.clone_into(&mut staged.session.updated_at);
        }
        Ok(())
    }

    /// What was added leaves an empty place behind, as in the fold.
    fn change_gone(&self, staged: &mut StagedSession, arrived: Arrived<'_>) -> Done {
        match arrived.kind {
            EventType::InstanceAdded => self.add_instance(staged, None, Instance::redacted()),
            EventType::MessageAdded => {
                let message = Message::gone(arrived.gone.unwrap_or(Gone::Redacted));
                self.add_message(staged, None, &message, arrived.position)
            }
            _ => Ok(()),
        }
    }

    pub(super) fn run(&self, sql: &str, params: impl rusqlite::Params) -> Done {
        run(self.connection, sql, params)
    }
}

pub(super) fn run(connection: &Connection, sql: &str, params: impl rusqlite::Params) -> Done {
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.execute(params))
        .map(drop)
        .map_err(failed)
}

/// A session without a place of its own stands behind all that were there before it.
#[allow(clippy::cast_precision_loss, reason = "exact up to 2^53 events")]
fn default_place(position: Position) -> f64 {
    position.get() as f64
}

pub(super) fn instant(text: &str) -> Option<i64> {
    time::parse(text).map(time::to_micros)
}
