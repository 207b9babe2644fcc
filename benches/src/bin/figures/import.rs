//! A legacy folder into a new store.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use retold_benches::generate::Shape;
use serde::{Deserialize, Serialize};

use crate::bench::{self, Bench, Legacy};
use crate::figure::{Figure, Target};
use crate::timing::median;
use crate::{Outcome, machine};

const ROUNDS: usize = 3;
/// 160 MB of JSON.
pub(crate) const MANY: Shape = Shape { sessions: 10_000, workspaces: 3, ..Shape::KIB_16 };
/// As much with long outputs.
const LONG: Shape = Shape { sessions: 500, output_bytes: 100_000, workspaces: 3, ..Shape::KIB_16 };

/// What the importing process says of itself.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Imported {
    seconds: f64,
    memory_peak_bytes: u64,
    sessions: u64,
    events: u64,
}

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let many = bench.legacy("many", &bench.scale.shape(MANY))?;
    let long = bench.legacy("long", &bench.scale.shape(LONG))?;
    let folder = bench.scratch()?;
    let (mut seconds, mut peak) = (Vec::new(), 0);
    for round in 0..bench.scale.rounds(ROUNDS) {
        let imported = in_its_own_process(&many, &folder.path().join(format!("{round}.db")))?;
        seconds.push(imported.seconds);
        peak = peak.max(imported.memory_peak_bytes);
    }
    let size = megabytes(many.json_bytes());
    Ok(vec![
        Figure::new(format!("import of {size:.0} MB with read models"), "MB/s", size / median(seconds))
            .target(Target::AtLeast(45.0)),
        Figure::new("memory of the importing process at its peak", "MiB", peak as f64 / 1_048_576.0)
            .target(Target::AtMost(128.0)),
        size_ratio(&many, "outputs of 2 KB", 0.8)?,
        size_ratio(&long, "outputs of 100 KB", 0.4)?,
    ])
}

fn size_ratio(legacy: &Legacy, what: &str, most: f64) -> Outcome<Figure> {
    let ratio = legacy.store_bytes()? as f64 / legacy.json_bytes() as f64;
    Ok(Figure::new(format!("size of the store, {what}"), "of the JSON", ratio).target(Target::AtMost(most)))
}

fn in_its_own_process(legacy: &Legacy, store: &Path) -> Outcome<Imported> {
    let ran = Command::new(std::env::current_exe()?).arg("import").args([&legacy.dir, store]).output()?;
    if !ran.status.success() {
        return Err(String::from_utf8_lossy(&ran.stderr).into());
    }
    let imported: Imported = serde_json::from_slice(&ran.stdout)?;
    if (imported.sessions, imported.events) != (legacy.sessions as u64, legacy.events as u64) {
        return Err(format!("import: expected {} sessions, found {imported:?}", legacy.sessions).into());
    }
    Ok(imported)
}

/// Imports, closes the store, and looks back.
pub(crate) fn in_this_process(from: &Path, store: &Path) -> Outcome<Imported> {
    let start = Instant::now();
    let report = bench::import(from, store)?;
    let seconds = start.elapsed().as_secs_f64();
    Ok(Imported {
        seconds,
        memory_peak_bytes: machine::memory_peak_bytes().unwrap_or(0),
        sessions: report.sessions.imported,
        events: report.events_appended,
    })
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
