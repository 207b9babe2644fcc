//! From a commit in one process to a line in another.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use retold_core::event::TaskChanged;
use retold_core::{Commit, Expected, Log, Options, StreamName};

use super::percentile;
use crate::Outcome;
use crate::bench::Bench;
use crate::figure::{Figure, Target};
use crate::timing::millis;

const EVENTS: usize = 200;

pub(super) fn measure(path: &Path, bench: &Bench) -> Outcome<Figure> {
    let log = Options::new().open(path)?;
    let mut child =
        Command::new(std::env::current_exe()?).arg("follow").arg(path).stdout(Stdio::piped()).spawn()?;
    let mut lines = BufReader::new(child.stdout.take().ok_or("follow: no output")?).lines();
    // The first line says that it is ready.
    lines.next().ok_or("follow: it ended")??;
    let mut times = Vec::new();
    for nth in 0..bench.scale.of(EVENTS) {
        let event = TaskChanged { task: format!("door {nth}"), updated_at: None };
        let name = StreamName::session("bench", "long", 1);
        log.append(Commit::to(name, Expected::Any, [event]))?;
        let start = Instant::now();
        lines.next().ok_or("follow: it ended")??;
        times.push(millis(start.elapsed()));
    }
    child.kill()?;
    child.wait()?;
    times.sort_by(f64::total_cmp);
    let figure = Figure::new("from a commit to a line in another process, p99", "ms", percentile(&times, 99));
    Ok(figure.target(Target::AtMost(100.0)))
}

/// The other process: a line for every event, until it is ended.
pub(crate) fn print_lines(store: &Path) -> Outcome<()> {
    let log: Log = Options::new().read_only(true).open(store)?;
    let mut subscription = log.subscribe(log.reader()?.head()?.position);
    let mut out = std::io::stdout().lock();
    writeln!(out, "ready")?;
    out.flush()?;
    loop {
        for event in subscription.next(Duration::from_secs(1))? {
            writeln!(out, "{}", event.position)?;
        }
        out.flush()?;
    }
}
