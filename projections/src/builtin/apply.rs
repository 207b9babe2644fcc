//! What each event does to the rows.

use std::collections::HashMap;

use retold_core::event::{MessageAdded, WorkspaceRegistered};
use retold_core::{
    Decoder, Event, EventType, Instance, Limit, Message, Misfit, Position, Recorded, Revision, Session,
    Shape, StreamId, StreamName, time,
};
use rusqlite::{Connection, params};

use super::sql::{Generation, Statements};
use super::staged::{Output, StagedSession};

/// Sessions that are kept in memory between transactions; above, all are let go.
const CACHED_MAX: usize = 4096;

/// An event on its way into the rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrived<'a> {
    pub(crate) position: Position,
    pub(crate) revision: Revision,
    pub(crate) kind: EventType,
    /// `None` where the body was redacted.
    pub(crate) event: Option<&'a Event>,
}

impl<'a> From<&'a Recorded> for Arrived<'a> {
    fn from(recorded: &'a Recorded) -> Self {
        let Recorded { position, revision, kind, event, .. } = recorded;
        Self { position: *position, revision: *revision, kind: *kind, event: event.as_ref() }
    }
}

/// One generation of the built-in read models, being filled.
pub(crate) struct Builtin {
    pub(super) sql: Statements,
    pub(super) staged: HashMap<StreamId, StagedSession>,
    decoder: Decoder,
}

type Done = Result<(), retold_core::Error>;

const APPLY: &str = "keep the read models";

pub(super) fn failed(error: rusqlite::Error) -> retold_core::Error {
    retold_core::Error::sqlite(APPLY)(error)
}

impl Builtin {
    pub(crate) fn new(generation: Generation) -> Self {
        Self { sql: Statements::new(generation), staged: HashMap::new(), decoder: Decoder::default() }
    }

    /// Forgets what is kept in memory.
    pub(crate) fn forget(&mut self) {
        self.staged.clear();
    }

    /// Keeps the memory bounded; for after a flush.
    pub(crate) fn trim(&mut self) {
        if self.staged.len() > CACHED_MAX {
            self.staged.clear();
        }
    }

    /// Returns what there is of a session, as far as checking an event needs it.
    pub(crate) fn shape(
        &mut self,
        connection: &Connection,
        stream: StreamId,
        before: Revision,
    ) -> Result<Shape, retold_core::Error> {
        if let Some(staged) = self.load(connection, stream)? {
            return Ok(staged.shape());
        }
        // A record without rows whose stream has events is a deleted one.
        let exists = before > Revision::ZERO;
        Ok(Shape { exists, deleted: exists, ..Shape::default() })
    }

    /// Takes in the event of a session's stream, or says why it does not fit and changes nothing.
    pub(crate) fn session_checked(
        &mut self,
        connection: &Connection,
        stream: StreamId,
        workspace: i64,
        name: &StreamName,
        arrived: Arrived<'_>,
    ) -> Result<Result<(), Misfit>, retold_core::Error> {
        if let Some(event) = arrived.event {
            let before = Revision::new(arrived.revision.get() - 1).unwrap_or(Revision::ZERO);
            if let Err(misfit) = self.shape(connection, stream, before)?.admit(event) {
                return Ok(Err(misfit));
            }
        }
        self.session(connection, stream, workspace, name, arrived).map(Ok)
    }

    /// Takes in the event of a session's stream, which must fit.
    pub(crate) fn session(
        &mut self,
        connection: &Connection,
        stream: StreamId,
        workspace: i64,
        name: &StreamName,
        arrived: Arrived<'_>,
    ) -> Done {
        match arrived.kind {
            EventType::SessionCreated => {
                let (session, place, home) = match arrived.event {
                    Some(Event::SessionCreated(body)) => {
                        (body.session.clone(), body.place, body.home.as_deref())
                    }
                    _ => (Session::redacted(), None, None),
                };
                self.ensure_workspace(connection, workspace, &name.workspace)?;
                let place = place.unwrap_or_else(|| default_place(arrived.position));
                self.staged.insert(stream, StagedSession::new(workspace, name, home, place, session));
            }
            EventType::SessionDeleted => self.delete(connection, stream)?,
            EventType::SessionRestored => self.restore(connection, stream, workspace, name, arrived)?,
            _ => {}
        }
        let Some(mut staged) = self.take(connection, stream)? else { return Ok(()) };
        staged.position = arrived.position;
        staged.revision = arrived.revision;
        staged.dirty.touched = true;
        let done = match arrived.event {
            Some(event) => self.change(connection, stream, &mut staged, event, arrived.position),
            None => self.change_redacted(connection, stream, &mut staged, arrived),
        };
        self.staged.insert(stream, staged);
        done
    }

