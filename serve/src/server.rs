//! The server: where it listens, with which limits, and how it ends.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use retold_team::receiver::Server as Database;
use retold_web::Eyes;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, Semaphore, watch};

use crate::access::Access;
use crate::cache::{Cache, SealedCache, Unavailable};
use crate::metrics::Metrics;
use crate::page::{Pages, QUESTIONS_MAX, TIDY};
use crate::pool::Pool;
use crate::problem::Problem;
use crate::rate::{Rate, Rates};
use crate::respond::respond;
use crate::tell::Tell;
use crate::tls::Identity;

/// Connections at once. More wait until one ends.
const CONNECTIONS_MAX: u32 = 1024;
/// A request's line and headers, in bytes.
const HEADERS_MAX: usize = 16 * 1024;
/// How long those may take to come, and a connection may rest between two requests.
const HEADERS_WAIT: Duration = Duration::from_secs(60);
/// How long the beginning of TLS may take.
const HANDSHAKE_WAIT: Duration = Duration::from_secs(10);
/// How often a server looks whether it is to stop.
const LOOK: Duration = Duration::from_millis(100);
/// How long what is under way when it stops may take.
const GRACE: Duration = Duration::from_secs(30);
/// How often it is told that the cache cannot be asked.
const TELL_AGAIN: Duration = Duration::from_mins(1);
/// How many of the longest bodies there is memory for at once.
const BODIES_AT_ONCE: usize = 4;

/// Why a server does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Other machines could read tokens on the way.
    #[error("{0} is an address that other machines reach, and there is no TLS")]
    Open(SocketAddr),
    /// The address is taken, or is not this machine's.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// There is no place for the sessions that the page shows.
    #[error("cannot make a folder for sessions in {}", within.display())]
    Folder {
        /// Where it was to be.
        within: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no runtime.
    #[error("cannot start")]
    Runtime(#[source] io::Error),
}

/// What is taken of whom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// The longest body, in bytes.
    pub body_bytes: usize,
    /// How long a body may take to come, besides a second for each 64 KiB.
    pub patience: Duration,
    /// How much a token may ask for.
    pub rate: Rate,
    /// Connections to PostgreSQL.
    pub connections: usize,
}

impl Default for Limits {
    /// 128 MiB a body, 30 seconds; of a token 50 requests and 32 MiB a second, ten seconds of that at once; two connections a core.
    fn default() -> Self {
        Self {
            body_bytes: 128 << 20,
            patience: Duration::from_secs(30),
            rate: Rate { requests: 50.0, bytes: f64::from(32 << 20), burst: 10.0 },
            connections: 2 * retold_core::cores(),
        }
    }
}

/// How a server is run.
pub struct Options {
    /// The address to listen on; port 0 for any that is free.
    pub listen: SocketAddr,
    /// The database: a role that is granted `retold_server`.
    pub database: Database,
    /// The certificate and key, where TLS is done here.
    pub identity: Option<Identity>,
    /// Whether a proxy in front of it does TLS, so that an address that other machines reach needs none.
    pub is_behind_proxy: bool,
    /// What is taken of whom.
    pub limits: Limits,
    /// The page, for whoever has a token for reading; none where it is not wanted.
    pub page: Option<Page>,
    /// Told what fails. No line holds a token, a password, or what was shipped.
    pub tell: Tell,
}

/// How the page is shown.
#[derive(Debug)]
pub struct Page {
    /// Where the folder is made that sessions are brought into; none for where temporary files are.
    pub folder: Option<PathBuf>,
    /// The clock and the zone of those who look, and what models cost.
    pub eyes: Eyes,
    /// Where answers are kept; none where they are not.
    pub cache: Option<Arc<dyn Cache>>,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("listen", &self.listen)
            .field("database", &self.database)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// A server that has its address, and answers once it [runs](Server::run).
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    identity: Option<Identity>,
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

/// What every request is answered with.
pub(crate) struct Shared {
    pub(crate) pool: Arc<Pool>,
    pub(crate) access: Access,
    pub(crate) rates: Rates,
    pub(crate) metrics: Metrics,
    pub(crate) limits: Limits,
    /// Room for bodies, in KiB.
    pub(crate) memory: Arc<Semaphore>,
    /// Held while a long text is unpacked.
    pub(crate) large: parking_lot::Mutex<()>,
    pub(crate) ready: Mutex<Option<(Instant, Result<(), Problem>)>>,
    pub(crate) tell: Tell,
    pub(crate) pages: Option<Pages>,
}

impl Server {
    /// Takes an address. PostgreSQL is connected to when it is needed.
    ///
    /// # Errors
    /// [`Error::Open`] where other machines reach the address and nothing does TLS; [`Error::Listen`].
    pub fn bind(options: Options) -> Result<Self, Error> {
        let Options { listen, database, identity, is_behind_proxy, limits, page, tell } = options;
        if !listen.ip().is_loopback() && identity.is_none() && !is_behind_proxy {
            return Err(Error::Open(listen));
        }
        let failed = |source| Error::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let is_secure = identity.is_some() || is_behind_proxy;
        let metrics = Metrics::new();
        let pages = page.map(|Page { folder, eyes, cache }| {
            let within = folder.unwrap_or_else(std::env::temp_dir);
            let sealed = cache.map(|cache| {
                SealedCache::new(cache, metrics.cache.clone(), tell_at_times(Arc::clone(&tell)))
            });
            Pages::new(&within, eyes, is_secure, sealed).map_err(|source| Error::Folder { within, source })
        });
        let shared = Shared {
            pages: pages.transpose()?,
            pool: Pool::new(
                database,
                limits.connections.max(1),
                metrics.questions.clone(),
                Arc::clone(&tell),
            ),
            access: Access::new(),
            rates: Rates::new(limits.rate),
            metrics,
            memory: Arc::new(Semaphore::new(BODIES_AT_ONCE * (limits.body_bytes / 1024 + 1))),
            limits,
            large: parking_lot::Mutex::default(),
            ready: Mutex::default(),
            tell,
        };
        Ok(Self { listener, address, identity, shared: Arc::new(shared) })
    }

