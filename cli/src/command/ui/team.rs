//! The page over a team's server.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use parking_lot::Mutex;
use postgres::Client;
use retold_core::Options;
use retold_projections::{Answer, Order, SearchFilter, SearchQuery, SessionFilter, SessionRow};
use retold_team::pull::files::{Files, PulledFile};
use retold_team::read::{self, Listed, Lists, Narrowed, Searches, Wanted};
use retold_team::receiver::Https;
use retold_web::{Brought, Server, Shipments, Team, Token};

use super::Ui;
use super::serve::{options, until_stopped};
use crate::command::pull::{Source, folder_of, make_folder};
use crate::command::search::failed_search;
use crate::command::sessions::{failed_list, warn_of_lag};
use crate::command::ship::target::{Target, failure_of};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// How long a session stays on this machine that nothing new came of: it is brought again where somebody opens it.
const KEPT: Duration = Duration::from_hours(30 * 24);

/// Serves the page of a team's server until somebody stops the program.
///
/// # Errors
/// Where the server cannot be reached, the address of the page is taken, or changes are asked for.
pub(super) fn serve(ui: Ui, address: &str, context: &mut Context<'_>) -> Result<Exit, Failure> {
    if ui.write {
        return Err(Failure::usage("ui: --write is not for a team's server")
            .hint("sessions are written where they are shipped from"));
    }
    let target = Target::read(address, false, context)?;
    let (name, folder) = (target.name(), folder_of(context, &target.name())?);
    let sessions = folder.join("sessions");
    let server = Remote {
        address: told_address(&target),
        target,
        files: Files::new(sessions.clone(), name.clone()),
        name,
        now: Arc::clone(&context.io.clock),
        idle: Mutex::default(),
    };
    make_folder(&sessions)?;
    server.files.sweep(KEPT);
    let listed = server.listed()?;
    warn_of_lag(listed, "are not listed yet", context);
    // A browser that was let in before is let in again where its token is the same: that of the folder.
    let token =
        Token::of_store(&folder.join("page.db"), ui.new_token).or_else(|failure| match ui.new_token {
            true => Err(failure),
            false => Ok::<_, Failure>(Token::random()),
        })?;
    let served = Server::bind_team(Arc::new(server), options(&ui, token, context))?;
    until_stopped(served, &ui, false, context)
}

/// Returns what names a target on a command line, without a password.
fn told_address(target: &Target) -> String {
    match target {
        Target::Postgres(server) => match server.user() {
            Some(user) => format!("postgres://{user}@{}", server.name()),
            None => target.name(),
        },
        _ => target.name(),
    }
}

fn shipments_of(listed: Listed) -> Shipments {
    Shipments { last: listed.of, listed: listed.shipment }
}

/// A team's server. Who asks at the same time as others has a connection of its own.
struct Remote {
    /// As somebody would name it again.
    address: String,
    target: Target,
    name: String,
    /// The sessions that were pulled.
    files: Files,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// A connection that nobody uses now.
    idle: Mutex<Option<Client>>,
}

impl Remote {
    fn told(&self, error: &retold_team::receiver::Error) -> Failure {
        failure_of("ask", &self.name, error)
    }

    fn no_server(&self) -> Failure {
        Failure::usage(format!("ui: {} is no server", self.name))
    }

    /// Asks for lists, at one moment.
    fn ask<T>(&self, mut ask: impl FnMut(&mut dyn Lists) -> Result<T, Failure>) -> Result<T, Failure> {
        match &self.target {
            Target::Https(endpoint) => ask(&mut Https::at(endpoint)),
            Target::Postgres(server) => self.with_client(server, |client| {
                let mut transaction = read::begin(client).map_err(|error| self.told(&error))?;
                ask(&mut transaction)
            }),
            Target::Directory(_) => Err(self.no_server()),
        }
    }

    /// Asks over a connection, which is kept where nothing went wrong; one that was kept may be none any more, and is not the last word.
    fn with_client<T>(
        &self,
        server: &retold_team::receiver::Server,
        mut ask: impl FnMut(&mut Client) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let idle = self.idle.lock().take().filter(|client| !client.is_closed());
        let kept = idle.and_then(|mut client| Some((ask(&mut client).ok()?, client)));
        let (answer, client) = match kept {
            Some(answered) => answered,
            None => {
                let mut client = server.connect().map_err(|error| self.told(&error))?;
                (ask(&mut client)?, client)
            }
        };
        *self.idle.lock() = Some(client);
        Ok(answer)
    }

    fn listed(&self) -> Result<Listed, Failure> {
        if let Target::Postgres(server) = &self.target {
            return self
                .with_client(server, |client| read::listed(client).map_err(|error| self.told(&error)));
        }
        // A page of a list says it, too.
        let filter = SessionFilter::new().with_order(Order::Moved).with_limit(1);
        self.ask(|lists| {
            Ok(lists.page(&filter, false).map_err(|error| failed_list(&self.name, error))?.listed)
        })
    }
}

impl Team for Remote {
    fn name(&self) -> String {
        self.address.clone()
    }

    fn shipments(&self) -> Result<Shipments, Failure> {
        Ok(shipments_of(self.listed()?))
    }

    fn sessions(&self, filter: &SessionFilter) -> Result<(Vec<SessionRow>, u64, Shipments), Failure> {
        self.ask(|lists| {
            let page = read::list(lists, filter, true).map_err(|error| failed_list(&self.name, error))?;
            Ok((page.sessions, page.count.unwrap_or_default(), shipments_of(page.listed)))
        })
    }

    fn search(
        &self,
        query: &SearchQuery,
        filter: &SearchFilter,
        limit: u32,
    ) -> Result<(Answer, Shipments), Failure> {
        let wanted = Wanted { query, filter, narrowed: &Narrowed::default(), limit, is_masked: true };
        let found = |searches: &mut dyn Searches| {
            let found = searches.search(&wanted).map_err(|error| failed_search(&self.name, error))?;
            let shipments = shipments_of(found.listed);
            Ok((found.answer(), shipments))
        };
        match &self.target {
            Target::Https(endpoint) => found(&mut Https::at(endpoint)),
            Target::Postgres(server) => self.with_client(server, |client| {
                found(&mut read::begin(client).map_err(|error| self.told(&error))?)
            }),
            Target::Directory(_) => Err(self.no_server()),
        }
    }

    fn bring(&self, session: &str) -> Result<Brought, Failure> {
        let mut from = Source::connect(&self.target, &self.name)?;
        let now = Arc::clone(&self.now);
        let options = Options::new().clock(move || now());
        let file = from.bring_apart(&self.files, session, options)?;
        let PulledFile { name, log: _, path, made, is_whole, content } = file;
        Ok(Brought { name, path, made, is_whole, content: content.map(|content| *content) })
    }
}
