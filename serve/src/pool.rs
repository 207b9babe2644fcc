//! Connections to PostgreSQL: a few, held, each used by one act at a time on a thread that may wait.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use retold_team::receiver::{Error, Postgres, Server};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::metrics::Questions;
use crate::problem::Problem;
use crate::tell::Tell;

/// How long an act waits for its turn.
const TURN: Duration = Duration::from_secs(5);

pub(crate) struct Pool {
    server: Server,
    turns: Arc<Semaphore>,
    idle: Mutex<Vec<Postgres>>,
    questions: Questions,
    /// Told what took long, by its shape: what was asked for is in no line.
    tell: Tell,
}

/// A connection for one act.
pub(crate) struct Lease {
    pool: Arc<Pool>,
    connection: Option<Postgres>,
    /// What is asked, and since when.
    shape: &'static str,
    began: Option<Instant>,
}

impl Pool {
    pub(crate) fn new(server: Server, connections: usize, questions: Questions, tell: Tell) -> Arc<Self> {
        let turns = Arc::new(Semaphore::new(connections));
        Arc::new(Self { server, turns, idle: Mutex::default(), questions, tell })
    }

    fn lease(self: &Arc<Self>, shape: &'static str) -> Lease {
        Lease { pool: Arc::clone(self), connection: None, shape, began: None }
    }

    /// Does something of a shape that may wait for the database, on a thread of its own, when it is its turn. What has begun is finished, also
    /// where nobody waits for it any more.
    pub(crate) async fn with<T: Send + 'static>(
        self: &Arc<Self>,
        shape: &'static str,
        act: impl FnOnce(&mut Lease) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = tokio::time::timeout(TURN, Arc::clone(&self.turns).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(too_much()) };
        let mut lease = self.lease(shape);
        let done = tokio::task::spawn_blocking(move || {
            let done = act(&mut lease);
            lease.give_back();
            drop(turn);
            done
        });
        done.await.unwrap_or_else(|_| {
            Err(Problem::new(hyper::StatusCode::INTERNAL_SERVER_ERROR, "the answer could not be made"))
        })
    }

    /// [`with`](Self::with) on this thread, which may wait, in a runtime that runs; what is done fails in its own words.
    pub(crate) fn with_here<T>(
        self: &Arc<Self>,
        runtime: &Handle,
        shape: &'static str,
        act: impl FnOnce(&mut Lease) -> T,
    ) -> Result<T, Problem> {
        let turns = Arc::clone(&self.turns);
        let turn = runtime.block_on(async { tokio::time::timeout(TURN, turns.acquire_owned()).await });
        let Ok(Ok(_turn)) = turn else { return Err(too_much()) };
        let mut lease = self.lease(shape);
        let done = act(&mut lease);
        lease.give_back();
        Ok(done)
    }

    /// Closes the connections that nobody uses. Not to be called where a runtime runs.
    pub(crate) fn close(&self) {
        self.idle.lock().clear();
    }
}

fn too_much() -> Problem {
    Problem::busy("too much is asked of the server at once")
}

impl Lease {
    /// Takes a connection and does the first thing with it, which may be done again: a connection that was held may have ended since.
    ///
    /// # Errors
    /// As `first`, on a connection that was made for it.
    pub(crate) fn first<T>(&mut self, first: impl Fn(&mut Postgres) -> Result<T, Error>) -> Result<T, Error> {
        self.began.get_or_insert_with(Instant::now);
        loop {
            let held = self.pool.idle.lock().pop();
            let was_held = held.is_some();
            let mut connection = match held {
                Some(held) => held,
                None => {
                    let mut made = Postgres::connect(&self.pool.server)?;
                    made.limit()?;
                    made
                }
            };
            match first(&mut connection) {
                Err(error) if was_held && error.may_pass() => {}
                done => {
                    self.connection = Some(connection);
                    return done;
                }
            }
        }
    }

    /// The connection that [`first`](Self::first) took.
    pub(crate) fn connection(&mut self) -> Result<&mut Postgres, Error> {
        self.connection.as_mut().ok_or_else(|| Error::Target("there is no connection".to_owned()))
    }

    /// Closes the connection: what became of its transaction is not known.
    pub(crate) fn forget(&mut self) {
        self.connection = None;
    }

    fn give_back(&mut self) {
        let connection = self.connection.take().filter(|connection| !connection.is_closed());
        self.pool.idle.lock().extend(connection);
        let Some(took) = self.began.map(|began| began.elapsed()) else { return };
        if self.pool.questions.asked(self.shape, took) {
            (self.pool.tell)(&format!("slow: {} took {} ms of the database", self.shape, took.as_millis()));
        }
    }
}
