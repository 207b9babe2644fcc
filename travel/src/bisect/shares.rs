//! Bisection on all cores: a range in shares, whose flips follow each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use retold_core::{Log, OnProgress, Position, Progress, Revision, StreamId, Unit, in_shares, shares_of};

use super::{Bisected, bisect, models};
use crate::session_query::Needs;
use crate::{Error, SessionQuery, Timeline};

/// Events of a session that are worth a thread of their own: it begins with a state that it may have to fold.
const SESSION_SHARE_MIN: usize = 2_000;
/// Events of a log that are: each thread fills read models of its own.
const LOG_SHARE_MIN: usize = 20_000;

/// Does what [`bisect`] does, with a predicate that every state has to be asked for on as many threads as there are cores, where
/// there are enough events.
///
/// # Errors
/// Those of [`bisect`], and of [`SessionQuery::new`].
pub fn bisect_session(
    log: &Log,
    stream: StreamId,
    predicate: &str,
    (after, to): (Position, Position),
    stop: Arc<AtomicBool>,
    progress: impl OnProgress,
) -> Result<Bisected, Error> {
    let timeline = Timeline::of(log, stream)?;
    let events = timeline.revision_at(to)?.get().saturating_sub(timeline.revision_at(after)?.get());
    let shares = shares_of(usize::try_from(events).unwrap_or(usize::MAX), SESSION_SHARE_MIN);
    bisect_session_in(shares, (log, stream), predicate, (after, to), stop, progress)
}

/// Does the same in so many shares.
///
/// # Errors
/// Those of [`bisect_session`].
pub fn bisect_session_in(
    shares: usize,
    (log, stream): (&Log, StreamId),
    predicate: &str,
    (after, to): (Position, Position),
    stop: Arc<AtomicBool>,
    progress: impl OnProgress,
) -> Result<Bisected, Error> {
    let mut timeline = Timeline::of(log, stream)?;
    let mut query = SessionQuery::new(log, predicate, Arc::clone(&stop))?;
    let (first, last) = (timeline.revision_at(after)?.get(), timeline.revision_at(to)?.get());
    // What reads a few of the session's own keys decodes a few of its events: one thread is through before another has begun.
    if shares < 2 || query.needs() != Needs::All || last <= first + 1 {
        return bisect(&mut timeline, &mut query, after, to, progress);
    }
    let mut bounds = vec![after];
    for end in ends(first, last, shares) {
        bounds.extend(timeline.position_of(Revision::ZERO.plus(end))?);
    }
    // The last event of the session by then, or the moment itself.
    bounds.pop();
    bounds.push(to);
    drop((timeline, query));
    in_bounds(&bounds, &progress, |(after, to), progress| {
        let mut query = SessionQuery::new(log, predicate, Arc::clone(&stop))?;
        bisect(&mut Timeline::of(log, stream)?, &mut query, after, to, progress)
    })
}

/// Finds the events of the log after `after`, up to `to`, that a predicate over the read models flips at.
///
/// The read models are filled again in memory from the beginning of the log, so this takes the time of a rebuild, and the
/// predicate's own: the first on each thread up to the end of its share, the second in shares on as many threads as there are cores.
/// The predicate may read `sessions`, `instances`, `chat_messages` and `workspaces`, as `retold sql` has them, and
/// is asked again after those events alone whose type can change what it reads. `progress` gets how many positions were gone
/// through.
///
/// # Errors
/// [`Error::Sql`]; [`Error::Stopped`]; otherwise where the store cannot be read.
pub fn bisect_models(
    log: &Log,
    predicate: &str,
    after: Position,
    to: Position,
    stop: Arc<AtomicBool>,
    progress: impl OnProgress,
) -> Result<Bisected, Error> {
    let events = usize::try_from(to.get().saturating_sub(after.get())).unwrap_or(usize::MAX);
    bisect_models_in(shares_of(events, LOG_SHARE_MIN), log, predicate, (after, to), stop, progress)
}

/// Does the same in so many shares.
///
/// # Errors
/// Those of [`bisect_models`].
pub fn bisect_models_in(
    shares: usize,
    log: &Log,
    predicate: &str,
    (after, to): (Position, Position),
    stop: Arc<AtomicBool>,
    progress: impl OnProgress,
) -> Result<Bisected, Error> {
    if shares < 2 || to.get() <= after.get() + 1 {
        return models::bisect(log, predicate, (after, to), stop, &progress);
    }
    let ends = ends(after.get(), to.get(), shares).into_iter().map(|end| Position::ZERO.plus(end));
    let bounds: Vec<Position> = std::iter::once(after).chain(ends).collect();
    in_bounds(&bounds, &progress, |range, progress| {
        models::bisect(log, predicate, range, Arc::clone(&stop), progress)
    })
}

/// Returns where shares of what lies after `first` up to `last` end: none is empty.
fn ends(first: u64, last: u64, shares: usize) -> Vec<u64> {
    let all = last - first;
    let count = (shares as u64).min(all).max(1);
    (1..=count).map(|nth| first + all / count * nth + (all % count).min(nth)).collect()
}

/// Bisects between each bound and the next one at once, and puts together what was found. Where shares fail, the error is that of the
/// first one, which one thread comes to as well: a share stops only for one before it.
fn in_bounds(
    bounds: &[Position],
    progress: &dyn OnProgress,
    bisect: impl Fn((Position, Position), &dyn OnProgress) -> Result<Bisected, Error> + Sync,
) -> Result<Bisected, Error> {
    let (begin, end) = (bounds[0].get(), bounds[bounds.len() - 1].get());
    let gone: Vec<AtomicU64> = bounds.iter().map(|_| AtomicU64::new(0)).collect();
    let failed = AtomicUsize::new(usize::MAX);
    let shares = bounds.windows(2).enumerate().map(|(nth, ends)| (nth, ends[0], ends[1]));
    let found = in_shares(shares, |(nth, after, to)| {
        let advance = |so_far: Progress| {
            // On the way to its begin it has none of its own.
            gone[nth].fetch_max(so_far.done.saturating_sub(after.get()), Ordering::Relaxed);
            let all: u64 = gone.iter().map(|gone| gone.load(Ordering::Relaxed)).sum();
            nth <= failed.load(Ordering::Relaxed) && progress(Progress::new(Unit::Events, begin + all, end))
        };
        let found = bisect((after, to), &advance);
        if found.is_err() {
            failed.fetch_min(nth, Ordering::Relaxed);
        }
        found
    })?;
    let mut found = found.into_iter();
    let mut all = found.next().unwrap_or_default();
    found.for_each(|share| all.go_on(share));
    Ok(all)
}
