//! Times as tools write them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Reads a time, in milliseconds since 1970. One without an offset is in UTC.
pub(crate) fn milliseconds(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.as_millisecond());
    }
    let time: DateTime = text.strip_suffix("+00:00").unwrap_or(text).trim_end().parse().ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

/// Takes milliseconds since 1970 where they are a time that there can be.
pub(crate) fn of_milliseconds(number: i64) -> Option<i64> {
    Timestamp::from_millisecond(number).ok().map(Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_each_tool_writes_them() {
        for text in [
            "2026-08-03T09:15:00.000Z",
            "2026-08-03 09:15:00.000",
            "2026-08-03 09:15:00 +00:00",
            "2026-08-03T11:15:00+02:00",
        ] {
            assert_eq!(milliseconds(text), Some(1_785_748_500_000), "{text}");
        }
        for text in ["", "yesterday", "2026-13-03T09:15:00Z", "99999-01-01 00:00:00"] {
            assert_eq!(milliseconds(text), None, "{text}");
        }
    }
}
