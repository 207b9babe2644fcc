//! What is exported: events, a table, or the answer to a query.

use retold_core::{Head, Position};
use retold_projections::SqlConnection;
use rusqlite::{OptionalExtension, Statement};

use crate::command::sql;
use crate::context::Context;
use crate::failure::Failure;

/// What is exported; one of these, or none where the format says it.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub(super) struct What {
    /// The log's events, up to --at
    #[arg(long)]
    pub(super) events: bool,
    /// A table or view by its name, such as sessions
    #[arg(long, value_name = "NAME")]
    pub(super) table: Option<String>,
    /// The answer to one statement; `-` reads it from standard input
    #[arg(long, value_name = "SQL", allow_hyphen_values = true)]
    pub(super) query: Option<String>,
}

impl What {
    pub(super) fn is_named(&self) -> bool {
        self.events || self.table.is_some() || self.query.is_some()
    }
}

/// A question, and the connection that answers it as of one moment.
pub(super) struct Source {
    connection: SqlConnection,
    pub(super) as_of: Head,
    pub(super) question: String,
    /// Where the question is for the events up to a position.
    pub(super) up_to: Option<Position>,
}

impl Source {
    /// Opens the store, and finds out what the question is.
    pub(super) fn open(context: &mut Context<'_>, what: What) -> Result<Self, Failure> {
        let question = what.query.map(|query| sql::question(context, query)).transpose()?;
        let store = context.open_store()?;
        let (connection, as_of) = if what.events {
            // The log up to there needs no snapshot.
            let at = context.as_of(&store.log().reader()?, None)?;
            let (connection, head) = sql::connect_now(context, &store, "", None)?;
            (connection, if context.global.at.is_some() { at } else { head })
        } else {
            let words = question.as_deref().or(what.table.as_deref()).unwrap_or_default();
            sql::connect(context, &store, words, None)?
        };
        let question = match (question, what.table) {
            (Some(question), _) => question,
            (None, Some(table)) => whole(&connection, &table)?,
            (None, None) => include_str!("../../../sql/views/events_up_to.sql").to_owned(),
        };
        let up_to = what.events.then_some(as_of.position);
        Ok(Self { connection, as_of, question, up_to })
    }

    /// Prepares the question; its rows are read with `raw_query`.
    pub(super) fn prepare(&self) -> Result<Statement<'_>, Failure> {
        let act = retold_core::Error::sqlite("query");
        match self.up_to {
            None => sql::prepare(&self.connection, &self.question),
            Some(position) => {
                let mut statement = self.connection.prepare(&self.question).map_err(&act)?;
                statement.raw_bind_parameter(1, position).map_err(&act)?;
                Ok(statement)
            }
        }
    }
}

/// Returns the question for a whole table, which the store must have.
fn whole(connection: &SqlConnection, table: &str) -> Result<String, Failure> {
    let found: Option<String> = connection
        .query_row(include_str!("../../../sql/views/table_by_name.sql"), [table], |row| row.get(0))
        .optional()
        .map_err(retold_core::Error::sqlite("find the table"))?;
    let name = found.ok_or_else(|| {
        Failure::usage(format!("export: there is no table {table}")).hint(
            "sessions, instances, chat_messages, workspaces and events are there; `retold sql 'pragma table_list'` \
             lists all",
        )
    })?;
    // The name is one that the store has; it cannot end its own quotes.
    Ok(format!("select * from \"{}\"", name.replace('"', "\"\"")))
}
