//! What is exported: events, a table, or the answer to a query.

use retold_projections::{SqlConnection, Store, happened_between};
use retold_travel::{Moment, Range};
use rusqlite::{OptionalExtension, Statement};

use crate::command::sql;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::AsOf;

/// What is exported; one of these, or none where the format says it.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub(super) struct What {
    /// The log's events, up to --at, or from --since to --until
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

/// What is exported, and for events their range.
pub(super) type Wanted = (What, Option<Range>);

/// A question, and the connection that answers it as of one moment.
pub(super) struct Source {
    connection: SqlConnection,
    pub(super) as_of: AsOf,
    pub(super) question: String,
    /// What the question is asked with.
    parameters: Vec<rusqlite::types::Value>,
    /// How many events it is for, where that is known.
    pub(super) events: Option<u64>,
}

impl Source {
    /// Opens the store, and finds out what the question is.
    pub(super) fn open(context: &mut Context<'_>, (what, range): Wanted) -> Result<Self, Failure> {
        let question = what.query.map(|query| sql::question(context, query)).transpose()?;
        let store = context.open_store()?;
        if what.events {
            return Self::events(context, &store, range.as_ref());
        }
        let words = question.as_deref().or(what.table.as_deref()).unwrap_or_default();
        let (connection, as_of) = sql::connect(context, &store, words, None)?;
        let question = match (question, what.table) {
            (Some(question), _) => question,
            (None, table) => whole(&connection, &table.unwrap_or_default())?,
        };
        Ok(Self { connection, as_of, question, parameters: Vec::new(), events: None })
    }

    /// The log's events need no snapshot.
    fn events(context: &mut Context<'_>, store: &Store, range: Option<&Range>) -> Result<Self, Failure> {
        let reader = store.log().reader()?;
        reader.begin()?;
        let (after, as_of) = context.between(&reader, range)?;
        let (question, parameters, events) = match (after, as_of.moment) {
            (Moment::Recorded(after), Moment::Recorded(to)) => (
                include_str!("../../../sql/views/events_of_range.sql"),
                vec![after.get().cast_signed().into(), to.get().cast_signed().into()],
                to.get().saturating_sub(after.get()),
            ),
            (after, to) => {
                let happened = happened_between(&reader, after, to)?;
                let positions: Vec<u64> = happened.iter().map(|event| event.position.get()).collect();
                let listed =
                    serde_json::to_string(&positions).map_err(|error| Failure::output(error.into()))?;
                let question = include_str!("../../../sql/views/events_of_list.sql");
                (question, vec![listed.into()], positions.len() as u64)
            }
        };
        drop(reader);
        let (connection, _) = sql::connect_now(context, store, "", None)?;
        Ok(Self { connection, as_of, question: question.to_owned(), parameters, events: Some(events) })
    }

    /// Prepares the question; its rows are read with `raw_query`.
    pub(super) fn prepare(&self) -> Result<Statement<'_>, Failure> {
        let act = retold_core::Error::sqlite("query");
        if self.events.is_none() {
            return sql::prepare(&self.connection, &self.question);
        }
        let mut statement = self.connection.prepare(&self.question).map_err(&act)?;
        for (number, parameter) in (1..).zip(&self.parameters) {
            statement.raw_bind_parameter(number, parameter).map_err(&act)?;
        }
        Ok(statement)
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
