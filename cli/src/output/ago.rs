//! Times as people say them.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Returns how long ago an instant was; one of more than a week ago, or of the future, as a date by the clock of a zone.
pub(crate) fn ago(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    match now.as_second() - at.as_second() {
        seconds @ 0..MINUTE => format!("{seconds} s ago"),
        seconds @ MINUTE..HOUR => format!("{} min ago", seconds / MINUTE),
        seconds @ HOUR..DAY => format!("{} h ago", seconds / HOUR),
        seconds if (DAY..7 * DAY).contains(&seconds) => format!("{} d ago", seconds / DAY),
        _ => at.to_zoned(zone.clone()).strftime("%Y-%m-%d").to_string(),
    }
}

/// Returns how long something took, in at most two units.
pub(crate) fn took(duration: SignedDuration) -> String {
    let milliseconds = duration.as_millis().max(0);
    let seconds = duration.as_secs().max(0);
    match seconds {
        0 => format!("{milliseconds} ms"),
        1..10 => format!("{}.{} s", seconds, milliseconds % 1_000 / 100),
        10..MINUTE => format!("{seconds} s"),
        MINUTE..HOUR => two(seconds / MINUTE, "min", seconds % MINUTE, "s"),
        HOUR..DAY => two(seconds / HOUR, "h", seconds % HOUR / MINUTE, "min"),
        _ => two(seconds / DAY, "d", seconds % DAY / HOUR, "h"),
    }
}

fn two(large: i64, unit: &str, small: i64, small_unit: &str) -> String {
    if small == 0 { format!("{large} {unit}") } else { format!("{large} {unit} {small} {small_unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_shortly() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let said = |seconds: i64| ago(now - SignedDuration::from_secs(seconds), now, &TimeZone::UTC);
        assert_eq!(
            [0, 59, 60, 3_599, 3_600, 86_400, 604_799, 604_800, -5].map(said),
            [
                "0 s ago",
                "59 s ago",
                "1 min ago",
                "59 min ago",
                "1 h ago",
                "1 d ago",
                "6 d ago",
                "2026-11-16",
                "2026-11-23"
            ]
        );
        let said = |milliseconds: i64| took(SignedDuration::from_millis(milliseconds));
        assert_eq!(
            [-1, 0, 999, 1_000, 9_990, 10_000, 60_000, 61_500, 3_600_000, 5_400_000, 90_000_000].map(said),
            [
                "0 ms",
                "0 ms",
                "999 ms",
                "1.0 s",
                "9.9 s",
                "10 s",
                "1 min",
                "1 min 1 s",
                "1 h",
                "1 h 30 min",
                "1 d 1 h"
            ]
        );
    }
}
