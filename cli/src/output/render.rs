//! Values as text, for tables and CSV.

use std::fmt::Write;

use jiff::Timestamp;

use super::{Look, Value, size};
use crate::session::Called;

/// Returns a value in full.
pub(super) fn full(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => real(*number),
        Value::Text(text) | Value::Toned(text, _) | Value::Called(Called { text, .. }) => text.clone(),
        Value::Instant(micros) => instant(*micros),
        Value::Size(bytes) => bytes.to_string(),
        Value::Dollars(micros) => micros.to_string(),
        Value::Hex(bytes) => hex(bytes),
        Value::Marked(pieces) => pieces.iter().map(|(piece, _)| piece.as_str()).collect(),
        Value::Json(document) => document.get().to_owned(),
    }
}

/// Returns a value as a person likes to read it.
pub(super) fn short(value: &Value, look: &Look) -> String {
    match value {
        Value::Instant(micros) => match Timestamp::from_microsecond(*micros) {
            Ok(instant) => retold_core::time::shown(instant, &look.zone),
            Err(_) => micros.to_string(),
        },
        Value::Size(bytes) => size(*bytes),
        Value::Dollars(micros) => dollars(*micros),
        value => full(value),
    }
}

/// Returns an instant as RFC 3339, as exact as the store has it.
pub(super) fn instant(micros: i64) -> String {
    Timestamp::from_microsecond(micros).map_or_else(|_| micros.to_string(), |instant| instant.to_string())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _infallible = write!(text, "{byte:02x}");
    }
    text
}

/// Returns a number so that it is read back as the same one, and as no integer. SQLite has infinities, JSON has
/// not: like SQLite's own JSON functions, this writes a number too large for any reader.
pub(super) fn real(number: f64) -> String {
    match number {
        f64::INFINITY => "9.0e+999".to_owned(),
        f64::NEG_INFINITY => "-9.0e+999".to_owned(),
        number => format!("{number:?}"),
    }
}

/// Returns millionths of a dollar for a person: cents, half a one up; what is less than one is not nothing.
pub(crate) fn dollars(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let micros = micros.unsigned_abs();
    match micros.saturating_add(5_000) / 10_000 {
        0 if micros > 0 => format!("{sign}<$0.01"),
        cents => format!("{sign}${}.{:02}", cents / 100, cents % 100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_shown_in_cents() {
        let shown = [0, 1, 4_999, 5_000, 1_234_567, -20_000, i64::MIN].map(dollars);
        assert_eq!(shown, ["$0.00", "<$0.01", "<$0.01", "$0.01", "$1.23", "-$0.02", "-$9223372036854.78"]);
    }

    #[test]
    fn instants_are_exact_in_full_and_whole_seconds_for_people() {
        let value = Value::Instant(1_763_082_123_123_456);
        assert_eq!(full(&value), "2025-11-14T01:02:03.123456Z");
        let shown = |zone: &str| {
            let zone = jiff::tz::TimeZone::get(zone).unwrap();
            short(&value, &Look { columns: None, colour: false, zone })
        };
        assert_eq!(shown("UTC"), "2025-11-14 01:02:03Z");
        assert_eq!(shown("Asia/Kolkata"), "2025-11-14 06:32:03+05:30");
        assert_eq!(shown("America/New_York"), "2025-11-13 20:02:03-05:00");
        assert_eq!(full(&Value::Instant(i64::MAX)), i64::MAX.to_string());
    }

    #[test]
    fn a_real_never_looks_like_an_integer() {
        assert_eq!([1.0, 0.1, f64::INFINITY].map(real), ["1.0", "0.1", "9.0e+999"]);
    }
}
