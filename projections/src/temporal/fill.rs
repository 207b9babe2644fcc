//! What each event does to the rows.

use std::collections::HashMap;
use std::path::{Path as FilePath, PathBuf};

use retold_core::field::{instance, session};
use retold_core::happening::Retelling;
use retold_core::{
    Decoder, Document, Erasure, Event, EventType, Key, Limit, List, Op, Patch, Path, Record, Recorded,
    Records, Revision, StreamId, StreamName, Value, meaning, meaning_of_erased,
};
use rusqlite::{Connection, params};

use super::rows::Rows;
use super::staged::{Boundary, MessagesChanged, Since, Staged, StagedSession, Touched};
use super::statements::{OF_STREAM, create};
use super::{OPEN_HAPPENED, OPEN_POSITION};
use crate::engine::{EventContext, Projection, Refusal};

/// Streams that are kept in memory between transactions; above, all are let go.
const CACHED_MAX: usize = 4096;

/// The temporal read models, being filled.
pub(crate) struct Temporal {
    /// The store that has the log.
    store: PathBuf,
    pub(super) staged: HashMap<i64, Box<Staged>>,
    dirty: Vec<i64>,
    /// The streams of which has to be told again what they were by happening.
    outdated: HashMap<StreamId, StreamName>,
    pub(super) decoder: Decoder,
}

/// What went well, or what the disk or the log said.
pub(super) type Done = Result<(), Refusal>;

impl Temporal {
    /// For a file beside this store.
    pub(crate) fn of(store: &FilePath) -> Self {
        Self {
            store: store.to_owned(),
            staged: HashMap::new(),
            dirty: Vec::new(),
            outdated: HashMap::new(),
            decoder: Decoder::default(),
        }
    }
}

impl Projection for Temporal {
    /// The log is read on the same connection, for the streams whose bodies moved. What leaves the rows leaves the file.
    fn configure(&mut self, connection: &mut Connection) -> rusqlite::Result<()> {
        retold_core::attach_read_only(connection, &self.store, "store")?;
        connection.pragma_update(Some("main"), "secure_delete", true)
    }

    fn create(&self, connection: &Connection) -> rusqlite::Result<()> {
        create(connection)
    }

    fn index(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection.execute_batch(include_str!("../../sql/temporal/indexes.sql"))
    }

    fn reads_log(&self) -> bool {
        true
    }

    fn apply(&mut self, connection: &Connection, context: &EventContext<'_>) -> Result<(), Refusal> {
        let EventContext { recorded, workspace, name, .. } = *context;
        let moves_bodies = matches!(recorded.kind, EventType::BodiesPruned | EventType::BodiesRestored);
        if moves_bodies && recorded.event.is_some() {
            self.replay(connection, recorded, workspace, name)?;
        }
        let stream = recorded.stream.get();
        let mut staged = self.take(connection, stream, workspace, name)?;
        let outcome = Rows { connection, stream }.apply(&mut staged, recorded, name);
        let (is_corrected, at, times) = (staged.is_corrected, staged.last, staged.happening);
        let is_outdated = staged.is_outdated;
        self.staged.insert(stream, staged);
        outcome?;
        if is_outdated {
            self.outdated.insert(recorded.stream, name.clone());
        } else if is_corrected {
            // After all that is corrected both clocks have one order again.
            let mut staged = self.take(connection, -stream, workspace, name)?;
            (staged.last, staged.happening) = (at, times);
            let touched = Touched { at, revision: recorded.revision };
            let outcome =
                Rows { connection, stream: -stream }.apply_at(&mut staged, recorded, name, touched, None);
            self.staged.insert(-stream, staged);
            outcome?;
        }
        Ok(())
    }

    fn flush(&mut self, connection: &Connection) -> Result<(), Refusal> {
        for (stream, name) in std::mem::take(&mut self.outdated) {
            self.retell(connection, stream, &name)?;
        }
        let mut dirty = std::mem::take(&mut self.dirty);
        dirty.sort_unstable();
        for stream in dirty {
            if let Some(staged) = self.staged.get_mut(&stream) {
                Rows { connection, stream }.flush(staged)?;
            }
        }
        if self.staged.len() > CACHED_MAX {
            self.forget();
        }
        Ok(())
    }

