//! The moment that a point stands for.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use retold_core::happening::Moment;
use retold_core::{Clock, EventHash, Head, Position, Reader, Revision, StreamId, time};
use retold_projections::{Found, find};
use rusqlite::OptionalExtension;

use super::explain::distance;
use super::{Amount, Anchor, Offset, Place, Point, Unit};
use crate::error::sqlite;
use crate::timeline::revision_at;
use crate::{Error, mark};

/// What a point came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// Which events count.
    pub moment: Moment,
    /// The last event that counts, with its hash; zero before the first event. For a time that no position stands for, the
    /// end of the log that the answer is read from.
    pub head: Head,
    /// The time that the point named, and the clock that it was read by; `None` for a point that names something of the log.
    pub time: Option<(Clock, Timestamp)>,
    /// What that is, for a person: `position 12, 2026-11-23 09:00:00Z, r7 of session a1`.
    pub said: String,
}

/// The moment of any session: for a time by when things happened the time itself, not the last event of one session.
impl From<&Resolved> for Moment {
    fn from(resolved: &Resolved) -> Self {
        match resolved.time {
            Some((Clock::Occurred, at)) => Self::Occurred(time::to_micros(at)),
            _ => resolved.moment,
        }
    }
}

/// What it takes to find the moment of a point.
#[derive(Debug)]
pub struct Resolver<'r, 'log> {
    /// The log.
    pub reader: &'r Reader<'log>,
    /// The session that is spoken of, where there is one: `r7` is one of its events, and `-3` counts them.
    pub session: Option<&'r Found>,
    /// Which of an event's two times a time means.
    pub clock: Clock,
    /// The present, for `15min-ago`.
    pub now: Timestamp,
    /// The person's time zone, for `today 17:30`.
    pub zone: TimeZone,
}

/// Where a point led: a position, or for a time of the whole log no position at all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Led {
    pub(super) moment: Moment,
    pub(super) time: Option<Timestamp>,
    /// The session that a time was asked of.
    pub(super) stream: Option<StreamId>,
}

impl Led {
    fn to(position: Position) -> Self {
        Self { moment: Moment::Recorded(position), time: None, stream: None }
    }
}

/// Marks that are named where another one was asked for.
const MARKS_SHOWN_MAX: usize = 8;

impl Resolver<'_, '_> {
    /// Finds the position of a point, inclusive: that of the last event that belongs to the moment.
    ///
    /// O(log n); a hash is looked for from the beginning, messages are counted one by one, and for a time by when things
    /// happened the headers of the session's events are read.
    ///
    /// # Errors
    /// [`Error::NoSuchPoint`]; [`Error::NothingYet`] for a time before the first event; [`Error::NoPosition`] for a time by when
    /// things happened where no session is spoken of; [`Error::Ambiguous`]; otherwise where the store cannot be read.
    pub fn resolve(&self, point: &Point) -> Result<Resolved, Error> {
        self.with_position(point, self.resolve_moment(point)?)
    }

    /// Does the same, and takes a moment before the first event too: its position is zero.
    ///
    /// # Errors
    /// Those of [`resolve`](Self::resolve).
    pub fn resolve_or_before(&self, point: &Point) -> Result<Resolved, Error> {
        self.with_position(point, self.resolve_moment_or_before(point)?)
    }

    /// Finds the moment of a point: a position, or, for a time by when things happened where no session is spoken of, that time.
    ///
    /// # Errors
    /// Those of [`resolve`](Self::resolve), without [`Error::NoPosition`].
    pub fn resolve_moment(&self, point: &Point) -> Result<Resolved, Error> {
        let resolved = self.resolve_moment_or_before(point)?;
        self.refuse_before_all(point, &resolved)?;
        Ok(resolved)
    }

    /// Does the same, and takes a moment before the first event too.
    ///
    /// # Errors
    /// Those of [`resolve_moment`](Self::resolve_moment).
    pub fn resolve_moment_or_before(&self, point: &Point) -> Result<Resolved, Error> {
        let led = self.led(point)?;
        let resolved = match led.moment {
            Moment::Recorded(position) => self.moment(position)?,
            Moment::Occurred(_) => self.all_by(led)?,
        };
        Ok(Resolved { time: led.time.map(|time| (self.clock, time)), ..resolved })
    }

