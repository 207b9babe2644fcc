//! Ranges: what lies between two points.

use std::fmt;
use std::str::FromStr;

use retold_core::Position;

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
    /// What that point came to, where one was given.
    pub after_said: Option<String>,
    /// The last event of the range.
    pub to: Resolved,
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
        let (after, after_said) = match &range.after {
            None => (Position::ZERO, None),
            Some(point) => {
                let resolved = self.resolve_or_before(point)?;
                (resolved.head.position, Some(resolved.said))
            }
        };
        let to = match &range.to {
            None => end,
            Some(point) => self.resolve_or_before(point)?,
        };
        if let Some(point) = range.to.as_ref().filter(|_| to.head.position == Position::ZERO) {
            self.refuse_before_the_log(point)?;
        }
        if to.head.position < after {
            let (begin, end) = (after, to.head.position);
            return Err(Error::Backwards { range: range.to_string(), begin, end });
        }
        Ok(Span { after, after_said, to })
    }
}
