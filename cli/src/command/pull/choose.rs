//! Which sessions are pulled, and what logs they are in.

use std::collections::BTreeMap;

use retold_projections::{Order, SessionFilter};
use retold_team::pull::find::{self, FindError, Name};
use retold_team::read::{self, Lists};
use retold_team::receiver::{Boxed, Error, Https, KeptSession, LogNumber};
use retold_travel::Range;

use super::Pull;
use crate::command::sessions::{Asked, warn_of_lag};
use crate::command::ship::target::{Target, failure_of};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::counted;
use crate::since::instants;

/// Where more sessions are chosen, they are looked for among all.
const ONE_BY_ONE_MAX: usize = 32;

/// Where sessions are pulled from.
pub(in super::super) struct Source<'t> {
    pub(super) target: &'t Target,
    /// What it is called.
    pub(super) name: &'t str,
    pub(super) contents: Boxed,
}

impl<'t> Source<'t> {
    pub(in super::super) fn connect(target: &'t Target, name: &'t str) -> Result<Self, Failure> {
        let contents = target.connect().map_err(|error| failure_of("pull from", name, &error))?;
        Ok(Self { target, name, contents })
    }

    pub(super) fn told(&self, error: &Error) -> Failure {
        failure_of("pull from", self.name, error)
    }

    /// Returns the session that a word names.
    pub(super) fn one(&mut self, word: &str) -> Result<KeptSession, Failure> {
        find::one(&mut self.contents, word).map_err(|error| self.not_found(error))
    }

    pub(super) fn not_found(&self, error: FindError) -> Failure {
        match error {
            FindError::Receiver(error) => self.told(&error),
            FindError::Several { word, count, ids } => {
                let ids = ids.join(", ");
                Failure::usage(format!("pull: {word} may be {count} sessions of {}: {ids}", self.name))
                    .hint("say more of its id")
            }
            FindError::Nothing(word) => {
                let message = format!("pull: {} has no session whose id begins with {word}", self.name);
                Failure::new(Exit::Nothing, message).hint(
                    "names are shipped from the level facts on; `retold ship status` tells how far a log was shipped",
                )
            }
            error => Failure::caused(Exit::Io, &error),
        }
    }

    /// Returns the sessions whose id begins so.
    fn sessions(&mut self, id: &str) -> Result<BTreeMap<Name, KeptSession>, Failure> {
        find::sessions(&mut self.contents, id).map_err(|error| self.told(&error))
    }

    /// Returns the sessions that are asked for, those of each log together.
    pub(super) fn choose(
        &mut self,
        pull: &Pull,
        context: &mut Context<'_>,
    ) -> Result<Vec<(LogNumber, Vec<KeptSession>)>, Failure> {
        let chosen: Vec<KeptSession> = if !pull.sessions.is_empty() {
            pull.sessions.iter().map(|word| self.one(word)).collect::<Result<_, _>>()?
        } else if pull.all {
            self.sessions("")?.into_values().collect()
        } else if pull.among.is_any() || pull.since.is_some() {
            let names = self.listed(pull, context)?;
            let found = self.named(&names)?;
            if let left_out @ 1.. = names.len() - found.len() {
                let left_out = counted(left_out as u64, "session");
                context
                    .note(&format!("warning: {left_out} that the list has you may not read whole: left out"));
            }
            found
        } else {
            return Err(Failure::usage("pull: which sessions?").hint(
                "name them by the first letters of their ids, or say --project, --here, --tool, --model, --since or --all",
            ));
        };
        if chosen.is_empty() {
            let message = format!("pull: {} has no session that is asked for", self.name);
            return Err(Failure::new(Exit::Nothing, message)
                .hint("`retold sessions --store TARGET` lists those that you may read"));
        }
        let mut of_logs: Vec<(LogNumber, Vec<KeptSession>)> = Vec::new();
        for one in chosen {
            match of_logs.iter_mut().find(|(log, _)| *log == one.log) {
                // Two words may name one session.
                Some((_, sessions)) if sessions.contains(&one) => {}
                Some((_, sessions)) => sessions.push(one),
                None => of_logs.push((one.log, vec![one])),
            }
        }
        Ok(of_logs)
    }

    /// Returns the names of those that the list of the server has.
    fn listed(&self, pull: &Pull, context: &mut Context<'_>) -> Result<Vec<Name>, Failure> {
        let range = Range { after: pull.since.clone(), to: None };
        let [since, _] = instants("pull", Some(&range), context)?;
        let mut filter = SessionFilter::new();
        filter.order = Order::Moved;
        let chosen = pull.among.resolve_elsewhere();
        filter.workspace = chosen.workspace();
        let asked = Asked { filter, chosen, since };
        match self.target {
            Target::Https(endpoint) => names(&mut Https::at(endpoint), self.name, asked, context),
            Target::Postgres(server) => {
                let mut client = server.connect().map_err(|error| self.told(&error))?;
                let mut transaction = read::begin(&mut client).map_err(|error| self.told(&error))?;
                names(&mut transaction, self.name, asked, context)
            }
            Target::Directory(_) => Err(Failure::usage(format!(
                "pull: {} is a directory, which has no list of its sessions",
                self.name
            ))
            .hint("name them by the first letters of their ids, or take --all")),
        }
    }

    /// Returns the sessions of these names, but those that one may not read whole.
    fn named(&mut self, names: &[Name]) -> Result<Vec<KeptSession>, Failure> {
        let mut all = BTreeMap::new();
        if names.len() > ONE_BY_ONE_MAX {
            all = self.sessions("")?;
        } else {
            for (_, id, _) in names {
                all.extend(self.sessions(id)?);
            }
        }
        Ok(names.iter().filter_map(|name| all.remove(name)).collect())
    }
}

fn names(
    lists: &mut impl Lists,
    name: &str,
    mut asked: Asked,
    context: &mut Context<'_>,
) -> Result<Vec<Name>, Failure> {
    let page = asked.begin(lists, name, false)?;
    let listed = page.listed;
    let mut names = Vec::new();
    let io = &*context.io;
    asked.walk(lists, name, page, |row, _| {
        if io.is_interrupted() {
            return Err(Failure::interrupted());
        }
        names.push((row.workspace.clone(), row.id.clone(), row.ordinal));
        Ok(())
    })?;
    warn_of_lag(listed, "are not listed yet", context);
    Ok(names)
}
