//! When the events of a session count as having happened: the one definition that every answer by that clock follows.
//!
//! Every event has two times. `recorded_at` is when the log got it and never runs backwards in the log; `occurred_at` is what
//! the writer's clock said. The second may repeat, run backwards, or be wrong by years. The order within a stream is that of its
//! revisions, so a moment by the second clock must be a prefix of the stream. It is, because an event counts as having
//! happened at its **effective time**: the running maximum of `occurred_at` over the stream so far, where a time more than
//! [`AHEAD_MAX`] after that of the next event counts as the next event's. One wrong clock thus delays nothing that follows it.
//!
//! What corrects an earlier revision counts from there on, before its effective time: [`StreamOrder`] says since when.

mod corrections;

use std::time::Duration;

pub use corrections::{Correcting, Retelling, StreamEvents, StreamOrder};

use crate::Position;

/// Which of an event's two times a date or a time of day means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Clock {
    /// When it happened: for each session, what had happened by then. What people mean by a date.
    #[default]
    Occurred,
    /// When the log got it: what the log knew by then, a prefix of the log.
    Recorded,
}

impl Clock {
    /// Returns the word for it in options and answers: `occurred` or `recorded`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Occurred => "occurred",
            Self::Recorded => "recorded",
        }
    }
}

/// A moment of the whole store: which events of each stream count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Moment {
    /// The events up to this position, inclusive: a prefix of the log, what it knew by then.
    Recorded(Position),
    /// In each stream, the events whose effective time is at most this one, in microseconds since
    /// 1970-01-01T00:00:00Z: a prefix of the stream, what had happened by then.
    Occurred(i64),
}

impl Moment {
    /// Returns the clock that it is a moment of.
    pub fn clock(self) -> Clock {
        match self {
            Self::Recorded(_) => Clock::Recorded,
            Self::Occurred(_) => Clock::Occurred,
        }
    }

    /// Whether an event counts: the one at `position`, whose effective time is `effective`, in microseconds.
    pub fn includes(self, position: Position, effective: i64) -> bool {
        match self {
            Self::Recorded(to) => position <= to,
            Self::Occurred(to) => effective <= to,
        }
    }
}

/// What the log knew right after the event at a position.
impl From<Position> for Moment {
    fn from(position: Position) -> Self {
        Self::Recorded(position)
    }
}

/// How far a time may be ahead of the next event's before it counts as the next event's.
pub const AHEAD_MAX: Duration = Duration::from_secs(24 * 60 * 60);

const AHEAD_MICROS_MAX: i64 = AHEAD_MAX.as_secs().cast_signed() * 1_000_000;

/// The effective times of one stream's events, computed as the events arrive.
///
/// The last event's is provisional: the next event may show that its clock was wrong. All earlier ones are final.
///
/// ```
/// use retold_core::happening::Happening;
///
/// let mut happening = Happening::default();
/// assert_eq!(happening.push(10).last, 10);
/// assert_eq!(happening.push(7).last, 10); // A clock that ran backwards: the order is that of the revisions.
/// let year = 365 * 24 * 60 * 60 * 1_000_000;
/// assert_eq!(happening.push(year).last, year);
/// let after = happening.push(20); // The former event's clock was wrong: it counts as this event's.
/// assert_eq!((after.previous, after.last), (Some(20), 20));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Happening {
    /// The effective time of the event before the last one; final.
    settled: Option<i64>,
    /// What the clock of the last event said.
    last: Option<i64>,
}

/// What one more event makes of the effective times of its stream, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// The final effective time of the event before it; `None` for the first event. It differs from what was said of that event
    /// before where its clock was wrong.
    pub previous: Option<i64>,
    /// The effective time of this event, until the next one arrives.
    pub last: i64,
}

impl Happening {
    /// Takes what was kept of a stream: [`parts`](Self::parts).
    pub fn from_parts(settled: Option<i64>, last: Option<i64>) -> Self {
        Self { settled, last }
    }

    /// Returns what has to be kept of a stream to go on with its next event: the effective time of the event before the
    /// last one, and the time that the last one's clock said.
    pub fn parts(self) -> (Option<i64>, Option<i64>) {
        (self.settled, self.last)
    }

    /// Takes the next event of the stream, by its `occurred_at` in microseconds. O(1).
    pub fn push(&mut self, occurred_at: i64) -> Pushed {
        self.settled = self.last.map(|last| {
            let is_ahead = last > occurred_at.saturating_add(AHEAD_MICROS_MAX);
            let counted = if is_ahead { occurred_at } else { last };
            self.settled.map_or(counted, |settled| settled.max(counted))
        });
        self.last = Some(occurred_at);
        Pushed { previous: self.settled, last: self.settled.map_or(occurred_at, |at| at.max(occurred_at)) }
    }
}

/// Returns the effective times of a whole stream, from its events' `occurred_at` in the order of their revisions.
///
/// ```
/// assert_eq!(retold_core::happening::effective(&[3, 1, 2, 5]), [3, 3, 3, 5]);
/// ```
pub fn effective(occurred_at: &[i64]) -> Vec<i64> {
    let mut happening = Happening::default();
    let mut times: Vec<i64> = Vec::with_capacity(occurred_at.len());
    for &at in occurred_at {
        let pushed = happening.push(at);
        if let (Some(last), Some(previous)) = (times.last_mut(), pushed.previous) {
            *last = previous;
        }
        times.push(pushed.last);
    }
    times
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: i64 = AHEAD_MICROS_MAX;

    /// The definition in words, computed from the whole stream at once.
    fn defined(times: &[i64]) -> Vec<i64> {
        let counted = |at: usize| match times.get(at + 1) {
            Some(&next) if times[at] > next.saturating_add(DAY) => next,
            _ => times[at],
        };
        (0..times.len()).map(|at| (0..=at).map(counted).max().unwrap()).collect()
    }

    proptest! {
        #![proptest_config(retold_trial::chance::properties(256))]

        #[test]
        fn what_is_computed_event_by_event_is_what_is_defined(
            times in prop::collection::vec((-3 * DAY..3 * DAY).prop_map(|at| at / (DAY / 8) * (DAY / 8)), 0..24),
        ) {
            let effective = effective(&times);
            prop_assert_eq!(&effective, &defined(&times));
            prop_assert!(effective.is_sorted());
        }

        #[test]
        fn a_stream_is_gone_on_with_from_what_was_kept(times in prop::collection::vec(any::<i64>(), 1..12)) {
            let mut whole = Happening::default();
            let mut parted = Happening::default();
            for at in times {
                let (settled, last) = parted.parts();
                parted = Happening::from_parts(settled, last);
                prop_assert_eq!(whole.push(at), parted.push(at));
            }
        }
    }

    #[test]
    fn a_day_ahead_is_still_believed_and_more_is_not() {
        assert_eq!(effective(&[DAY, 0]), [DAY, DAY]);
        assert_eq!(effective(&[DAY + 1, 0]), [0, 0]);
    }
}
