//! Projections that follow a program that writes: how far they are behind, and what it costs the program.

use std::cell::Cell;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use retold_core::{Commit, Expected, Options, Position};
use retold_projections::{Following, Store};
use rusqlite::{Connection, OpenFlags, Statement};

use super::history::{EVENTS, Teller};
use super::{BUILT_IN, EXAMPLES, add_all, fill};
use crate::bench::Bench;
use crate::figure::{Figure, Target};
use crate::timing::{in_turn, millis, per_second, percentile};
use crate::{Failure, Outcome};

/// Commits a second of one event each, for so many seconds.
const RATE: usize = 1_000;
const SECONDS: usize = 10;
/// Commits of a round where nobody holds the program back, and rounds.
const COMMITS: usize = 4_000;
const ROUNDS: usize = 9;
/// Sessions that are written to.
const SESSIONS: usize = 1_000;
/// How often the checkpoints are looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(2);
/// How long the last commits may take.
const ENOUGH: Duration = Duration::from_secs(2);

pub(super) fn measure(bench: &Bench, path: &Path) -> Outcome<Vec<Figure>> {
    let store = Store::open(path, Options::new())?;
    let sidecars = add_all(&store)?;
    let program = Program {
        teller: Teller::new(EVENTS, bench.scale)?,
        sessions: bench.scale.of(SESSIONS),
        store: &store,
        next: Cell::new(0),
    };
    let lags = lags(bench, &program)?;
    let commits = bench.scale.of(COMMITS);
    let pairs = in_turn(
        bench.scale.rounds(ROUNDS),
        || following(&store, || program.rate(commits)),
        || {
            let rate = program.rate(commits)?;
            // The next round begins where the projections hold everything.
            sidecars.names()?.iter().try_for_each(|name| fill(&sidecars, name))?;
            Ok(rate)
        },
    )?;
    let lag = |what, percent| {
        let name =
            format!("from a commit to {} sidecars, {RATE} events/s, {what}", EXAMPLES.len() + BUILT_IN.len());
        Figure::new(name, "ms", percentile(&lags, percent))
    };
    Ok(vec![
        lag("p50", 50),
        lag("p99", 99).target(Target::AtMost(100.0)),
        Figure::of_pairs(
            "durable append, 1 caller, all of them following",
            "commits/s",
            "none following",
            &pairs,
        )
        .target(Target::RatioAtLeast(0.95)),
    ])
}

/// A program that writes messages to one session after the other.
struct Program<'s> {
    teller: Teller,
    sessions: usize,
    store: &'s Store,
    next: Cell<usize>,
}

impl Program<'_> {
    /// Commits one message, and returns its position.
    fn write(&self) -> Outcome<Position> {
        let nth = self.next.replace(self.next.get() + 1);
        let event = self.teller.message(nth, nth)?;
        let appended =
            self.store.log().append(Commit::to(Teller::name(nth % self.sessions), Expected::Any, [event]))?;
        Ok(appended.last)
    }

    fn rate(&self, commits: usize) -> Outcome<f64> {
        let start = Instant::now();
        (0..commits).try_for_each(|_| self.write().map(drop))?;
        Ok(per_second(commits, start.elapsed()))
    }
}

/// Lets all projections be followed on a thread while `act` goes on.
fn following<T>(store: &Store, act: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    let (sidecars, is_over) = (store.sidecars(), AtomicBool::new(false));
    let (sender, caught_up) = crossbeam_channel::unbounded();
    std::thread::scope(|scope| {
        let follower = scope.spawn(|| {
            let stop = || is_over.load(Ordering::Relaxed);
            sidecars.follow(&stop, &mut |news| match news {
                Following::CaughtUp { .. } => drop(sender.send(Ok(()))),
                news => drop(sender.send(Err(format!("follow: {news:?}")))),
            })
        });
        let ready = sidecars.names()?.iter().try_for_each(|_| caught_up.recv()?.map_err(Failure::from));
        let acted = ready.and_then(|()| act());
        is_over.store(true, Ordering::Relaxed);
        follower.join().map_err(|_| Failure::from("follow: it panicked"))??;
        acted
    })
}

/// Returns the time from each commit to the moment when every projection holds it, in milliseconds.
fn lags(bench: &Bench, program: &Program<'_>) -> Outcome<Vec<f64>> {
    let files: Vec<Connection> = program
        .store
        .sidecars()
        .status(0)?
        .iter()
        // The read models have no file: their rows are in the store.
        .filter_map(|status| status.path.as_deref())
        .map(|path| Ok(look(path)?))
        .collect::<Outcome<_>>()?;
    let (commits, is_over) = (bench.scale.of(RATE * SECONDS), AtomicBool::new(false));
    following(program.store, || {
        std::thread::scope(|scope| {
            let watcher = scope.spawn(|| watch(files, &is_over));
            let (start, mut written) = (Instant::now(), Vec::with_capacity(commits));
            for nth in 0..commits {
                let due = start + Duration::from_secs(1) * u32::try_from(nth)? / u32::try_from(RATE)?;
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                written.push((program.write()?, Instant::now()));
            }
            std::thread::sleep(ENOUGH);
            is_over.store(true, Ordering::Relaxed);
            let seen = watcher.join().map_err(|_| Failure::from("follow: the watcher panicked"))??;
            let lag = |(position, at): &(Position, Instant)| {
                let held =
                    seen.iter().find(|(held, _)| held >= position).ok_or("follow: it never got there")?;
                Ok(millis(held.1.saturating_duration_since(*at)))
            };
            written.iter().map(lag).collect()
        })
    })
}

/// Notes how far all of them are, until it is over.
fn watch(files: Vec<Connection>, is_over: &AtomicBool) -> Outcome<Vec<(Position, Instant)>> {
    let mut statements: Vec<Statement<'_>> = files
        .iter()
        .map(|file| file.prepare("select position from retold_checkpoint"))
        .collect::<rusqlite::Result<_>>()?;
    let mut seen: Vec<(Position, Instant)> = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let mut least: Option<Position> = None;
        for statement in &mut statements {
            let position: Position = statement.query_row([], |row| row.get(0))?;
            least = Some(least.map_or(position, |least| least.min(position)));
        }
        let least = least.ok_or("follow: there are no projections")?;
        if seen.last().is_none_or(|(last, _)| *last < least) {
            seen.push((least, Instant::now()));
        }
        std::thread::sleep(POLL_INTERVAL);
    }
    Ok(seen)
}

fn look(path: &Path) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}
