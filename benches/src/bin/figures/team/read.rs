//! What is asked of a server, and how soon it is there.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering as Atomic};
use std::time::{Duration, Instant};

use retold_projections::{Order, SessionFilter};
use retold_team::pull::{Place, PullError, pull};
use retold_team::read;
use retold_team::receiver::Contents as _;
use retold_team::ship::Shipper;

use super::link::Link;
use super::server::{Server, options};
use super::{LINK, session};
use crate::Outcome;
use crate::bench::Bench;
use crate::figure::{Figure, Target};
use crate::timing::{median, millis, percentile, times_ms};

const ASKED: usize = 300;
const PAGE: u32 = 100;
const SESSIONS: usize = 1_000_000;
const LAPTOPS: usize = 50;
/// What each of them says, and how long it waits in between at most.
const SAID: usize = 12;
const PAUSE: Duration = Duration::from_millis(1_500);
/// How often `retold ship --follow` and `retold team work` look whether something came.
const FOLLOWS: Duration = Duration::from_millis(500);
const WORKS: Duration = Duration::from_millis(50);
/// How often the list is looked at, and how long nothing takes.
const LOOKS: Duration = Duration::from_millis(10);
const PATIENCE: Duration = Duration::from_secs(60);
/// The session that is pulled.
pub(super) const LONG: &str = "the-long-one";
pub(super) const EVENTS: usize = 10_000;
const ROUNDS: usize = 3;

pub(super) fn list(bench: &Bench, server: &Server) -> Outcome<Vec<Figure>> {
    let sessions = bench.scale.of(SESSIONS);
    let mut admin = server.client("postgres")?;
    admin.batch_execute(
        &include_str!("../../../../sql/team/many_sessions.sql").replace("$1", &sessions.to_string()),
    )?;
    let mut client = server.client("ada")?;
    let mut filter = SessionFilter::new();
    (filter.order, filter.limit) = (Order::Moved, Some(PAGE));
    let times = times_ms(bench.scale.of(ASKED), |_| {
        let mut transaction = read::begin(&mut client)?;
        let rows = retold_team::read::Lists::page(&mut transaction, &filter, false)?.sessions;
        if rows.is_empty() { Err("list: it is empty".into()) } else { Ok(()) }
    })?;
    Ok(vec![
        Figure::new(format!("{PAGE} sessions of {sessions}, ten teams, p50"), "ms", median(times.clone())),
        Figure::new(format!("{PAGE} sessions of {sessions}, ten teams, p99"), "ms", percentile(&times, 99))
            .target(Target::AtMost(2.0)),
    ])
}

/// From a commit on a laptop until it is in the team's list.
pub(super) fn seen(bench: &Bench, server: &Server) -> Outcome<Vec<Figure>> {
    let folder = bench.scratch()?;
    let laptops = bench.scale.of(LAPTOPS).max(2);
    let is_over = AtomicBool::new(false);
    let times = std::thread::scope(|scope| -> Outcome<Vec<f64>> {
        let working = scope.spawn(|| -> Outcome<()> {
            let mut worker = server.worker()?;
            while !is_over.load(Atomic::Relaxed) {
                if !worker.step()?.more {
                    std::thread::sleep(WORKS);
                }
            }
            Ok(())
        });
        let (tells, told) = std::sync::mpsc::channel::<(String, i64, Instant)>();
        let laptops: Vec<_> = (0..laptops)
            .map(|number| {
                let (path, tells) = (folder.path().join(format!("{number}.db")), tells.clone());
                scope.spawn(move || laptop(server, &path, number, &tells))
            })
            .collect();
        drop(tells);
        let times = watch(server, &told);
        is_over.store(true, Atomic::Relaxed);
        for laptop in laptops {
            laptop.join().map_err(|_| "a laptop panicked")??;
        }
        working.join().map_err(|_| "the worker panicked")??;
        times
    })?;
    Ok(vec![
        Figure::new(
            format!("commit on one of {laptops} laptops until the team's list has it, p50"),
            "ms",
            median(times.clone()),
        ),
        Figure::new(
            format!("commit on one of {laptops} laptops until the team's list has it, p99"),
            "ms",
            percentile(&times, 99),
        )
        .target(Target::AtMost(2_000.0)),
    ])
}

