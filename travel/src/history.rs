//! Every write to one place.

use std::ops::ControlFlow;

use retold_core::{Position, Recorded};

use crate::{Change, Error, List, Moment, Patch, Path, Step, Timeline};

/// A write to a place that is watched.
#[derive(Debug)]
pub struct Write<'a> {
    /// The event.
    pub event: &'a Recorded,
    /// What it did there. The index in its path is the one that the element had then.
    pub patch: &'a Patch,
    /// What the event did before that.
    pub earlier: &'a [Patch],
    /// The session before the event.
    pub before: Option<&'a crate::State>,
}

/// Visits every write to `path` by the events that count at `to` and did not at `after`, oldest first, until the visitor breaks off:
/// in the order of [`Timeline::walk`].
///
/// An element is named by its place in the list as it is at `to`, and followed back through insertions and removals
/// before it. A write to what holds the place, such as the event that its element came with, counts.
///
/// # Errors
/// [`Error::NoSuchPlace`] where the session at `to` has no such element; those of [`Timeline::walk`], and the visitor's.
pub fn history<E: From<Error>>(
    timeline: &mut Timeline<'_>,
    path: &Path,
    after: impl Into<Moment>,
    to: impl Into<Moment>,
    mut visit: impl FnMut(Write<'_>) -> Result<ControlFlow<()>, E>,
) -> Result<(), E> {
    let (after, to) = (after.into(), to.into());
    let element = match path {
        Path::Row(list, at) | Path::Field(list, at, _) => {
            Some((*list, element(timeline, path, *list, *at, to)?))
        }
        _ => None,
    };
    // An element is not written to before it is there.
    let after = match (element, after) {
        (Some((_, born)), Moment::Recorded(after)) => {
            Moment::Recorded(after.max(Position::ZERO.plus(born.get().saturating_sub(1))))
        }
        (_, after) => after,
    };
    timeline.walk::<E>(after, to, |step| {
        for (nth, patch) in step.patches.iter().enumerate() {
            let is_watched = match element {
                None => path.touches(&patch.path),
                Some((list, born)) => is_of(list, born, patch, &step) && is_within(path, patch),
            };
            if is_watched
                && visit(Write {
                    event: step.event,
                    patch,
                    earlier: &step.patches[..nth],
                    before: step.before,
                })?
                .is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(())
}

/// Returns the event that an element came with: its name through time.
fn element(
    timeline: &mut Timeline<'_>,
    path: &Path,
    list: List,
    at: u32,
    to: Moment,
) -> Result<Position, Error> {
    let frame = timeline.at_moment(to)?;
    frame.state.as_ref().and_then(|state| state.writer(&Path::Row(list, at))).ok_or_else(|| {
        let stream = timeline.name().clone();
        Error::NoSuchPlace { stream, path: path.to_string(), position: frame.position_of(to) }
    })
}

/// Whether a patch is of the element that came with the event at `born`.
fn is_of(list: List, born: Position, patch: &Patch, step: &Step<'_>) -> bool {
    let (Path::Row(patched, at) | Path::Field(patched, at, _)) = patch.path else { return false };
    if patched != list {
        return false;
    }
    // An event brings at most one element, and what else it says is of that one.
    let brings = |patch: &Patch| matches!((&patch.path, &patch.change), (Path::Row(..), Change::Insert(_)));
    if step.patches.iter().any(brings) {
        return step.event.position == born;
    }
    step.before.and_then(|state| state.writer(&Path::Row(list, at))) == Some(born)
}

/// Whether a patch of the right element writes to the key that is watched.
fn is_within(path: &Path, patch: &Patch) -> bool {
    match (path, &patch.path) {
        (Path::Field(_, _, key), Path::Field(_, _, field)) => {
            Path::Own(key.clone()).touches(&Path::Own(field.clone()))
        }
        _ => true,
    }
}
