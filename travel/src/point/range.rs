//! Ranges: what lies between two points.

use std::fmt;
use std::str::FromStr;

use retold_core::Position;
use retold_core::happening::Moment;

use super::{NotAPoint, Point, Resolved, Resolver};
use crate::Error;

/// `A..B`: the events after A, up to and including B. Without A from the beginning, without B to the end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Range {
    /// Where it begins; the event there is not in it.
    pub after: Option<Point>,
    /// Where it ends; the event there is in it.
    pub to: Option<Point>,
}

/// A range of positions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Before the first event of the range.
    pub after: Position,
    /// The moment that is: for a time by when things happened the time itself.
    pub after_moment: Moment,
    /// What that point came to, where one was given.
    pub after_said: Option<String>,
    /// The last event of the range.
    pub to: Resolved,
}

/// A range of moments of the whole log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Between {
    /// What counts at this moment is not in the range.
    pub after: Moment,
    /// The same of any session: for a time by when things happened the time itself.
    pub after_moment: Moment,
    /// What that point came to, where one was given.
    pub after_said: Option<String>,
    /// What counts at this moment is in the range, unless it did before.
    pub to: Resolved,
}

impl Between {
    /// Returns the range as one of positions; `None` where it is by when things happened.
    pub fn positions(&self) -> Option<(Position, Position)> {
        match (self.after, self.to.moment) {
            (Moment::Recorded(after), Moment::Recorded(to)) => Some((after, to)),
            _ => None,
        }
    }
}

impl FromStr for Range {
    type Err = NotAPoint;

    fn from_str(text: &str) -> Result<Self, NotAPoint> {
        let Some((after, to)) = text.split_once("..") else {
            return Err(NotAPoint {
                reason: format!("one moment is not a range; what came after it is {text}.."),
            });
        };
        let point = |text: &str| match text {
            "" => Ok(None),
            text => match text.parse() {
                Ok(point) => Ok(Some(point)),
                Err(NotAPoint { reason }) => Err(NotAPoint { reason: format!("its point {text}: {reason}") }),
            },
        };
        Ok(Self { after: point(after)?, to: point(to)? })
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let point = |point: &Option<Point>| point.as_ref().map_or_else(String::new, Point::to_string);
        write!(f, "{}..{}", point(&self.after), point(&self.to))
    }
}

impl Resolver<'_, '_> {
    /// Finds the positions of a range; without an end of its own it ends at `end`.
    ///
    /// # Errors
    /// Those of [`resolve`](Self::resolve); [`Error::Backwards`].
    pub fn span(&self, range: &Range, end: Resolved) -> Result<Span, Error> {
        let Between { after, after_moment, after_said, to } = self.between(range, end)?;
        let no_position = |point: &Option<Point>| Error::NoPosition {
            point: point.as_ref().map_or_else(|| range.to_string(), Point::to_string),
        };
        match (after, to.moment) {
            (Moment::Recorded(after), Moment::Recorded(_)) => {
                Ok(Span { after, after_moment, after_said, to })
            }
            (Moment::Occurred(_), _) => Err(no_position(&range.after)),
            (_, Moment::Occurred(_)) => Err(no_position(&range.to)),
        }
    }

    /// Finds the moments of a range; without an end of its own it ends at `end`.
    ///
    /// # Errors
    /// Those of [`resolve_moment`](Self::resolve_moment); [`Error::Backwards`].
    pub fn between(&self, range: &Range, end: Resolved) -> Result<Between, Error> {
        let beginning = Moment::Recorded(Position::ZERO);
        let (after, after_moment, after_said) = match &range.after {
            None => (beginning, beginning, None),
            Some(point) => {
                let resolved = self.resolve_moment_or_before(point)?;
                (resolved.moment, Moment::from(&resolved), Some(resolved.said))
            }
        };
        let to = match &range.to {
            None => end,
            Some(point) => {
                let to = self.resolve_moment_or_before(point)?;
                if to.time.is_some() {
                    self.refuse_before_all(point, &to)?;
                }
                to
            }
        };
        let backwards = match (after, to.moment) {
            (Moment::Recorded(after), Moment::Recorded(to)) if to < after => {
                Some((after.to_string(), format!("position {to}")))
            }
            (Moment::Occurred(after), Moment::Occurred(to)) if to < after => {
                Some((self.shown(after), self.shown(to)))
            }
            _ => None,
        };
        match backwards {
            Some((begin, end)) => Err(Error::Backwards { range: range.to_string(), begin, end }),
            None => Ok(Between { after, after_moment, after_said, to }),
        }
    }
}
