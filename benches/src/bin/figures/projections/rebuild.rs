//! A projection filled from the whole log.

use std::path::Path;
use std::time::Instant;

use retold_core::Options;
use retold_projections::{Declaration, Filled, Sidecars, Store};

use super::{add_all, bare};
use crate::Outcome;
use crate::bench::Bench;
use crate::figure::{Figure, Target};
use crate::timing::{in_turn, per_second};

const ROUNDS: usize = 3;
pub(super) const DECLARED: &str = include_str!("../../../../sql/projections/sessions_and_messages.sql");

pub(super) fn measure(bench: &Bench, path: &Path, events: usize) -> Outcome<Vec<Figure>> {
    let store = Store::open(path, Options::new())?;
    let sidecars = store.sidecars();
    let declaration = Declaration::read(DECLARED)?;
    sidecars.add(&declaration)?;
    let name = "sessions_and_messages";
    let rival = bench.scratch()?;
    let rounds = bench.scale.rounds(ROUNDS);
    let pairs = in_turn(
        rounds,
        || rebuild(&sidecars, name, events),
        || bare::fill(&store, &rival.path().join("bare.db"), events),
    )?;
    bare::check(&rival.path().join("bare.db"), &store)?;
    let mut figures = vec![
        Figure::of_pairs(
            format!("a sidecar with a row a message, {events} events"),
            "events/s",
            "bare rusqlite at best",
            &pairs,
        )
        .target(Target::RatioAtLeast(0.6)),
    ];
    sidecars.remove(name)?;
    add_all(&store)?;
    for name in ["metrics", "messages_per_day"] {
        let pairs = in_turn(rounds, || rebuild(&sidecars, name, events), || bare::read(&store, events))?;
        let name = format!("the sidecar {name}, {events} events");
        figures.push(Figure::of_pairs(name, "events/s", "reading and decoding alone", &pairs));
    }
    Ok(figures)
}

fn rebuild(sidecars: &Sidecars, name: &str, events: usize) -> Outcome<f64> {
    let start = Instant::now();
    match sidecars.rebuild(name, &|_| true)? {
        Filled::UpTo(head) if head.get() >= events as u64 => Ok(per_second(events, start.elapsed())),
        _ => Err("rebuild: it did not reach the end".into()),
    }
}
