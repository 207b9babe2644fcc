//! SQL over the read models, for analysts: the tables, with the texts that they only point at.

mod attached;
mod text;

use std::ops::{Deref, DerefMut};

use rusqlite::Connection;

use crate::error::sqlite;
use crate::{Error, Store};

/// A read-only connection on which `chat_messages` has the `content`, `instances` has the `output`, and `sessions` has
/// the `workspace_key`.
///
/// `events` has every event with its body as JSON, and each projection with a file of its own is there under its name.
/// The views are temporary and stand before the tables of the same name. A text is loaded where a query asks for
/// it, and not before. The connection is its own: what is set on it, an authorizer say, is set on no other.
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
pub struct SqlConnection {
    connection: Connection,
    attached: Vec<String>,
}

impl Deref for SqlConnection {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

/// An authorizer and a progress handler are set through it.
impl DerefMut for SqlConnection {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

const VIEWS: [&str; 4] = [
    include_str!("../../sql/view_sessions.sql"),
    include_str!("../../sql/view_instances.sql"),
    include_str!("../../sql/view_chat_messages.sql"),
    include_str!("../../sql/view_events.sql"),
];

impl Store {
    /// Opens a connection for queries over the read models and their texts, the events, and the projections with files
    /// of their own: nine of these at the most, see [`sql_for`](Self::sql_for).
    ///
    /// # Errors
    /// Where the store cannot be read, or has no read models yet.
    pub fn sql(&self) -> Result<SqlConnection, Error> {
        self.sql_for("")
    }

    /// Opens a connection as [`sql`](Self::sql) does; of more projections than SQLite attaches at once it has those
    /// that `query` mentions, by their names or the names of their tables.
    ///
    /// # Errors
    /// Those of [`sql`](Self::sql).
    pub fn sql_for(&self, query: &str) -> Result<SqlConnection, Error> {
        let act = sqlite("open the store for queries");
        let connection = self.log.open_reader()?;
        text::add_functions(&connection, self.log.open_reader()?).map_err(&act)?;
        // Views are written to the temporary schema, which a connection for queries only may not do either.
        connection.pragma_update(None, "query_only", false).map_err(&act)?;
        VIEWS.iter().try_for_each(|sql| connection.execute_batch(sql)).map_err(&act)?;
        let attached = attached::attach(&connection, &self.log, query)?;
        connection.pragma_update(None, "query_only", true).map_err(&act)?;
        Ok(SqlConnection { connection, attached })
    }
}

impl SqlConnection {
    /// Returns the names of the projections that are attached.
    pub fn attached(&self) -> &[String] {
        &self.attached
    }
}
