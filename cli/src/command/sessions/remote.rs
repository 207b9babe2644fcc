//! The list of a team's server.

use retold_core::{Record, StreamName};
use retold_projections::{Order, Projects, SessionFilter};
use retold_team::read::{self, ListError, Lists, SESSIONS_A_PAGE};
use retold_team::receiver::Https;

use super::family::Family;
use super::rows::{Form, List};
use super::{ON_TERMINAL, Sessions, Sort};
use crate::command::ship::target::{Target, failure_of};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{AsOf, counted};
use crate::session::{self, Called};

impl Sessions {
    /// Lists what a team's server has.
    ///
    /// # Errors
    /// For options that only a store answers; otherwise where the server fails.
    pub(super) fn ask(self, address: &str, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let filter = self.of_server(context)?;
        let target = Target::read(address, false, context)?;
        let name = target.name();
        let told = |error| failure_of("list the sessions of", &name, &error);
        match target {
            Target::Https(endpoint) => list(&mut Https::at(&endpoint), &name, &filter, context),
            Target::Postgres(server) => {
                let mut client = server.connect().map_err(told)?;
                let mut transaction = read::begin(&mut client).map_err(told)?;
                list(&mut transaction, &name, &filter, context)
            }
            Target::Directory(_) => Err(Failure::usage(format!("cannot list sessions: {name} is no server"))),
        }
    }

    fn of_server(&self, context: &Context<'_>) -> Result<SessionFilter, Failure> {
        let refused = [
            ("--here, --project and --model", self.among.is_of_stores()),
            ("--since and --until", self.since.since.is_some() || self.since.until.is_some()),
            ("--at", context.global.at.is_some()),
        ];
        if let Some((option, _)) = refused.iter().find(|(_, is_given)| *is_given) {
            return Err(Failure::usage(format!("sessions: a team's server does not answer {option}"))
                .hint("`retold pull` takes sessions into a store, which does"));
        }
        let zone = context.zone();
        let span = |days: &Option<super::Days>| {
            days.as_ref().map(|days| days.span(&zone)).transpose().map(Option::unwrap_or_default)
        };
        let mut filter = SessionFilter::new();
        filter.workspace = self.workspace.clone().or_else(|| self.among.tool());
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
        let on_terminal = (context.is_table() && context.io.out_is_terminal).then_some(ON_TERMINAL);
        filter.limit = self.number.or(on_terminal);
        Ok(filter)
    }
}

/// Lists page by page.
fn list(
    lists: &mut impl Lists,
    name: &str,
    filter: &SessionFilter,
    context: &mut Context<'_>,
) -> Result<Exit, Failure> {
    let failed = |error: ListError| match error {
        ListError::Receiver(error) => failure_of("list the sessions of", name, &error),
        other => Failure::usage(format!("sessions: {other}")),
    };
    let limit = filter.limit.unwrap_or(u32::MAX);
    let family = Family::default();
    let form = Form::of(context, &family);
    let mut projects = Projects::default();
    let mut next = filter.clone();
    next.limit = Some(limit.min(SESSIONS_A_PAGE));
    let mut page = lists.page(&next, false).map_err(failed)?;
    let listed = page.listed;
    let mut rows = List::begin(context, AsOf::shipment(listed.shipment), form)?;
    loop {
        for row in &page.sessions {
            let name = StreamName::session(&row.workspace, &row.id, row.ordinal);
            rows.push(&Called::whole(session::short(&name)), row, &family, &mut projects)?;
        }
        if let Some(last) = page.sessions.last() {
            next.after = Some(last.cursor.clone());
        }
        let is_last = page.sessions.len() < next.limit.unwrap_or_default() as usize;
        let left = u64::from(limit).saturating_sub(rows.count());
        if is_last || left == 0 {
            break;
        }
        next.limit = Some(u32::try_from(left).unwrap_or(SESSIONS_A_PAGE).min(SESSIONS_A_PAGE));
        page = lists.page(&next, false).map_err(failed)?;
    }
    let count = rows.count();
    let ends_early = filter.limit.map(u64::from) == Some(count);
    let after = next.after.filter(|_| ends_early && count > 0).map(|cursor| cursor.to_string());
    rows.finish(after.as_deref())?;
    if let (true, Some(after)) = (context.is_table(), &after) {
        let one = filter.clone().with_limit(1);
        let total = lists.page(&one, true).map_err(failed)?.count.unwrap_or_default();
        if total > count {
            context.note(&format!("{} in all; the next ones: --after {after}", counted(total, "session")));
        }
    }
    if let Some(lag) = listed.of.checked_sub(listed.shipment).filter(|lag| *lag > 0) {
        context.note(&format!(
            "warning: the last {} of the team are not listed yet: `retold team work` takes them in",
            counted(lag, "shipment")
        ));
    }
    Ok(if count == 0 { Exit::Nothing } else { Exit::Done })
}
