//! Times: which instant a point names, what had happened or was recorded by then, and what is nearest.

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use retold_core::happening::Moment;
use retold_core::{Clock, EventHash, Head, Position, Revision, StreamId, time};
use retold_projections::Happenings;

use super::local::local_instant;
use super::resolve::{EventHead, Led, moved, no};
use super::{Anchor, Offset, Point, Resolved, Resolver};
use crate::Error;
use crate::timeline::revision_at;

impl Resolver<'_, '_> {
    /// Returns the time that a point names, whatever the log holds; `None` for one that names something of the log.
    ///
    /// # Errors
    /// [`Error::NoSuchPoint`] for a time that there is not.
    pub fn time(&self, point: &Point) -> Result<Option<Timestamp>, Error> {
        point.time(self.now, &self.zone)
    }

    /// Returns the instant of an anchor that is a time.
    pub(super) fn instant(&self, point: &Point) -> Result<Option<Timestamp>, Error> {
        anchor_instant(point, self.now, &self.zone)
    }

    /// Finds what counts at an instant: of a session its last event by then, of the whole log by the clock of happening the
    /// instant itself. Sessions overlap, and an import records one after the other, so that no position parts what had
    /// happened from what had not.
    pub(super) fn at_instant(&self, instant: Timestamp, stream: Option<StreamId>) -> Result<Led, Error> {
        let micros = time::to_micros(instant);
        let moment = match (self.clock, stream) {
            (Clock::Recorded, _) => Moment::Recorded(self.reader.position_at(instant)?),
            (Clock::Occurred, None) => Moment::Occurred(micros),
            (Clock::Occurred, Some(stream)) => {
                Moment::Recorded(Happenings::of(self.reader).stream_at(stream, Moment::Occurred(micros))?)
            }
        };
        Ok(Led { moment, time: Some(instant), stream })
    }

    /// Returns the time of the event at a position, from which a length of time is counted.
    pub(super) fn time_of(&self, point: &Point, position: Position) -> Result<Timestamp, Error> {
        let Some(event) = self.event(position)? else {
            return Err(no(point, "before the first event is no time"));
        };
        let micros = match self.clock {
            Clock::Recorded => event.recorded_at,
            Clock::Occurred => Happenings::of(self.reader)
                .happened_at(event.stream, event.revision)?
                .unwrap_or(event.occurred_at),
        };
        time::from_micros(micros).ok_or_else(|| no(point, "its time is no time"))
    }

    /// Describes a position.
    ///
    /// # Errors
    /// Where the store cannot be read, or lacks that position.
    pub fn moment(&self, position: Position) -> Result<Resolved, Error> {
        let moment = Moment::Recorded(position);
        if position == Position::ZERO {
            let head = Head { position, hash: EventHash::ZERO };
            return Ok(Resolved { moment, head, time: None, said: "before the first event".to_owned() });
        }
        let Some(event) = self.event(position)? else {
            let found = format!("position {position} is missing");
            let missing = retold_core::Error::Damaged { act: "read the log", found };
            // A part of a log is there as after the last of its events before.
            let Some(before) = self.reader.part()?.and(self.reader.last_up_to(position)?) else {
                return Err(missing.into());
            };
            let there = self.moment(before)?;
            return Ok(Resolved {
                said: format!("{}; {position} is not in this part of the log", there.said),
                ..there
            });
        };
        let of = match self.session {
            // The moment is of the log; what it means to the session that is spoken of is told.
            Some(session) if session.stream != event.stream => {
                let revision = revision_at(self.reader, session.stream, position)?;
                format!("{} is at r{revision} then", session.name)
            }
            _ => format!("r{} of {}", event.revision, self.reader.name(event.stream)?),
        };
        let said = format!("position {position}, {}, {of}", self.times(&event));
        Ok(Resolved { moment, head: Head { position, hash: event.hash }, time: None, said })
    }

    /// Both times of an event; one where they are the same to the second.
    fn times(&self, event: &EventHead) -> String {
        let (happened, recorded) = (self.shown(event.occurred_at), self.shown(event.recorded_at));
        match happened == recorded {
            true => happened,
            false => format!("happened {happened}, recorded {recorded}"),
        }
    }

    pub(super) fn shown(&self, micros: i64) -> String {
        time::from_micros(micros).map_or_else(|| micros.to_string(), |at| time::shown(at, &self.zone))
    }

    /// Describes a time of the whole log.
    pub(super) fn all_by(&self, led: Led) -> Result<Resolved, Error> {
        let by = led.time.map_or_else(String::new, |at| time::shown(at, &self.zone));
        let said = format!("what had happened by {by}");
        Ok(Resolved {
            moment: led.moment,
            head: self.reader.head()?,
            time: led.time.map(|at| (self.clock, at)),
            said,
        })
    }

    /// Refuses a moment at which nothing counts, and says which one is nearest.
    pub(super) fn refuse_before_all(&self, point: &Point, resolved: &Resolved) -> Result<(), Error> {
        let Some((clock, by)) = resolved.time else {
            return match resolved.head.position == Position::ZERO {
                true => Err(no(point, "nothing was recorded by then")),
                false => Ok(()),
            };
        };
        let is_before = match resolved.moment {
            Moment::Recorded(position) => position == Position::ZERO,
            Moment::Occurred(at) => !Happenings::of(self.reader).has_happened_by(at)?,
        };
        if !is_before {
            return Ok(());
        }
        let first = match (clock, self.led(point)?.stream) {
            (Clock::Recorded, _) => {
                self.event(Position::ZERO.plus(1))?.map(|event| (event.recorded_at, event.stream))
            }
            (Clock::Occurred, None) => self.reader.first_happened()?,
            (Clock::Occurred, Some(stream)) => {
                let first = Happenings::of(self.reader).happened_at(stream, Revision::ZERO.plus(1))?;
                first.map(|first| (first, stream))
            }
        };
        let Some((first, stream)) = first else { return Err(no(point, "the log is empty")) };
        Err(Error::NothingYet {
            point: point.to_string(),
            clock,
            by: time::shown(by, &self.zone),
            first: self.shown(first),
            stream: Box::new(self.reader.name(stream)?),
        })
    }
}

/// Returns the instant of an anchor that is a time.
fn anchor_instant(point: &Point, now: Timestamp, zone: &TimeZone) -> Result<Option<Timestamp>, Error> {
    let today = || now.to_zoned(zone.clone()).date();
    let (local, is_day) = match &point.anchor {
        Anchor::Instant(instant) => return Ok(Some(*instant)),
        Anchor::Ago(amount) => {
            let back = Offset { back: true, amount: *amount };
            let duration = amount.duration().unwrap_or_default();
            return moved(point, now, back, duration).map(Some);
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
    local_instant(local, zone, is_day).map(Some).map_err(|reason| no(point, reason))
}

impl Point {
    /// Returns the time that a point names, for whoever has no log at hand; `None` for one that names something of a log.
    ///
    /// # Errors
    /// [`Error::NoSuchPoint`] for a time that there is not.
    pub fn time(&self, now: Timestamp, zone: &TimeZone) -> Result<Option<Timestamp>, Error> {
        let Some(instant) = anchor_instant(self, now, zone)? else { return Ok(None) };
        match self.offset.map(|offset| (offset, offset.amount.duration())) {
            None => Ok(Some(instant)),
            Some((offset, Some(duration))) => moved(self, instant, offset, duration).map(Some),
            Some((_, None)) => Ok(None),
        }
    }
}
