//! A point from its text. Nothing here looks at a log or a clock.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use retold_core::{Position, Revision};

use super::explain;
use super::{Amount, Anchor, HashPrefix, NotAPoint, Offset, Place, Point, Unit, beginning};
use crate::mark::MarkName;

pub(super) fn point(text: &str) -> Result<Point, NotAPoint> {
    // A time may end in what looks like an offset, +01:00; a mark's name never does.
    let whole = if text.starts_with("mark:") { None } else { anchor(text)? };
    if let Some(anchor) = whole {
        return Ok(anchor.into());
    }
    if let Some((before, offset)) = split_offset(text)
        && let Some(anchor) = anchor(before)?
    {
        return Ok(Point { anchor, offset: Some(offset) });
    }
    match anchor(text)? {
        Some(anchor) => Ok(anchor.into()),
        None => refused(explain::cause(text)),
    }
}

fn refused<T>(reason: impl Into<String>) -> Result<T, NotAPoint> {
    Err(NotAPoint { reason: reason.into() })
}

/// Splits `-3` or `+15min` off the end.
fn split_offset(text: &str) -> Option<(&str, Offset)> {
    let sign = text.rfind(['+', '-'])?;
    let amount = amount(&text[sign + 1..])?;
    Some((&text[..sign], Offset { back: text[sign..].starts_with('-'), amount }))
}

/// Whether a text ends in what reads as an offset.
pub(crate) fn ends_in_offset(text: &str) -> bool {
    split_offset(text).is_some()
}

fn amount(text: &str) -> Option<Amount> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, unit) = text.split_at(digits);
    let number = digits.parse().ok()?;
    let (_, unit) = Unit::WRITTEN.into_iter().find(|(written, _)| *written == unit)?;
    Some(Amount { number, unit })
}

/// Reads an anchor; `None` where it is none of those there are, an error where it is one and cannot be.
pub(super) fn anchor(text: &str) -> Result<Option<Anchor>, NotAPoint> {
    Ok(Some(match text {
        "head" => Anchor::Head,
        _ if is_number(text) => match text.parse().ok().and_then(Position::new) {
            Some(position) => Anchor::Position(position),
            None => return refused("no position is that large"),
        },
        _ => {
            if let Some(anchor) = prefixed(text)? {
                return Ok(Some(anchor));
            }
            match time(text).or_else(|| of_session(text)) {
                Some(anchor) => anchor,
                None => return Ok(None),
            }
        }
    }))
}

fn prefixed(text: &str) -> Result<Option<Anchor>, NotAPoint> {
    // `start` and `end` are of a session that is named.
    if let Some(Place::Revision(revision)) = place(text) {
        return Ok(Some(Anchor::Revision(revision)));
    }
    if let Some(name) = text.strip_prefix("mark:") {
        return match name.parse::<MarkName>() {
            Ok(name) => Ok(Some(Anchor::Mark(name))),
            // The offset after it is not yet taken off.
            Err(_) if ends_in_offset(name) => Ok(None),
            Err(error) => refused(error.to_string()),
        };
    }
    let Some(digits) = text.strip_prefix("h:") else { return Ok(None) };
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(None);
    }
    match digits.len() {
        6..=64 => Ok(Some(Anchor::Hash(HashPrefix(digits.to_ascii_lowercase())))),
        _ => Ok(None),
    }
}

pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads `r7`, `start` or `end`.
fn place(text: &str) -> Option<Place> {
    match text {
        "start" => Some(Place::Start),
        "end" => Some(Place::End),
        _ => {
            let digits = text.strip_prefix('r').filter(|digits| is_number(digits))?;
            digits.parse().ok().and_then(Revision::new).map(Place::Revision)
        }
    }
}

/// An id may hold `:` itself: the last one counts.
fn of_session(text: &str) -> Option<Anchor> {
    let (session, rest) = text.rsplit_once(':')?;
    let place = place(rest)?;
    (!session.is_empty()).then(|| Anchor::Of(session.to_owned(), place))
}

fn time(text: &str) -> Option<Anchor> {
    if let Some(amount) = text.strip_suffix("-ago").and_then(amount) {
        return (!matches!(amount.unit, Unit::Events | Unit::Messages)).then_some(Anchor::Ago(amount));
    }
    for (word, days) in [("today", 0), ("yesterday", 1)] {
        if let Some(rest) = text.strip_prefix(word) {
            let time = match rest {
                "" => Time::midnight(),
                rest => clock(rest.strip_prefix(' ')?)?,
            };
            return Some(Anchor::DaysAgo(days, time));
        }
    }
    if let Some(time) = clock(text) {
        return Some(Anchor::Today(time));
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return is_plain(instant).then_some(Anchor::Instant(instant));
    }
    // The parser takes other forms too, such as 20261123: that is a position.
    if !text.get(..5)?.ends_with('-') {
        return None;
    }
    match text.len() {
        10 => text.parse::<Date>().ok().map(|date| Anchor::Local(beginning(date))),
        _ if !text.contains(['[', '+', 'Z', 'z']) => text.parse::<DateTime>().ok().map(Anchor::Local),
        _ => None,
    }
}

/// Years of four digits, as RFC 3339 has them.
fn is_plain(instant: Timestamp) -> bool {
    (0..=9999).contains(&instant.to_zoned(jiff::tz::TimeZone::UTC).year())
}

/// Reads `17:30` or `17:30:05`.
fn clock(text: &str) -> Option<Time> {
    let bytes = text.as_bytes();
    let fits = matches!(bytes.len(), 5 | 8)
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            2 | 5 => *byte == b':',
            _ => byte.is_ascii_digit(),
        });
    if fits { text.parse().ok() } else { None }
}
