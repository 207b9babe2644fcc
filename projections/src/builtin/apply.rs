//! What each event does to the rows.

use std::collections::HashMap;
use std::path::PathBuf;

use retold_core::field::{instance, session};
use retold_core::{
    Decoder, Document, Erasure, Event, EventType, Key, List, Op, Outline, Patch, Path, Position, Recorded,
    Revision, StreamId, StreamName, Value, meaning, meaning_of_erased,
};
use rusqlite::Connection;

use super::sql::{Generation, Tables};
use super::staged::StagedSession;
use crate::engine::Projection;

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
    pub(crate) erasure: Option<Erasure>,
}

/// An event that is in the rows already and not in the log yet: its commit is being taken in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unwritten<'a> {
    pub(crate) stream: Stream<'a>,
    pub(crate) arrived: Arrived<'a>,
}

impl<'a> From<&'a Recorded> for Arrived<'a> {
    fn from(recorded: &'a Recorded) -> Self {
        let Recorded { position, revision, kind, event, erasure, .. } = recorded;
        Self {
            position: *position,
            revision: *revision,
            kind: *kind,
            event: event.as_ref(),
            erasure: *erasure,
        }
    }
}

/// One generation of the built-in read models, being filled.
pub(crate) struct Builtin {
    pub(super) tables: Tables,
    pub(super) staged: HashMap<StreamId, StagedSession>,
    /// The sessions in memory that are not as their tables have them.
    pub(super) dirty: Vec<StreamId>,
    pub(super) decoder: Decoder,
    /// The number of the generation, which the names of its indexes have.
    pub(super) number: u32,
    /// The store that has the log, where the tables are elsewhere.
    pub(super) store: Option<PathBuf>,
    /// Whether there is a log to be asked.
    pub(super) has_log: bool,
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
            number: 1,
            store: None,
            has_log: true,
        }
    }

    /// For tables that are not in the store at `store`.
    pub(crate) fn beside(store: &std::path::Path, generation: Generation) -> Self {
        Self { store: Some(store.to_owned()), ..Self::new(generation) }
    }

    /// For the generation of this number.
    pub(crate) fn numbered(generation: Generation, number: u32) -> Self {
        Self { number, ..Self::new(generation) }
    }

    /// Returns which tables it fills.
    pub(crate) fn generation(&self) -> Generation {
        self.tables.generation
    }

    /// Keeps the memory bounded; for after a flush.
    pub(super) fn trim(&mut self) {
        if self.staged.len() > CACHED_MAX {
            Projection::forget(self);
        }
    }

    /// Applies a valid event, the last but for `unwritten`.
    pub(super) fn change(
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
        self.apply_patches(connection, stream, arrived)
    }

    /// Changes the rows as far as the event's own session or workspace goes.
    pub(super) fn apply_patches(
        &mut self,
        connection: &Connection,
        stream: Stream<'_>,
        arrived: Arrived<'_>,
    ) -> Done {
        if stream.name.is_workspace() {
            return self.workspace(connection, stream, arrived.event);
        }
        let outline = self.load(connection, stream.id)?.map_or_else(Outline::default, StagedSession::outline);
        let mut outcome = Ok(());
        let each = |patch: Patch<'_>| {
            if outcome.is_ok() {
                outcome = self.apply_patch(connection, stream, arrived.position, patch);
            }
        };
        match (arrived.event, arrived.erasure) {
            (Some(event), _) => meaning(outline, event, each),
            (None, gone) => meaning_of_erased(outline, arrived.kind, gone.unwrap_or(Erasure::Redacted), each),
        }
        outcome?;
        let Some(staged) = self.staged.get_mut(&stream.id) else { return Ok(()) };
        if !staged.dirty.touched {
            staged.dirty.touched = true;
            self.dirty.push(stream.id);
        }
        staged.position = arrived.position;
        staged.revision = arrived.revision;
        Ok(())
    }

    fn apply_patch(
        &mut self,
        connection: &Connection,
        stream: Stream<'_>,
        position: Position,
        patch: Patch<'_>,
    ) -> Done {
        if let Op::Insert(Value::Session(session)) = patch.op {
            self.ensure_workspace(connection, stream)?;
            let staged = StagedSession::new(stream, default_place(position), session.into_owned());
            self.staged.insert(stream.id, staged);
            return Ok(());
        }
        let Some(staged) = self.staged.get_mut(&stream.id) else { return Ok(()) };
        Rows { tables: &self.tables, connection, stream: stream.id }.apply_patch(staged, patch, position)
    }
}

/// The rows of one stream.
pub(super) struct Rows<'a> {
    pub(super) tables: &'a Tables,
    pub(super) connection: &'a Connection,
    pub(super) stream: StreamId,
}

impl Rows<'_> {
    fn apply_patch(&self, staged: &mut StagedSession, patch: Patch<'_>, position: Position) -> Done {
        let Patch { path, op } = patch;
        match (path, op) {
            // Every event may change it: its column is among those of `touch_session`.
            (Path::Own(key @ Key::Known(session::updated_at)), Op::Set(value)) => {
                fits(staged.session.set_key(key, value));
            }
            (Path::Own(Key::Record(record)), Op::Set(value)) => staged.set_record(record, value),
            (Path::Own(key), Op::Set(value)) => fits(staged.session_mut().set_key(key, value)),
            (Path::Row(List::Instances, at), Op::Insert(Value::Instance(instance))) => {
                self.add_instance(staged, at, instance.into_owned())?;
            }
            (Path::Row(List::Instances, at), Op::Remove) => self.remove_instance(staged, at)?,
            (Path::Row(List::Messages, at), Op::Insert(Value::Message(message))) => {
                self.add_message(staged, at, &message, position)?;
            }
            (Path::Row(List::Messages, at), Op::Remove) => self.remove_message(staged, at)?,
            (Path::Field(List::Instances, at, Key::Known(instance::output)), Op::Extend(text)) => {
                self.append_output(staged, at, position, text.len())?;
            }
            (Path::Field(List::Instances, at, Key::Known(instance::output)), Op::Set(value)) => {
                let bytes = if let Value::LongText(text) = &value { Some(text.len()) } else { None };
                self.replace_output(staged, at, position, bytes)?;
            }
            (Path::Field(List::Instances, at, key), Op::Set(value)) => {
                fits(staged.instance_mut(at).0.set_key(key, value));
            }
            (Path::Field(List::Messages, at, key), Op::Set(value)) => {
                self.change_message(staged, at, key, value, position)?;
            }
            _ => {}
        }
        Ok(())
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

/// A session without a place of its own is after all that were there before it.
#[allow(clippy::cast_precision_loss, reason = "exact up to 2^53 events")]
fn default_place(position: Position) -> f64 {
    position.get() as f64
}

/// What an event means is of the type that its field has.
pub(super) fn fits(fits: bool) {
    debug_assert!(fits, "what an event means fits what it was checked for");
}
