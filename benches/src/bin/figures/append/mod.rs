//! Durable commits of one event: what an application waits for at every step.

pub(crate) mod work;

use std::path::Path;
use std::sync::Barrier;
use std::time::Instant;

use retold_core::{Commit, Expected, Log, Options};
use retold_projections::Store;

use crate::bare::{BareWriter, Kept};
use crate::bench::Bench;
use crate::figure::{Figure, Target};
use crate::timing::{in_turn, per_second};
use crate::{Failure, Outcome};
use work::Work;

/// Callers at once, and the commits of a round.
const CALLERS: [(usize, usize); 3] = [(1, 1_000), (8, 6_000), (64, 20_000)];
const ROUNDS: usize = 9;
const SESSIONS: usize = 1_000;

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let folder = bench.scratch()?;
    let work = Work::new(folder.path(), bench.scale.of(SESSIONS))?;
    let mut figures = Vec::new();
    for kept in [Kept::Models, Kept::Events] {
        let (ours, bare) = (folder.path().join("ours.db"), folder.path().join("bare.db"));
        open(&ours, kept, Options::new().create(true), |log| work.begin(log))?;
        // The other side begins with the very same file.
        std::fs::copy(&ours, &bare)?;
        figures.extend(beside(bench, &work, kept, &ours, &bare)?);
        [&ours, &bare].into_iter().try_for_each(std::fs::remove_file)?;
    }
    Ok(figures)
}

fn beside(bench: &Bench, work: &Work, kept: Kept, ours: &Path, bare: &Path) -> Outcome<Vec<Figure>> {
    let (what, target) = match kept {
        Kept::Models => ("with read models", 0.6),
        Kept::Events => ("log alone", 0.8),
    };
    let bare = BareWriter::open(bare, kept, work.rows())?;
    let (figures, commits) = open(ours, kept, Options::new(), |log| {
        let (mut figures, mut commits) = (Vec::new(), 0);
        for (callers, full) in CALLERS {
            let count = bench.scale.of(full).next_multiple_of(callers);
            let rounds = bench.scale.rounds(ROUNDS);
            let pairs = in_turn(
                rounds,
                || round(callers, count, || |nth| append(log, work, nth)),
                || round(callers, count, || bare.caller()),
            )?;
            commits += rounds * count;
            let of = if callers == 1 { "caller" } else { "callers" };
            let name = format!("durable append, {callers} {of}, {what}");
            figures.push(
                Figure::of_pairs(name, "commits/s", "bare rusqlite", &pairs)
                    .target(Target::RatioAtLeast(target)),
            );
        }
        work.check(log, kept, commits)?;
        Ok((figures, commits))
    })?;
    bare.close(commits)?;
    Ok(figures)
}

/// Lends a log with or without read models, and closes it.
pub(crate) fn open<T>(
    path: &Path,
    kept: Kept,
    options: Options,
    act: impl FnOnce(&Log) -> Outcome<T>,
) -> Outcome<T> {
    match kept {
        Kept::Models => act(Store::open(path, options)?.log()),
        Kept::Events => act(&options.open(path)?),
    }
}

fn append(log: &Log, work: &Work, nth: usize) -> Outcome<()> {
    let (name, event) = work.nth(nth);
    log.append(Commit::to(name.clone(), Expected::Any, [event.clone()]))?;
    Ok(())
}

/// Has `callers` threads append `commits` in all, each waiting for its own, and returns the commits a second.
fn round<C>(callers: usize, commits: usize, caller: impl Fn() -> C) -> Outcome<f64>
where
    C: FnMut(usize) -> Outcome<()> + Send,
{
    let barrier = Barrier::new(callers + 1);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..callers)
            .map(|first| {
                let (mut append, barrier) = (caller(), &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    (first..commits).step_by(callers).try_for_each(&mut append)
                })
            })
            .collect();
        barrier.wait();
        let start = Instant::now();
        for thread in threads {
            thread.join().map_err(|_| Failure::from("a caller panicked"))??;
        }
        Ok(per_second(commits, start.elapsed()))
    })
}
