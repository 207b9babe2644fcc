//! The rows of workspaces.

use retold_core::Event;
use retold_core::event::WorkspaceRegistered;
use rusqlite::{Connection, params};

use super::apply::{Builtin, Done, Stream, run};

impl Builtin {
    /// Takes in the event of a workspace's own stream.
    pub(super) fn workspace(
        &self,
        connection: &Connection,
        stream: Stream<'_>,
        event: Option<&Event>,
    ) -> Done {
        match event {
            Some(Event::WorkspaceRegistered(WorkspaceRegistered { path, hashes })) => {
                let hashes = serde_json::Value::from(hashes.as_slice()).to_string();
                let row = params![stream.workspace, stream.name.workspace, path, hashes];
                run(connection, &self.tables.upsert_workspace, row)
            }
            _ => self.ensure_workspace(connection, stream),
        }
    }

    /// A workspace of which nothing is known has its key for the name of its only file.
    pub(super) fn ensure_workspace(&self, connection: &Connection, stream: Stream<'_>) -> Done {
        let row = params![stream.workspace, stream.name.workspace];
        run(connection, &self.tables.ensure_workspace, row)
    }
}
