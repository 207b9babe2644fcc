//! Instants, as the store holds them and as the legacy documents write them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// An instant in microseconds since 1970-01-01T00:00:00Z: what the store's time columns hold.
pub fn to_micros(instant: Timestamp) -> i64 {
    instant.as_microsecond()
}

/// Returns the instant of this many microseconds, or `None` outside the years -9999 to 9999.
pub fn from_micros(micros: i64) -> Option<Timestamp> {
    Timestamp::from_microsecond(micros).ok()
}

/// Returns an instant for a person: by the clock of a zone, to the second, with its offset from UTC, which is `Z` for none.
///
/// ```
/// use jiff::tz::{TimeZone, offset};
/// let instant = "2025-11-14T01:02:03.5Z".parse()?;
/// assert_eq!(retold_core::time::shown(instant, &TimeZone::UTC), "2025-11-14 01:02:03Z");
/// assert_eq!(retold_core::time::shown(instant, &TimeZone::fixed(offset(-5))), "2025-11-13 20:02:03-05:00");
/// # Ok::<(), jiff::Error>(())
/// ```
pub fn shown(instant: Timestamp, zone: &TimeZone) -> String {
    let is_utc = zone.to_offset(instant).is_zero();
    let form = if is_utc { "%Y-%m-%d %H:%M:%SZ" } else { "%Y-%m-%d %H:%M:%S%:z" };
    instant.to_zoned(zone.clone()).strftime(form).to_string()
}

/// Reads a timestamp as legacy documents have it: RFC 3339 with any number of fraction digits, or without a zone,
/// which means UTC (the abandoned database wrote `2026-11-23 00:35:31`).
///
/// ```
/// let text = "2025-11-14T01:02:03.123456789+00:00";
/// assert_eq!(retold_core::time::parse(text).map(retold_core::time::to_micros), Some(1_763_082_123_123_456));
/// assert_eq!(retold_core::time::parse("soon"), None);
/// ```
pub fn parse(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| {
        text.parse::<jiff::civil::DateTime>()
            .ok()?
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()
            .map(|z| z.timestamp())
    })
}

/// Spells an instant as the legacy documents do: RFC 3339 in UTC, with as many digits of a second as it takes, in threes.
///
/// ```
/// let instant = "2025-11-14T01:02:03.12Z".parse()?;
/// assert_eq!(retold_core::time::spell(instant), "2025-11-14T01:02:03.120+00:00");
/// # Ok::<(), jiff::Error>(())
/// ```
pub fn spell(instant: Timestamp) -> String {
    let format = match instant.subsec_nanosecond() {
        0 => "%Y-%m-%dT%H:%M:%S+00:00",
        nanos if nanos % 1_000_000 == 0 => "%Y-%m-%dT%H:%M:%S%.3f+00:00",
        nanos if nanos % 1_000 == 0 => "%Y-%m-%dT%H:%M:%S%.6f+00:00",
        _ => "%Y-%m-%dT%H:%M:%S%.9f+00:00",
    };
    instant.strftime(format).to_string()
}

/// Where a log takes the present from. Tests and replays give their own.
pub(crate) type Clock = std::sync::Arc<dyn Fn() -> Timestamp + Send + Sync>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_digits_in_threes() {
        let at = |nanosecond| spell(Timestamp::new(1_763_082_123, nanosecond).unwrap());
        assert_eq!(at(0), "2025-11-14T01:02:03+00:00");
        assert_eq!(at(120_000_000), "2025-11-14T01:02:03.120+00:00");
        assert_eq!(at(120_400_000), "2025-11-14T01:02:03.120400+00:00");
        assert_eq!(at(123_456_789), "2025-11-14T01:02:03.123456789+00:00");
    }
}
