//! HTTP on this machine: who may ask, with which limits, and how answers go out.

mod body;
mod connection;
mod guard;
mod live;
mod page;
mod respond;
mod shared;
mod write;

use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use retold_present::{Exit, Failure, io_words};
use retold_projections::Store;
use retold_travel::Clock;
use tokio::sync::Semaphore;

use crate::shown::Shown;
use crate::site::{Eyes, ReadPrices, Site};
use crate::team::{Team, TeamSite, Watched};
use crate::token::Token;
use connection::Patient;
use live::Live;
use shared::{Answers, Shared, Turns};

pub use body::Body;
pub use guard::cookies;
pub use page::{TeamPage, entrance, page_file};

/// Connections at once. More wait until one ends.
const CONNECTIONS_MAX: usize = 64;
/// Questions to the store at once. More wait.
const QUESTIONS_MAX: usize = 8;
/// Stores of a team's sessions that are open at once.
const OPEN_MAX: usize = 32;
/// A request's line and headers, in bytes.
const HEADERS_MAX: usize = 16 * 1024;
/// How long those may take to come, and a connection may rest between two requests.
const HEADERS_WAIT: Duration = Duration::from_secs(30);
/// How often a server looks whether it is to stop.
const LOOK: Duration = Duration::from_millis(100);

/// How the page is served.
pub struct Options {
    /// The address to listen on. Any other than this machine's own needs [`hosts`](Self::hosts).
    pub bind: IpAddr,
    /// The port; 0 for any that is free.
    pub port: u16,
    /// Names that this server may be called by, besides those of this machine itself.
    pub hosts: Vec<String>,
    /// What lets a browser in.
    pub token: Token,
    /// Which of an event's times a time means.
    pub clock: Clock,
    /// The present.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// The person's time zone.
    pub zone: TimeZone,
    /// What models cost, asked for each answer.
    pub prices: ReadPrices,
    /// The history that readers may write to, of the same store; none where they only read.
    pub writes: Option<retold::SessionHistory>,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("bind", &self.bind).field("port", &self.port).finish_non_exhaustive()
    }
}

/// A server that has its address and answers once it [runs](Server::run).
pub struct Server {
    listeners: Vec<TcpListener>,
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("port", &self.shared.port).finish_non_exhaustive()
    }
}

impl Server {
    /// Takes an address for a store.
    ///
    /// # Errors
    /// Where the address is taken, or is one that other machines reach and no host is named.
    pub fn bind(store: Store, options: Options) -> Result<Self, Failure> {
        let live = Live::of(store.log().clone());
        Self::of(options, live, |eyes, writes| Shown::Store(Box::new(Site::new(store, writes, eyes))))
    }

    /// Takes an address for a team's server; whatever [`Options::writes`] says, nothing is written there.
    ///
    /// # Errors
    /// Those of [`bind`](Self::bind).
    pub fn bind_team(team: Arc<dyn Team>, options: Options) -> Result<Self, Failure> {
        let watched = Watched::of(team);
        let live = Live::of_team(Arc::clone(&watched));
        Self::of(options, live, |eyes, _| Shown::Team(TeamSite::new(watched, eyes, OPEN_MAX)))
    }

