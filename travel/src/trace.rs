//! The values that an expression had: a log line, put in after the fact.

use std::ops::ControlFlow;

use retold_core::Recorded;
use rusqlite::types::Value;

use crate::session_query::Needs;
use crate::{Error, Moment, Patch, SessionQuery, State, Timeline};

/// A moment at which an expression's value became another one.
#[derive(Debug)]
pub struct Traced<'a> {
    /// The event that made it so; `None` for the value at the beginning.
    pub event: Option<&'a Recorded>,
    /// What it became.
    pub value: &'a Value,
}

/// Visits the value of `probe` at `after`, and then every other value that it becomes by the events that come to count up to `to`, in
/// the order of [`Timeline::walk`], until the visitor breaks off.
///
/// The expression is asked again after those events alone that wrote something it reads. Where it reads the session's own
/// keys only, the others are not even decoded; nor are those that add an element, where it reads the lengths of the lists as
/// well.
///
/// # Errors
/// Those of [`SessionQuery::answer`] and [`Timeline::follow`], and the visitor's.
pub fn trace<E: From<Error>>(
    timeline: &mut Timeline<'_>,
    probe: &mut SessionQuery,
    after: impl Into<Moment>,
    to: impl Into<Moment>,
    mut visit: impl FnMut(Traced<'_>) -> Result<ControlFlow<()>, E>,
) -> Result<(), E> {
    let (after, to) = (after.into(), to.into());
    let begin = timeline.at_moment(after)?;
    probe.load(begin.state.as_ref())?;
    let mut value = probe.answer()?;
    if visit(Traced { event: None, value: &value })?.is_break() {
        return Ok(());
    }
    // Where something is corrected, what comes to count is not a prefix: every event is decoded then.
    let positions = timeline.positions(after, to)?;
    if let (Some((after, to)), true) = (positions, probe.needs() != Needs::All) {
        let lists = probe.needs() == Needs::Counts;
        return timeline.follow_counted(after, to, lists, |timeline, counted| {
            probe.apply_counted(counted.state, counted.outline);
            let is = probe.answer()?;
            if is == value {
                return Ok(ControlFlow::Continue(()));
            }
            value = is;
            let event = timeline.reader().event_at(counted.position).map_err(Error::from)?;
            let Some(event) = event else { return Ok(ControlFlow::Continue(())) };
            visit(Traced { event: Some(&event), value: &value })
        });
    }
    let step = |event: &Recorded, patches: &[Patch], state: Option<&State>| {
        if !probe.apply(patches, state)? {
            return Ok(ControlFlow::Continue(()));
        }
        let is = probe.answer()?;
        if is == value {
            return Ok(ControlFlow::Continue(()));
        }
        value = is;
        visit(Traced { event: Some(event), value: &value })
    };
    timeline.follow::<E>(after, to, step).map(drop)
}
