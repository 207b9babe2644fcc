//! The position that a point stands for.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use retold_core::{EventHash, Head, Position, Reader, Revision, StreamId, time};
use retold_projections::{Found, find};
use rusqlite::{OptionalExtension, params};

use super::explain::distance;
use super::local::local_instant;
use super::{Amount, Anchor, Offset, Place, Point, Unit};
use crate::error::sqlite;
use crate::timeline::revision_at;
use crate::{Error, mark};

/// Which of an event's two times a time means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// When the log got it.
    #[default]
    Recorded,
    /// When it happened. Only one session's events can be asked so: sessions overlap.
    Occurred,
}

/// What a point came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The position, with its hash; zero before the first event.
    pub head: Head,
    /// What that is, for a person: `position 12, 2026-11-23 09:00:00Z, r7 of session a1`.
    pub said: String,
}

/// What it takes to find the position of a point.
#[derive(Debug)]
pub struct Resolver<'r, 'log> {
    /// The log.
    pub reader: &'r Reader<'log>,
    /// The session that is spoken of, where there is one: `r7` is one of its events, and `-3` counts them.
    pub session: Option<&'r Found>,
    /// Which time a time means.
    pub clock: Clock,
    /// The present, for `15min-ago`.
    pub now: Timestamp,
    /// The person's time zone, for `today 17:30`.
    pub zone: TimeZone,
}

/// Marks that are named where another one was asked for.
const MARKS_SHOWN_MAX: usize = 8;

impl Resolver<'_, '_> {
    /// Finds the position of a point, inclusive: that of the last event that belongs to the moment.
    ///
    /// O(log n); a hash is looked for from the beginning, and messages are counted one by one.
    ///
    /// # Errors
    /// [`Error::NoSuchPoint`], also where nothing had happened by then; [`Error::Ambiguous`]; otherwise where the store
    /// cannot be read.
    pub fn resolve(&self, point: &Point) -> Result<Resolved, Error> {
        let resolved = self.resolve_or_before(point)?;
        if resolved.head.position == Position::ZERO {
            self.refuse_before_the_log(point)?;
            let had = if self.clock == Clock::Occurred { "had happened" } else { "was recorded" };
            return Err(no(point, format!("nothing {had} by then")));
        }
        Ok(resolved)
    }

    /// Refuses a time before the log begins, by the clock of the log.
    pub(super) fn refuse_before_the_log(&self, point: &Point) -> Result<(), Error> {
        let first = Position::ZERO.plus(1);
        let is_time = self.clock == Clock::Recorded && self.instant(point)?.is_some();
        match self.event(first)? {
            Some(event) if is_time => {
                let begins = time::from_micros(event.recorded_at)
                    .map_or_else(|| event.recorded_at.to_string(), |at| time::shown(at, &self.zone));
                Err(Error::BeforeTheLog { point: point.to_string(), begins })
            }
            _ => Ok(()),
        }
    }

    /// Does the same, and takes a moment before the first event too: its position is zero.
    ///
    /// # Errors
    /// Those of [`resolve`](Self::resolve).
    pub fn resolve_or_before(&self, point: &Point) -> Result<Resolved, Error> {
        let position = self.position(point)?;
        self.moment(position)
    }

    /// Returns the time that a point names, whatever stands in the log; `None` for one that names something of the log.
    ///
    /// # Errors
    /// [`Error::NoSuchPoint`] for a time that there is not.
    pub fn time(&self, point: &Point) -> Result<Option<Timestamp>, Error> {
        let Some(instant) = self.instant(point)? else { return Ok(None) };
        match point.offset.map(|offset| (offset, offset.amount.duration())) {
            None => Ok(Some(instant)),
            Some((offset, Some(duration))) => moved(point, instant, offset, duration).map(Some),
            Some((_, None)) => Ok(None),
        }
    }

    /// Describes a position.
    ///
    /// # Errors
    /// Where the store cannot be read, or lacks that position.
    pub fn moment(&self, position: Position) -> Result<Resolved, Error> {
        if position == Position::ZERO {
            let head = Head { position, hash: EventHash::ZERO };
            return Ok(Resolved { head, said: "before the first event".to_owned() });
        }
        let event = self.event(position)?.ok_or_else(|| {
            let found = format!("position {position} is missing");
            retold_core::Error::Damaged { act: "read the log", found }
        })?;
        let micros = match self.clock {
            Clock::Recorded => event.recorded_at,
            Clock::Occurred => event.occurred_at,
        };
        let at =
            time::from_micros(micros).map_or_else(|| micros.to_string(), |at| time::shown(at, &self.zone));
        let of = match self.session {
            // The moment is of the log; what it means to the session that is spoken of is told.
            Some(session) if session.stream != event.stream => {
                let revision = revision_at(self.reader, session.stream, position)?;
                format!("{} is at r{revision} then", session.name)
            }
            _ => format!("r{} of {}", event.revision, self.reader.name(event.stream)?),
        };
        let said = format!("position {position}, {at}, {of}");
        Ok(Resolved { head: Head { position, hash: event.hash }, said })
    }

