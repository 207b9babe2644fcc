//! Questions in SQL about one session, asked again and again as it goes on.

mod bound;
mod reads;
mod tables;
mod text;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use retold_core::{Log, Outline};
use retold_projections::sql_words;
use rusqlite::Connection;
use rusqlite::types::Value;

use crate::error::sqlite;
use crate::{Error, Patch, Rope, State};
use bound::Bound;
use reads::Reads;
pub(crate) use reads::{Needs, refused};

/// Steps of SQLite's machine that one answer may take: a second or two.
const STEPS_MAX: u64 = 100_000_000;
/// Steps between two looks at the limit, and at whether somebody said to stop.
const STEPS: i32 = 10_000;

/// An SQL expression over the state of a session, and a database in memory that holds what of the state it reads.
///
/// The tables are `session` (one row, none before it was created), `instances` and `messages`, with the columns of the
/// read models; `sessions` and `chat_messages` are other names of theirs. The expression may read them and nothing else.
/// The tables follow the session patch by patch, and as far as the expression reads them; where it reads the session's own row
/// alone, there are none: what it reads is bound to it.
pub struct SessionQuery {
    connection: Connection,
    query: String,
    reads: Reads,
    bound: Option<Bound>,
    outputs: Outputs,
    budget: Budget,
}

/// How long a connection may work on one answer.
pub(crate) struct Budget {
    left: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
}

impl Budget {
    /// Limits a connection's answers; setting `stop` ends them.
    pub(crate) fn of(connection: &mut Connection, stop: Arc<AtomicBool>) -> rusqlite::Result<Self> {
        let left = Arc::new(AtomicU64::new(STEPS_MAX));
        let (budget, stopped) = (Arc::clone(&left), Arc::clone(&stop));
        let look = move || {
            let spent = u64::from(STEPS.unsigned_abs());
            let before =
                budget.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(spent));
            before.is_err() || stopped.load(Ordering::Relaxed)
        };
        connection.progress_handler(STEPS, Some(look))?;
        Ok(Self { left, stop })
    }

    /// Gives the next answer all of it.
    pub(crate) fn renew(&self) {
        self.left.store(STEPS_MAX, Ordering::Relaxed);
    }

    /// Returns why there is no answer.
    pub(crate) fn why(&self, error: &rusqlite::Error) -> Error {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::OperationInterrupted) if self.stop.load(Ordering::Relaxed) => {
                Error::Stopped
            }
            Some(rusqlite::ErrorCode::OperationInterrupted) => Error::TooLong { steps: STEPS_MAX },
            _ => Error::Sql { message: sql_words(error), offset: None },
        }
    }
}

/// The outputs of the instances, by place.
type Outputs = Arc<Mutex<Vec<Option<Rope>>>>;

impl SessionQuery {
    /// Prepares an expression. Setting `stop` ends an answer that takes too long.
    ///
    /// # Errors
    /// [`Error::Sql`] for an expression that SQLite cannot read or that does more than read; otherwise where the store
    /// cannot be opened.
    pub fn new(log: &Log, expression: &str, stop: Arc<AtomicBool>) -> Result<Self, Error> {
        refuse_empty(expression)?;
        let act = sqlite("set up a question");
        let mut connection = Connection::open_in_memory().map_err(&act)?;
        let outputs = Outputs::default();
        text::add_functions(&connection, log.open_reader()?, Arc::clone(&outputs)).map_err(&act)?;
        tables::create(&connection).map_err(&act)?;
        let budget = Budget::of(&mut connection, stop).map_err(&act)?;
        let query = wrap(expression);
        let reads = reads::of(&mut connection, &query, expression, BEFORE.len())?;
        let bound = Bound::of(&connection, &reads, expression);
        Ok(Self { connection, query, reads, bound, outputs, budget })
    }

    /// Fills the tables from a state.
    ///
    /// # Errors
    /// Where memory runs out.
    pub fn load(&mut self, state: Option<&State>) -> Result<(), Error> {
        if let Some(bound) = &mut self.bound {
            bound.set(state, State::outline(state));
            return Ok(());
        }
        tables::load(&self.connection, &self.reads, &self.outputs, state)
            .map_err(sqlite("fill the tables of a question"))
    }

