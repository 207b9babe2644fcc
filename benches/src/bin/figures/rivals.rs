//! Other embeddable event stores, on their work.
//!
//! They link another SQLite, so they are a program of their own: `benches/rivals`.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use retold_core::{Commit, Expected, Limit, Log, Position, Revision, StreamName};
use retold_projections::Store;
use serde::Deserialize;

use crate::Outcome;
use crate::append::work;
use crate::bare::Kept;
use crate::batch::{self, EVENTS};
use crate::bench::{Bench, Scale};
use crate::figure::{Figure, Target};
use crate::timing::{Pairs, median, per_second};

const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/rivals/Cargo.toml");
const ROUNDS: usize = 3;
/// The work as `benches/rivals` does it.
const APPENDS: usize = 1_000;
const BATCHES: usize = 200;
const LOADS: usize = 500;
const CONTENT_BYTES: usize = 200;

/// What the program prints.
#[derive(Debug, Deserialize)]
struct Printed {
    rivals: Vec<Rival>,
}

#[derive(Clone, Debug, Deserialize)]
struct Rival {
    name: String,
    append_per_s: f64,
    batch100_events_per_s: f64,
    load100_us_p50: f64,
    rebuild_events_per_s: f64,
}

/// One side's figures: appends, events in batches, loads in milliseconds, events rebuilt.
type Four = [f64; 4];

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let (mut alone, mut inline, mut rivals) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.scale.rounds(ROUNDS) {
        alone.push(ours(bench, Kept::Events)?);
        inline.push(ours(bench, Kept::Models)?);
        match run(bench) {
            Ok(printed) => rivals.push(printed.rivals),
            Err(error) => {
                let note = format!("the other event stores could not be measured: {error}");
                return Ok(figures(&alone, &inline, None).into_iter().map(|of| of.note(&note)).collect());
            }
        }
    }
    let names: Vec<String> = rivals.iter().flatten().map(|rival| rival.name.clone()).collect();
    let count = rivals.first().map_or(0, Vec::len);
    let beside = |at: usize| {
        let rounds: Vec<Four> = rivals.iter().filter_map(|round| round.get(at)).map(Rival::four).collect();
        figures(&alone, &inline, Some((&names[at], &rounds)))
    };
    Ok((0..count).flat_map(beside).collect())
}

fn figures(alone: &[Four], inline: &[Four], rival: Option<(&str, &[Four])>) -> Vec<Figure> {
    const WORK: [(&str, &str); 4] = [
        ("append, one caller", "commits/s"),
        ("commits of 100 events", "events/s"),
        ("load a stream of 100 events, p50", "ms"),
        ("rebuild", "events/s"),
    ];
    let mid = |rounds: &[Four], at: usize| median(rounds.iter().map(|four| four[at]).collect());
    let mut figures = Vec::new();
    for (at, (name, unit)) in WORK.into_iter().enumerate() {
        // A count is what the others rebuild.
        let (own, models) =
            if at == 3 { (" of a count", " of all read models") } else { ("", ", with read models") };
        let (own, models) = (format!("{name}{own}"), format!("{name}{models}"));
        let Some((rival, rounds)) = rival else {
            figures.push(Figure::new(own, unit, mid(alone, at)));
            figures.push(Figure::new(models, unit, mid(inline, at)));
            continue;
        };
        let beside = |name: String, ours: &[Four]| {
            let nth = |rounds: &[Four]| rounds.iter().map(|four| four[at]).collect::<Vec<_>>();
            let pairs = Pairs::new(nth(ours), nth(rounds));
            match unit {
                "ms" => Figure::of_pairs_less(name, unit, rival, &pairs),
                _ => Figure::of_pairs(name, unit, rival, &pairs),
            }
        };
        figures.extend([beside(own, alone).target(Target::RatioAtLeast(1.0)), beside(models, inline)]);
    }
    figures
}