    fn of(
        options: Options,
        live: Live,
        shown: impl FnOnce(Eyes, Option<retold::SessionHistory>) -> Shown,
    ) -> Result<Self, Failure> {
        let Options { bind, port, hosts, token, clock, now, zone, prices, writes } = options;
        if !bind.is_loopback() && hosts.is_empty() {
            return Err(Failure::usage(format!("ui: {bind} is an address that other machines reach")).hint(
                "a tunnel is safer: `ssh -L 7777:127.0.0.1:PORT THIS-MACHINE`; else name what browsers call this machine with --host",
            ));
        }
        if let Some(host) = hosts.iter().find(|host| !is_host(host)) {
            return Err(Failure::usage(format!("ui: {host:?} is not a host name"))
                .hint("as in --host machine.example"));
        }
        let failed = |error: std::io::Error| {
            Failure::new(Exit::Io, format!("ui: listen on {bind}, port {port}: {}", io_words(&error)))
                .hint("leave --port out for one that is free")
        };
        let first = TcpListener::bind(SocketAddr::new(bind, port)).map_err(failed)?;
        let port = first.local_addr().map_err(failed)?.port();
        // A browser may try either address for `localhost`.
        let second = bind.is_loopback() && bind.is_ipv4();
        let second = second
            .then(|| TcpListener::bind(SocketAddr::new(Ipv6Addr::LOCALHOST.into(), port)).ok())
            .flatten();
        let listeners: Vec<TcpListener> = [Some(first), second].into_iter().flatten().collect();
        let own = ["127.0.0.1".to_owned(), "localhost".to_owned(), "[::1]".to_owned()];
        let bound = match bind {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        };
        let with_port = own.into_iter().chain([bound]).map(|host| format!("{host}:{port}"));
        let named = hosts
            .iter()
            .flat_map(|host| [host.to_ascii_lowercase(), format!("{}:{port}", host.to_ascii_lowercase())]);
        let hosts = with_port.chain(named).collect();
        let shown = shown(Eyes { clock, now, zone, prices }, writes);
        let turns = Turns::new(QUESTIONS_MAX, Arc::new(Semaphore::new(QUESTIONS_MAX)));
        let answers = Arc::new(Answers { shown, live, turns });
        Ok(Self { listeners, shared: Arc::new(Shared { answers, token, port, hosts }) })
    }

    /// Returns the address without the token.
    pub fn address(&self) -> String {
        format!("http://{}/", self.shared.hosts.first().map_or("127.0.0.1", String::as_str))
    }

    /// Returns the address that lets a browser in. The token is in the part that browsers keep to themselves.
    pub fn entrance(&self) -> String {
        format!("{}#t={}", self.address(), self.shared.token.as_str())
    }

    /// Answers until `stop` is set.
    ///
    /// # Errors
    /// Where the runtime cannot be started.
    pub fn run(self, stop: &AtomicBool) -> Result<(), Failure> {
        let failed = |error: std::io::Error| Failure::new(Exit::Io, format!("ui: {}", io_words(&error)));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(QUESTIONS_MAX + 1)
            .enable_all()
            .build()
            .map_err(failed)?;
        let Self { listeners, shared } = self;
        runtime.block_on(async {
            let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
            for listener in listeners {
                listener.set_nonblocking(true).map_err(failed)?;
                let listener = tokio::net::TcpListener::from_std(listener).map_err(failed)?;
                tokio::spawn(accept(listener, Arc::clone(&shared), Arc::clone(&places)));
            }
            while !stop.load(Ordering::Relaxed) {
                tokio::time::sleep(LOOK).await;
            }
            shared.answers.live.stop();
            Ok::<(), Failure>(())
        })?;
        runtime.shutdown_timeout(Duration::from_secs(1));
        Ok(())
    }
}

fn is_host(text: &str) -> bool {
    let is_part =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_' | ':' | '[' | ']');
    !text.is_empty() && text.len() <= 255 && text.chars().all(is_part)
}

async fn accept(listener: tokio::net::TcpListener, shared: Arc<Shared>, places: Arc<Semaphore>) {
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(_) => {
                // Out of file descriptors: some will be free.
                tokio::time::sleep(LOOK).await;
                continue;
            }
        };
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let shared = Arc::clone(&shared);
                async move { Ok::<_, std::convert::Infallible>(respond::respond(shared, request).await) }
            });
            let served = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADERS_WAIT)
                .max_buf_size(HEADERS_MAX)
                .serve_connection(TokioIo::new(Patient::new(stream)), service);
            // A connection that breaks is nobody's fault.
            let _broken = served.await;
            drop(place);
        });
    }
}
