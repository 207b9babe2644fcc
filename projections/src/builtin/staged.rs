//! A session's rows in memory, between the events of a transaction.

use retold_core::{Instance, Outline, Position, Record, Records, Revision, Session, Value};

use super::apply::Stream;
use super::rows::{ChunkRow, MessageRow};

/// A session record's rows, without the messages and pieces of output that are in their tables already.
#[derive(Clone, Debug)]
pub(super) struct StagedSession {
    pub(super) workspace: i64,
    pub(super) ordinal: u32,
    /// What is known beside the document; the place and the legacy file are there also where no event said so.
    pub(super) records: Records,
    /// The document; its list of messages stays empty, and so do the outputs.
    pub(super) session: Session,
    pub(super) outputs: Vec<Output>,
    pub(super) messages: u32,
    /// Messages that are not in their table yet. No other row has their places.
    pub(super) waiting: Vec<MessageRow>,
    /// Pieces of outputs that are not in their table yet.
    pub(super) waiting_chunks: Vec<ChunkRow>,
    pub(super) position: Position,
    pub(super) revision: Revision,
    pub(super) dirty: Dirty,
}

/// What is known of an instance's output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Output {
    /// `None` where it is null.
    pub(super) bytes: Option<u64>,
    pub(super) chunks: u32,
}

/// What of a session's rows has to be written.
#[derive(Clone, Debug, Default)]
pub(super) struct Dirty {
    /// Counts, `updatedAt`, the position: what every event changes.
    pub(super) touched: bool,
    /// Anything else of the session's own row.
    pub(super) session: bool,
    /// These instances, by place.
    pub(super) instances: Vec<usize>,
    /// All instances: places have moved.
    pub(super) all_instances: bool,
}

impl StagedSession {
    pub(super) fn new(stream: Stream<'_>, place: f64, session: Session) -> Self {
        Self {
            workspace: stream.workspace,
            ordinal: stream.name.ordinal,
            records: Records {
                place: Some(place),
                home: Some(stream.name.workspace.clone()),
                ..Records::default()
            },
            session,
            outputs: Vec::new(),
            messages: 0,
            waiting: Vec::new(),
            waiting_chunks: Vec::new(),
            position: Position::ZERO,
            revision: Revision::ZERO,
            dirty: Dirty { session: true, ..Dirty::default() },
        }
    }

    pub(super) fn outline(&self) -> Outline {
        Outline { messages: self.messages, ..Outline::of(false, self.session.instances.len(), 0) }
    }

    /// Sets what is known beside the document. Whether it is deleted is no column: then it has no row.
    pub(super) fn set_record(&mut self, record: Record, value: Value<'_>) {
        self.dirty.session |= self.records.set(record, value);
    }

    /// The session's own row, to be changed.
    pub(super) fn session_mut(&mut self) -> &mut Session {
        self.dirty.session = true;
        &mut self.session
    }

    /// An instance's row, to be changed.
    pub(super) fn instance_mut(&mut self, index: u32) -> (&mut Instance, &mut Output) {
        let index = index as usize;
        if !self.dirty.instances.contains(&index) {
            self.dirty.instances.push(index);
        }
        (&mut self.session.instances[index], &mut self.outputs[index])
    }

    pub(super) fn latest_instance_status(&self) -> Option<&str> {
        self.session.instances.last().map(|instance| instance.status.as_str())
    }
}
