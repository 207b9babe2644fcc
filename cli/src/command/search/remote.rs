//! Searches of a team's server.

use retold_core::time;
use retold_projections::SearchQuery;
use retold_team::read::{self, Narrowed, SearchError, Searches as _, Wanted};
use retold_team::receiver::Https;

use super::{Search, show};
use crate::command::sessions::warn_of_lag;
use crate::command::ship::target::{Target, failure_of};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::AsOf;
use crate::since::instants;

impl Search {
    /// Searches what a team's server has.
    ///
    /// # Errors
    /// For options that only a store answers; otherwise where the server fails.
    pub(super) fn ask(
        self,
        address: &str,
        query: &SearchQuery,
        context: &mut Context<'_>,
    ) -> Result<Exit, Failure> {
        let refused = [("--here and --project", self.among.is_of_project()), ("--group", self.group)];
        if let Some((option, _)) = refused.iter().find(|(_, is_given)| *is_given) {
            return Err(Failure::usage(format!("search: a team's server does not answer {option}"))
                .hint("`retold pull` takes sessions into a store, which does"));
        }
        let range = self.since.range(context, None)?;
        let [after, to] = instants("search", range.as_ref(), context)?;
        let narrowed = Narrowed {
            session: self.session.clone(),
            after: after.map(time::to_micros),
            to: to.map(time::to_micros),
        };
        let (number, workspace) = (self.number, self.workspace.clone());
        let mut filter = self.filter();
        filter.workspace = workspace;
        let wanted = Wanted { query, filter: &filter, narrowed: &narrowed, limit: number, is_masked: false };
        let target = Target::read(address, false, context)?;
        let name = target.name();
        let found = match target {
            Target::Https(endpoint) => Https::at(&endpoint).search(&wanted),
            Target::Postgres(server) => {
                let told = |error| failure_of("search", &name, &error);
                let mut client = server.connect().map_err(told)?;
                read::begin(&mut client).map_err(told)?.search(&wanted)
            }
            Target::Directory(_) => {
                return Err(Failure::usage("search: a directory is not a server")
                    .hint("`retold pull` takes sessions of it into a store, which is searched"));
            }
        };
        let found = found.map_err(|error| failed(&name, error))?;
        let (listed, answer) = (found.listed, found.answer());
        let is_empty = answer.hits.is_empty();
        show(context, AsOf::shipment(listed.shipment), answer, None)?;
        warn_of_lag(listed, "cannot be searched yet", context);
        Ok(if is_empty { Exit::Nothing } else { Exit::Done })
    }
}

/// What it is told as that a server does not search.
pub(in crate::command) fn failed(name: &str, error: SearchError) -> Failure {
    match error {
        SearchError::Receiver(error) => failure_of("search", name, &error),
        other => Failure::usage(format!("search: {other}")),
    }
}
