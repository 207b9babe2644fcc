//! The first bad event, as a program of the person's own tells good from bad.

use retold_core::{Position, Revision};

use crate::{Error, Frame, Timeline};

/// What a test says of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is as it should be.
    Good,
    /// It is not.
    Bad,
    /// It cannot be told.
    Skip,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tested {
    /// The first event after which the state is bad.
    First(Position),
    /// One of these, in order: the states between could not be told.
    OneOf(Vec<Position>),
    /// It is good at the end of the range.
    GoodAtEnd,
    /// It is bad before the range begins.
    BadAtStart,
    /// The end of the range could not be told.
    Untold,
}

/// Finds the first event of a session after `after`, up to `to`, after which a test calls the state bad.
///
/// The state at `after` is taken for good where the session was there already and the test says so, and the one at `to`
/// for bad; then halves are tried, some log2(events) of them. A state that is skipped is passed over for a neighbour.
///
/// # Errors
/// Those of [`Timeline::at`], and the test's own.
pub fn bisect_run<E: From<Error>>(
    timeline: &mut Timeline<'_>,
    after: Position,
    to: Position,
    mut test: impl FnMut(&mut Timeline<'_>, &Frame) -> Result<Verdict, E>,
) -> Result<Tested, E> {
    let (mut good, mut bad) = (timeline.revision_at(after)?.get(), timeline.revision_at(to)?.get());
    let mut try_at = |timeline: &mut Timeline<'_>, revision: u64| {
        let frame = timeline.at_revision(Revision::ZERO.plus(revision)).map_err(E::from)?;
        test(timeline, &frame)
    };
    if good == bad {
        return Ok(Tested::GoodAtEnd);
    }
    match try_at(timeline, bad)? {
        Verdict::Good => return Ok(Tested::GoodAtEnd),
        Verdict::Skip => return Ok(Tested::Untold),
        Verdict::Bad => {}
    }
    // Before its first event there is no state to test.
    if good > 0 && try_at(timeline, good)? == Verdict::Bad {
        return Ok(Tested::BadAtStart);
    }
    let mut skipped = std::collections::BTreeSet::new();
    while let Some(middle) = middle(good, bad, &skipped) {
        match try_at(timeline, middle)? {
            Verdict::Good => good = middle,
            Verdict::Bad => bad = middle,
            Verdict::Skip => drop(skipped.insert(middle)),
        }
    }
    let mut positions = Vec::new();
    for revision in good + 1..=bad {
        positions.extend(timeline.position_of(Revision::ZERO.plus(revision)).map_err(E::from)?);
    }
    Ok(match &positions[..] {
        [only] => Tested::First(*only),
        _ => Tested::OneOf(positions),
    })
}

/// Returns the revision nearest to the middle that was not skipped.
fn middle(good: u64, bad: u64, skipped: &std::collections::BTreeSet<u64>) -> Option<u64> {
    let middle = good + (bad - good) / 2;
    let is_open = |revision: &u64| *revision > good && *revision < bad && !skipped.contains(revision);
    (0..=bad - good).flat_map(|away| [middle.saturating_sub(away), middle + away]).find(is_open)
}
