//! SQL over the read models, for analysts: the tables, with the texts that they only point at.

mod attached;
mod event;
mod json;
mod snapshot;
mod text;
mod words;

pub use json::readable as readable_json;
pub use words::sql_words;

use std::ops::{Deref, DerefMut};

use retold_core::happening::Moment;
use retold_core::{Head, Log, OnProgress, attach_read_only};
use rusqlite::Connection;

use crate::builtin::{Generation, TABLES, columns_of, missing_columns};
use crate::engine::START;
use crate::error::sqlite;
use crate::sidecar::{Subject, built_in, registry};
use crate::temporal;
use crate::{Error, Store};

/// A read-only connection on which `chat_messages` has the `content`, `instances` has the `output`, and `sessions` has
/// the `workspace_key`.
///
/// `events` has every event with its body as JSON, and each projection with a file of its own is there under its name.
/// The views are temporary and are before the tables of the same name. A text is loaded where a query asks for
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
    as_of: Option<Head>,
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

/// Flips in a row, each just while the files are opened, before a connection is given as it is.
const FLIPS_MAX: u32 = 100;

/// The views over the read models: each has the columns of its table, and texts beside.
const VIEWS: [(&str, &str); 3] = [
    ("sessions", include_str!("../../sql/view_sessions.sql")),
    ("instances", include_str!("../../sql/view_instances.sql")),
    ("chat_messages", include_str!("../../sql/view_chat_messages.sql")),
];

/// Writes the columns of a table into its view. Those that an older release did not know read as their default.
fn with_columns(connection: &Connection, schema: &str, table: &str, sql: &str) -> rusqlite::Result<String> {
    let declaration = TABLES.into_iter().find(|(name, _)| *name == table).map_or("", |(_, sql)| sql);
    let missing = missing_columns(connection, schema, table)?;
    let columns = columns_of(declaration).map(|column| {
        match (column, missing.iter().find(|missing| missing.name == column)) {
            (column, Some(missing)) => format!("{} as {column}", missing.default()),
            ("extra", None) => "retold_json(t.extra) as extra".to_owned(),
            (column, None) => format!("t.{column}"),
        }
    });
    Ok(sql.replace("/*columns*/", &columns.collect::<Vec<_>>().join(", ")))
}

/// The view over the log.
const EVENTS: &str = include_str!("../../sql/view_events.sql");

/// Returns the views over one generation of the tables; the tables that are built beside the others have names of their own,
/// so that `workspaces` too is a view.
pub(crate) fn views_of(connection: &Connection, generation: Generation) -> rusqlite::Result<Vec<String>> {
    let tables = ["sessions", "instances", "chat_messages", "output_chunks", "workspaces"];
    let of = |sql: &str| {
        tables.iter().fold(sql.to_owned(), |sql, table| {
            sql.replace(&format!("main.{table} "), &format!("main.{} ", generation.table(table)))
        })
    };
    let workspaces = generation.is_building().then_some(include_str!("../../sql/view_workspaces_next.sql"));
    let views = VIEWS.into_iter().map(|(table, sql)| Ok(of(&with_columns(connection, "main", table, sql)?)));
    views.chain(workspaces.map(|sql| Ok(of(sql)))).collect()
}

/// Adds the functions that the views over the read models are made of.
pub(crate) fn add_view_functions(connection: &Connection, log: &Log) -> Result<(), Error> {
    let act = sqlite("open the store for queries");
    text::add_function(connection, log.open_reader()?)
        .and_then(|()| json::add_function(connection))
        .map_err(&act)
}

/// Adds the functions that all views are made of.
pub(crate) fn add_functions(connection: &Connection, log: &Log) -> Result<(), Error> {
    let act = sqlite("open the store for queries");
    add_view_functions(connection, log)?;
    event::add_functions(connection, log.open_reader()?).map_err(&act)
}

impl Store {
    /// Opens a connection for queries over the read models and their texts, the events, and the projections with files
    /// of their own: at most nine of these, see [`sql_for`](Self::sql_for).
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
        // A file that was put in place meanwhile has another name: then the one before may be gone already.
        for _ in 0..FLIPS_MAX {
            let before = self.current_files()?;
            let opened = self.open_sql(query);
            if self.current_files()? == before {
                return opened;
            }
        }
        self.open_sql(query)
    }

    fn current_files(&self) -> Result<Vec<Option<registry::FileName>>, Error> {
        let entries = registry::list(self.log.reader()?.connection())?;
        Ok(entries.into_iter().map(|entry| entry.current).collect())
    }

    fn open_sql(&self, query: &str) -> Result<SqlConnection, Error> {
        let act = sqlite("open the store for queries");
        let connection = self.log.open_reader()?;
        add_functions(&connection, &self.log)?;
        // Views are written to the temporary schema, which a connection for queries only may not do either.
        connection.pragma_update(None, "query_only", false).map_err(&act)?;
        let views = views_of(&connection, Generation::Live).map_err(&act)?.into_iter();
        views.chain([EVENTS.to_owned()]).try_for_each(|sql| connection.execute_batch(&sql)).map_err(&act)?;
        let attached = attached::attach(&connection, self, query)?;
        connection.pragma_update(None, "query_only", true).map_err(&act)?;
        Ok(SqlConnection { connection, attached, as_of: None })
    }
}