    fn forget(&mut self) {
        self.staged.clear();
        self.dirty.clear();
        self.outdated.clear();
    }
}

impl Temporal {
    /// Takes what is known of a stream out of memory or its tables, to be changed.
    fn take(
        &mut self,
        connection: &Connection,
        stream: i64,
        workspace: i64,
        name: &StreamName,
    ) -> Result<Box<Staged>, Refusal> {
        let mut staged = match self.staged.remove(&stream) {
            Some(staged) => staged,
            None => Box::new(
                Rows { connection, stream }.load()?.unwrap_or_else(|| Staged::new(workspace, name.ordinal)),
            ),
        };
        if !std::mem::replace(&mut staged.is_dirty, true) {
            self.dirty.push(stream);
        }
        Ok(staged)
    }

    /// Fills the rows of a stream again from what bodies there are now: some were pruned, or came back.
    fn replay(
        &mut self,
        connection: &Connection,
        until: &Recorded,
        workspace: i64,
        name: &StreamName,
    ) -> Done {
        let rows = Rows { connection, stream: until.stream.get() };
        rows.clear()?;
        let (mut staged, mut after) = (Box::new(Staged::new(workspace, name.ordinal)), Revision::ZERO);
        loop {
            let page = self.decoder.stream_events_after(
                connection,
                until.stream,
                after,
                until.position,
                Limit::default(),
            )?;
            for event in page.events.iter().filter(|event| event.position < until.position) {
                rows.apply(&mut staged, event, name)?;
                after = event.revision;
            }
            if !page.more {
                break;
            }
        }
        if staged.is_corrected {
            self.outdated.insert(until.stream, name.clone());
        }
        self.staged.insert(until.stream.get(), staged);
        Ok(())
    }
}

