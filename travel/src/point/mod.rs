//! Points: moments of the log, as a person names them.

mod explain;
mod local;
mod look;
mod parse;
mod range;
mod resolve;
mod when;
mod write;

use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp};
use retold_core::{Position, Revision};

pub use local::local_instant;
pub(crate) use parse::ends_in_offset;
pub use range::{Between, Range, Span};
pub use resolve::{Resolved, Resolver};

use crate::mark::MarkName;

/// What can be written for a point; `POINTS.md` of this package, and the program's help on them.
pub const POINTS: &str = include_str!("../../POINTS.md");

/// A moment of the log, as a person names it: an anchor, and how far from it.
///
/// It is read without a log; [`Resolver`] finds the position that it stands for. See [`POINTS`].
///
/// ```
/// use retold_travel::Point;
/// for text in ["head-3", "1234", "r7", "7c2f4b1e:r7-2m", "15min-ago", "yesterday 17:30", "mark:before-merge"] {
///     let point: Point = text.parse()?;
///     assert_eq!(point.to_string().parse::<Point>()?, point);
/// }
/// # Ok::<(), retold_travel::NotAPoint>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Point {
    /// Where it starts from.
    pub anchor: Anchor,
    /// How far from there.
    pub offset: Option<Offset>,
}

/// Where a point starts from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Anchor {
    /// `head`: the end of the log.
    Head,
    /// `1234`: right after the event at this position; 0 is before the first.
    Position(Position),
    /// `r7`: right after an event of the session that the command names.
    Revision(Revision),
    /// `SESSION:r7`, `SESSION:start`, `SESSION:end`: the same of a session that the point names.
    Of(String, Place),
    /// An instant, as RFC 3339 has it.
    Instant(Timestamp),
    /// A date, with or without a time, in the person's time zone; a date alone is its beginning.
    Local(DateTime),
    /// `17:30`: today.
    Today(Time),
    /// `today`, `yesterday 17:30`: this many days before today.
    DaysAgo(u8, Time),
    /// `15min-ago`.
    Ago(Amount),
    /// `h:4f1e0c`: the event whose hash begins so.
    Hash(HashPrefix),
    /// `mark:NAME`.
    Mark(MarkName),
}

/// A place in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// Its first event.
    Start,
    /// Its last.
    End,
    /// The event of this revision.
    Revision(Revision),
}

/// How far from an anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Offset {
    /// Whether it goes back.
    pub back: bool,
    /// How far.
    pub amount: Amount,
}

/// So many of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Amount {
    /// How many.
    pub number: u32,
    /// Of what.
    pub unit: Unit,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Events: those of the session, where there is one, else those of the log.
    Events,
    /// `m`: messages.
    Messages,
    /// `s`.
    Seconds,
    /// `min`.
    Minutes,
    /// `h`.
    Hours,
    /// `d`: 24 hours.
    Days,
}

/// The beginning of an event's hash, in hexadecimal: 6 to 64 digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HashPrefix(String);

/// A text that is no point.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct NotAPoint {
    /// What is wrong with it.
    pub reason: String,
}

impl Unit {
    /// Every unit that is written, with how it is written.
    const WRITTEN: [(&'static str, Self); 6] = [
        ("", Self::Events),
        ("m", Self::Messages),
        ("s", Self::Seconds),
        ("min", Self::Minutes),
        ("h", Self::Hours),
        ("d", Self::Days),
    ];
}

impl Amount {
    /// Returns how long it is, where it is a time.
    pub(crate) fn duration(self) -> Option<SignedDuration> {
        let number = i64::from(self.number);
        let seconds = match self.unit {
            Unit::Events | Unit::Messages => return None,
            Unit::Seconds => number,
            Unit::Minutes => number * 60,
            Unit::Hours => number * 60 * 60,
            Unit::Days => number * 24 * 60 * 60,
        };
        Some(SignedDuration::from_secs(seconds))
    }
}

impl HashPrefix {
    /// Returns the digits, lowercase.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Point {
    type Err = NotAPoint;

    fn from_str(text: &str) -> Result<Self, NotAPoint> {
        parse::point(text)
    }
}

impl From<Anchor> for Point {
    fn from(anchor: Anchor) -> Self {
        Self { anchor, offset: None }
    }
}

/// Right after the event at this position.
impl From<Position> for Point {
    fn from(position: Position) -> Self {
        Anchor::Position(position).into()
    }
}

/// Right after the event of this revision of the session that is spoken of.
impl From<Revision> for Point {
    fn from(revision: Revision) -> Self {
        Anchor::Revision(revision).into()
    }
}

impl From<Timestamp> for Point {
    fn from(instant: Timestamp) -> Self {
        Anchor::Instant(instant).into()
    }
}

impl From<&Point> for Point {
    fn from(point: &Point) -> Self {
        point.clone()
    }
}

/// The beginning of a day, for a date without a time.
fn beginning(date: Date) -> DateTime {
    date.to_datetime(Time::midnight())
}
