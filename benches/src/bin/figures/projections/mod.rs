//! Projections with files of their own: filled anew, kept up to date, searched, and as they stood before.

mod bare;
mod follow;
mod history;
mod past;
mod rebuild;
mod search;

use retold_projections::{Declaration, Filled, Sidecars, Store};

use crate::Outcome;
use crate::bench::Bench;
use crate::figure::Figure;
use history::{EVENTS, MESSAGES};

/// Those that a store's owner would have: both that come along, and the examples.
const EXAMPLES: [&str; 5] = [
    include_str!("../../../../../examples/projections/agent_win_rate.sql"),
    include_str!("../../../../../examples/projections/longest_sessions.sql"),
    include_str!("../../../../../examples/projections/messages_per_day.sql"),
    include_str!("../../../../../examples/projections/output_per_runtime.sql"),
    include_str!("../../../../../examples/projections/time_in_status.sql"),
];
const BUILT_IN: [&str; 2] = ["search", "metrics"];

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let folder = bench.scratch()?;
    let store = folder.path().join("sessions.db");
    let (events, _) = history::write(&store, EVENTS, bench.scale)?;
    let mut figures = rebuild::measure(bench, &store, events)?;
    figures.extend(past::measure(bench, &store)?);
    figures.extend(follow::measure(bench, &store)?);
    Ok(figures)
}

/// Measures the full text over a million messages.
pub(crate) fn measure_search(bench: &Bench) -> Outcome<Vec<Figure>> {
    let folder = bench.scratch()?;
    let store = folder.path().join("sessions.db");
    let (_, messages) = history::write(&store, MESSAGES, bench.scale)?;
    search::measure(bench, &store, messages)
}

/// Adds every projection, and fills it.
fn add_all(store: &Store) -> Outcome<Sidecars> {
    let sidecars = store.sidecars();
    for name in BUILT_IN {
        sidecars.add_built_in(name)?;
    }
    for text in EXAMPLES {
        sidecars.add(&Declaration::read(text)?)?;
    }
    for name in sidecars.names()? {
        fill(&sidecars, &name)?;
    }
    Ok(sidecars)
}

/// Brings a projection to the end of the log.
fn fill(sidecars: &Sidecars, name: &str) -> Outcome<()> {
    match sidecars.catch_up(name, &|_| true)? {
        Filled::UpTo(_) => Ok(()),
        Filled::Interrupted => Err(format!("projections: {name} did not reach the end").into()),
    }
}
