//! `--at`: a moment of the log, as a person names it.

use std::str::FromStr;

use jiff::Timestamp;
use retold_core::{EventHash, Head, Position, Reader, Revision, time};
use retold_projections::Found;
use rusqlite::{OptionalExtension, params};

use crate::failure::Failure;

/// A moment of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    /// `1234`: right after the event at this position.
    Position(Position),
    /// `r7`: right after a session's event of this revision.
    Revision(Revision),
    /// A time: right after the last event that is not younger.
    Instant(Timestamp),
}

/// Which of an event's two times is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Clock {
    /// When the log got it
    #[default]
    Recorded,
    /// When it happened
    Occurred,
}

const ACCEPTED: &str = "a position such as 1234, a session's revision such as r7, or a time such as \
                        2026-11-23T09:00:00Z";

impl FromStr for Point {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || format!("accepted are {ACCEPTED}");
        let (digits, revision) = match text.strip_prefix('r') {
            Some(digits) => (digits, true),
            None => (text, false),
        };
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            // 0 is before the first event: no answer stands for it.
            let number = digits.parse().ok().filter(|number| *number > 0).ok_or_else(refused)?;
            let point = match revision {
                true => Revision::new(number).map(Self::Revision),
                false => Position::new(number).map(Self::Position),
            };
            return point.ok_or_else(refused);
        }
        text.parse().map(Self::Instant).map_err(|_| refused())
    }
}

/// Returns the position that a point names, with its hash.
///
/// # Errors
/// A usage failure where it names nothing.
pub(crate) fn resolve(
    point: &Point,
    clock: Clock,
    reader: &Reader<'_>,
    session: Option<&Found>,
) -> Result<Head, Failure> {
    let position = match (point, session) {
        (Point::Position(position), _) => {
            let end = reader.head()?.position;
            if *position > end {
                return Err(Failure::usage(format!("--at {position}: the log ends at position {end}")));
            }
            *position
        }
        (Point::Revision(revision), Some(session)) => {
            reader.position_of(session.stream, *revision)?.map_or_else(
                || {
                    let end = reader.revision(session.stream)?;
                    let message = format!("--at r{revision}: {} is at revision {end}", session.name);
                    Err(Failure::usage(message))
                },
                Ok,
            )?
        }
        (Point::Revision(revision), None) => {
            return Err(Failure::usage(format!("--at r{revision}: a revision is of a session"))
                .hint("name the session, or a position or a time instead"));
        }
        (Point::Instant(instant), _) => at_instant(*instant, clock, reader, session)?,
    };
    Ok(Head { position, hash: hash_of(reader, position)? })
}

fn at_instant(
    instant: Timestamp,
    clock: Clock,
    reader: &Reader<'_>,
    session: Option<&Found>,
) -> Result<Position, Failure> {
    let position = match (clock, session) {
        (Clock::Recorded, _) => reader.position_at(instant)?,
        (Clock::Occurred, Some(session)) => {
            let sql = include_str!("../sql/last_occurred.sql");
            let last: Option<Position> = reader
                .connection()
                .query_row(sql, params![session.stream, time::to_micros(instant)], |row| row.get(0))
                .map_err(retold_core::Error::sqlite("read the log"))?;
            last.unwrap_or(Position::ZERO)
        }
        // Sessions overlap, and an import records one after the other: no position parts what happened before from
        // what happened after.
        (Clock::Occurred, None) => {
            return Err(Failure::usage("--clock occurred: only a session has an order by it")
                .hint("name the session, or leave --clock away"));
        }
    };
    if position == Position::ZERO {
        let what = if clock == Clock::Recorded { "was recorded" } else { "had happened" };
        return Err(Failure::usage(format!("--at {instant}: nothing {what} by then")));
    }
    Ok(position)
}

fn hash_of(reader: &Reader<'_>, position: Position) -> Result<EventHash, Failure> {
    let found = reader
        .connection()
        .query_row(include_str!("../sql/hash_of_position.sql"), [position], |row| row.get(0))
        .optional()
        .map_err(retold_core::Error::sqlite("read the log"))?;
    found.ok_or_else(|| {
        let found = format!("position {position} is missing");
        retold_core::Error::Damaged { act: "read the log", found }.into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_read() {
        let read = |text: &str| text.parse::<Point>().unwrap();
        assert_eq!(read("1234"), Point::Position(Position::new(1234).unwrap()));
        assert_eq!(read("r7"), Point::Revision(Revision::new(7).unwrap()));
        let instant = "2026-11-23T09:00:00Z".parse().unwrap();
        assert_eq!(read("2026-11-23T09:00:00Z"), Point::Instant(instant));
        assert_eq!(read("2026-11-23T10:00:00+01:00"), Point::Instant(instant));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "0",
            "r0",
            "r",
            "-1",
            "+1",
            "yesterday",
            "2026-11-23",
            "2026-11-23T09:00:00",
            "9223372036854775808",
        ] {
            assert!(text.parse::<Point>().unwrap_err().starts_with("accepted are a position"), "{text}");
        }
    }
}
