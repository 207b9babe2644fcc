//! What a session would be without some of its events. Nothing is written.

use std::collections::BTreeSet;

use retold_core::{EventType, InvalidEvent, Position, Recorded, Revision};

use crate::corrections::correct;
use crate::{Error, Frame, Moment, State, Timeline};

/// A session as it never was.
#[derive(Debug)]
pub struct Hypothesis {
    /// The session as it was.
    pub actual: Frame,
    /// The session without the events.
    pub state: Option<State>,
    /// The events that were left out.
    pub skipped: Vec<(Position, EventType)>,
    /// Later events that do not fit any more, and were left out too.
    pub unfit: Vec<(Position, InvalidEvent)>,
}

/// Folds the events of a session that count at `at`, without those at some positions.
///
/// A later event names elements by their index, as ever: without the event that an element came with, it speaks of the
/// next one, or fits no more.
///
/// # Errors
/// [`Error::NoSuchEvent`] for a position that is no event of the session up to `at`; otherwise those of
/// [`Timeline::at`].
pub fn what_if(
    timeline: &mut Timeline<'_>,
    skip: &BTreeSet<Position>,
    at: impl Into<Moment>,
) -> Result<Hypothesis, Error> {
    let at = at.into();
    let actual = timeline.at_moment(at)?;
    let first = skip.first().copied().unwrap_or(actual.position).min(actual.position);
    let mut frame = timeline.at(Position::ZERO.plus(first.get().saturating_sub(1)))?;
    let (mut skipped, mut unfit) = (Vec::new(), Vec::new());
    let mut after: Revision = frame.revision;
    let mut leave_out_or_apply = |state: &mut Option<State>, event: Recorded| {
        let (kind, position) = (event.kind, event.position);
        if skip.contains(&position) {
            skipped.push((position, kind));
        } else if let Err(misfit) = State::apply_event(state, kind, event.what(), position) {
            unfit.push((position, misfit));
        }
    };
    while after < actual.revision {
        let page = timeline.page(after, actual.revision)?;
        let Some(last) = page.last() else { break };
        after = last.revision;
        page.into_iter().for_each(|event| leave_out_or_apply(&mut frame.state, event));
    }
    // What was corrected later of it was so, too.
    let corrections = timeline.corrected_later(actual.revision, at)?;
    correct(
        &mut frame.state,
        |state| &mut state.records,
        |state| {
            corrections.into_iter().for_each(|event| leave_out_or_apply(state, event));
        },
    );
    let found: BTreeSet<Position> = skipped.iter().map(|(position, _)| *position).collect();
    if let Some(missing) = skip.difference(&found).next() {
        let stream = timeline.name().clone();
        return Err(Error::NoSuchEvent { position: *missing, stream, at: actual.position_of(at) });
    }
    Ok(Hypothesis { actual, state: frame.state, skipped, unfit })
}