    /// Takes in the event of a workspace's own stream.
    pub(crate) fn workspace(
        &mut self,
        connection: &Connection,
        workspace: i64,
        key: &str,
        event: Option<&Event>,
    ) -> Done {
        self.ensure_workspace(connection, workspace, key)?;
        if let Some(Event::WorkspaceRegistered(WorkspaceRegistered { path, hashes })) = event {
            let hashes = serde_json::Value::from(hashes.clone()).to_string();
            self.run(connection, &self.sql.upsert_workspace, params![workspace, key, path, hashes])?;
        }
        Ok(())
    }

    fn ensure_workspace(&self, connection: &Connection, workspace: i64, key: &str) -> Done {
        self.run(connection, &self.sql.ensure_workspace, params![workspace, key])
    }

    fn change(
        &self,
        connection: &Connection,
        stream: StreamId,
        staged: &mut StagedSession,
        event: &Event,
        position: Position,
    ) -> Done {
        match event {
            Event::TaskChanged(body) => {
                staged.session.task.clone_from(&body.task);
                staged.dirty.session = true;
            }
            Event::SessionStatusChanged(body) => {
                staged.session.status.clone_from(&body.status);
                if let Some(completed_at) = &body.completed_at {
                    staged.session.completed_at.clone_from(completed_at);
                }
                staged.dirty.session = true;
            }
            Event::WinnerSelected(body) => {
                staged.session.winner_id = body.winner_id;
                staged.dirty.session = true;
            }
            Event::SessionDetailsChanged(body) => {
                body.set.apply(&mut staged.session);
                staged.dirty.session = true;
            }
            Event::SessionMoved(body) => {
                staged.place = body.place;
                staged.dirty.session = true;
            }
            Event::InstanceAdded(body) => {
                let length = staged.session.instances.len();
                let index = body.index.map_or(length, |index| index as usize);
                self.add_instance(connection, stream, staged, index, body.instance.clone())?;
            }
            Event::InstanceStatusChanged(body) => {
                staged.instance_mut(body.index).0.status.clone_from(&body.status)
            }
            Event::OutputAppended(body) => {
                let bytes = body.text.len();
                let (_, output) = staged.instance_mut(body.index);
                let ordinal = output.chunks;
                output.chunks += 1;
                output.bytes = Some(output.bytes.unwrap_or(0) + bytes);
                let row = params![stream, body.index, ordinal, position, bytes.cast_signed()];
                self.run(connection, &self.sql.insert_chunk, row)?;
            }
            Event::OutputReplaced(body) => {
                let bytes = body.text.as_ref().map(retold_core::Text::len);
                self.run(connection, &self.sql.delete_chunks, params![stream, body.index])?;
                *staged.instance_mut(body.index).1 = Output { bytes, chunks: u32::from(bytes.is_some()) };
                if let Some(bytes) = bytes {
                    let row = params![stream, body.index, 0, position, bytes.cast_signed()];
                    self.run(connection, &self.sql.insert_chunk, row)?;
                }
            }
            Event::InstanceDetailsChanged(body) => body.set.apply(staged.instance_mut(body.index).0),
            Event::InstanceRemoved(body) => {
                staged.session.instances.remove(body.index as usize);
                staged.outputs.remove(body.index as usize);
                staged.dirty.all_instances = true;
                self.run(connection, &self.sql.delete_chunks, params![stream, body.index])?;
                self.shift_chunks(connection, stream, body.index, -1)?;
            }
            Event::MessageAdded(body) => self.add_message(connection, stream, staged, body, position)?,
            Event::MessageChanged(body) => {
                let (mut message, mut at, mut bytes) = self.load_message(connection, stream, body.index)?;
                body.set.apply(&mut message);
                if let Some(content) = &body.content {
                    (at, bytes) = (position, content.len());
                }
                self.write_message(
                    connection,
                    &self.sql.update_message,
                    stream,
                    body.index,
                    &message,
                    at,
                    bytes,
                )?;
            }
            Event::MessageRemoved(body) => {
                staged.messages -= 1;
                self.run(connection, &self.sql.delete_message, params![stream, body.index])?;
                self.shift_messages(connection, stream, body.index, -1)?;
            }
            Event::SessionCreated(_)
            | Event::SessionDeleted(_)
            | Event::SessionRestored(_)
            | Event::WorkspaceRegistered(_)
            | Event::BodyRedacted(_) => {}
        }
        if let Some(text) = event.updated_at() {
            text.clone_into(&mut staged.session.updated_at);
        }
        Ok(())
    }

    fn change_redacted(
        &self,
        connection: &Connection,
        stream: StreamId,
        staged: &mut StagedSession,
        arrived: Arrived<'_>,
    ) -> Done {
        match arrived.kind {
            EventType::InstanceAdded => {
                let index = staged.session.instances.len();
                self.add_instance(connection, stream, staged, index, Instance::redacted())
            }
            EventType::MessageAdded => {
                let body = MessageAdded { message: Message::redacted(), index: None, updated_at: None };
                self.add_message(connection, stream, staged, &body, arrived.position)
            }
            _ => Ok(()),
        }
    }