    /// Returns which events the answer depends on.
    pub(crate) fn needs(&self) -> Needs {
        match self.bound {
            Some(_) => self.reads.needs(),
            None => Needs::All,
        }
    }

    /// Takes in what an event made of a session of which the lists are known by their lengths alone. For one whose answer
    /// [needs](Self::needs) no more.
    pub(crate) fn apply_counted(&mut self, state: Option<&State>, outline: Outline) {
        if let Some(bound) = &mut self.bound {
            bound.set(state, outline);
        }
    }

    /// Takes in what an event did; returns whether the answer may be another one now.
    ///
    /// # Errors
    /// Where memory runs out.
    pub fn apply(&mut self, patches: &[Patch], after: Option<&State>) -> Result<bool, Error> {
        let touched = patches.iter().any(|patch| self.reads.touches(patch));
        if let Some(bound) = self.bound.as_mut().filter(|_| touched) {
            bound.set(after, State::outline(after));
        } else if touched {
            tables::apply(&self.connection, &self.reads, &self.outputs, patches, after)
                .map_err(sqlite("fill the tables of a question"))?;
        }
        Ok(touched)
    }

    /// Answers; `NULL` before the session was created.
    ///
    /// # Errors
    /// [`Error::Sql`] for what goes wrong in the expression, [`Error::TooLong`], [`Error::Stopped`].
    pub fn answer(&mut self) -> Result<Value, Error> {
        self.budget.renew();
        let answer = match &self.bound {
            Some(bound) => bound.answer(&self.connection),
            None => self.connection.prepare_cached(&self.query).and_then(|mut statement| {
                let mut rows = statement.raw_query();
                rows.next()?.map_or(Ok(Value::Null), |row| row.get(0))
            }),
        };
        answer.map_err(|error| self.budget.why(&error))
    }

    /// Answers with yes or no, as SQL's `where` has it: null is no.
    ///
    /// # Errors
    /// Those of [`answer`](Self::answer).
    pub fn holds(&mut self) -> Result<bool, Error> {
        Ok(is_true(&self.answer()?))
    }
}

impl std::fmt::Debug for SessionQuery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionQuery").field("query", &self.query).finish_non_exhaustive()
    }
}

const BEFORE: &str = "select (";

/// The person's own SQL, as an expression over the one row of `session`.
fn wrap(expression: &str) -> String {
    // A comment at its end takes the line, and no more.
    [BEFORE, expression, "\n) from session"].concat()
}

/// Whether SQL takes a value for true: <https://sqlite.org/lang_expr.html#booleanexpr>.
pub(crate) fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Integer(number) => *number != 0,
        Value::Real(number) => *number != 0.0,
        Value::Text(text) => leading_number(text) != 0.0,
        Value::Blob(bytes) => leading_number(&String::from_utf8_lossy(bytes)) != 0.0,
    }
}

/// The number that a text begins with, as SQLite casts it.
fn leading_number(text: &str) -> f64 {
    let text = text.trim_start();
    let ends = text.char_indices().map(|(at, letter)| at + letter.len_utf8()).take(64);
    let number = |end: usize| text.get(..end).and_then(|text| text.parse::<f64>().ok());
    let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    ends.take_while(|end| text.get(..*end).is_some_and(is_plain)).filter_map(number).last().unwrap_or(0.0)
}

/// Refuses an expression that says nothing.
pub(crate) fn refuse_empty(expression: &str) -> Result<(), Error> {
    match expression.trim().is_empty() {
        true => Err(Error::Sql { message: "the expression is empty".to_owned(), offset: None }),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truth_is_as_sqlite_has_it() {
        let connection = Connection::open_in_memory().unwrap();
        for text in ["1", "0", "", "abc", "1abc", " 2x", "0.5", "-1", ".0", "1e2", "e1", "inf", "nan", "0x1"]
        {
            let sqlite: bool = connection
                .query_row("select case when ?1 then 1 else 0 end", [text], |row| row.get(0))
                .unwrap();
            assert_eq!(is_true(&Value::Text(text.to_owned())), sqlite, "{text}");
        }
    }
}
