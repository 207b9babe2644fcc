//! Many laptops before one server: each writes a few events now and then, and ships them over HTTP.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use retold_core::Options;
use retold_team::receiver::Https;
use retold_team::receiver::https::Endpoint;
use retold_team::ship::ship;
use retold_team::token::{self, NewToken, Scope};

use super::server::{Process, Server, TENANT, options};
use super::session;
use crate::bench::program;
use crate::figure::Figure;
use crate::timing::{median, millis, percentile};
use crate::{Outcome, machine};

/// How many do so at the same time, and how long the lists may take at the end.
const THREADS: usize = 16;
const PATIENCE: Duration = Duration::from_secs(300);
const TICKS_PER_SECOND: f64 = 100.0;

/// What is simulated.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Load {
    /// How many laptops there are
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    laptops: usize,
    /// For how long
    #[arg(long, value_name = "MINUTES", default_value_t = 10.0)]
    minutes: f64,
    /// How often each of them ships
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0)]
    every: f64,
    /// How many events each time
    #[arg(long, value_name = "N", default_value_t = 10)]
    events: usize,
}

/// A laptop: its store, and how it speaks to the server.
struct Laptop {
    id: String,
    path: PathBuf,
    endpoint: Endpoint,
}

/// What happened.
#[derive(Default)]
struct Seen {
    /// How long a shipment took, from the connection to the answer, in milliseconds.
    shipped: Vec<f64>,
    /// How long after its time a laptop was at it: the generator's own delay.
    late: Vec<f64>,
    failed: u64,
}

/// Simulates it; returns the figures.
pub(crate) fn run(load: Load, folder: &Path) -> Outcome<Vec<Figure>> {
    let Some(program) = program()?.filter(|_| retold_trial::Postgres::is_here()) else {
        return Err("load: needs a PostgreSQL, and `retold` built beside this program".into());
    };
    let server = Server::start()?;
    let mut admin = server.client("postgres")?;
    let (serve, base) = server.serve(&program, &[])?;
    let mut work = Command::new(&program);
    work.args(["team", "work", &server.address("worker"), "--follow", "-q"]);
    let worker = Process(work.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?);
    let laptops = laptops(load.laptops, &base, folder, &mut admin)?;
    let bytes = |admin: &mut postgres::Client| -> Outcome<i64> {
        let sql = "select sum(pg_total_relation_size(c.oid))::bigint from pg_class c where c.relnamespace = 'retold'::regnamespace and c.relkind = 'r'";
        Ok(admin.query_one(sql, &[])?.get(0))
    };
    let before = bytes(&mut admin)?;
    let cpu = || [server.ticks(), ticks_of(&serve), ticks_of(&worker)];
    let (begun, ticks) = (Instant::now(), cpu());
    let seen = simulate(load, &laptops)?;
    let (elapsed, after) = (begun.elapsed().as_secs_f64(), cpu());
    let said = (seen.shipped.len() as u64 + seen.failed) * load.events as u64;
    let lag = wait_for_lists(&mut admin, i64::try_from(said)?)?;
    let events = said as f64;
    let of = |at: usize| (after[at] - ticks[at]) / TICKS_PER_SECOND;
    let shipments = seen.shipped.len() as f64;
    let grown = (bytes(&mut admin)? - before) as f64;
    Ok(vec![
        Figure::new(
            format!("shipments of {} events, {} laptops", load.events, load.laptops),
            "a second",
            shipments / elapsed,
        ),
        Figure::new("a shipment over HTTP, p50", "ms", median(seen.shipped.clone())),
        Figure::new("a shipment over HTTP, p99", "ms", percentile(&seen.shipped, 99)),
        Figure::new("shipments that failed", "in all", seen.failed as f64),
        Figure::new("the generator's own delay, p99", "ms", percentile(&seen.late, 99)),
        Figure::new("until the lists had all, after the last shipment", "s", lag),
        Figure::new("CPU of PostgreSQL", "µs a shipment", of(0) / shipments * 1e6),
        Figure::new("CPU of `retold serve`", "µs a shipment", of(1) / shipments * 1e6),
        Figure::new("CPU of `retold team work`", "µs a shipment", of(2) / shipments * 1e6),
        Figure::new("size on the server, with lists", "bytes an event", grown / events),
    ])
}