    fn add_instance(
        &self,
        connection: &Connection,
        stream: StreamId,
        staged: &mut StagedSession,
        index: usize,
        instance: Instance,
    ) -> Done {
        let length = staged.session.instances.len();
        staged.session.instances.insert(index, instance);
        staged.outputs.insert(index, Output::default());
        if index == length {
            staged.dirty.instances.push(index);
            return Ok(());
        }
        staged.dirty.all_instances = true;
        self.shift_chunks(connection, stream, to_u32(index), 1)
    }

    fn add_message(
        &self,
        connection: &Connection,
        stream: StreamId,
        staged: &mut StagedSession,
        body: &MessageAdded,
        position: Position,
    ) -> Done {
        let index = body.index.unwrap_or(staged.messages);
        if index < staged.messages {
            self.shift_messages(connection, stream, index, 1)?;
        }
        staged.messages += 1;
        let bytes = body.message.content.len();
        self.write_message(
            connection,
            &self.sql.insert_message,
            stream,
            index,
            &body.message,
            position,
            bytes,
        )
    }

    fn delete(&mut self, connection: &Connection, stream: StreamId) -> Done {
        self.staged.remove(&stream);
        for sql in [
            &self.sql.delete_session,
            &self.sql.delete_instances,
            &self.sql.delete_messages,
            &self.sql.delete_all_chunks,
        ] {
            self.run(connection, sql, [stream])?;
        }
        Ok(())
    }

    /// Fills a deleted session's rows again from its events: what is deleted has no rows.
    fn restore(
        &mut self,
        connection: &Connection,
        stream: StreamId,
        workspace: i64,
        name: &StreamName,
        arrived: Arrived<'_>,
    ) -> Done {
        self.delete(connection, stream)?;
        let mut after = Revision::ZERO;
        loop {
            let mut decoder = std::mem::take(&mut self.decoder);
            let page =
                decoder.stream_events_after(connection, stream, after, arrived.position, Limit::default());
            self.decoder = decoder;
            let page = page?;
            for event in page.events.iter().filter(|event| event.revision < arrived.revision) {
                // Nothing but a restoration is admitted between a deletion and the next restoration.
                if !matches!(event.kind, EventType::SessionDeleted | EventType::SessionRestored) {
                    // What did not fit the first time was recorded then.
                    let _misfit =
                        self.session_checked(connection, stream, workspace, name, Arrived::from(event))?;
                }
                after = event.revision;
            }
            if !page.more || page.events.last().is_none_or(|last| last.revision >= arrived.revision) {
                return Ok(());
            }
        }
    }

    fn take(
        &mut self,
        connection: &Connection,
        stream: StreamId,
    ) -> Result<Option<StagedSession>, retold_core::Error> {
        self.load(connection, stream)?;
        Ok(self.staged.remove(&stream))
    }

    fn shift_messages(&self, connection: &Connection, stream: StreamId, from: u32, by: i32) -> Done {
        self.run(connection, &self.sql.shift_messages_away, params![stream, from, by])?;
        self.run(connection, &self.sql.shift_messages_back, [stream])
    }

    fn shift_chunks(&self, connection: &Connection, stream: StreamId, from: u32, by: i32) -> Done {
        self.run(connection, &self.sql.shift_chunks_away, params![stream, from, by])?;
        self.run(connection, &self.sql.shift_chunks_back, [stream])
    }

    #[allow(clippy::too_many_arguments, reason = "the columns of one row, for two statements")]
    fn write_message(
        &self,
        connection: &Connection,
        sql: &str,
        stream: StreamId,
        place: u32,
        message: &Message,
        at: Position,
        bytes: u64,
    ) -> Done {
        let extra = (!message.extra.is_empty()).then(|| message.extra.to_json());
        self.run(
            connection,
            sql,
            params![
                stream,
                place,
                message.id,
                message.role,
                message.timestamp,
                instant(&message.timestamp),
                message.instance_id,
                extra,
                at,
                bytes.cast_signed(),
            ],
        )
    }

    pub(super) fn run(&self, connection: &Connection, sql: &str, params: impl rusqlite::Params) -> Done {
        connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(params))
            .map(drop)
            .map_err(failed)
    }
}

/// Checks a commit's events against a shape, one after the other.
pub(crate) fn check<'a>(mut shape: Shape, events: impl Iterator<Item = &'a Event>) -> Result<(), Misfit> {
    events.into_iter().try_for_each(|event| shape.admit(event))
}

/// A session without a place of its own stands behind all that were there before it.
#[allow(clippy::cast_precision_loss, reason = "exact up to 2^53 events")]
fn default_place(position: Position) -> f64 {
    position.get() as f64
}

pub(super) fn instant(text: &str) -> Option<i64> {
    time::parse(text).map(time::to_micros)
}

fn to_u32(index: usize) -> u32 {
    u32::try_from(index).expect("a list of a document has under 2^32 elements")
}
