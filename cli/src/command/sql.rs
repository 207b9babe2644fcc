//! `retold sql`: a question in SQL.

pub(super) mod guard;
pub(crate) mod refusal;
#[cfg(feature = "team")]
mod remote;
mod saved;
mod shell;
mod tables;

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use retold_projections::{Kind, ProjectionState, SqlConnection, Store};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Statement};

use super::Run;
use super::projections::past;
use crate::context::Context;
use crate::duration::duration;
use crate::exit::Exit;
use crate::failure::{Failure, io_words};
use crate::output::{AsOf, Value};

/// Query the store in SQL, read-only
///
/// The tables are sessions, instances (with the output), chat_messages (with the content) and workspaces; events (the log,
/// with each body as JSON); each projection that was added, under its name; and those of the log itself: event, stream,
/// blob. A text is loaded where the query asks for it. With --at, all of them are as they were then; the first answer
/// for a position takes as long as filling them up to there.
///
/// Without a question it is a shell: each question ends with `;`, `.help` tells what else it takes, Ctrl-C ends a question and not
/// the shell, Ctrl-D ends the shell. From a pipe or a file it answers one question after the other, and ends at the first that fails.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold sql 'select status, count(*) from sessions group by status'
  retold sql \"select content from chat_messages where content like '%panic%'\"
  retold sql \"select body ->> 'status' from events where type = 'SessionStatusChanged'\"
  retold sql 'select count(*) from sessions' --at 2026-11-01T00:00:00Z
  retold sql .tables                   the tables that there are
  retold sql '.schema sessions'        the columns of one
  retold sql                           the shell
  retold sql --save big 'select id from sessions where message_count > 99'
  retold sql @big                      the saved question
  retold sql -f report.sql -o csv
  retold sql --timeout 30s 'select count(*) from events e, events f'
  retold sql -o csv - < question.sql > answer.csv")]
pub(crate) struct Sql {
    /// One statement; `-` reads it from standard input, @NAME is a saved one [default: a shell]
    #[arg(allow_hyphen_values = true)]
    query: Option<String>,
    /// Answer the questions of a file, one after the other
    #[arg(short, long, value_name = "FILE", conflicts_with = "query")]
    file: Option<PathBuf>,
    /// Save the question under a name, to be asked as @NAME; nothing is answered
    #[arg(long, value_name = "NAME", requires = "query")]
    save: Option<saved::Name>,
    /// End the query with an error where it takes longer, such as 500ms, 30s or 5min
    #[arg(long, value_name = "DURATION")]
    timeout: Option<Timeout>,
}

/// How long a query may take.
#[derive(Clone, Copy, Debug)]
struct Timeout(Duration);

impl FromStr for Timeout {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let time = duration(text).filter(|time| !time.is_zero());
        time.map(Self).ok_or_else(|| "accepted is a time such as 500ms, 30s or 5min".to_owned())
    }
}

/// When a question ends that is not answered by then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    at: Instant,
    after: Duration,
}

impl Deadline {
    fn has_passed(&self) -> bool {
        Instant::now() >= self.at
    }

    fn failure(&self) -> Failure {
        Failure::usage(format!("query: it took longer than {:?}", self.after))
            .hint("ask for less, or give it more time with --timeout")
    }
}

/// SQLite's steps between two looks at whether somebody pressed Ctrl-C: some milliseconds.
const STEPS: i32 = 100_000;

impl Run for Sql {
    const TRAVELS: bool = true;
    const ASKS_SERVERS: bool = true;

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        if let Some(address) = context.server() {
            return self.ask(&address, context);
        }
        let timeout = self.timeout;
        let Some(query) = self.query else { return shell::run(context, self.file, timeout) };
        let query = question(context, query)?;
        let store = context.open_store()?;
        if let Some(name) = &self.save {
            return saved::save(context, &store, name, &query);
        }
        shell::answer(context, &store, &query, timeout)
    }
}

#[cfg(not(feature = "team"))]
impl Sql {
    fn ask(self, _address: &str, _context: &mut Context<'_>) -> Result<Exit, Failure> {
        Err(super::team::left_out("sql"))
    }
}

/// Answers one question.
fn ask(
    context: &mut Context<'_>,
    store: &Store,
    query: &str,
    timeout: Option<Timeout>,
) -> Result<Exit, Failure> {
    let deadline =
        timeout.and_then(|Timeout(after)| Some(Deadline { at: Instant::now().checked_add(after)?, after }));
    let (connection, as_of) = connect(context, store, query, deadline)?;
    let mut statement = prepare(&connection, query)?;
    let mut rows = context.rows(as_of, statement.column_names())?;
    let width = statement.column_count();
    let mut found = statement.raw_query();
    let failed = |error: rusqlite::Error| match deadline {
        Some(deadline) if is_interrupted(&error) && deadline.has_passed() => deadline.failure(),
        _ => refusal::of(error, query),
    };
    while let Some(row) = found.next().map_err(failed)? {
        let values = (0..width).map(|column| row.get_ref(column).map_or(Value::Null, value));
        rows.push(values)?;
    }
    rows.finish()?;
    Ok(Exit::Done)
}

