//! Questions to a team's server.

use retold_team::read;
use retold_team::receiver::Error;

use super::{Sql, question};
use crate::command::ship::target::{database, failure_of};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{AsOf, Value};

impl Sql {
    /// Asks a server, in the SQL of PostgreSQL.
    ///
    /// # Errors
    /// For options that only a store answers, and for what is no question; otherwise where the server fails.
    pub(super) fn ask(self, address: &str, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let is_of_store = self.file.is_some()
            || self.save.is_some()
            || self.timeout.is_some()
            || context.global.at.is_some();
        let Some(query) = self.query.clone().filter(|_| !is_of_store) else {
            return Err(Failure::usage("sql: a team's server answers one question, as it is now")
                .hint("`retold pull` takes sessions into a store, which does the rest"));
        };
        let query = question(context, query)?;
        let (name, mut client) = database("ask", address, false, context)?;
        let failed = |error: Error| match &error {
            Error::Postgres(refused) if refused.as_db_error().is_some() => {
                let refused =
                    refused.as_db_error().map_or_else(String::new, |refused| refused.message().to_owned());
                Failure::usage(format!("query: {refused}")).hint(
                    "the tables are sessions, instances, chat_messages and output_chunks, the SQL that of PostgreSQL",
                )
            }
            error => failure_of("ask", &name, error),
        };
        let mut transaction = read::begin(&mut client).map_err(failed)?;
        let listed = read::listed(&mut transaction).map_err(failed)?;
        let mut answer = read::ask(&mut transaction, &query).map_err(failed)?;
        let mut rows = context.rows(AsOf::shipment(listed.shipment), answer.columns())?;
        loop {
            let page = answer.next_rows().map_err(failed)?;
            if page.is_empty() {
                break;
            }
            for row in &page {
                rows.push(row.iter().map(Value::from))?;
            }
        }
        rows.finish()?;
        Ok(Exit::Done)
    }
}
