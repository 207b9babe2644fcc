//! A team's database, as the person of a token sees it on the page.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use retold_core::Options;
use retold_present::{Exit, Failure};
use retold_projections::{Answer, SearchFilter, SearchQuery, SessionFilter, SessionRow, Store};
use retold_team::pull::PullError;
use retold_team::pull::files::{Files, PulledFile};
use retold_team::pull::find::{self, FindError};
use retold_team::read::{self, ListError, Listed, Narrowed, SearchError, Wanted};
use retold_team::receiver::{
    Contents, Error, Hash, Holder, KeptLog, KeptRange, KeptSession, KeptStream, LogNumber, Postgres,
};
use retold_team::token::TokenId;
use retold_web::{Brought, SessionEdition, Shipments, Team};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::pulse::Pulse;
use super::{Open, Pages};
use crate::act::transact;
use crate::cache::SealedCache;
use crate::pool::{Lease, Pool};
use crate::problem::Problem;
use crate::server::Shared;
use crate::tell::Tell;

/// How long a session waits until it is brought.
const BRING_WAIT: Duration = Duration::from_secs(30);

pub(super) struct Seen {
    pool: Arc<Pool>,
    runtime: Handle,
    holder: Arc<Holder>,
    /// The sessions that the person opened, and where they are.
    files: Files,
    folder: PathBuf,
    /// Room for sessions that are brought at once, of all persons.
    bringing: Arc<Semaphore>,
    /// What keeps answers of all persons.
    sealed: Option<Arc<SealedCache>>,
    pulse: Arc<Pulse>,
    /// Everybody's pages: who listens is among them.
    pages: Weak<Mutex<HashMap<TokenId, Open>>>,
    now: Arc<dyn Fn() -> jiff::Timestamp + Send + Sync>,
    /// What browsers call the server.
    address: String,
    tell: Tell,
}

impl Seen {
    /// To be made where a runtime runs.
    pub(super) fn new(
        shared: &Arc<Shared>,
        holder: Arc<Holder>,
        pages: &Pages,
        folder: PathBuf,
        address: String,
    ) -> Self {
        Self {
            pool: Arc::clone(&shared.pool),
            runtime: Handle::current(),
            holder,
            files: Files::new(folder.clone(), address.clone()),
            folder,
            bringing: Arc::clone(&pages.bringing),
            sealed: pages.sealed.clone(),
            pulse: Arc::clone(&pages.pulse),
            pages: Arc::downgrade(&pages.open),
            now: Arc::clone(&pages.eyes.now),
            address,
            tell: Arc::clone(&shared.tell),
        }
    }

    /// Asks something of a shape in a transaction of the person.
    fn ask<T>(
        &self,
        shape: &'static str,
        ask: impl FnOnce(&mut Postgres) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.with_lease(shape, |lease| transact(lease, &self.holder, ask))
    }

    fn with_lease<T>(
        &self,
        shape: &'static str,
        act: impl FnOnce(&mut Lease) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let done = self.pool.with_here(&self.runtime, shape, act);
        done.unwrap_or_else(|busy| Err(Error::Unreachable(busy.message)))
    }

    /// Has a log be given a secret that has none yet. Where that cannot be done now, nothing is kept of it; nor where it is of another
    /// edition by now than the session was found in.
    fn new_secret(&self, session: &KeptSession) -> Option<Hash> {
        let (changes, secret) = self.ask("secret", |postgres| postgres.secret(session.log)).ok().flatten()?;
        (session.edition.map(|edition| edition.changes) == Some(changes)).then_some(secret)
    }

    /// Says what failed: to the person what it is to them, to whoever runs the server why.
    fn told(&self, error: &Error) -> Failure {
        let problem = Problem::of(error);
        if let Some(cause) = &problem.cause {
            (self.tell)(&format!("page {}: {cause}", problem.status.as_u16()));
        }
        let exit = match problem.status.as_u16() {
            404 => Exit::Nothing,
            503 => Exit::Busy,
            _ => Exit::Io,
        };
        Failure::new(exit, problem.message)
    }

    fn stopped(&self, stopped: Stopped) -> Failure {
        match stopped {
            Stopped::Pull(PullError::Receiver(error)) | Stopped::Find(FindError::Receiver(error)) => {
                self.told(&error)
            }
            Stopped::Pull(error @ PullError::TooLittle(_)) => Failure::caused(Exit::Nothing, &error)
                .hint("whoever ships it can raise it: `retold ship --level all`"),
            Stopped::Pull(error) => {
                let failure = Failure::caused(Exit::Io, &error);
                (self.tell)(&format!("page: {}", failure.message()));
                Failure::new(Exit::Io, "the session cannot be brought here; the server's log says why")
            }
            Stopped::Find(error @ FindError::Several { .. }) => {
                Failure::usage(error.to_string()).hint("say more of its id")
            }
            Stopped::Find(error) => Failure::caused(Exit::Nothing, &error),
            Stopped::Failed(failure) => failure,
        }
    }
}

/// Nothing stays of what the person opened.
impl Drop for Seen {
    fn drop(&mut self) {
        let _it_goes_with_the_process = std::fs::remove_dir_all(&self.folder);
    }
}

fn shipments_of(listed: Listed) -> Shipments {
    Shipments { last: listed.of, listed: listed.shipment }
}

fn no_longer() -> Failure {
    Failure::new(Exit::Nothing, "the token holds no longer")
}

/// What stopped a session from being brought.
enum Stopped {
    Pull(PullError),
    Find(FindError),
    Failed(Failure),
}

impl From<PullError> for Stopped {
    fn from(error: PullError) -> Self {
        Self::Pull(error)
    }
}

impl From<retold_core::Error> for Stopped {
    fn from(error: retold_core::Error) -> Self {
        Self::Pull(error.into())
    }
}

