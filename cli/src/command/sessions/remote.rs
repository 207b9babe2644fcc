//! The list of a team's server.

use jiff::Timestamp;
use retold_core::Record;
use retold_projections::{Cursor, Order, Projects, SessionFilter, SessionRow};
use retold_team::read::{self, ListError, Listed, Lists, Page, SESSIONS_A_PAGE};
use retold_team::receiver::Https;

use super::family::Family;
use super::rows::{Form, List};
use super::{Chosen, ON_TERMINAL, Sessions, Sort};
use crate::command::ship::target::{Target, failure_of};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{AsOf, counted};
use crate::session::{self, Called};
use crate::since::instants;

/// Sessions that a server is asked for, of which it answers a part itself: the rest is looked at here, row by row.
pub(in crate::command) struct Asked {
    /// What the server answers. The limit is of all pages.
    pub(in crate::command) filter: SessionFilter,
    /// By the rows themselves.
    pub(in crate::command) chosen: Chosen,
    /// Only those that moved after this time, in a list by that.
    pub(in crate::command) since: Option<Timestamp>,
}

impl Asked {
    /// Whether the server knows how many there are.
    fn is_counted(&self) -> bool {
        self.since.is_none() && !self.chosen.is_any()
    }

    /// Returns the first page.
    ///
    /// # Errors
    /// Where the server fails, or does not list so.
    pub(in crate::command) fn begin(
        &self,
        lists: &mut (impl Lists + ?Sized),
        name: &str,
        counts: bool,
    ) -> Result<Page, Failure> {
        lists.page(&self.page(None, 0), counts && self.is_counted()).map_err(|error| failed(name, error))
    }

    /// Returns what is asked for next, after this many.
    fn page(&self, after: Option<&Cursor>, count: u64) -> SessionFilter {
        let mut page = self.filter.clone();
        if let Some(after) = after {
            page.after = Some(after.clone());
        }
        // Where rows are left out, it is not known how many are needed.
        let wanted =
            page.limit.filter(|_| self.is_counted()).map(|limit| u64::from(limit).saturating_sub(count));
        page.limit = Some(
            wanted
                .and_then(|wanted| u32::try_from(wanted).ok())
                .unwrap_or(SESSIONS_A_PAGE)
                .min(SESSIONS_A_PAGE),
        );
        page
    }

    /// Hands over each session, in order, from the first page on; returns where the last one is in the list, where the limit ended it.
    ///
    /// # Errors
    /// Where the server fails, or `each` does.
    pub(in crate::command) fn walk(
        &mut self,
        lists: &mut (impl Lists + ?Sized),
        name: &str,
        mut page: Page,
        mut each: impl FnMut(&SessionRow, &mut Projects) -> Result<(), Failure>,
    ) -> Result<Option<Cursor>, Failure> {
        let (mut count, mut limit) = (0, self.page(None, 0).limit);
        if self.filter.limit == Some(0) {
            return Ok(None);
        }
        loop {
            for row in &page.sessions {
                if self.since.is_some_and(|since| row.cursor.moved_at().is_some_and(|moved| moved <= since)) {
                    return Ok(None);
                }
                if !self.chosen.has(row) {
                    continue;
                }
                each(row, &mut self.chosen.projects)?;
                count += 1;
                if self.filter.limit.map(u64::from) == Some(count) {
                    return Ok(Some(row.cursor.clone()));
                }
            }
            let is_last = u32::try_from(page.sessions.len()).ok() < limit;
            let Some(last) = page.sessions.last().filter(|_| !is_last) else { return Ok(None) };
            let next = self.page(Some(&last.cursor), count);
            limit = next.limit;
            page = lists.page(&next, false).map_err(|error| failed(name, error))?;
        }
    }
}

/// What it is told as that a server does not list.
pub(in crate::command) fn failed(name: &str, error: ListError) -> Failure {
    match error {
        ListError::Receiver(error) => failure_of("list the sessions of", name, &error),
        other => Failure::usage(format!("sessions: {other}")),
    }
}

