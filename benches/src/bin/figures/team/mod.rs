//! A team's server: what comes in, what is kept of it, what is asked. Measured where there is a PostgreSQL.

mod answers;
mod bare;
mod link;
pub(crate) mod load;
mod read;
mod server;
mod session;
mod ship;
mod taken;

use std::time::{Duration, Instant};

use retold_core::Options;
use retold_team::work::Worker;
use server::{Server, TENANT};

use crate::Outcome;
use crate::bench::Bench;
use crate::figure::{Figure, Target};
use crate::import::MANY;
use crate::timing::per_second;

/// How far away a server is: there and back.
const LINK: Duration = Duration::from_millis(80);
/// Events of the first shipping.
const FIRST: usize = 1_000_000;

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    if !retold_trial::Postgres::is_here() {
        return Ok(Vec::new());
    }
    let legacy = bench.legacy("many", &bench.scale.shape(MANY))?;
    let log = Options::new().read_only(true).open(&legacy.store)?;
    let until = legacy.events.min(bench.scale.of(FIRST));
    let server = Server::start()?;
    let begun = Instant::now();
    let shipped = server.ship(&log, Some(until as u64))?;
    let mut figures = vec![
        Figure::new(
            format!("first ship of {} events", shipped.events),
            "events/s",
            per_second(until, begun.elapsed()),
        )
        .target(Target::AtLeast(60_000.0)),
    ];
    figures.push(size(&server, &legacy.store, until as f64 / legacy.events as f64)?);
    figures.extend(worked(&server, until)?);
    let begun = Instant::now();
    let verified = retold_team::verify::verify(&mut server.keeper()?, |_| true)?;
    if verified.iter().map(|log| log.head).sum::<u64>() != until as u64 {
        return Err("verify: not all of it".into());
    }
    figures.push(
        Figure::new("verify on the server", "events/s", per_second(until, begun.elapsed()))
            .target(Target::AtLeast(300_000.0)),
    );
    figures.extend(ship::far(bench, &server)?);
    figures.extend(read::pulled(bench, &server)?);
    figures.extend(answers::measure(bench, &server)?);
    figures.extend(read::seen(bench, &server)?);
    figures.extend(ship::measure(bench, &server, &log)?);
    figures.extend(read::list(bench, &server)?);
    Ok(figures)
}

/// Where between two others something is: they do not all act at the same moment.
fn fraction(number: usize) -> f64 {
    (number as f64 * 0.618_033_988_749_895).fract()
}

/// The bytes of what was shipped, of those in the store with its read models.
fn size(server: &Server, store: &std::path::Path, share: f64) -> Outcome<Figure> {
    let of_log = "select sum(pg_total_relation_size(c.oid))::bigint from pg_class c where c.relnamespace = 'retold'::regnamespace
        and c.relkind in ('r', 'm')";
    let mut admin = server.client("postgres")?;
    admin.batch_execute("vacuum")?;
    let bytes: i64 = admin.query_one(of_log, &[])?.get(0);
    let here = std::fs::metadata(store)?.len() as f64 * share;
    Ok(Figure::new("size on the server, before lists", "of the store's", bytes as f64 / here)
        .target(Target::AtMost(2.0)))
}

/// Lists made from what was shipped, and made again beside those that are read.
fn worked(server: &Server, events: usize) -> Outcome<Vec<Figure>> {
    let mut worker = server.worker()?;
    let all = |worker: &mut Worker| -> Outcome<f64> {
        let (begun, mut taken) = (Instant::now(), 0);
        loop {
            let step = worker.step()?;
            taken += step.events;
            if !step.more {
                break;
            }
        }
        match taken >= events as u64 {
            true => Ok(per_second(events, begun.elapsed())),
            false => Err(format!("lists: {taken} events of tenant {TENANT}").into()),
        }
    };
    let first = all(&mut worker)?;
    worker.rebuild()?;
    let again = all(&mut worker)?;
    Ok(vec![
        Figure::new("lists made, in steps that are read at once", "events/s", first),
        Figure::new("lists made again beside those that are read", "events/s", again)
            .target(Target::AtLeast(300_000.0)),
    ])
}