/// Returns a connection that reads and nothing else, until somebody presses Ctrl-C, and the one moment that it shows:
/// `--at`, or now. What is asked of it ends at the deadline.
pub(super) fn connect(
    context: &mut Context<'_>,
    store: &Store,
    query: &str,
    deadline: Option<Deadline>,
) -> Result<(SqlConnection, AsOf), Failure> {
    if context.global.at.is_none() {
        context.warn_if_behind(store)?;
        warn_of_projections(context, store, query)?;
        return connect_now(context, store, query, deadline);
    }
    let as_of = context.as_of_all(&store.log().reader()?)?;
    let moment = as_of.moment;
    let is_in_time = || !deadline.is_some_and(|deadline| deadline.has_passed());
    let opened = past::ask(context, store, moment, &is_in_time, |store, progress| {
        store.sql_at(moment, query, progress)
    })?;
    let mut connection = opened.ok_or_else(|| match deadline {
        Some(deadline) if !context.io.is_interrupted() => deadline.failure(),
        _ => Failure::interrupted(),
    })?;
    guard(context, &mut connection, deadline)?;
    let as_of = past::stands_for(context, as_of, connection.as_of().unwrap_or(as_of.head()));
    Ok((connection, as_of))
}

/// Returns a connection as [`connect`] does, as of now.
pub(super) fn connect_now(
    context: &Context<'_>,
    store: &Store,
    query: &str,
    deadline: Option<Deadline>,
) -> Result<(SqlConnection, AsOf), Failure> {
    let mut connection = store.sql_for(query)?;
    connection.execute_batch("begin").map_err(retold_core::Error::sqlite("query"))?;
    let as_of = crate::store::head(&connection)?;
    guard(context, &mut connection, deadline)?;
    Ok((connection, as_of.into()))
}

fn is_interrupted(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted)
}

fn guard(
    context: &Context<'_>,
    connection: &mut SqlConnection,
    deadline: Option<Deadline>,
) -> Result<(), Failure> {
    let interrupt = Arc::clone(&context.io.interrupt);
    let is_over =
        move || interrupt.load(Ordering::Relaxed) || deadline.is_some_and(|deadline| deadline.has_passed());
    connection
        .progress_handler(STEPS, Some(is_over))
        .and_then(|()| guard::keep(connection))
        .map_err(|error| retold_core::Error::sqlite("query")(error).into())
}

/// Returns the question as it was typed, or from standard input where that is `-`.
pub(super) fn question(context: &mut Context<'_>, query: String) -> Result<String, Failure> {
    if query == "-" { read(context) } else { Ok(query) }
}

/// Says where a projection that the query mentions is not what the log says by now.
fn warn_of_projections(context: &mut Context<'_>, store: &Store, query: &str) -> Result<(), Failure> {
    let now = super::projections::list::now(context);
    for status in store.sidecars().status(now)? {
        let is_current = matches!(status.state, ProjectionState::CaughtUp | ProjectionState::Running);
        if !is_current && status.kind != Kind::Inline && query.to_lowercase().contains(&status.name) {
            context.note(&format!(
                "warning: {} is {} and holds events up to position {}: `retold projections catch-up {}` goes on",
                status.name,
                status.state.name(),
                status.position,
                status.name
            ));
        }
    }
    Ok(())
}

fn read(context: &mut Context<'_>) -> Result<String, Failure> {
    let mut query = String::new();
    context.io.input.read_to_string(&mut query).map_err(|error| {
        Failure::new(Exit::Io, format!("read the query from standard input: {}", io_words(&error)))
    })?;
    Ok(query)
}

/// Prepares the one statement there is.
pub(super) fn prepare<'c>(connection: &'c Connection, query: &str) -> Result<Statement<'c>, Failure> {
    let statement = connection.prepare(query).map_err(|error| refusal::of(error, query))?;
    if statement.column_count() == 0 {
        return Err(Failure::usage("query: there is no question in it").hint(refusal::WHAT));
    }
    if statement.parameter_count() > 0 {
        return Err(Failure::usage("query: a parameter has no value here").hint("write the value itself"));
    }
    Ok(statement)
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        // A text of SQLite need not be UTF-8.
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned().into(),
        ValueRef::Blob(bytes) => Value::Hex(bytes.to_vec()),
    }
}