/// Says something now and then, and follows its own log as `retold ship --follow` does.
fn laptop(
    server: &Server,
    path: &Path,
    number: usize,
    tells: &std::sync::mpsc::Sender<(String, i64, Instant)>,
) -> Outcome<()> {
    let id = format!("laptop-{number}");
    let log = session::log(path)?;
    session::begin(&log, &id)?;
    let mut shipper = Shipper::new(|| server.receiver(server.port()));
    let mut next = Instant::now() + PAUSE.mul_f64(super::fraction(number));
    let (mut said, mut shipped) = (0, 0);
    while shipped < SAID {
        if said < SAID && Instant::now() >= next {
            session::say(&log, &id, 1)?;
            said += 1;
            tells.send((id.clone(), i64::try_from(said)?, Instant::now()))?;
            next += PAUSE;
        }
        if said > shipped {
            shipper.ship(&log, &mut options(None))?;
            shipped = said;
        }
        std::thread::sleep(FOLLOWS);
    }
    Ok(())
}

/// Looks at the list until all that was said is in it; returns how long each took.
fn watch(server: &Server, told: &std::sync::mpsc::Receiver<(String, i64, Instant)>) -> Outcome<Vec<f64>> {
    use std::sync::mpsc::TryRecvError;
    let mut client = server.client("ada")?;
    let statement =
        client.prepare("select id, message_count from retold_read.sessions where id like 'laptop-%'")?;
    let (mut waits, mut times, mut is_over) = (Vec::new(), Vec::new(), false);
    let begun = Instant::now();
    while !is_over || !waits.is_empty() {
        loop {
            match told.try_recv() {
                Ok(said) => waits.push(said),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    is_over = true;
                    break;
                }
            }
        }
        let rows = client.query(&statement, &[])?;
        let counts: HashMap<String, i64> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let now = Instant::now();
        waits.retain(|(id, count, at)| {
            let is_there = counts.get(id).is_some_and(|listed| listed >= count);
            if is_there {
                times.push(millis(now - *at));
            }
            !is_there
        });
        if begun.elapsed() > PATIENCE * 2 {
            return Err(format!("seen: {} of what was said did not come", waits.len()).into());
        }
        std::thread::sleep(LOOKS);
    }
    Ok(times)
}

/// A long session, taken from far away.
pub(super) fn pulled(bench: &Bench, server: &Server) -> Outcome<Vec<Figure>> {
    let folder = bench.scratch()?;
    let log = session::log(&folder.path().join("long.db"))?;
    session::begin(&log, LONG)?;
    session::say(&log, LONG, bench.scale.of(EVENTS))?;
    server.ship(&log, None)?;
    let link = Link::to(server.port(), LINK)?;
    let (mut times, mut trips) = (Vec::new(), 0);
    for round in 0..bench.scale.rounds(ROUNDS) {
        let to = folder.path().join(format!("part-{round}"));
        std::fs::create_dir_all(&to)?;
        let mut receiver = server.receiver(link.port)?;
        let _of_connecting = link.trips();
        let begun = Instant::now();
        let session = receiver.sessions(LONG)?.into_iter().next().ok_or("the session is not there")?;
        let place =
            Place { folder: &to, source: "a bench", read_models: |_: &Path| Ok(()), progress: |_| true };
        let pulled = pull::<PullError>(&mut receiver, session.log, &[session], place)?;
        times.push(millis(begun.elapsed()));
        trips = link.trips();
        if pulled.new_events() != bench.scale.of(EVENTS) as u64 + 1 {
            return Err(format!("pull: {} events", pulled.new_events()).into());
        }
    }
    Ok(vec![
        Figure::new(
            format!("pull of a session of {EVENTS} events over a link of {} ms, connected", LINK.as_millis()),
            "ms",
            median(times),
        )
        .target(Target::AtMost(1_000.0)),
        Figure::new("round trips of it", "round trips", trips as f64),
    ])
}