fn ticks_of(process: &Process) -> f64 {
    machine::ticks_of(&process.0.id().to_string()).unwrap_or_default() as f64
}

/// Makes the stores, a session each, and a token for each machine.
fn laptops(count: usize, base: &str, folder: &Path, admin: &mut postgres::Client) -> Outcome<Vec<Laptop>> {
    let laptop = |number: usize| {
        let id = format!("laptop-{number:06}");
        let path = folder.join(format!("{id}.db"));
        session::begin(&session::log(&path)?, &id)?;
        let new = NewToken { person: "Ada", device: &id, scopes: &[Scope::Ship], expires_at: None };
        let token = token::make(admin, TENANT, new)?.ok_or("there is no Ada")?;
        let laptop = Laptop { id, path, endpoint: Endpoint::new(base, token, None)? };
        laptop.ship()?;
        Ok(laptop)
    };
    (0..count).map(laptop).collect()
}

impl Laptop {
    fn ship(&self) -> Outcome<()> {
        let log = Options::new().open(&self.path)?;
        ship(&log, || Ok(Https::at(&self.endpoint)), &mut options(None))?;
        Ok(())
    }

    fn write(&self, events: usize) -> Outcome<()> {
        session::say(&Options::new().open(&self.path)?, &self.id, events)
    }
}

/// Has every laptop at it when its time comes.
fn simulate(load: Load, laptops: &[Laptop]) -> Outcome<Seen> {
    let begun = Instant::now();
    let end = begun + Duration::from_secs_f64(load.minutes * 60.0);
    let every = Duration::from_secs_f64(load.every);
    let first = |number: usize| begun + every.mul_f64(super::fraction(number));
    let due: BinaryHeap<_> = (0..laptops.len()).map(|number| Reverse((first(number), number))).collect();
    let (due, seen) = (Mutex::new(due), Mutex::new(Seen::default()));
    let poisoned = || "a laptop panicked";
    let work = || -> Outcome<()> {
        loop {
            let next = due.lock().map_err(|_| poisoned())?.pop();
            let Some(Reverse((at, number))) = next.filter(|Reverse((at, _))| *at < end) else {
                return Ok(());
            };
            std::thread::sleep(at.saturating_duration_since(Instant::now()));
            let late = millis(at.elapsed());
            let laptop = &laptops[number];
            laptop.write(load.events)?;
            let sent = Instant::now();
            let shipped = laptop.ship();
            let took = millis(sent.elapsed());
            let mut seen = seen.lock().map_err(|_| poisoned())?;
            seen.late.push(late);
            match shipped {
                Ok(()) => seen.shipped.push(took),
                // The next one ships it, too.
                Err(_) => seen.failed += 1,
            }
            drop(seen);
            due.lock().map_err(|_| poisoned())?.push(Reverse((at + every, number)));
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| poisoned())?)
    })?;
    // What a failed shipment left.
    laptops.iter().try_for_each(Laptop::ship)?;
    seen.into_inner().map_err(|_| poisoned().into())
}

/// Waits until the lists have all that was said, and no more; returns how many seconds.
fn wait_for_lists(admin: &mut postgres::Client, said: i64) -> Outcome<f64> {
    let begun = Instant::now();
    loop {
        let sql = "select coalesce(sum(message_count), 0)::bigint from retold.sessions";
        let listed: i64 = admin.query_one(sql, &[])?.get(0);
        match listed.cmp(&said) {
            std::cmp::Ordering::Equal => return Ok(begun.elapsed().as_secs_f64()),
            std::cmp::Ordering::Less if begun.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(50));
            }
            _ => return Err(format!("load: {said} messages were shipped, and {listed} are listed").into()),
        }
    }
}
