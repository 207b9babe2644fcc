//! The two spellings of time in legacy documents.

use jiff::Timestamp;

use super::random::Random;

/// Spells `unix_ms` as the page does: `2025-11-14T01:02:03.123Z`.
pub(super) fn page(unix_ms: i64) -> String {
    at(unix_ms).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Spells a moment within the millisecond as the backend does:
/// `2025-11-14T01:02:03.123456789+00:00`.
pub(super) fn backend(unix_ms: i64, random: &mut Random) -> String {
    let seconds = at(unix_ms).strftime("%Y-%m-%dT%H:%M:%S%.3f").to_string();
    format!("{seconds}{:06}+00:00", random.between(1, 999_999))
}

fn at(unix_ms: i64) -> Timestamp {
    Timestamp::from_millisecond(unix_ms).expect("the made-up history lies within this century")
}
