//! Entries in a Redis.

use std::time::{Duration, Instant};

use ::redis::{Client, Connection, ConnectionLike as _, RedisError};
use parking_lot::Mutex;

use super::{Cache, Key, Unavailable};

/// How long a connection may take to be made.
const CONNECT_WAIT: Duration = Duration::from_millis(250);
/// How long an answer may take: a session is folded meanwhile.
const ANSWER_WAIT: Duration = Duration::from_millis(100);
/// How long it is left alone once it did not answer.
const REST: Duration = Duration::from_secs(2);
/// How long an entry is kept that nobody asks for, in seconds: what cannot be opened any more goes with it.
const KEPT: u64 = 24 * 3600;
/// What keys begin with.
const PREFIX: &[u8] = b"retold:asof:";
/// Connections that are held while nobody uses them.
const IDLE_MAX: usize = 8;

/// Entries in a Redis, or in what speaks its protocol. It is connected to when it is needed.
pub struct Redis {
    client: Client,
    idle: Mutex<Vec<Connection>>,
    /// Until when it is left alone, and why.
    rests: Mutex<Option<(Instant, Unavailable)>>,
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redis").field("name", &self.name()).finish_non_exhaustive()
    }
}

impl Redis {
    /// Reads an address: `redis://[USER:PASSWORD@]HOST[:PORT][/NUMBER]`, `rediss://…` for TLS, `redis+unix:///PATH`. `password` is used where
    /// the address has none.
    ///
    /// # Errors
    /// Where it is none; what is said does not repeat it.
    pub fn at(address: &str, password: Option<String>) -> Result<Self, Unavailable> {
        use ::redis::IntoConnectionInfo as _;
        let told = |error: &RedisError| Unavailable(of(error));
        let mut asked = address.into_connection_info().map_err(|error| told(&error))?;
        if let Some(password) = password.filter(|_| asked.redis_settings().password().is_none()) {
            let settings = asked.redis_settings().clone().set_password(password);
            asked = asked.set_redis_settings(settings);
        }
        let client = Client::open(asked).map_err(|error| told(&error))?;
        Ok(Self { client, idle: Mutex::default(), rests: Mutex::default() })
    }

    /// What it is called in messages: without user and password.
    pub fn name(&self) -> String {
        self.client.get_connection_info().addr().to_string()
    }

    fn connect(&self) -> Result<Connection, RedisError> {
        let connection = self.client.get_connection_with_timeout(CONNECT_WAIT)?;
        connection.set_read_timeout(Some(ANSWER_WAIT))?;
        connection.set_write_timeout(Some(ANSWER_WAIT))?;
        Ok(connection)
    }

    /// Asks over a connection that was held, or a new one where that has ended.
    fn ask<T>(&self, ask: impl Fn(&mut Connection) -> Result<T, RedisError>) -> Result<T, Unavailable> {
        if let Some((until, why)) = &*self.rests.lock()
            && Instant::now() < *until
        {
            return Err(why.clone());
        }
        let held = self.idle.lock().pop();
        let asked = match held {
            Some(mut held) => match ask(&mut held) {
                Err(error) if error.is_connection_dropped() || error.is_io_error() && !error.is_timeout() => {
                    self.afresh(&ask)
                }
                asked => asked.map(|answer| (answer, held)),
            },
            None => self.afresh(&ask),
        };
        match asked {
            Ok((answer, connection)) => {
                let mut idle = self.idle.lock();
                if connection.is_open() && idle.len() < IDLE_MAX {
                    idle.push(connection);
                }
                Ok(answer)
            }
            Err(error) => {
                // An answer that comes late would be taken for another's.
                let why = Unavailable(of(&error));
                *self.rests.lock() = Some((Instant::now() + REST, why.clone()));
                self.idle.lock().clear();
                Err(why)
            }
        }
    }

    fn afresh<T>(
        &self,
        ask: impl Fn(&mut Connection) -> Result<T, RedisError>,
    ) -> Result<(T, Connection), RedisError> {
        let mut connection = self.connect()?;
        let answer = ask(&mut connection)?;
        Ok((answer, connection))
    }
}

impl Cache for Redis {
    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, Unavailable> {
        self.ask(|connection| {
            ::redis::cmd("GETEX").arg(name(key)).arg("EX").arg(KEPT).query::<Option<Vec<u8>>>(connection)
        })
    }

    fn put(&self, key: &Key, entry: Vec<u8>) -> Result<(), Unavailable> {
        self.ask(|connection| {
            ::redis::cmd("SET").arg(name(key)).arg(&entry).arg("EX").arg(KEPT).query::<()>(connection)
        })
    }
}

fn name(key: &Key) -> Vec<u8> {
    let digits = key.iter().flat_map(|byte| format!("{byte:02x}").into_bytes());
    PREFIX.iter().copied().chain(digits).collect()
}

/// What went wrong, without what was asked.
fn of(error: &RedisError) -> String {
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.category()),
        None => error.category().to_owned(),
    }
}
