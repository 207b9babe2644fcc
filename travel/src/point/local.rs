//! Times by the clock on a person's wall.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

const BEYOND: &str = "no clock shows that year";
const DAY_SECONDS: i32 = 24 * 60 * 60;

/// Returns the instant at which a clock in `zone` shows `local`; with `is_day` that at which the day of `local` begins, which
/// is midnight or, where clocks leave that out, the first time they show.
///
/// # Errors
/// The reason, in words, where no clock shows it, or twice: with both readings, as they are written.
pub fn local_instant(local: DateTime, zone: &TimeZone, is_day: bool) -> Result<Timestamp, String> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let beyond = |_: jiff::Error| BEYOND.to_owned();
    let (is_gap, before, after) = match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => return ambiguous.compatible().map_err(beyond),
        AmbiguousOffset::Gap { before, after } => (true, before, after),
        AmbiguousOffset::Fold { before, after } => (false, before, after),
    };
    let (date, time) = (local.date(), local.time());
    let name = zone.iana_name().unwrap_or("this time zone");
    if is_gap && (before.seconds() - after.seconds()).abs() >= DAY_SECONDS {
        return Err(format!("there is no such day in {name}: {date} was left out of the calendar"));
    }
    if is_day {
        return ambiguous.compatible().map_err(beyond);
    }
    // With the offset that each reading has.
    let read = |offset: Offset| -> Result<String, String> {
        let instant = offset.to_timestamp(local).map_err(beyond)?;
        Ok(instant.display_with_offset(zone.to_offset(instant)).to_string())
    };
    let (first, second) = (read(before)?, read(after)?);
    Err(match is_gap {
        true => format!(
            "in {name} there is no {time} on {date}, clocks were put forward: write {first} or {second}"
        ),
        false => {
            format!("in {name} it is {time} twice on {date}, clocks were put back: write {first} or {second}")
        }
    })
}
