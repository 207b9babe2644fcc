//! What a session would be without some of its events. Nothing is written.

use std::collections::BTreeSet;

use retold_core::{EventType, InvalidEvent, Position, Revision};

use crate::{Error, Frame, State, Timeline};

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

/// Folds a session up to `at` without the events at some positions.
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
    at: Position,
) -> Result<Hypothesis, Error> {
    let actual = timeline.at(at)?;
    let first = skip.first().copied().unwrap_or(at);
    let mut frame = timeline.at(Position::ZERO.plus(first.get().saturating_sub(1)))?;
    let (mut skipped, mut unfit) = (Vec::new(), Vec::new());
    let mut after: Revision = frame.revision;
    while after < actual.revision {
        let page = timeline.page(after, actual.revision)?;
        let Some(last) = page.last() else { break };
        after = last.revision;
        for event in page {
            let position = event.position;
            if skip.contains(&position) {
                skipped.push((position, event.kind));
                continue;
            }
            if let Err(misfit) = State::apply_event(&mut frame.state, event.kind, event.what(), position) {
                unfit.push((position, misfit));
            }
        }
    }
    let found: BTreeSet<Position> = skipped.iter().map(|(position, _)| *position).collect();
    if let Some(missing) = skip.difference(&found).next() {
        let stream = timeline.name().clone();
        return Err(Error::NoSuchEvent { position: *missing, stream, at });
    }
    Ok(Hypothesis { actual, state: frame.state, skipped, unfit })
}