impl Rows<'_> {
    /// Deletes every row of the stream.
    pub(super) fn clear(&self) -> Done {
        OF_STREAM
            .iter()
            .try_for_each(|table| self.run(&format!("delete from {table} where stream = ?1"), [self.stream]))
    }

    /// Applies the next event of the stream by position, and by happening where nothing is corrected.
    fn apply(&self, staged: &mut Staged, recorded: &Recorded, name: &StreamName) -> Done {
        let mut at = self.record_times(staged, recorded)?;
        if !name.is_workspace() && staged.correcting.take(recorded).is_some() {
            self.leave_to_retelling(staged)?;
        }
        if staged.is_corrected {
            at = Boundary::never(at.position);
        }
        self.apply_at(staged, recorded, name, Touched { at, revision: recorded.revision }, None)
    }

    /// Applies an event to what is known of its stream; one that is not valid counts as having happened, and changes nothing.
    pub(super) fn apply_at(
        &self,
        staged: &mut Staged,
        recorded: &Recorded,
        name: &StreamName,
        touched: Touched,
        retelling: Option<&mut Retelling<'_>>,
    ) -> Done {
        let at = touched.at;
        staged.messages_changed = MessagesChanged::None;
        if name.is_workspace() {
            return self.apply_to_workspace(staged, recorded, at);
        }
        let outline = staged.outline();
        let mut patches: Vec<Patch<'_>> = Vec::with_capacity(2);
        match (&recorded.event, recorded.erasure) {
            (Some(event), _) => {
                if retelling.is_none() && outline.check(event).is_err() {
                    return Ok(());
                }
                meaning(outline, event, |patch| patches.push(patch));
            }
            (None, _) if recorded.kind == EventType::SessionCreated && outline.exists => return Ok(()),
            (None, erasure) => {
                let erasure = erasure.unwrap_or(Erasure::Redacted);
                meaning_of_erased(outline, recorded.kind, erasure, |patch| patches.push(patch));
            }
        }
        if let Some(retelling) = retelling {
            patches.retain(|patch| retelling.applies(&patch.path));
        }
        for patch in patches {
            self.apply_patch(staged, patch, name, at)?;
        }
        // Of a deleted session nobody sees it; but what is there when it is restored has to be known.
        self.touch(staged, touched)
    }

    fn apply_patch(&self, staged: &mut Staged, patch: Patch<'_>, name: &StreamName, at: Boundary) -> Done {
        if let Op::Insert(Value::Session(session)) = patch.op {
            staged.created = Some(at.position);
            #[allow(clippy::cast_precision_loss, reason = "exact up to 2^53 events")]
            let place = Some(at.position.get() as f64);
            staged.session = Some(StagedSession {
                deleted: None,
                since: Since::new(at),
                records: Records { place, home: Some(name.workspace.clone()), ..Records::default() },
                session: session.into_owned(),
                instances: Vec::new(),
                instances_moved: false,
                messages: 0,
                ranks: None,
            });
            return self.see_workspace(staged.workspace, at);
        }
        let of = (staged.workspace, staged.ordinal);
        let Some(staged_session) = &mut staged.session else { return Ok(()) };
        let Patch { path, op } = patch;
        match (path, op) {
            (Path::Own(key @ Key::Known(session::updated_at)), Op::Set(value)) => {
                staged_session.session.set_key(key, value);
            }
            (Path::Own(Key::Record(Record::Deleted)), Op::Set(Value::Flag(true))) => {
                staged.messages_changed = MessagesChanged::Any;
                self.delete(staged_session, of, at)?;
            }
            (Path::Own(Key::Record(Record::Deleted)), Op::Set(_)) => {
                staged.messages_changed = MessagesChanged::Any;
                self.restore(staged_session, at)?;
            }
            (Path::Own(Key::Record(record)), Op::Set(value)) => {
                self.cut_session(staged_session, of, at)?;
                staged_session.records.set(record, value);
            }
            (Path::Own(key), Op::Set(value)) => {
                self.cut_session(staged_session, of, at)?;
                staged_session.session.set_key(key, value);
            }
            (Path::Row(List::Instances, index), Op::Insert(Value::Instance(instance))) => {
                self.add_instance(staged_session, index as usize, instance.into_owned(), at)?;
            }
            (Path::Row(List::Instances, index), Op::Remove) => {
                self.remove_instance(staged_session, index as usize, at)?;
            }
            (Path::Field(List::Instances, index, Key::Known(instance::output)), Op::Extend(text)) => {
                self.append_output(staged_session, index as usize, text.len(), at)?;
            }
            (Path::Field(List::Instances, index, Key::Known(instance::output)), Op::Set(value)) => {
                let bytes = if let Value::LongText(text) = &value { Some(text.len()) } else { None };
                self.replace_output(staged_session, index as usize, bytes, at)?;
            }
            (Path::Field(List::Instances, index, key), Op::Set(value)) => {
                let row = self.cut_instance(staged_session, index as usize, at)?;
                row.instance.set_key(key, value);
            }
            (Path::Row(List::Messages, index), Op::Insert(Value::Message(message))) => {
                staged.messages_changed = self.add_message(staged_session, index, &message, at)?;
            }
            (Path::Row(List::Messages, index), Op::Remove) => {
                staged.messages_changed = self.remove_message(staged_session, index, at)?;
            }
            (Path::Field(List::Messages, index, key), Op::Set(value)) => {
                staged.messages_changed = self.change_message(staged_session, index, key, value, at)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn apply_to_workspace(&self, staged: &mut Staged, recorded: &Recorded, at: Boundary) -> Done {
        match &recorded.event {
            Some(Event::WorkspaceRegistered(body)) => {
                self.close_all("workspace_version", at)?;
                let hashes = serde_json::Value::from(body.hashes.as_slice()).to_string();
                let sql = include_str!("../../sql/temporal/insert_workspace.sql");
                let (workspace, stream) = (staged.workspace, self.stream);
                let ends = (OPEN_POSITION, OPEN_HAPPENED);
                let row =
                    params![workspace, stream, at.position, ends.0, at.happened, ends.1, body.path, hashes];
                self.run(sql, row)?;
            }
            Some(event) if !event.event_type().is_of_bodies() => return Ok(()),
            _ => {}
        }
        staged.created = Some(at.position);
        self.see_workspace(staged.workspace, at)
    }
}