impl From<FindError> for Stopped {
    fn from(error: FindError) -> Self {
        Self::Find(error)
    }
}

impl From<retold_projections::Error> for Stopped {
    fn from(error: retold_projections::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Team for Seen {
    fn name(&self) -> String {
        self.address.clone()
    }

    fn shipments(&self) -> Result<Shipments, Failure> {
        let told = self.pulse.of(
            self.holder.id,
            || self.pages.upgrade().map(|pages| pages.lock().keys().copied().collect()).unwrap_or_default(),
            |tokens| {
                let told =
                    self.with_lease("pulse", |lease| lease.first(|postgres| postgres.pulse(tokens)))?;
                let shipments = |(token, last, listed)| (token, Shipments { last, listed });
                Ok(told.into_iter().map(shipments).collect())
            },
        );
        told.map_err(|error| self.told(&error))?.ok_or_else(no_longer)
    }

    fn sessions(&self, filter: &SessionFilter) -> Result<(Vec<SessionRow>, u64, Shipments), Failure> {
        // That the server does not list so ends no transaction.
        let page = self.ask("list", |postgres| match read::list(postgres.asked(), filter, true) {
            Err(ListError::Receiver(error)) => Err(error),
            page => Ok(page),
        });
        let page = page.map_err(|error| self.told(&error))?;
        let page = page.map_err(|error| Failure::usage(format!("sessions: {error}")))?;
        Ok((page.sessions, page.count.unwrap_or_default(), shipments_of(page.listed)))
    }

    fn search(
        &self,
        query: &SearchQuery,
        filter: &SearchFilter,
        limit: u32,
    ) -> Result<(Answer, Shipments), Failure> {
        let wanted = Wanted { query, filter, narrowed: &Narrowed::default(), limit, is_masked: true };
        let found = self.ask("search", |postgres| match postgres.search(&wanted) {
            Err(SearchError::Receiver(error)) => Err(error),
            found => Ok(found),
        });
        let found = found.map_err(|error| self.told(&error))?;
        let found = found.map_err(|error| Failure::usage(format!("search: {error}")))?;
        let shipments = shipments_of(found.listed);
        Ok((found.answer(), shipments))
    }

    fn bring(&self, session: &str) -> Result<Brought, Failure> {
        let room = || {
            let room = Arc::clone(&self.bringing);
            let wait = async { tokio::time::timeout(BRING_WAIT, room.acquire_owned()).await };
            match self.runtime.block_on(wait) {
                Ok(Ok(room)) => Ok(room),
                _ => Err(Stopped::Failed(Failure::new(Exit::Busy, "too many sessions are brought at once"))),
            }
        };
        let now = Arc::clone(&self.now);
        let read_models = |path: &Path| -> Result<(), Stopped> {
            Store::open(path, Options::new().clock(move || now()))?;
            Ok(())
        };
        let brought = self.files.bring(&mut Visit(self), session, room, read_models);
        let file = brought.map_err(|stopped| self.stopped(stopped))?;
        let PulledFile { name, log: _, path, made, is_whole, content } = file;
        Ok(Brought { name, path, made, is_whole, content: content.map(|content| *content) })
    }

    fn edition(&self, session: &str) -> Result<Option<SessionEdition>, Failure> {
        let mut secrets: HashMap<LogNumber, Option<Hash>> = HashMap::new();
        let found = find::family_among(
            |id| {
                let found = self.with_lease("edition", |lease| {
                    lease.first(|postgres| postgres.sessions_for(&self.holder, id))
                })?;
                secrets.extend(found.iter().map(|(one, secret)| (one.log, *secret)));
                Ok(found.into_iter().map(|(one, _)| one).collect())
            },
            session,
        );
        let family = found.map_err(|error| self.stopped(Stopped::Find(error)))?;
        let Some(content) = find::content(&family) else { return Ok(None) };
        let known = secrets.get(&family[0].log).copied().flatten();
        let secret = self.sealed.as_ref().and_then(|_| known.or_else(|| self.new_secret(&family[0])));
        Ok(Some(SessionEdition { content: *content, secret: secret.map(|secret| *secret) }))
    }

    fn kept(&self, edition: &SessionEdition, name: &str) -> Option<Vec<u8>> {
        self.sealed.as_ref()?.get(&edition.secret?, &edition.content, name)
    }

    fn keep(&self, edition: &SessionEdition, name: &str, answer: &[u8]) {
        if let (Some(sealed), Some(secret)) = (&self.sealed, &edition.secret) {
            sealed.put(secret, &edition.content, name, answer);
        }
    }

    fn forget(&self, brought: &Brought) {
        self.files.forget(&brought.name);
    }
}

/// The logs, each question in a transaction of its own: what is brought is written to disk between them.
struct Visit<'s>(&'s Seen);

impl Contents for Visit<'_> {
    fn logs(&mut self) -> Result<Vec<KeptLog>, Error> {
        self.0.ask("logs", Contents::logs)
    }

    fn read_logs(&mut self) -> Result<Vec<KeptLog>, Error> {
        self.0.ask("logs", Contents::read_logs)
    }

    fn range(&mut self, log: LogNumber, first: u64, last: u64) -> Result<KeptRange, Error> {
        self.0.ask("range", |postgres| postgres.range(log, first, last))
    }

    fn sessions(&mut self, id: &str) -> Result<Vec<KeptSession>, Error> {
        self.0.ask("sessions", |postgres| Contents::sessions(postgres, id))
    }

    fn stream(&mut self, log: LogNumber, key: &Hash, after: u64, limit: u32) -> Result<KeptStream, Error> {
        self.0.ask("stream", |postgres| postgres.stream(log, key, after, limit))
    }
}
