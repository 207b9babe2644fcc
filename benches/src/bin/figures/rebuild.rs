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
    let (mut ours, mut whole) = (Vec::new(), Vec::new());
    let (mut best, mut rows) = (Vec::new(), Vec::new());
    for _ in 0..bench.scale.rounds(ROUNDS) {
        let (seen, all) = on_a_copy(bench, &legacy, rebuild)?;
        ours.push(seen);
        whole.push(all);
        best.push(on_a_copy(bench, &legacy, |store| at_best(store, &tables))?);
        rows.push(on_a_copy(bench, &legacy, |store| row_by_row(store, &tables, &events))?);
    }
    let rate = |seconds: f64| events.len() as f64 / seconds;
    let name = format!("rebuild of {} events", events.len());
    let beside = |name: String, ours: &[f64], rival: &str, theirs: &[f64]| {
        let pairs = Pairs::new(ours.iter().copied().map(rate), theirs.iter().copied().map(rate));
        Figure::of_pairs(name, "events/s", rival, &pairs)
    };
    let (seen, gone) =
        (format!("{name}, until readers see it"), format!("{name}, until the old rows are gone"));
    let best_is = "bare rusqlite, final rows at best";
    Ok(vec![
        beside(seen.clone(), &ours, best_is, &best)
            .target(Target::RatioAtLeast(0.5))
            .note("the other side is charged for dropping its old tables, as ours is in the next row"),
        beside(gone, &whole, best_is, &best),
        beside(seen, &ours, "bare rusqlite, row by row", &rows),
    ])
}

/// Every side begins with the same file, so that none finds pages that another has freed.
fn on_a_copy<T>(bench: &Bench, legacy: &Legacy, fill: impl FnOnce(&Path) -> Outcome<T>) -> Outcome<T> {
    let scratch = bench.scratch()?;
    let (_, store) = legacy.copy_to(scratch.path())?;
    fill(&store)
}

/// Returns the seconds until readers see the new rows, and until the old ones are gone.
fn rebuild(path: &Path) -> Outcome<(f64, f64)> {
    let store = Store::open(path, Options::new())?;
    let head = store.log().reader()?.head()?.position;
    let start = Instant::now();
    let mut seen = 0.0;
    let reached = store.rebuild_and(|_| true, |_| seen = start.elapsed().as_secs_f64())?;
    let seconds = (seen, start.elapsed().as_secs_f64());
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