fn run(bench: &Bench) -> Outcome<Printed> {
    let folder = bench.scratch()?;
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["run", "--release", "--quiet", "--manifest-path", MANIFEST, "--", "--dir"]);
    command.arg(folder.path());
    if bench.scale != Scale::FULL {
        command.arg("--quick");
    }
    let ran = command.output()?;
    if !ran.status.success() {
        let said = String::from_utf8_lossy(&ran.stderr);
        return Err(said.lines().next().unwrap_or("it said nothing").into());
    }
    Ok(serde_json::from_slice(&ran.stdout)?)
}

fn ours(bench: &Bench, kept: Kept) -> Outcome<Four> {
    let folder = bench.scratch()?;
    let appends = bench.scale.of(APPENDS);
    let batches = batch::batches(bench.scale.of(BATCHES), CONTENT_BYTES)?;
    let four = batch::on_a_new_store(folder.path(), kept, |log| {
        let appended = append(log, appends)?;
        let batched = batch::append(log, &batches)?;
        let loaded = batch::load(log, &batches, bench.scale.of(LOADS))?;
        Ok([appended, batched, loaded, count(log)?])
    })?;
    let [appended, batched, loaded, counted] = four;
    match kept {
        Kept::Events => Ok([appended, batched, loaded, counted]),
        Kept::Models => Ok([appended, batched, loaded, rebuild(folder.path())?]),
    }
}

fn append(log: &Log, appends: usize) -> Outcome<f64> {
    let name = |nth: usize| StreamName::session("atlas", format!("single-{}", nth / EVENTS), 1);
    let mut events = Vec::with_capacity(appends);
    for nth in 0..appends {
        events.push(match nth % EVENTS {
            0 => work::beginning(&name(nth))?.swap_remove(0),
            _ => work::message(nth, CONTENT_BYTES).into(),
        });
    }
    let start = Instant::now();
    for (nth, event) in events.into_iter().enumerate() {
        let revision = Revision::new((nth % EVENTS) as u64).ok_or("append: no such revision")?;
        log.append(Commit::to(name(nth), Expected::At(revision), [event]))?;
    }
    Ok(per_second(appends, start.elapsed()))
}

/// Reads and decodes every event, and returns how many a second.
fn count(log: &Log) -> Outcome<f64> {
    let expected = log.reader()?.head()?.position.get();
    let start = Instant::now();
    let (mut found, mut after) = (0, Position::ZERO);
    let mut reader = log.reader()?;
    loop {
        let page = reader.events_after(after, Limit::default())?;
        let Some(last) = page.events.last() else { break };
        after = last.position;
        found += page.events.iter().filter(|recorded| recorded.event.is_some()).count();
    }
    let rate = per_second(found, start.elapsed());
    if found as u64 == expected {
        Ok(rate)
    } else {
        Err(format!("count: expected {expected}, found {found}").into())
    }
}

fn rebuild(folder: &Path) -> Outcome<f64> {
    let store = Store::open(folder.join("sessions.db"), retold_core::Options::new())?;
    let head = store.log().reader()?.head()?.position.get();
    let start = Instant::now();
    store.rebuild(|_| true)?;
    Ok(per_second(usize::try_from(head)?, start.elapsed()))
}

impl Rival {
    fn four(&self) -> Four {
        [self.append_per_s, self.batch100_events_per_s, self.load100_us_p50 / 1e3, self.rebuild_events_per_s]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_rivals_print_is_understood() {
        let text = r#"{"rivals": [{"name": "evento", "version": "1.8.0", "append_per_s": 1384,
            "batch100_events_per_s": 48700, "load100_us_p50": 1400, "rebuild_events_per_s": 29000, "note": ""}]}"#;
        let printed: Printed = serde_json::from_str(text).unwrap();
        let rounds = [printed.rivals[0].four()];
        let figures = figures(&rounds, &rounds, Some(("evento", &rounds)));
        assert_eq!(figures.len(), 8);
        assert!(figures.iter().all(|figure| figure.ratio == Some(1.0) && figure.met != Some(false)));
    }
}