impl Sessions {
    /// Lists what a team's server has.
    ///
    /// # Errors
    /// For options that only a store answers; otherwise where the server fails.
    pub(super) fn ask(self, address: &str, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let asked = self.of_server(context)?;
        let target = Target::read(address, false, context)?;
        let name = target.name();
        let told = |error| failure_of("list the sessions of", &name, &error);
        match target {
            Target::Https(endpoint) => list(&mut Https::at(&endpoint), &name, asked, context),
            Target::Postgres(server) => {
                let mut client = server.connect().map_err(told)?;
                let mut transaction = read::begin(&mut client).map_err(told)?;
                list(&mut transaction, &name, asked, context)
            }
            Target::Directory(_) => Err(Failure::usage(format!("cannot list sessions: {name} is no server"))),
        }
    }

    fn of_server(&self, context: &Context<'_>) -> Result<Asked, Failure> {
        let refused = [("--until", self.since.until.is_some()), ("--at", context.global.at.is_some())];
        if let Some((option, _)) = refused.iter().find(|(_, is_given)| *is_given) {
            return Err(Failure::usage(format!("sessions: a team's server does not answer {option}"))
                .hint("`retold pull` takes sessions into a store, which does"));
        }
        let range = self.since.range(context, None)?;
        let [since, _] = instants("sessions", range.as_ref(), context)?;
        let chosen = self.among.resolve_elsewhere();
        let zone = context.zone();
        let span = |days: &Option<super::Days>| {
            days.as_ref().map(|days| days.span(&zone)).transpose().map(Option::unwrap_or_default)
        };
        let mut filter = SessionFilter::new();
        filter.workspace = self.workspace.clone().or_else(|| chosen.workspace());
        filter.status.clone_from(&self.status);
        filter.kind.clone_from(&self.kind);
        (filter.created, filter.updated) = (span(&self.created)?, span(&self.updated)?);
        filter.text.clone_from(&self.search);
        filter.having = self.tag.iter().map(|tag| (Record::Tags, tag.clone())).collect();
        filter.after.clone_from(&self.after);
        filter.order = match (self.sort, &self.after) {
            (None, Some(after)) => after.order(),
            (None | Some(Sort::Moved), _) => Order::Moved,
            (Some(Sort::File), _) => Order::File,
            (Some(Sort::Updated), _) => Order::Updated,
            (Some(Sort::Created), _) => Order::Created,
            (Some(Sort::Duration), _) => Order::Duration,
            (Some(Sort::Files), _) => Order::FilesChanged,
        };
        if since.is_some() && filter.order != Order::Moved {
            return Err(Failure::usage(
                "sessions: a team's server answers --since in a list by when sessions moved",
            )
            .hint("leave --sort out"));
        }
        let on_terminal = (context.is_table() && context.io.out_is_terminal).then_some(ON_TERMINAL);
        filter.limit = self.number.or(on_terminal);
        Ok(Asked { filter, chosen, since })
    }
}

/// Lists page by page.
fn list(
    lists: &mut impl Lists,
    name: &str,
    mut asked: Asked,
    context: &mut Context<'_>,
) -> Result<Exit, Failure> {
    let family = Family::default();
    let form = Form::of(context, &family);
    let page = asked.begin(lists, name, context.is_table() && asked.filter.limit.is_some())?;
    let (listed, total) = (page.listed, page.count);
    let mut rows = List::begin(context, AsOf::shipment(listed.shipment), form)?;
    let after = asked.walk(lists, name, page, |row, projects| {
        rows.push(|name| Called::whole(session::short(name)), row, &family, projects)
    })?;
    let (count, after) = (rows.count(), after.map(|cursor| cursor.to_string()));
    rows.finish(after.as_deref())?;
    match (&after, total) {
        (Some(after), Some(total)) if total > count => {
            context.note(&format!("{} in all; the next ones: --after {after}", counted(total, "session")))
        }
        (Some(after), None) if context.is_table() => context.note(&format!("the next ones: --after {after}")),
        _ => {}
    }
    warn_of_lag(listed, "are not listed yet", context);
    Ok(if count == 0 { Exit::Nothing } else { Exit::Done })
}

/// Says how many shipments an answer of a team's lists lacks, and what that means for them.
pub(in crate::command) fn warn_of_lag(listed: Listed, means: &str, context: &mut Context<'_>) {
    if let Some(lag) = listed.of.checked_sub(listed.shipment).filter(|lag| *lag > 0) {
        let lag = counted(lag, "shipment");
        context
            .note(&format!("warning: the last {lag} of the team {means}: `retold team work` takes them in"));
    }
}