    fn with_position(&self, point: &Point, resolved: Resolved) -> Result<Resolved, Error> {
        match resolved.moment {
            Moment::Recorded(_) => Ok(resolved),
            Moment::Occurred(_) => Err(Error::NoPosition { point: point.to_string() }),
        }
    }

    /// Finds where a point leads.
    pub(super) fn led(&self, point: &Point) -> Result<Led, Error> {
        let named = match &point.anchor {
            Anchor::Of(name, place) => Some((self.find(point, name)?, *place)),
            _ => None,
        };
        let stream = match &named {
            Some((found, _)) => Some(found.stream),
            None => self.session.map(|found| found.stream),
        };
        if let Some(instant) = self.instant(point)? {
            return match point.offset.map(|offset| (offset, offset.amount.duration())) {
                None => self.at_instant(instant, stream),
                Some((offset, Some(duration))) => {
                    self.at_instant(moved(point, instant, offset, duration)?, stream)
                }
                Some((offset, None)) => match self.at_instant(instant, stream)?.moment {
                    Moment::Recorded(from) => self.moved(point, from, offset, stream),
                    Moment::Occurred(_) => Err(Error::NoPosition { point: point.to_string() }),
                },
            };
        }
        let from = match (&point.anchor, named) {
            (_, Some((found, place))) => self.of_session(point, &found, place)?,
            (Anchor::Revision(revision), None) => {
                let Some(session) = self.session else {
                    return Err(no(point, "a revision is of a session: name it, as in SESSION:r7"));
                };
                self.of_session(point, session, Place::Revision(*revision))?
            }
            (Anchor::Position(position), None) => {
                let end = self.reader.head()?.position;
                if end == Position::ZERO {
                    return Err(no(point, "the log is empty"));
                }
                if *position > end {
                    return Err(no(
                        point,
                        format!("it lies outside the log, which has positions 1 to {end}"),
                    ));
                }
                *position
            }
            (Anchor::Hash(prefix), None) => self.of_hash(point, prefix, stream)?,
            (Anchor::Mark(name), None) => {
                let Some(mark) = mark::find(self.reader, name)? else {
                    return Err(no(point, self.no_mark(name.as_str())?));
                };
                let is = self.event(mark.head.position)?.map(|event| event.hash);
                if mark.head.position != Position::ZERO && is != Some(mark.head.hash) {
                    return Err(no(point, "the mark was made in another history of this log"));
                }
                mark.head.position
            }
            _ => self.reader.head()?.position,
        };
        match point.offset {
            None => Ok(Led::to(from)),
            Some(offset) => self.moved(point, from, offset, stream),
        }
    }

    /// Goes on from a position, or back.
    fn moved(
        &self,
        point: &Point,
        from: Position,
        offset: Offset,
        stream: Option<StreamId>,
    ) -> Result<Led, Error> {
        let Offset { back, amount: Amount { number, unit } } = offset;
        if let Some(duration) = offset.amount.duration() {
            let instant = self.time_of(point, from)?;
            return self.at_instant(moved(point, instant, offset, duration)?, stream);
        }
        let number = u64::from(number);
        if unit == Unit::Messages {
            return self.messages(point, from, back, number, stream).map(Led::to);
        }
        let (from, last) = match stream {
            None => (from.get(), self.reader.head()?.position.get()),
            Some(stream) => {
                (revision_at(self.reader, stream, from)?.get(), self.reader.revision(stream)?.get())
            }
        };
        let what = if stream.is_some() { "of the session's events" } else { "events" };
        let to = match back {
            true => {
                from.checked_sub(number).ok_or_else(|| no(point, format!("only {from} {what} lie before")))?
            }
            false => Some(from + number)
                .filter(|to| *to <= last)
                .ok_or_else(|| no(point, format!("only {} {what} follow", last - from)))?,
        };
        let position = match stream {
            None => Position::ZERO.plus(to),
            // Before the session's first event is the moment of the event before it.
            Some(stream) if to == 0 => {
                let first = self.reader.position_of(stream, Revision::ZERO.plus(1))?;
                Position::ZERO.plus(first.map_or(0, |first| first.get() - 1))
            }
            Some(stream) => self.revision(point, stream, Revision::ZERO.plus(to))?,
        };
        Ok(Led::to(position))
    }

