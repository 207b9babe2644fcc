//! The present, in the spelling of the old history.

use jiff::Timestamp;

/// Spells an instant as the old history did: RFC 3339 in UTC, with as many digits of a second as it takes, in threes.
pub(crate) fn spell(instant: Timestamp) -> String {
    let format = match instant.subsec_nanosecond() {
        0 => "%Y-%m-%dT%H:%M:%S+00:00",
        nanos if nanos % 1_000_000 == 0 => "%Y-%m-%dT%H:%M:%S%.3f+00:00",
        nanos if nanos % 1_000 == 0 => "%Y-%m-%dT%H:%M:%S%.6f+00:00",
        _ => "%Y-%m-%dT%H:%M:%S%.9f+00:00",
    };
    instant.strftime(format).to_string()
}

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
