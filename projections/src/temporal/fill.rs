//! What each event does to the rows.

use std::collections::HashMap;
use std::path::{Path as FilePath, PathBuf};

use retold_core::field::{instance, session};
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
    staged: HashMap<StreamId, Box<Staged>>,
    dirty: Vec<StreamId>,
    decoder: Decoder,
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
        let mut staged = match self.staged.remove(&recorded.stream) {
            Some(staged) => staged,
            None => Box::new(
                Rows { connection, stream: recorded.stream }
                    .load()?
                    .unwrap_or_else(|| Staged::new(workspace, name.ordinal)),
            ),
        };
        if !std::mem::replace(&mut staged.is_dirty, true) {
            self.dirty.push(recorded.stream);
        }
        let outcome = Rows { connection, stream: recorded.stream }.apply(&mut staged, recorded, name);
        self.staged.insert(recorded.stream, staged);
        outcome
    }

    fn flush(&mut self, connection: &Connection) -> Result<(), Refusal> {
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
    }
}

impl Temporal {
    /// Fills the rows of a stream again from what bodies there are now: some were pruned, or came back.
    fn replay(
        &mut self,
        connection: &Connection,
        until: &Recorded,
        workspace: i64,
        name: &StreamName,
    ) -> Done {
        let rows = Rows { connection, stream: until.stream };
        for table in OF_STREAM {
            rows.run(&format!("delete from {table} where stream = ?1"), [until.stream])?;
        }
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
        self.staged.insert(until.stream, staged);
        Ok(())
    }
}

impl Rows<'_> {
    /// Applies an event to what is known of its stream; one that is not valid counts as having happened, and changes nothing.
    fn apply(&self, staged: &mut Staged, recorded: &Recorded, name: &StreamName) -> Done {
        let at = self.record_times(staged, recorded)?;
        staged.messages_changed = MessagesChanged::None;
        if name.is_workspace() {
            return self.apply_to_workspace(staged, recorded, at);
        }
        let outline = staged.outline();
        let mut patches: Vec<Patch<'_>> = Vec::with_capacity(2);
        match (&recorded.event, recorded.erasure) {
            (Some(event), _) => {
                if outline.check(event).is_err() {
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
        for patch in patches {
            self.apply_patch(staged, patch, name, at)?;
        }
        // Of a deleted session nobody sees it; but what is there when it is restored has to be known.
        self.touch(staged, Touched { at, revision: recorded.revision })
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
