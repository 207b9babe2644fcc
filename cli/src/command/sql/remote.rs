//! Questions to a team's server.

use retold_team::read;
use retold_team::receiver::Error;

use super::{Sql, question};
use crate::command::ship::target::{Target, failure_of};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Rows, Value};
use crate::store::NO_HEAD;

impl Sql {
    /// Asks a server, in the SQL of PostgreSQL.
    ///
    /// # Errors
    /// For options that only a store answers, and for what is no question; otherwise where the server fails.
    pub(super) fn ask(self, address: &str, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let target = Target::read(address, false, context)?;
        let name = target.name();
        let is_of_store = self.file.is_some()
            || self.save.is_some()
            || self.timeout.is_some()
            || context.global.at.is_some();
        let Some(query) = self.query.clone().filter(|_| !is_of_store) else {
            return Err(Failure::usage(format!("sql: {name} answers one question, as it is now"))
                .hint("`retold pull` takes sessions into a store, which does the rest"));
        };
        let query = question(context, query)?;
        let told = |error: &Error| match error {
            Error::Postgres(refused) if refused.as_db_error().is_some() => {
                let refused =
                    refused.as_db_error().map_or_else(String::new, |refused| refused.message().to_owned());
                Failure::usage(format!("query: {refused}")).hint(
                    "the tables are sessions, instances, chat_messages and output_chunks, the SQL that of PostgreSQL",
                )
            }
            error => failure_of("ask", &name, error),
        };
        let client = target.client().map_err(|error| told(&error))?;
        let Some(mut client) = client else {
            return Err(Failure::usage(format!("sql: {name} is not a server")));
        };
        let mut rows: Option<Rows<'_>> = None;
        let mut context = Some(context);
        let begun = std::cell::RefCell::new(&mut rows);
        read::sql::<Stopped>(
            &mut client,
            &query,
            |names| {
                if let Some(context) = context.take() {
                    **begun.borrow_mut() = Some(context.rows(NO_HEAD, names)?);
                }
                Ok(())
            },
            |row| {
                if let Some(rows) = begun.borrow_mut().as_mut() {
                    rows.push(row.iter().map(Value::from))?;
                }
                Ok(true)
            },
        )
        .map_err(|stopped| match stopped {
            Stopped::Receiver(error) => told(&error),
            Stopped::Failure(failure) => failure,
        })?;
        match rows {
            Some(rows) => rows.finish()?,
            None => return Err(Failure::usage("query: it answers nothing")),
        }
        Ok(Exit::Done)
    }
}

/// What ends an answer early.
enum Stopped {
    Receiver(Error),
    Failure(Failure),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Receiver(error)
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}
