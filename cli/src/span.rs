//! What ranges come to, and what is said of them.

use retold_core::{Position, Reader};
use retold_projections::Found;
use retold_travel::{Moment, Range, Span};

use crate::context::Context;
use crate::failure::Failure;
use crate::output::AsOf;

impl Context<'_> {
    /// Returns the moment that a range of a session begins after, with its position, and where it ends, as [`span`](Self::span) does: a
    /// time by when things happened counts what was corrected since.
    ///
    /// # Errors
    /// Those of [`span`](Self::span).
    pub(crate) fn moments(
        &mut self,
        reader: &Reader<'_>,
        session: &Found,
        range: Option<&Range>,
    ) -> Result<(Moment, Position, AsOf), Failure> {
        let (span, to) = self.whole_span(reader, Some(session), range)?;
        Ok((span.after_moment, span.after, to))
    }

    /// Returns the positions of a range, whose end is `--at` or the head where it has none of its own, and says what its
    /// points came to.
    ///
    /// # Errors
    /// Where a point names nothing, or the range ends before it begins.
    pub(crate) fn span(
        &mut self,
        reader: &Reader<'_>,
        session: Option<&Found>,
        range: Option<&Range>,
    ) -> Result<(Position, AsOf), Failure> {
        let (span, to) = self.whole_span(reader, session, range)?;
        Ok((span.after, to))
    }

    fn whole_span(
        &mut self,
        reader: &Reader<'_>,
        session: Option<&Found>,
        range: Option<&Range>,
    ) -> Result<(Span, AsOf), Failure> {
        let whole = Range::default();
        let range = range.unwrap_or(&whole);
        let end = match &range.to {
            None => self.as_of(reader, session)?,
            Some(_) => reader.head()?.into(),
        };
        let span = self.resolver(reader, session).span(range, end.resolved())?;
        self.note_range(range, span.after_said.as_deref(), &span.to.said);
        let to = (&span.to).into();
        Ok((span, to))
    }

    /// Returns the moments of the whole log that a range lies between, as [`span`](Self::span) does.
    ///
    /// # Errors
    /// Those of [`span`](Self::span).
    pub(crate) fn between(
        &mut self,
        reader: &Reader<'_>,
        range: Option<&Range>,
    ) -> Result<(Moment, AsOf), Failure> {
        let whole = Range::default();
        let range = range.unwrap_or(&whole);
        let end = match &range.to {
            None => self.as_of_all(reader)?,
            Some(_) => reader.head()?.into(),
        };
        let between = self.resolver(reader, None).between(range, end.resolved())?;
        self.note_range(range, between.after_said.as_deref(), &between.to.said);
        Ok((between.after, (&between.to).into()))
    }

    fn note_range(&mut self, range: &Range, after: Option<&str>, to: &str) {
        if let (Some(point), Some(said)) = (&range.after, after) {
            self.note_point(point, said);
        }
        if let Some(point) = &range.to {
            self.note_point(point, to);
        }
    }
}
