//! The read models anew, beside the same rows put there by hand.

use std::path::Path;
use std::time::Instant;

use retold_core::{Limit, Options, Position, Recorded};
use retold_projections::Store;

use crate::Outcome;
use crate::bare::{Tables, at_best, row_by_row};
use crate::bench::{Bench, Legacy};
use crate::figure::{Figure, Target};
use crate::import::MANY;
use crate::timing::Pairs;

const ROUNDS: usize = 3;

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let legacy = bench.legacy("many", &bench.scale.shape(MANY))?;
    let (events, tables) = {
        let store = legacy.open()?;
        (events(&store)?, Tables::read(store.log().reader()?.connection())?)
    };
    let (mut ours, mut best, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.scale.rounds(ROUNDS) {
        ours.push(on_a_copy(bench, &legacy, rebuild)?);
        best.push(on_a_copy(bench, &legacy, |store| at_best(store, &tables))?);
        rows.push(on_a_copy(bench, &legacy, |store| row_by_row(store, &tables, &events))?);
    }
    let rate = |seconds: f64| events.len() as f64 / seconds;
    let name = format!("rebuild of {} events", events.len());
    let beside = |rival: &str, theirs: Vec<f64>| {
        let pairs = Pairs::new(ours.iter().copied().map(rate), theirs.into_iter().map(rate));
        Figure::of_pairs(name.as_str(), "events/s", rival, &pairs)
    };
    Ok(vec![
        beside("bare rusqlite, final rows at best", best).target(Target::RatioAtLeast(0.5)),
        beside("bare rusqlite, row by row", rows),
    ])
}

/// Every side begins with the same file, so that none finds pages that another has freed.
fn on_a_copy(bench: &Bench, legacy: &Legacy, fill: impl FnOnce(&Path) -> Outcome<f64>) -> Outcome<f64> {
    let scratch = bench.scratch()?;
    let (_, store) = legacy.copy_to(scratch.path())?;
    fill(&store)
}

/// Returns the seconds that it takes.
fn rebuild(path: &Path) -> Outcome<f64> {
    let store = Store::open(path, Options::new())?;
    let head = store.log().reader()?.head()?.position;
    let start = Instant::now();
    let reached = store.rebuild(|_| true)?;
    let seconds = start.elapsed().as_secs_f64();
    if reached == Some(head) { Ok(seconds) } else { Err("rebuild: it did not reach the end".into()) }
}

/// Returns every event, decoded.
fn events(store: &Store) -> Outcome<Vec<Recorded>> {
    let (mut events, mut after): (Vec<Recorded>, _) = (Vec::new(), Position::ZERO);
    loop {
        let page = store.log().reader()?.events_after(after, Limit::default())?;
        let Some(last) = page.events.last() else { return Ok(events) };
        after = last.position;
        events.extend(page.events);
    }
}