impl Store {
    /// Opens a connection as [`sql_for`](Self::sql_for) does, on which everything is as it was at a moment: the read models,
    /// the events, and the declared projections that `query` mentions. `None` where `progress` said to stop.
    ///
    /// The read models are those of [`temporal`](Self::temporal), and [`SqlConnection::as_of`] says how far they are. The rows
    /// of a declared projection are filled from the log up to the position, from the nearest snapshot before it where one is
    /// kept: the first answer for a position takes as long as a rebuild up to it, the next one none of that.
    ///
    /// # Errors
    /// Those of [`temporal`](Self::temporal) and [`sql`](Self::sql); [`Error::Stopped`] where a projection cannot be filled up
    /// to there; [`Error::NotByHappening`] where one is asked for at a time.
    pub fn sql_at(
        &self,
        moment: Moment,
        query: &str,
        progress: &dyn OnProgress,
    ) -> Result<Option<SqlConnection>, Error> {
        let act = sqlite("open the store for queries");
        let Some(reader) = self.temporal(moment, progress)? else { return Ok(None) };
        let (query, mut files) = (query.to_lowercase(), Vec::new());
        for candidate in attached::candidates(self)? {
            let is_own = candidate.name == temporal::NAME;
            if is_own || files.len() + 1 == attached::ATTACHED_MAX || !candidate.is_mentioned_in(&query) {
                continue;
            }
            let Some(position) = temporal::prefix(reader.moment()) else {
                return Err(Error::NotByHappening { name: candidate.name });
            };
            let hash = self.log.reader()?.hash_at(position)?;
            let at = hash.map_or(START, |hash| Head { position, hash });
            let subject = || self.subject(&candidate.name);
            let Some(file) = snapshot::file(self, at, &subject, progress)? else { return Ok(None) };
            files.push((candidate.name, file));
        }
        let as_of = Some(reader.as_of());
        let connection = reader.into_connection();
        connection.pragma_update(None, "query_only", false).map_err(&act)?;
        connection.execute_batch(&EVENTS.replace("main.event ", "temp.event ")).map_err(&act)?;
        for (name, file) in &files {
            attach_read_only(&connection, file, name).map_err(&act)?;
        }
        connection.pragma_update(None, "query_only", true).map_err(&act)?;
        let attached = files.into_iter().map(|(name, _)| name).collect();
        Ok(Some(SqlConnection { connection, attached, as_of }))
    }

    /// Fills a projection that comes with retold for this process alone, where nothing can be written beside the store: up to
    /// the end of the log, whatever is there of it. [`search`](Self::search), [`metrics`](Self::metrics) and
    /// [`sql_for`](Self::sql_for) read it from then on. Returns whether `progress` let it come to the end.
    ///
    /// # Errors
    /// [`Error::NoProjection`] where none is called so; those of [`sql_at`](Self::sql_at).
    pub fn fill_privately(&self, name: &str, progress: &dyn OnProgress) -> Result<bool, Error> {
        let known = built_in(name).ok_or_else(|| Error::NoProjection { name: name.to_owned() })?;
        let at = self.log.reader()?.head()?;
        let subject = || Ok(Subject::of_built_in(&self.log, known));
        let Some(file) = snapshot::file(self, at, &subject, progress)? else { return Ok(false) };
        self.private.keep(name, file);
        Ok(true)
    }

    fn subject(&self, name: &str) -> Result<Subject, Error> {
        let no_projection = || Error::NoProjection { name: name.to_owned() };
        let entry = registry::find(self.log.reader()?.connection(), name)?.ok_or_else(no_projection)?;
        let version = entry.current.as_ref().ok_or_else(no_projection)?.version;
        Subject::of(&self.log, &entry, version)
    }
}

impl SqlConnection {
    /// Returns the last event that the answers know of, where they stand for a moment of the past.
    pub fn as_of(&self) -> Option<Head> {
        self.as_of
    }

    /// Returns the names of the projections that are attached.
    pub fn attached(&self) -> &[String] {
        &self.attached
    }
}
