//! A session's rows in memory, between the events of a transaction.

use retold_core::{Instance, Position, Revision, Session, Shape, StreamName};

/// A session record's rows, without messages and outputs, which go to their tables at once.
#[derive(Clone, Debug)]
pub(super) struct StagedSession {
    pub(super) workspace: i64,
    pub(super) ordinal: u32,
    /// The name of the legacy file.
    pub(super) home: String,
    pub(super) place: f64,
    /// The document; its list of messages stays empty, and so do the outputs.
    pub(super) session: Session,
    pub(super) outputs: Vec<Output>,
    pub(super) messages: u32,
    pub(super) deleted: bool,
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
    pub(super) fn new(
        workspace: i64,
        name: &StreamName,
        home: Option<&str>,
        place: f64,
        session: Session,
    ) -> Self {
        Self {
            workspace,
            ordinal: name.ordinal,
            home: home.unwrap_or(&name.workspace).to_owned(),
            place,
            session,
            outputs: Vec::new(),
            messages: 0,
            deleted: false,
            position: Position::ZERO,
            revision: Revision::ZERO,
            dirty: Dirty { session: true, ..Dirty::default() },
        }
    }

    pub(super) fn shape(&self) -> Shape {
        let instances = u32::try_from(self.session.instances.len()).unwrap_or(u32::MAX);
        Shape { exists: true, deleted: self.deleted, instances, messages: self.messages }
    }

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
