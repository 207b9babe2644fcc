//! SQL over the read models, for analysts: the tables, with the texts that they only point at.

mod event;
mod text;

pub(crate) use text::add_function as add_text_function;

use std::ops::{Deref, DerefMut};

use retold_core::Log;
use rusqlite::Connection;

use crate::builtin::Generation;
use crate::error::sqlite;
use crate::{Error, Store};

/// A read-only connection on which `chat_messages` has the `content`, `instances` has the `output`, `sessions` has the
/// `workspace_key`, and `events` shows the log with each body as JSON.
///
/// They are temporary views; the first three stand before the tables of the same name. A text is loaded where a query
/// asks for it, and not before; a body is unpacked and upcast likewise. The connection is its own: what is set on it, an authorizer say, is set on no other.
///
/// ```
/// use retold_projections::Store;
/// # use retold_core::{Commit, Event, Expected, Options, Session, StreamName, Text, event};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("sessions.db");
/// # let store = Store::open(&path, Options::new().create(true))?;
/// # let session: Session = serde_json::from_str(r#"{"id": "a1", "type": "debate", "task": "", "status": "running",
/// #     "createdAt": "", "updatedAt": "", "instances": [], "chatHistory": []}"#)?;
/// # let message = serde_json::from_str(r#"{"id": "m1", "role": "user", "content": "hello", "timestamp": ""}"#)?;
/// # let events: [Event; 2] = [
/// #     event::SessionCreated { session, place: None, home: None }.into(),
/// #     event::MessageAdded { message, index: None, updated_at: None }.into(),
/// # ];
/// # store.log().append(Commit::to(StreamName::session("atlas", "a1", 1), Expected::Any, events))?;
/// let sql = store.sql()?;
/// let content: String = sql.query_row("select content from chat_messages", [], |row| row.get(0))?;
/// assert_eq!(content, "hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SqlConnection(Connection);

impl Deref for SqlConnection {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

/// An authorizer and a progress handler are set through it.
impl DerefMut for SqlConnection {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0
    }
}

/// The views over the read models.
const VIEWS: [&str; 3] = [
    include_str!("../../sql/view_sessions.sql"),
    include_str!("../../sql/view_instances.sql"),
    include_str!("../../sql/view_chat_messages.sql"),
];

/// The view over the log.
const EVENTS: &str = include_str!("../../sql/view_events.sql");

/// Returns the views over one generation of the tables; the tables that are built beside the others have names of their own,
/// so that `workspaces` too is a view.
pub(crate) fn views_of(generation: Generation) -> Vec<String> {
    let tables = ["sessions", "instances", "chat_messages", "output_chunks", "workspaces"];
    let of = |sql: &str| {
        tables.iter().fold(sql.to_owned(), |sql, table| {
            sql.replace(&format!("main.{table} "), &format!("main.{} ", generation.table(table)))
        })
    };
    let workspaces = generation.is_building().then_some(include_str!("../../sql/view_workspaces_next.sql"));
    VIEWS.into_iter().chain(workspaces).map(of).collect()
}

impl Store {
    /// Opens a connection for queries over the read models and their texts.
    ///
    /// # Errors
    /// Where the store cannot be read, or has no read models yet.
    pub fn sql(&self) -> Result<SqlConnection, Error> {
        open(&self.log).map(SqlConnection)
    }
}

fn open(log: &Log) -> Result<Connection, Error> {
    let act = sqlite("open the store for queries");
    let connection = log.open_reader()?;
    add_text_function(&connection, log.open_reader()?).map_err(&act)?;
    event::add_functions(&connection, log.open_reader()?).map_err(&act)?;
    // Views are written to the temporary schema, which a connection for queries only may not do either.
    connection.pragma_update(None, "query_only", false).map_err(&act)?;
    VIEWS.iter().chain([&EVENTS]).try_for_each(|sql| connection.execute_batch(sql)).map_err(&act)?;
    connection.pragma_update(None, "query_only", true).map_err(&act)?;
    Ok(connection)
}
