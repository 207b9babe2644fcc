//! Lists of sessions, without their texts.

use rusqlite::{Connection, Row, named_params};

use crate::error::sqlite;
use crate::{Error, Store};

/// Which sessions, and in which order.
#[derive(Clone, Debug, Default)]
pub struct SessionFilter {
    /// Only those of this workspace.
    pub workspace: Option<String>,
    /// Only those of this status.
    pub status: Option<String>,
    /// Only those of this type.
    pub kind: Option<String>,
    /// The order.
    pub order: Order,
    /// So many at the most.
    pub limit: Option<u32>,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// As the legacy files have them, workspace by workspace.
    #[default]
    File,
    /// The last updated first.
    Updated,
    /// The youngest first.
    Created,
}

/// A session in a list: its own keys and counts.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct SessionRow {
    /// The number of its stream in this store.
    #[serde(skip)]
    pub stream: i64,
    /// The workspace's key.
    pub workspace: String,
    /// The workspace's folder, where it is known.
    pub path: Option<String>,
    /// The session's id.
    pub id: String,
    /// Which record of this id.
    pub ordinal: u32,
    /// competition, ensemble, debate, or whatever it says.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it was to do.
    pub task: String,
    /// running, completed, or whatever it says.
    pub status: String,
    /// As the document has it.
    pub created_at: String,
    /// As the document has it.
    pub updated_at: String,
    /// As the document has it.
    pub completed_at: Option<String>,
    /// The number of the instance that won.
    pub winner_id: Option<u32>,
    /// How many instances.
    pub instance_count: u32,
    /// How many messages.
    pub message_count: u32,
    /// The status of the last instance.
    pub latest_instance_status: Option<String>,
    /// The position of its last event.
    pub position: u64,
    /// How many events it has had.
    pub revision: u64,
}

impl Store {
    /// Lists sessions. Touches no output and no message.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn sessions(&self, filter: &SessionFilter) -> Result<Vec<SessionRow>, Error> {
        list(self.log.reader()?.connection(), filter)
    }
}

/// Lists the sessions of the read models that a connection has.
pub(crate) fn list(connection: &Connection, filter: &SessionFilter) -> Result<Vec<SessionRow>, Error> {
    let act = sqlite("list sessions");
    let sql = statement(filter);
    let mut statement = connection.prepare_cached(&sql).map_err(&act)?;
    let rows = statement.query_map(
        named_params! {
            ":workspace": filter.workspace,
            ":status": filter.status,
            ":type": filter.kind,
            ":limit": filter.limit.map_or(-1, i64::from),
        },
        read,
    );
    rows.and_then(Iterator::collect).map_err(&act)
}

/// What decides between the indexes goes into the statement's text, one of a dozen; the rest is bound.
fn statement(filter: &SessionFilter) -> String {
    let sql = match (&filter.workspace, &filter.status, &filter.kind) {
        (Some(_), Some(_), _) => include_str!("../../sql/sessions_of_workspace_and_status.sql"),
        (Some(_), None, _) => include_str!("../../sql/sessions_of_workspace.sql"),
        (None, _, Some(_)) => include_str!("../../sql/sessions_of_type.sql"),
        (None, _, None) => include_str!("../../sql/sessions_all.sql"),
    };
    sql.replace(
        "/*order*/",
        match filter.order {
            Order::File => "s.workspace, s.home, s.place, s.stream",
            Order::Updated => "s.updated_instant desc, s.stream desc",
            Order::Created => "s.created_instant desc, s.stream desc",
        },
    )
}

fn read(row: &Row<'_>) -> rusqlite::Result<SessionRow> {
    let (position, revision): (i64, i64) = (row.get(15)?, row.get(16)?);
    Ok(SessionRow {
        stream: row.get(0)?,
        workspace: row.get(1)?,
        path: row.get(2)?,
        id: row.get(3)?,
        ordinal: row.get(4)?,
        kind: row.get(5)?,
        task: row.get(6)?,
        status: row.get(7)?,
        created_at: row.get(8)?,
        updated_at: row.get(9)?,
        completed_at: row.get(10)?,
        winner_id: row.get(11)?,
        instance_count: row.get(12)?,
        message_count: row.get(13)?,
        latest_instance_status: row.get(14)?,
        position: position.cast_unsigned(),
        revision: revision.cast_unsigned(),
    })
}
