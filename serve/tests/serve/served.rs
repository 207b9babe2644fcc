//! A server for a test, in front of a PostgreSQL.

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use parking_lot::Mutex;
use postgres::Client;
use retold_projections::Prices;
use retold_serve::cache::{Cache, Memory};
use retold_serve::{Eyes, Limits, Options, Page, Server};
use retold_team::receiver::https::Endpoint;
use retold_team::receiver::{Boxed, Https, Insecure, Server as Database};
use retold_team::schema;
use retold_team::token::{self, NewToken, Scope, Token};
use retold_travel::Clock;

use crate::targets::{Cluster, Target};

/// A server that runs, with what it has told.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    pub(crate) told: Arc<Mutex<Vec<String>>>,
    /// Where sessions are that the page shows.
    pub(crate) folder: tempfile::TempDir,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    /// Starts one as the role `web`.
    pub(crate) fn before(cluster: &Cluster) -> Self {
        Self::with(cluster, Limits::default())
    }

    pub(crate) fn with(cluster: &Cluster, limits: Limits) -> Self {
        schema::add_server(&mut cluster.admin(), "web").unwrap();
        Self::at(&cluster.server.borrow().address("web", "postgres"), limits)
    }

    pub(crate) fn at(database: &str, limits: Limits) -> Self {
        Self::keeping(database, limits, Some(Arc::new(Memory::new(64 << 20))))
    }

    /// One that keeps answers elsewhere, or nowhere.
    pub(crate) fn keeping(database: &str, limits: Limits, cache: Option<Arc<dyn Cache>>) -> Self {
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let telling = Arc::clone(&told);
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            listen: "127.0.0.1:0".parse().unwrap(),
            database: Database::parse(database, Insecure::Refused, |_, _, _, _| None).unwrap(),
            identity: None,
            is_behind_proxy: false,
            limits,
            page: Some(page_of(&folder, cache)),
            tell: Arc::new(move |line| telling.lock().push(line.to_owned())),
        };
        let server = Server::bind(options).unwrap();
        let (address, stop) = (server.address(), Arc::new(AtomicBool::new(false)));
        let stopping = Arc::clone(&stop);
        let thread = std::thread::spawn(move || server.run(&stopping).unwrap());
        Self { address, told, stop, folder, thread: Some(thread) }
    }

    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn stop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn page_of(folder: &tempfile::TempDir, cache: Option<Arc<dyn Cache>>) -> Page {
    let eyes = Eyes {
        clock: Clock::Occurred,
        now: Arc::new(jiff::Timestamp::now),
        zone: jiff::tz::TimeZone::UTC,
        prices: Arc::new(|| Ok(Prices::built_in())),
    };
    Page { folder: Some(folder.path().to_owned()), eyes, cache }
}

/// A token for shipping, of a machine of Ada's.
pub(crate) fn token_of(client: &mut Client, person: &str, device: &str) -> Token {
    token_for(client, person, device, &[Scope::Ship])
}

pub(crate) fn token_for(client: &mut Client, person: &str, device: &str, scopes: &[Scope]) -> Token {
    token::make(client, 1, NewToken { person, device, scopes, expires_at: None }).unwrap().unwrap()
}

/// Connects to a server with a token.
pub(crate) fn connect(base: &str, token: &Token) -> Boxed {
    Boxed::of(Https::at(&Endpoint::new(base, token.clone(), None).unwrap()))
}

/// A server as a receiver for Ada, who also reads.
pub(crate) fn target(cluster: &Rc<Cluster>, served: &Served) -> Target {
    let token = token_for(&mut cluster.admin(), "Ada", "laptop", &[Scope::Ship, Scope::Read]);
    let endpoint = Endpoint::new(&served.base(), token, None).unwrap();
    Target::Before(Rc::clone(cluster), Box::new(move || Ok(Boxed::of(Https::at(&endpoint)))))
}