    /// Returns the address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop` is set; then what is under way is answered, and nothing new taken.
    ///
    /// # Errors
    /// Where there is no runtime.
    pub fn run(self, stop: &AtomicBool) -> Result<(), Error> {
        let Self { listener, identity, shared, .. } = self;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .max_blocking_threads(shared.limits.connections.max(1) + QUESTIONS_MAX + 2)
            .enable_all()
            .build()
            .map_err(Error::Runtime)?;
        let (served, kept) = (Arc::clone(&shared), Arc::clone(&shared));
        let done = runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).map_err(Error::Runtime)?;
            let places = Arc::new(Semaphore::new(CONNECTIONS_MAX as usize));
            let (stopping, is_stopping) = watch::channel(false);
            let accepting =
                tokio::spawn(accept(listener, identity, served, Arc::clone(&places), is_stopping));
            let tidying = tokio::spawn(tidy(Arc::clone(&kept)));
            while !stop.load(Ordering::Relaxed) {
                tokio::time::sleep(LOOK).await;
            }
            accepting.abort();
            tidying.abort();
            stopping.send_replace(true);
            if let Some(pages) = &kept.pages {
                pages.stop();
            }
            let _may_take_longer = tokio::time::timeout(GRACE, places.acquire_many(CONNECTIONS_MAX)).await;
            Ok(())
        });
        runtime.shutdown_timeout(Duration::from_secs(1));
        shared.pool.close();
        done
    }
}

/// Returns what tells that the cache cannot be asked: at most once a minute.
fn tell_at_times(tell: Tell) -> impl Fn(&Unavailable) + Send + Sync {
    let last: parking_lot::Mutex<Option<Instant>> = parking_lot::Mutex::default();
    move |why| {
        let mut last = last.lock();
        if last.is_none_or(|last| last.elapsed() >= TELL_AGAIN) {
            *last = Some(Instant::now());
            tell(&why.to_string());
        }
    }
}

/// Lets go of what nobody looks at any more.
async fn tidy(shared: Arc<Shared>) {
    loop {
        tokio::time::sleep(TIDY).await;
        let kept = Arc::clone(&shared);
        let tidied = tokio::task::spawn_blocking(move || kept.pages.as_ref().map(Pages::tidy));
        let _it_is_tried_again = tidied.await;
    }
}

async fn accept(
    listener: tokio::net::TcpListener,
    identity: Option<Identity>,
    shared: Arc<Shared>,
    places: Arc<Semaphore>,
    stopping: watch::Receiver<bool>,
) {
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
        let (shared, identity, stopping) = (Arc::clone(&shared), identity.clone(), stopping.clone());
        tokio::spawn(async move {
            connection(stream, identity, shared, stopping).await;
            drop(place);
        });
    }
}

async fn connection(
    stream: TcpStream,
    identity: Option<Identity>,
    shared: Arc<Shared>,
    stopping: watch::Receiver<bool>,
) {
    let _a_small_answer_waits_otherwise = stream.set_nodelay(true);
    match identity {
        None => serve(stream, shared, stopping).await,
        Some(identity) => {
            let shaken = tokio::time::timeout(HANDSHAKE_WAIT, identity.acceptor().accept(stream)).await;
            if let Ok(Ok(stream)) = shaken {
                serve(stream, shared, stopping).await;
            }
        }
    }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    shared: Arc<Shared>,
    mut stopping: watch::Receiver<bool>,
) {
    let service = service_fn(|request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, std::convert::Infallible>(respond(shared, request).await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WAIT)
        .max_buf_size(HEADERS_MAX)
        .serve_connection(TokioIo::new(stream), service);
    let mut served = std::pin::pin!(served);
    let stopped = async move { drop(stopping.wait_for(|stopping| *stopping).await) };
    // A connection that breaks is nobody's fault.
    tokio::select! {
        _broken = served.as_mut() => {}
        () = stopped => {
            served.as_mut().graceful_shutdown();
            let _broken = served.await;
        }
    }
}