    fn find(&self, point: &Point, name: &str) -> Result<Found, Error> {
        use retold_projections::Error as Projections;
        match find(self.reader, name) {
            Err(Projections::NoSession { .. }) => Err(no(point, format!("no session is called {name}"))),
            Err(Projections::Ambiguous { candidates, .. }) => {
                let place = match &point.anchor {
                    Anchor::Of(_, place) => place.to_string(),
                    _ => String::new(),
                };
                let candidates = candidates.into_iter().map(|name| {
                    let ordinal =
                        if name.ordinal == 1 { String::new() } else { format!("~{}", name.ordinal) };
                    format!("{}/{}{ordinal}:{place}", name.workspace, name.session_id)
                });
                Err(Error::Ambiguous { point: point.to_string(), candidates: candidates.collect() })
            }
            found => Ok(found?),
        }
    }

    /// Says which marks there are instead; where some have nearly the same name, those.
    fn no_mark(&self, wanted: &str) -> Result<String, Error> {
        let names: Vec<String> = mark::marks(self.reader)?.into_iter().map(|mark| mark.name).collect();
        let near = |name: &&String| {
            name.starts_with(wanted) || wanted.starts_with(name.as_str()) || distance(name, wanted) <= 2
        };
        let similar: Vec<&str> =
            names.iter().filter(near).map(String::as_str).take(MARKS_SHOWN_MAX).collect();
        if !similar.is_empty() {
            return Ok(format!("there is no such mark; is {} meant?", similar.join(" or ")));
        }
        let shown = names.iter().take(MARKS_SHOWN_MAX).cloned().collect::<Vec<_>>().join(", ");
        let more = if names.len() > MARKS_SHOWN_MAX { " and more" } else { "" };
        Ok(match names.is_empty() {
            true => "there is no mark yet".to_owned(),
            false => format!("there is no such mark; there are {shown}{more}"),
        })
    }

    fn of_session(&self, point: &Point, session: &Found, place: Place) -> Result<Position, Error> {
        let revision = match place {
            Place::Start => Revision::ZERO.plus(1),
            Place::End => self.reader.revision(session.stream)?,
            Place::Revision(revision) => revision,
        };
        if revision == Revision::ZERO {
            return Err(no(point, "revisions begin at r1"));
        }
        self.revision(point, session.stream, revision)
    }

    fn revision(&self, point: &Point, stream: StreamId, revision: Revision) -> Result<Position, Error> {
        match self.reader.position_of(stream, revision)? {
            Some(position) => Ok(position),
            None => {
                let (name, end) = (self.reader.name(stream)?, self.reader.revision(stream)?);
                Err(no(point, format!("{name} ends at r{end}")))
            }
        }
    }

    pub(super) fn event(&self, position: Position) -> Result<Option<EventHead>, Error> {
        self.reader
            .connection()
            .prepare_cached(include_str!("../../sql/event_head.sql"))
            .and_then(|mut statement| {
                let read = |row: &rusqlite::Row<'_>| {
                    Ok(EventHead {
                        hash: row.get(0)?,
                        recorded_at: row.get(1)?,
                        occurred_at: row.get(2)?,
                        stream: row.get(4)?,
                        revision: row.get(5)?,
                    })
                };
                statement.query_row([position], read).optional()
            })
            .map_err(sqlite("read the log"))
    }
}

pub(super) struct EventHead {
    pub(super) hash: EventHash,
    pub(super) recorded_at: i64,
    pub(super) occurred_at: i64,
    pub(super) stream: StreamId,
    pub(super) revision: Revision,
}

pub(super) fn no(point: &Point, reason: impl Into<String>) -> Error {
    Error::NoSuchPoint { point: point.to_string(), reason: reason.into() }
}

pub(super) fn moved(
    point: &Point,
    instant: Timestamp,
    offset: Offset,
    duration: SignedDuration,
) -> Result<Timestamp, Error> {
    let moved = if offset.back { instant.checked_sub(duration) } else { instant.checked_add(duration) };
    moved.map_err(|_| no(point, "no clock shows that year"))
}