    fn position(&self, point: &Point) -> Result<Position, Error> {
        let named = match &point.anchor {
            Anchor::Of(name, place) => Some((self.find(point, name)?, *place)),
            _ => None,
        };
        let stream = match &named {
            Some((found, _)) => Some(found.stream),
            None => self.session.map(|found| found.stream),
        };
        let instant = self.instant(point)?;
        if let Some(instant) = instant {
            return match point.offset.map(|offset| (offset, offset.amount.duration())) {
                None => self.at_instant(point, instant, stream),
                Some((offset, Some(duration))) => {
                    self.at_instant(point, moved(point, instant, offset, duration)?, stream)
                }
                Some((offset, None)) => {
                    let from = self.at_instant(point, instant, stream)?;
                    self.moved(point, from, offset, stream)
                }
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
            None => Ok(from),
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
    ) -> Result<Position, Error> {
        let Offset { back, amount: Amount { number, unit } } = offset;
        if let Some(duration) = offset.amount.duration() {
            let Some(event) = self.event(from)? else {
                return Err(no(point, "before the first event is no time"));
            };
            let micros = match self.clock {
                Clock::Recorded => event.recorded_at,
                Clock::Occurred => event.occurred_at,
            };
            let Some(instant) = time::from_micros(micros) else {
                return Err(no(point, "its time is no time"));
            };
            return self.at_instant(point, moved(point, instant, offset, duration)?, stream);
        }
        let number = u64::from(number);
        if unit == Unit::Messages {
            return self.messages(point, from, back, number, stream);
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
        match stream {
            None => Ok(Position::ZERO.plus(to)),
            // Before the session's first event is the moment of the event before it.
            Some(stream) if to == 0 => {
                let first = self.reader.position_of(stream, Revision::ZERO.plus(1))?;
                Ok(Position::ZERO.plus(first.map_or(0, |first| first.get() - 1)))
            }
            Some(stream) => self.revision(point, stream, Revision::ZERO.plus(to)),
        }
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
                        if name.ordinal == 1 { String::new() } else { format!("#{}", name.ordinal) };
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

    /// Returns the instant of an anchor that is a time.
    fn instant(&self, point: &Point) -> Result<Option<Timestamp>, Error> {
        let today = || self.now.to_zoned(self.zone.clone()).date();
        let (local, is_day) = match &point.anchor {
            Anchor::Instant(instant) => return Ok(Some(*instant)),
            Anchor::Ago(amount) => {
                let back = Offset { back: true, amount: *amount };
                let duration = amount.duration().unwrap_or_default();
                return moved(point, self.now, back, duration).map(Some);
            }
            Anchor::Local(local) => (*local, local.time() == Time::midnight()),
            Anchor::Today(time) => (today().to_datetime(*time), false),
            Anchor::DaysAgo(days, time) => {
                let span = jiff::Span::new().days(i64::from(*days));
                let date = today().checked_sub(span).map_err(|_| no(point, "no clock shows that year"))?;
                (date.to_datetime(*time), *time == Time::midnight())
            }
            _ => return Ok(None),
        };
        local_instant(local, &self.zone, is_day).map(Some).map_err(|reason| no(point, reason))
    }

    fn at_instant(
        &self,
        point: &Point,
        instant: Timestamp,
        stream: Option<StreamId>,
    ) -> Result<Position, Error> {
        match (self.clock, stream) {
            (Clock::Recorded, _) => Ok(self.reader.position_at(instant)?),
            (Clock::Occurred, Some(stream)) => {
                let sql = include_str!("../../sql/last_occurred.sql");
                let last: Option<Position> = self
                    .reader
                    .connection()
                    .query_row(sql, params![stream, time::to_micros(instant)], |row| row.get(0))
                    .map_err(sqlite("read the log"))?;
                Ok(last.unwrap_or(Position::ZERO))
            }
            // Sessions overlap, and an import records one after the other: no position parts what happened before
            // from what happened after.
            (Clock::Occurred, None) => Err(no(
                point,
                "sessions overlap in time: only of one session can be said what had happened by then, name it",
            )),
        }
    }

    fn event(&self, position: Position) -> Result<Option<EventHead>, Error> {
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

struct EventHead {
    hash: EventHash,
    recorded_at: i64,
    occurred_at: i64,
    stream: StreamId,
    revision: Revision,
}

pub(super) fn no(point: &Point, reason: impl Into<String>) -> Error {
    Error::NoSuchPoint { point: point.to_string(), reason: reason.into() }
}

fn moved(
    point: &Point,
    instant: Timestamp,
    offset: Offset,
    duration: SignedDuration,
) -> Result<Timestamp, Error> {
    let moved = if offset.back { instant.checked_sub(duration) } else { instant.checked_add(duration) };
    moved.map_err(|_| no(point, "no clock shows that year"))
}
