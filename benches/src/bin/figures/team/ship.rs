//! What comes in, beside PostgreSQL alone.

use std::time::{Duration, Instant};

use retold_core::{Log, LogId};
use retold_team::receiver::{Answer, Shipment};
use retold_team::ship::{Shipper, ship};

use super::bare::Bare;
use super::link::Link;
use super::server::{Server, attach, options};
use super::taken::shipments;
use super::{LINK, session};
use crate::Outcome;
use crate::bench::Bench;
use crate::figure::{Figure, Target};
use crate::timing::{Pairs, in_turn, median, millis, per_second};

/// Pairs of measurements.
const ROUNDS: usize = 5;
/// Shipments of a round, and events of each.
const BATCHES: usize = 40;
const BATCH: u64 = 1_000;
/// Tiny ones, and events of each.
const TINY: usize = 200;
const FEW: u64 = 10;
const SHIPPERS: usize = 8;
/// Events that come at once after a while.
const NEWS: usize = 1_000;

pub(super) fn measure(bench: &Bench, server: &Server, log: &Log) -> Outcome<Vec<Figure>> {
    let large = shipments(log, bench.scale.of(BATCHES) as u64, BATCH)?;
    let tiny = shipments(log, bench.scale.of(TINY) as u64, FEW)?;
    let rounds = bench.scale.rounds(ROUNDS);
    let mut figures = Vec::new();
    for callers in [1, SHIPPERS] {
        let pairs = beside(server, &large, callers, rounds, Bare::copy)?;
        figures.push(
            Figure::of_pairs(
                format!("ship, {BATCH} events a call, {}", of_callers(callers)),
                "events/s",
                "COPY into the same tables",
                &pairs,
            )
            .target(Target::RatioAtLeast(0.8)),
        );
    }
    let pairs = beside(server, &tiny, SHIPPERS, rounds, Bare::put)?;
    figures.push(
        Figure::of_pairs(
            format!("ship, {FEW} events a call, {SHIPPERS} callers, one team"),
            "events/s",
            "the same inserts, numbered by a sequence",
            &pairs,
        )
        .target(Target::RatioAtLeast(0.3)),
    );
    Ok(figures)
}

fn of_callers(callers: usize) -> String {
    if callers == 1 { "1 caller".to_owned() } else { format!("{callers} callers") }
}

/// Measures both sides in turn: each caller with a connection and a log of its own, in which all shipments go one after another.
fn beside(
    server: &Server,
    shipments: &[Shipment],
    callers: usize,
    rounds: usize,
    bare: fn(&mut Bare, &Shipment) -> Outcome<()>,
) -> Outcome<Pairs> {
    let events: usize = shipments.iter().map(|shipment| shipment.events.len()).sum();
    let number = std::cell::Cell::new(server.logs_of_bare()?);
    let ours = || {
        let mut receivers = Vec::new();
        for _ in 0..callers {
            let mut receiver = server.receiver(server.port())?;
            let log = attach(&mut receiver, LogId::random())?;
            receivers.push((receiver, log));
        }
        timed(receivers, |(receiver, log)| {
            for shipment in shipments {
                match retold_team::Receiver::ship(receiver, *log, shipment)? {
                    Answer::Taken(..) => {}
                    other => return Err(format!("ship: {other:?}").into()),
                }
            }
            Ok(())
        })
        .map(|elapsed| per_second(events * callers, elapsed))
    };
    let theirs = || {
        let mut writers = Vec::new();
        for _ in 0..callers {
            number.set(number.get() + 1);
            writers.push(Bare::of(server.client("ada")?, number.get())?);
        }
        timed(writers, |writer| shipments.iter().try_for_each(|shipment| bare(writer, shipment)))
            .map(|elapsed| per_second(events * callers, elapsed))
    };
    in_turn(rounds, ours, theirs)
}

/// Runs something on each value at the same time; returns how long all of it took.
fn timed<T: Send>(values: Vec<T>, act: impl Fn(&mut T) -> Outcome<()> + Sync) -> Outcome<Duration> {
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let act = &act;
        let threads: Vec<_> =
            values.into_iter().map(|mut value| scope.spawn(move || act(&mut value))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a caller panicked")?)
    })?;
    Ok(begun.elapsed())
}

/// A laptop that has been at work, far away: a thousand events at once, and nothing new.
pub(super) fn far(bench: &Bench, server: &Server) -> Outcome<Vec<Figure>> {
    let folder = bench.scratch()?;
    let log = session::log(&folder.path().join("far.db"))?;
    session::begin(&log, "far")?;
    server.ship(&log, None)?;
    let link = Link::to(server.port(), LINK)?;
    let mut news = Vec::new();
    let mut shipper = Shipper::new(|| server.receiver(link.port));
    shipper.ship(&log, &mut options(None))?;
    let mut shipped = |log: &Log| -> Outcome<(f64, u64)> {
        let _of_before = link.trips();
        let begun = Instant::now();
        shipper.ship(log, &mut options(None))?;
        Ok((millis(begun.elapsed()), link.trips()))
    };
    for _ in 0..bench.scale.rounds(ROUNDS) {
        session::say(&log, "far", bench.scale.of(NEWS))?;
        news.push(shipped(&log)?.0);
    }
    let (_, trips) = shipped(&log)?;
    let begun = Instant::now();
    ship(&log, || server.receiver(link.port), &mut options(None))?;
    let anew = millis(begun.elapsed());
    Ok(vec![
        Figure::new(format!("{NEWS} new events over a link of {} ms", LINK.as_millis()), "ms", median(news))
            .target(Target::AtMost(500.0)),
        Figure::new("ship where nothing is new, connected", "round trips", trips as f64)
            .target(Target::AtMost(1.0)),
        Figure::new(
            format!("the same with a new connection, over a link of {} ms", LINK.as_millis()),
            "ms",
            anew,
        ),
    ])
}
