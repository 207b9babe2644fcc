//! Any moment of a session of a hundred thousand events, in a store of a million.

mod follow;
mod history;

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use retold_core::{Options, Position};
use retold_travel::{Authors, Bisected, Key, List, Path as Place, SessionQuery, Timeline, bisect, diff};

use crate::Outcome;
use crate::bench::{Bench, program};
use crate::figure::{Figure, Target};
use crate::timing::millis;

pub(crate) use follow::print_lines;

const LOOKS: usize = 1000;
const DIFFS: usize = 200;
const STARTS: usize = 40;
const FIRST_LOOKS: usize = 40;

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let folder = bench.scratch()?;
    let path = folder.path().join("sessions.db");
    let stream = history::write(&path, bench.scale)?;
    let log = Options::new().open(&path)?;
    let head = log.reader()?.head()?.position;
    // Whoever looks for the first time makes the keyframes.
    let start = Instant::now();
    Timeline::of(&log, stream)?.at(head)?;
    let first = millis(start.elapsed());

    let mut figures = Vec::new();
    let name =
        format!("the first state of a session of {} events, no keyframe", history::events(bench.scale));
    figures.push(Figure::new(name, "ms", first));
    let mut timeline = Timeline::of(&log, stream)?;
    let states = times(bench.scale.of(LOOKS), |nth| timeline.at(somewhere(nth, head)).map(drop))?;
    figures.push(
        Figure::new("state at any position, p50", "ms", percentile(&states, 50)).target(Target::AtMost(5.0)),
    );
    figures.push(
        Figure::new("state at any position, p99", "ms", percentile(&states, 99)).target(Target::AtMost(25.0)),
    );
    let cold = times(bench.scale.of(FIRST_LOOKS), |nth| {
        Timeline::of(&log, stream)?.at(somewhere(nth, head)).map(drop)
    })?;
    figures.push(
        Figure::new("the same, nothing held in memory, p50", "ms", percentile(&cold, 50))
            .note("each time with a timeline of its own: keyframes are read from their file"),
    );
    let diffs = times(bench.scale.of(DIFFS), |nth| {
        let old = timeline.at(somewhere(2 * nth, head))?.state;
        let new = timeline.at(somewhere(2 * nth + 1, head))?.state;
        diff(old.as_ref(), new.as_ref(), timeline.reader().connection()).map(drop)
    })?;
    figures.push(
        Figure::new("diff of any two points, p99", "ms", percentile(&diffs, 99)).target(Target::AtMost(80.0)),
    );
    let blames = times(bench.scale.of(LOOKS), |nth| {
        let state = timeline.at(somewhere(nth, head))?.state;
        let place = Place::Field(List::Messages, 7, Key::Known(retold_core::field::message::content));
        let writer = state.and_then(|state| state.writer(&place));
        writer.map_or(Ok(()), |writer| Authors::default().get(timeline.reader(), writer).map(drop))
    })?;
    figures.push(
        Figure::new("blame of a path, p99", "ms", percentile(&blames, 99)).target(Target::AtMost(10.0)),
    );
    figures.extend(bisected(bench)?);
    figures.extend(started(&path, bench)?);
    figures.push(follow::measure(&path, bench)?);
    Ok(figures)
}

/// Over a session that has all the events of its store: a predicate over its own keys, and one over its messages.
fn bisected(bench: &Bench) -> Outcome<[Figure; 2]> {
    let folder = bench.scratch()?;
    let path = folder.path().join("sessions.db");
    let stream = history::write_one(&path, bench.scale)?;
    let log = Options::new().open(&path)?;
    let head = log.reader()?.head()?.position;
    let mut timeline = Timeline::of(&log, stream)?;
    let events = timeline.revision_at(head)?.get();
    let mut ask = |predicate: &str| -> Outcome<f64> {
        let start = Instant::now();
        let mut probe = SessionQuery::new(&log, predicate, Arc::default())?;
        let found: Bisected = bisect(&mut timeline, &mut probe, Position::ZERO, head, |_| true)?;
        let elapsed = millis(start.elapsed());
        if found.count == 0 { Err(format!("bisect: {predicate} never flips").into()) } else { Ok(elapsed) }
    };
    let own = ask("status = 'running'")?;
    let counted = ask("message_count > 0")?;
    let name = |what: &str| format!("bisect over {events} events of a session, every flip, {what}");
    Ok([
        Figure::new(name("its status"), "ms", own).target(Target::AtMost(1000.0)),
        Figure::new(name("its messages"), "ms", counted).note("every body is decoded and folded"),
    ])
}

/// `retold log -n 20`, from nothing.
fn started(path: &Path, bench: &Bench) -> Outcome<Option<Figure>> {
    let Some(program) = program()? else { return Ok(None) };
    let starts = times(bench.scale.of(STARTS), |_| {
        let status = Command::new(&program)
            .args(["log", "-n", "20", "--store"])
            .arg(path)
            .stdout(Stdio::null())
            .status()
            .map_err(|source| retold_core::Error::Io { act: "run", path: program.clone(), source })?;
        if status.success() { Ok(()) } else { Err(retold_travel::Error::Stopped) }
    })?;
    let figure = Figure::new("`retold log -n 20` from a cold start, p50", "ms", percentile(&starts, 50));
    Ok(Some(figure.target(Target::AtMost(40.0))))
}

/// Positions all over the log, the same in every run.
fn somewhere(nth: usize, head: Position) -> Position {
    let far = (nth as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) % head.get();
    Position::ZERO.plus(far + 1)
}

fn times(count: usize, mut act: impl FnMut(usize) -> Result<(), retold_travel::Error>) -> Outcome<Vec<f64>> {
    let mut times = Vec::with_capacity(count);
    for nth in 0..count {
        let start = Instant::now();
        act(nth)?;
        times.push(millis(start.elapsed()));
    }
    times.sort_by(f64::total_cmp);
    Ok(times)
}

/// Of sorted times.
pub(super) fn percentile(times: &[f64], percent: usize) -> f64 {
    times.get(times.len() * percent / 100).or(times.last()).copied().unwrap_or(f64::NAN)
}
