//! What was corrected later of what had happened to a session by a moment.

use retold_core::happening::Moment;
use retold_core::{Recorded, Records, Revision};

use crate::{Error, Timeline};

impl Timeline<'_> {
    /// Returns what was corrected after revision `reached`, the last one of a moment, of what had
    /// happened by then: none of a position.
    pub(crate) fn corrected_later(&mut self, reached: Revision, at: Moment) -> Result<Vec<Recorded>, Error> {
        Ok(match at {
            Moment::Recorded(_) => Vec::new(),
            Moment::Occurred(instant) => self.reader.corrected_later(self.stream(), reached, instant)?,
        })
    }
}

/// Applies what was corrected later of a session to how it was at a moment: one that was deleted by
/// then is corrected, and stays deleted.
pub(crate) fn correct<S, T>(
    session: &mut Option<S>,
    records: impl Fn(&mut S) -> &mut Records,
    apply: impl FnOnce(&mut Option<S>) -> T,
) -> T {
    let was_deleted =
        session.as_mut().map(|session| std::mem::take(&mut records(session).deleted)).unwrap_or_default();
    let applied = apply(session);
    if let Some(session) = session {
        records(session).deleted |= was_deleted;
    }
    applied
}
