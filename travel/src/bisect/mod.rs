//! The event that made the difference.

mod models;
mod run;
mod shares;

use std::ops::ControlFlow;

use retold_core::{OnProgress, Position, Progress, Unit};

use crate::session_query::is_true;
use crate::{Error, Moment, SessionQuery, Timeline, trace};

pub use run::{Tested, Verdict, bisect_run};
pub use shares::{bisect_models, bisect_session};

/// Flips that are kept; further ones are counted.
const FLIPS_MAX: usize = 10_000;

/// Where a predicate begins to hold, and where it ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bisected {
    /// Whether it held before the first event of the range.
    pub at_start: bool,
    /// Every event after which it was no longer what it was before, in order, the first ten thousand of them.
    pub flips: Vec<Flip>,
    /// How many there are.
    pub count: u64,
}

/// An event that made a predicate true, or false.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flip {
    /// The event.
    pub position: Position,
    /// Whether the predicate holds after it.
    pub holds: bool,
}

impl Bisected {
    /// Returns the first event after which the predicate holds; `None` where it never begins to.
    pub fn first(&self) -> Option<Position> {
        self.flips.iter().find(|flip| flip.holds).map(|flip| flip.position)
    }

    /// Takes what was found after the end of this: its state at the start is that of this end.
    fn go_on(&mut self, after: Self) {
        self.count += after.count;
        let room = FLIPS_MAX.saturating_sub(self.flips.len());
        self.flips.extend(after.flips.into_iter().take(room));
    }

    fn flip(&mut self, position: Position, holds: bool) {
        self.count += 1;
        if self.flips.len() < FLIPS_MAX {
            self.flips.push(Flip { position, holds });
        }
    }
}

/// Finds the events of a session that count at `to` and did not at `after` that a predicate flips at, in the order of
/// [`Timeline::walk`].
///
/// All of them are found, also where there are several: no state is skipped, but the predicate is asked again after those
/// events alone that wrote something it reads. `progress` gets the positions gone through.
///
/// # Errors
/// Those of [`trace`]; [`Error::Stopped`].
pub fn bisect(
    timeline: &mut Timeline<'_>,
    probe: &mut SessionQuery,
    after: impl Into<Moment>,
    to: impl Into<Moment>,
    progress: impl OnProgress,
) -> Result<Bisected, Error> {
    let (after, to) = (after.into(), to.into());
    let (begin, end) = (timeline.position_at(after)?, timeline.position_at(to)?);
    let mut found = Bisected::default();
    let mut holds = None;
    trace(timeline, probe, after, to, |traced| {
        let is = is_true(traced.value);
        let position = traced.event.map_or(begin, |event| event.position);
        match holds.replace(is) {
            None => found.at_start = is,
            Some(was) if was != is => found.flip(position, is),
            Some(_) => {}
        }
        // What was corrected later is after the end.
        let so_far = Progress::new(Unit::Events, position.min(end).get(), end.get());
        if progress(so_far) { Ok(ControlFlow::Continue(())) } else { Err(Error::Stopped) }
    })?;
    Ok(found)
}
