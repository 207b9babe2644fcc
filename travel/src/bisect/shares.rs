//! Bisection on all cores: a range in shares, whose flips follow each other.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use retold_core::{
    Log, OnProgress, Position, Progress, Reader, Revision, StreamId, Unit, in_shares, shares_of,
};

use super::models::Predicate;
use super::{Bisected, bisect};
use crate::session_query::Needs;
use crate::{Error, Moment, SessionQuery, Timeline};

/// Events of a session that are worth a thread of their own: it begins with a state that it may have to fold.
const SESSION_SHARE_MIN: usize = 2_000;
/// Events after which a predicate over all read models is asked that are: each thread fills read models of its own.
const MODELS_SHARE_MIN: usize = 20_000;
/// Copies of the read models that are in memory at once. The time to fill one is the same in however many shares, so that more of them
/// take more memory and save little.
const MODELS_MAX: usize = 4;

/// Does what [`bisect`] does, with a predicate that every state has to be asked for on as many threads as there are cores, where
/// there are enough events. All of them see one moment of the log.
///
/// # Errors
/// Those of [`bisect`], and of [`SessionQuery::new`].
pub fn bisect_session(
    log: &Log,
    stream: StreamId,
    predicate: &str,
    (after, to): (Moment, Moment),
    stop: Arc<AtomicBool>,
    progress: impl OnProgress,
) -> Result<Bisected, Error> {
    let shares = |events| shares_of(events, SESSION_SHARE_MIN);
    bisect_session_in(shares, (log, stream), predicate, (after, to), stop, &progress)
}

/// Does the same in as many shares as are wanted for so many events.
fn bisect_session_in(
    shares: impl FnOnce(usize) -> usize,
    (log, stream): (&Log, StreamId),
    predicate: &str,
    (after, to): (Moment, Moment),
    stop: Arc<AtomicBool>,
    progress: &dyn OnProgress,
) -> Result<Bisected, Error> {
    let mut timeline = Timeline::of(log, stream)?;
    let mut query = SessionQuery::new(log, predicate, Arc::clone(&stop))?;
    // What reads a few of the session's own keys decodes a few of its events: one thread is through before another has begun. And
    // what comes to count in an order other than that of the log has no states to begin with.
    let bounds = match timeline.positions(after, to)? {
        Some(range) if query.needs() == Needs::All => bounds(&timeline, range, shares)?,
        _ => Vec::new(),
    };
    if bounds.len() < 3 {
        return bisect(&mut timeline, &mut query, after, to, progress);
    }
    drop((timeline, query));
    let (readers, _) = log.readers(bounds.len() - 1)?;
    in_bounds(&bounds, readers, progress, |reader, (after, to), progress| {
        let mut query = SessionQuery::new(log, predicate, Arc::clone(&stop))?;
        bisect(&mut Timeline::by(log, reader, stream)?, &mut query, after, to, progress)
    })
}

/// Returns the positions between which shares of a session's events lie.
fn bounds(
    timeline: &Timeline<'_>,
    (after, to): (Position, Position),
    shares: impl FnOnce(usize) -> usize,
) -> Result<Vec<Position>, Error> {
    let (first, last) = (timeline.revision_at(after)?.get(), timeline.revision_at(to)?.get());
    let mut bounds = vec![after];
    for end in ends(first, last, shares) {
        bounds.extend(timeline.position_of(Revision::ZERO.plus(end))?);
    }
    // The last event of the session by then, or the moment itself.
    bounds.pop();
    bounds.push(to);
    Ok(bounds)
}

/// Finds the events of the log after `after`, up to `to`, that a predicate over the read models flips at.
///
/// The read models are filled again in memory from the beginning of the log, so this takes the time of a rebuild, and the
/// predicate's own: the first on each thread up to the end of its share, the second in shares, where it is asked often enough: at most
/// four, each with a copy of the read models in memory. All of them see one moment of the log.
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
    let shares = |asked| shares_of(asked, MODELS_SHARE_MIN).min(MODELS_MAX);
    bisect_models_in(shares, log, predicate, (after, to), stop, &progress)
}

/// Does the same in as many shares as are wanted where the predicate is asked so often.
fn bisect_models_in(
    shares: impl FnOnce(usize) -> usize,
    log: &Log,
    predicate: &str,
    (after, to): (Position, Position),
    stop: Arc<AtomicBool>,
    progress: &dyn OnProgress,
) -> Result<Bisected, Error> {
    let first = Predicate::new(log, predicate, Arc::clone(&stop))?;
    let asked = first.asked(&log.reader()?, after, to)?;
    let ends = ends(after.get(), to.get(), |_| shares(asked)).into_iter().map(|end| Position::ZERO.plus(end));
    let bounds: Vec<Position> = std::iter::once(after).chain(ends).collect();
    if bounds.len() < 3 {
        return first.bisect(&mut log.reader()?, (after, to), progress);
    }
    drop(first);
    let (readers, _) = log.readers(bounds.len() - 1)?;
    in_bounds(&bounds, readers, progress, |mut reader, range, progress| {
        Predicate::new(log, predicate, Arc::clone(&stop))?.bisect(&mut reader, range, progress)
    })
}

/// Returns where shares of what lies after `first` up to `last` end: none is empty, but where there is nothing.
fn ends(first: u64, last: u64, shares: impl FnOnce(usize) -> usize) -> Vec<u64> {
    let all = last.saturating_sub(first);
    let shares = shares(usize::try_from(all).unwrap_or(usize::MAX));
    let count = (shares as u64).min(all).max(1);
    (1..=count).map(|nth| first + all / count * nth + (all % count).min(nth)).collect()
}

/// Bisects between each bound and the next one at once, each by a reader, and puts together what was found. Where shares fail, the
/// error is that of the first one, which one thread comes to as well: a share stops only for one before it.
fn in_bounds<'log>(
    bounds: &[Position],
    readers: Vec<Reader<'log>>,
    progress: &dyn OnProgress,
    bisect: impl Fn(Reader<'log>, (Position, Position), &dyn OnProgress) -> Result<Bisected, Error> + Sync,
) -> Result<Bisected, Error> {
    let (begin, end) = (bounds[0].get(), bounds[bounds.len() - 1].get());
    let gone: Vec<AtomicU64> = bounds.iter().map(|_| AtomicU64::new(0)).collect();
    let failed = AtomicUsize::new(usize::MAX);
    let ranges = bounds.windows(2).map(|ends| (ends[0], ends[1]));
    let found = in_shares(ranges.zip(readers).enumerate(), |(nth, ((after, to), reader))| {
        let advance = |so_far: Progress| {
            // On the way to its begin it has none of its own.
            gone[nth].fetch_max(so_far.done.saturating_sub(after.get()), Ordering::Relaxed);
            let all: u64 = gone.iter().map(|gone| gone.load(Ordering::Relaxed)).sum();
            nth <= failed.load(Ordering::Relaxed) && progress(Progress::new(Unit::Events, begin + all, end))
        };
        let found = bisect(reader, (after, to), &advance);
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
