//! What had happened by a time, read from the headers of events. The definition is in [`happening`](crate::happening).

use std::collections::HashMap;

use rusqlite::params;

use super::read::{READ, Reader};
use crate::happening::{Happening, Moment, effective};
use crate::{Error, Position, Revision, StreamId};

/// An event, and when it counts as having happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Happened {
    /// Its effective time, in microseconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    /// The event.
    pub position: Position,
    /// Whose event it is.
    pub stream: StreamId,
}

/// How far the times of a stream were read: where a reading of them goes on.
#[derive(Clone, Copy, Debug, Default)]
pub struct TimesRead {
    /// The last event that was read.
    pub last: Option<(Revision, Position)>,
    /// The event before it, whose time is final.
    pub before: Option<(Revision, Position)>,
    /// The times up to the last event.
    pub happening: Happening,
}

impl TimesRead {
    fn revision(&self) -> Revision {
        self.last.map_or(Revision::ZERO, |(revision, _)| revision)
    }

    /// The effective time of the last event that was read, as far as it is known by now.
    fn last_effective(&self) -> Option<i64> {
        let (settled, last) = self.happening.parts();
        last.map(|last| settled.map_or(last, |settled| settled.max(last)))
    }
}

impl Reader<'_> {
    /// Returns the last event of a stream that had happened by `at`, in microseconds since 1970-01-01T00:00:00Z; `None` where
    /// nothing had. It reads the headers of the stream's events up to there, and no body.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn happened_by(&self, stream: StreamId, at: i64) -> Result<Option<(Revision, Position)>, Error> {
        self.happened_by_after(stream, TimesRead::default(), at)
    }

    /// Does the same, and goes on from what was read of the stream; the event before the last one that was read has to count.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn happened_by_after(
        &self,
        stream: StreamId,
        mut read: TimesRead,
        at: i64,
    ) -> Result<Option<(Revision, Position)>, Error> {
        let mut is_over = false;
        self.each_time(stream, read.revision(), |revision, position, occurred_at| {
            let pushed = read.happening.push(occurred_at);
            is_over = pushed.previous.is_some_and(|previous| previous > at);
            if !is_over {
                (read.before, read.last) = (read.last, Some((revision, position)));
            }
            !is_over
        })?;
        let counts = !is_over && read.last_effective().is_some_and(|last| last <= at);
        Ok(if counts { read.last } else { read.before })
    }

    /// Returns when an event of a stream counts as having happened, in microseconds since 1970-01-01T00:00:00Z; `None` where the
    /// stream has no such event. It reads the headers of the stream's events up to the next one, and no body.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn happened_at(&self, stream: StreamId, revision: Revision) -> Result<Option<i64>, Error> {
        self.happened_at_after(stream, TimesRead::default(), revision)
    }

    /// Does the same, and goes on from what was read of the stream, which is not beyond that event.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn happened_at_after(
        &self,
        stream: StreamId,
        mut read: TimesRead,
        revision: Revision,
    ) -> Result<Option<i64>, Error> {
        let is_read = read.revision() == revision;
        let mut found = if is_read { read.last_effective() } else { None };
        self.each_time(stream, read.revision(), |reached, _, occurred_at| {
            let pushed = read.happening.push(occurred_at);
            if reached == revision {
                found = Some(pushed.last);
            }
            if reached > revision && found.is_some() {
                found = pushed.previous;
            }
            reached <= revision
        })?;
        Ok(found)
    }

    /// Returns the events of a stream with their effective times, from the last one that was read on. It reads their headers, and
    /// no body.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn happened_of(&self, stream: StreamId, mut read: TimesRead) -> Result<Vec<Happened>, Error> {
        let now = |at, position| Happened { at, position, stream };
        let last = read.last.zip(read.last_effective());
        let mut found: Vec<Happened> =
            last.into_iter().map(|((_, position), at)| now(at, position)).collect();
        self.each_time(stream, read.revision(), |_, position, occurred_at| {
            let pushed = read.happening.push(occurred_at);
            if let (Some(last), Some(previous)) = (found.last_mut(), pushed.previous) {
                last.at = previous;
            }
            found.push(now(pushed.last, position));
            true
        })?;
        Ok(found)
    }

    /// Returns the position up to which a stream's events count at a moment; zero where none does.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn stream_at(&self, stream: StreamId, moment: Moment) -> Result<Position, Error> {
        match moment {
            Moment::Recorded(position) => Ok(position),
            Moment::Occurred(at) => {
                Ok(self.happened_by(stream, at)?.map_or(Position::ZERO, |(_, position)| position))
            }
        }
    }

    /// Returns the events of the log that count at `to` and did not at `after`, in the order in which they happened; what happened
    /// at the same time is in the order of the log, and each stream in that of its revisions. It reads the header of every
    /// event, and no body.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn happened_between(&self, after: Moment, to: Moment) -> Result<Vec<Happened>, Error> {
        let mut found = Vec::new();
        let mut take = |happened: Happened| {
            let Happened { at, position, .. } = happened;
            if to.includes(position, at) && !after.includes(position, at) {
                found.push(happened);
            }
        };
        let mut streams: HashMap<StreamId, (Happening, Happened)> = HashMap::new();
        let act = Error::sqlite(READ);
        let sql = include_str!("../../sql/times_of_log.sql");
        let mut statement = self.connection().prepare_cached(sql).map_err(&act)?;
        let mut rows = statement.query([]).map_err(&act)?;
        while let Some(row) = rows.next().map_err(&act)? {
            let read = || Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            let (stream, position, occurred_at) = read().map_err(&act)?;
            let now = |at| Happened { at, position, stream };
            match streams.get_mut(&stream) {
                None => {
                    let mut happening = Happening::default();
                    let pushed = happening.push(occurred_at);
                    streams.insert(stream, (happening, now(pushed.last)));
                }
                Some((happening, last)) => {
                    let pushed = happening.push(occurred_at);
                    // Now that its next event is there, the time of the last one is final.
                    take(Happened { at: pushed.previous.unwrap_or(last.at), ..*last });
                    *last = now(pushed.last);
                }
            }
        }
        streams.into_values().for_each(|(_, last)| take(last));
        found.sort_unstable_by_key(|happened| (happened.at, happened.position));
        Ok(found)
    }

    /// Returns when the first event of all happened, and in which stream; `None` in an empty log. O(streams).
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn first_happened(&self) -> Result<Option<(i64, StreamId)>, Error> {
        let act = Error::sqlite(READ);
        let sql = include_str!("../../sql/first_times.sql");
        let mut statement = self.connection().prepare_cached(sql).map_err(&act)?;
        let mut rows = statement.query([]).map_err(&act)?;
        let mut first = None;
        while let Some(row) = rows.next().map_err(&act)? {
            let read = || Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            let (stream, occurred_at, next): (StreamId, i64, Option<i64>) = read().map_err(&act)?;
            let times: Vec<i64> = [occurred_at].into_iter().chain(next).collect();
            let begin = effective(&times).first().map(|at| (*at, stream));
            first = match (first, begin) {
                (Some(known), Some(begin)) => Some(begin.min(known)),
                (known, begin) => known.or(begin),
            };
        }
        Ok(first)
    }

    /// Visits the events of a stream after a revision, by revision, position and the time that the writer's clock said, until
    /// the visitor has seen enough.
    fn each_time(
        &self,
        stream: StreamId,
        after: Revision,
        mut visit: impl FnMut(Revision, Position, i64) -> bool,
    ) -> Result<(), Error> {
        let act = Error::sqlite(READ);
        let sql = include_str!("../../sql/times_of_stream.sql");
        let mut statement = self.connection().prepare_cached(sql).map_err(&act)?;
        let mut rows = statement.query(params![stream, after]).map_err(&act)?;
        while let Some(row) = rows.next().map_err(&act)? {
            let read = || Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            let (revision, position, occurred_at) = read().map_err(&act)?;
            if !visit(revision, position, occurred_at) {
                break;
            }
        }
        Ok(())
    }
}
