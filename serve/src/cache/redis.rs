//! Entries in a Redis.
//!
//! A few threads speak to it, each over a connection of its own. Who asks waits for one of them, for so long and no longer, whatever the
//! network, a resolver of names or the Redis does; who has something to keep does not wait at all.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ::redis::{Client, Connection, ErrorKind, RedisError};
use crossbeam_channel::{Receiver, Sender, bounded};
use parking_lot::Mutex;

use super::{Cache, Key, Unavailable};

/// How long an answer is waited for: a session is folded in about as long.
const WAIT: Duration = Duration::from_millis(150);
/// How long a connection may take to be made, and an answer to begin: what takes longer has no one who waits.
const CONNECT_WAIT: Duration = Duration::from_millis(500);
const ANSWER_WAIT: Duration = Duration::from_millis(500);
/// How long it is left alone once it did not answer.
const REST: Duration = Duration::from_secs(2);
/// How long an entry is kept that nobody asks for, in seconds: what cannot be opened any more goes with it.
const KEPT: u64 = 24 * 3600;
/// What keys begin with.
const PREFIX: &str = "retold:asof:";
/// Threads that speak to it, and jobs that wait for one.
const THREADS: usize = 4;
const JOBS_MAX: usize = 16;

/// Entries in a Redis, or in what speaks its protocol. It is connected to when it is needed.
pub struct Redis {
    name: String,
    jobs: Sender<Job>,
    state: Arc<State>,
}

/// What is known of how it goes.
#[derive(Default)]
struct State {
    /// Until when it is left alone, and why.
    rests: Mutex<Option<(Instant, Unavailable)>>,
    /// Why something was not kept, until that is told.
    refused: Mutex<Option<Unavailable>>,
}

enum Job {
    Get(Key, Sender<Result<Option<Vec<u8>>, Unavailable>>),
    Put(Key, Vec<u8>),
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redis").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Redis {
    /// Reads an address: `redis://[USER:PASSWORD@]HOST[:PORT][/NUMBER]`, `rediss://…` for TLS, `redis+unix:///PATH`. `password` is used where
    /// the address has none. Four threads wait for what is asked, until the value is dropped.
    ///
    /// # Errors
    /// Where it is none; what is said does not repeat it.
    pub fn at(address: &str, password: Option<String>) -> Result<Self, Unavailable> {
        use ::redis::IntoConnectionInfo as _;
        let mut asked = address.into_connection_info().map_err(|error| told(&error))?;
        if let Some(password) = password.filter(|_| asked.redis_settings().password().is_none()) {
            let settings = asked.redis_settings().clone().set_password(password);
            asked = asked.set_redis_settings(settings);
        }
        let client = Client::open(asked).map_err(|error| told(&error))?;
        let (jobs, queue) = bounded(JOBS_MAX);
        let state = Arc::<State>::default();
        for number in 0..THREADS {
            let (client, queue, state) = (client.clone(), queue.clone(), Arc::clone(&state));
            std::thread::Builder::new()
                .name(format!("redis-{number}"))
                .spawn(move || work(&client, &queue, &state))
                .map_err(|error| Unavailable(format!("no thread can be begun: {error}")))?;
        }
        Ok(Self { name: client.get_connection_info().addr().to_string(), jobs, state })
    }

    /// What it is called in messages: without user and password.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Refuses while it is left alone.
    fn check(&self) -> Result<(), Unavailable> {
        match &*self.state.rests.lock() {
            Some((until, why)) if Instant::now() < *until => Err(why.clone()),
            _ => Ok(()),
        }
    }
}

impl Cache for Redis {
    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, Unavailable> {
        self.check()?;
        let (reply, answer) = bounded(1);
        let until = Instant::now() + WAIT;
        let sent = self.jobs.send_deadline(Job::Get(*key, reply), until).is_ok();
        let answer = if sent { answer.recv_deadline(until).ok() } else { None };
        answer.unwrap_or_else(|| {
            let why = Unavailable(format!("it does not answer within {} ms", WAIT.as_millis()));
            self.state.rest(&why);
            Err(why)
        })
    }

    fn put(&self, key: &Key, entry: Vec<u8>) -> Result<(), Unavailable> {
        self.check()?;
        // Where there is no room, it is made again and then kept.
        let _no_room = self.jobs.try_send(Job::Put(*key, entry));
        match self.state.refused.lock().take() {
            Some(why) => Err(why),
            None => Ok(()),
        }
    }
}

impl State {
    fn rest(&self, why: &Unavailable) {
        *self.rests.lock() = Some((Instant::now() + REST, why.clone()));
    }

    /// Says what went wrong; a Redis that answered, if only that it will not, is asked on.
    fn failed(&self, error: &RedisError) -> Unavailable {
        let why = told(error);
        if has_no_answer(error) {
            self.rest(&why);
        }
        why
    }
}

/// Does what is asked, until nobody can ask any more.
fn work(client: &Client, queue: &Receiver<Job>, state: &State) {
    let mut held: Option<Connection> = None;
    for job in queue {
        match job {
            Job::Get(key, reply) => {
                let mut command = ::redis::cmd("GETEX");
                command.arg(name(&key)).arg("EX").arg(KEPT);
                let answer = ask(client, &mut held, &command);
                let _nobody_waits = reply.send(answer.map_err(|error| state.failed(&error)));
            }
            Job::Put(key, entry) => {
                let mut command = ::redis::cmd("SET");
                command.arg(name(&key)).arg(&entry).arg("EX").arg(KEPT);
                if let Err(error) = ask::<()>(client, &mut held, &command) {
                    *state.refused.lock() = Some(state.failed(&error));
                }
            }
        }
    }
}

/// Asks over the connection that is held, or a new one where that has ended; of one that failed nothing more is read.
fn ask<T: ::redis::FromRedisValue>(
    client: &Client,
    held: &mut Option<Connection>,
    command: &::redis::Cmd,
) -> Result<T, RedisError> {
    if let Some(mut connection) = held.take() {
        match command.query(&mut connection) {
            Err(error) if error.is_connection_dropped() => {}
            Err(error) if has_no_answer(&error) => return Err(error),
            answer => {
                *held = Some(connection);
                return answer;
            }
        }
    }
    let mut connection = client.get_connection_with_timeout(CONNECT_WAIT)?;
    connection.set_read_timeout(Some(ANSWER_WAIT))?;
    connection.set_write_timeout(Some(ANSWER_WAIT))?;
    let answer = command.query(&mut connection);
    if !answer.as_ref().is_err_and(has_no_answer) {
        *held = Some(connection);
    }
    answer
}

/// Whether nothing came that could be understood: it is away, slow, or something else.
fn has_no_answer(error: &RedisError) -> bool {
    !matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension | ErrorKind::UnexpectedReturnType)
}

fn name(key: &Key) -> String {
    let mut name = String::with_capacity(PREFIX.len() + 64);
    name.push_str(PREFIX);
    for byte in key {
        name.push_str(&format!("{byte:02x}"));
    }
    name
}

/// What went wrong, for a line: neither the address nor what was asked is in it.
fn told(error: &RedisError) -> Unavailable {
    let text = error.to_string();
    Unavailable(text.chars().filter(|letter| !letter.is_control()).take(200).collect())
}
