//! When events count as having happened, looked up in the temporal read models where they hold them, else read from the
//! headers of the log. The answers are the same.

use std::collections::HashSet;
use std::path::Path;

use retold_core::happening::{Happening, Moment};
use retold_core::{EventType, Happened, Position, Reader, Revision, StreamId, TimesRead};
use rusqlite::{Connection, OptionalExtension};

use super::NAME;
use crate::Error;
use crate::error::sqlite;
use crate::sidecar::{SidecarFile, registry};

const ACT: &str = "look up when things happened";
/// Events that the read models do not hold, up to which the others are looked up.
const TAIL_MAX: u32 = 10_000;

/// When the events of a log count as having happened: one place to look up, or to read, for as many questions as there are.
#[derive(Debug)]
pub struct Happenings<'r, 'log> {
    reader: &'r Reader<'log>,
    times: Option<Times>,
}

impl<'r, 'log> Happenings<'r, 'log> {
    /// Opens what the read models hold of it, where they hold something.
    pub fn of(reader: &'r Reader<'log>) -> Self {
        Self { reader, times: Times::of(reader) }
    }

    /// Returns the last event of a stream that had happened by `at`, in microseconds since 1970-01-01T00:00:00Z; `None` where
    /// nothing had. O(log n) where the read models hold the stream's events, otherwise it reads the headers of the others.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn happened_by(&self, stream: StreamId, at: i64) -> Result<Option<(Revision, Position)>, Error> {
        let reader = self.reader;
        let plain = || Ok(reader.happened_by(stream, at)?);
        let Some(times) = &self.times else { return plain() };
        let Some(known) = times.known(reader, stream)? else { return plain() };
        // The time of the last one that is known is final once the next one is.
        let (mut counts, mut not) = (0, known.get());
        while not - counts > 1 {
            let middle = counts + (not - counts) / 2;
            match times.of_revision(reader, stream, middle)? {
                Some(happened) if happened <= at => counts = middle,
                Some(_) => not = middle,
                None => return plain(),
            }
        }
        if counts + 1 < known.get() {
            let revision = Revision::ZERO.plus(counts);
            return Ok(reader.position_of(stream, revision)?.map(|position| (revision, position)));
        }
        match times.read_up_to(reader, stream, known)? {
            Some(read) => Ok(reader.happened_by_after(stream, read, at)?),
            None => plain(),
        }
    }

    /// Returns when an event of a stream counts as having happened, in microseconds since 1970-01-01T00:00:00Z; `None` where the
    /// stream has no such event. O(log n) where the read models hold the stream's events.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn happened_at(&self, stream: StreamId, revision: Revision) -> Result<Option<i64>, Error> {
        let reader = self.reader;
        let plain = || Ok(reader.happened_at(stream, revision)?);
        let Some(times) = &self.times else { return plain() };
        let Some(known) = times.known(reader, stream)? else { return plain() };
        if revision < known && revision > Revision::ZERO {
            let found = times.of_revision(reader, stream, revision.get())?;
            return found.map_or_else(plain, |found| Ok(Some(found)));
        }
        match times.read_up_to(reader, stream, known)? {
            Some(read) if revision > Revision::ZERO => Ok(reader.happened_at_after(stream, read, revision)?),
            _ => plain(),
        }
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
    /// at the same time is in the order of the log. O(what is found) where the read models hold the log, otherwise it reads
    /// the headers of all events.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn happened_between(&self, after: Moment, to: Moment) -> Result<Vec<Happened>, Error> {
        let reader = self.reader;
        let plain = || Ok(reader.happened_between(after, to)?);
        let Some(times) = &self.times else { return plain() };
        let Some(Later { unfinal, events }) = times.later(reader)? else { return plain() };
        let is_in = |happened: &Happened| {
            let Happened { at, position, .. } = *happened;
            to.includes(position, at) && !after.includes(position, at)
        };
        let mut found = times.between(after, to)?;
        found.retain(|happened| !unfinal.contains(&happened.position));
        found.extend(events.into_iter().filter(is_in));
        found.sort_unstable_by_key(in_order);
        Ok(found)
    }

    /// Returns the event of the log that happened last by `at`, in microseconds since 1970-01-01T00:00:00Z: the last one of
    /// [`happened_between`](Self::happened_between) up to there. O(log n) where the read models hold the log, otherwise it reads the
    /// headers of all events.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn last_happened_by(&self, at: i64) -> Result<Option<Happened>, Error> {
        let reader = self.reader;
        let plain = || {
            let all = reader.happened_between(Moment::Recorded(Position::ZERO), Moment::Occurred(at))?;
            Ok(all.last().copied())
        };
        let Some(times) = &self.times else { return plain() };
        let Some(Later { unfinal, events }) = times.later(reader)? else { return plain() };
        let known = times.last_by(at, &unfinal)?;
        Ok(events.into_iter().filter(|event| event.at <= at).chain(known).max_by_key(in_order))
    }

    /// Returns the streams in which something is corrected that then counts earlier than its event; it may name others too. O(those)
    /// where the read models hold the log, otherwise it reads the headers of all events.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn corrected_streams(&self) -> Result<Vec<StreamId>, Error> {
        let all = || {
            let kind = EventType::MappingCorrected.number();
            streams(
                self.reader.connection(),
                include_str!("../../sql/temporal/correcting_streams.sql"),
                [kind],
            )
        };
        let Some(times) = &self.times else { return all() };
        let Some(tail) = times.tail(self.reader)? else { return all() };
        let sql = include_str!("../../sql/temporal/corrected_streams.sql");
        let mut found = streams(&times.connection, sql, [])?;
        found.extend(tail.into_iter().filter(|stream| !found.contains(stream)).collect::<Vec<_>>());
        Ok(found)
    }

    /// Whether anything at all had happened by `at`.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn has_happened_by(&self, at: i64) -> Result<bool, Error> {
        let reader = self.reader;
        if let Some(times) = &self.times
            && let Some((first, stream)) = times.first()?
            && first <= at
            // With a second event its time is final.
            && times.known(reader, stream)?.is_some_and(|known| known > Revision::ZERO.plus(1))
        {
            return Ok(true);
        }
        Ok(reader.first_happened()?.is_some_and(|(first, _)| first <= at))
    }
}

/// The order in which things happened; what happened at the same time is in the order of the log.
fn in_order(happened: &Happened) -> (i64, Position) {
    (happened.at, happened.position)
}

fn streams(
    connection: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
) -> Result<Vec<StreamId>, Error> {
    let read = || -> rusqlite::Result<Vec<StreamId>> {
        let mut statement = connection.prepare_cached(sql)?;
        statement.query_map(params, |row| row.get(0))?.collect()
    };
    read().map_err(sqlite(ACT))
}

/// What the log has and the read models do not hold.
#[derive(Debug, Default)]
struct Later {
    /// The last events that they hold of those streams: their times were not final.
    unfinal: HashSet<Position>,
    /// Those, and the events after them.
    events: Vec<Happened>,
}

/// The times that the read models hold: those of the events up to a position.
#[derive(Debug)]
struct Times {
    connection: Connection,
    up_to: Position,
}

impl Times {
    /// Opens them; `None` where there are none, or none of this log: then the log is read itself.
    fn of(reader: &Reader<'_>) -> Option<Self> {
        let log = reader.connection();
        let entry = registry::find(log, NAME).ok()??;
        let path = entry.current?.path(Path::new(log.path()?));
        let file = SidecarFile::open_beside(&path).ok()??;
        // One state of the file, whoever writes to it.
        file.connection.execute_batch("begin").ok()?;
        let head = file.checkpoint().ok()?.head;
        let is_of_log = reader.hash_at(head.position).ok()? == Some(head.hash);
        is_of_log.then_some(Self { connection: file.connection, up_to: head.position })
    }

    /// Returns the last revision of a stream that they hold; `None` where they hold none.
    fn known(&self, reader: &Reader<'_>, stream: StreamId) -> Result<Option<Revision>, Error> {
        let (mut known, mut not) = (0, reader.revision(stream)?.get() + 1);
        let last = reader.position_of(stream, Revision::ZERO.plus(not - 1))?;
        if last.is_some_and(|last| last <= self.up_to) {
            known = not - 1;
        }
        while not - known > 1 {
            let middle = known + (not - known) / 2;
            match reader.position_of(stream, Revision::ZERO.plus(middle))? {
                Some(position) if position <= self.up_to => known = middle,
                _ => not = middle,
            }
        }
        Ok((known > 0).then(|| Revision::ZERO.plus(known)))
    }

    fn of_revision(
        &self,
        reader: &Reader<'_>,
        stream: StreamId,
        revision: u64,
    ) -> Result<Option<i64>, Error> {
        let Some(position) = reader.position_of(stream, Revision::ZERO.plus(revision))? else {
            return Ok(None);
        };
        self.one(include_str!("../../sql/temporal/happened_at.sql"), [position], |row| row.get(0))
    }

    /// Returns what is known of a stream's times up to a revision, to go on from there.
    fn read_up_to(
        &self,
        reader: &Reader<'_>,
        stream: StreamId,
        known: Revision,
    ) -> Result<Option<TimesRead>, Error> {
        let before = Revision::ZERO.plus(known.get() - 1);
        let settled = match before {
            Revision::ZERO => None,
            before => match self.of_revision(reader, stream, before.get())? {
                None => return Ok(None),
                settled => settled,
            },
        };
        let Some(position) = reader.position_of(stream, known)? else { return Ok(None) };
        let sql = include_str!("../../sql/temporal/occurred_at.sql");
        let occurred_at: Option<i64> = reader
            .connection()
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row([position], |row| row.get(0)).optional())
            .map_err(sqlite(ACT))?;
        let before = reader.position_of(stream, before)?.map(|position| (before, position));
        let happening = Happening::from_parts(settled, occurred_at);
        Ok(Some(TimesRead { last: Some((known, position)), before, happening }))
    }

    /// Returns the streams with events that they do not hold; `None` where that are many.
    fn tail(&self, reader: &Reader<'_>) -> Result<Option<HashSet<StreamId>>, Error> {
        let mut streams = HashSet::new();
        if reader.head()?.position <= self.up_to {
            return Ok(Some(streams));
        }
        let sql = include_str!("../../sql/temporal/streams_after.sql");
        let read = || -> rusqlite::Result<Option<HashSet<StreamId>>> {
            let mut statement = reader.connection().prepare_cached(sql)?;
            let mut rows = statement.query([self.up_to])?;
            let mut events = 0;
            while let Some(row) = rows.next()? {
                streams.insert(row.get(0)?);
                events += 1;
                if events > TAIL_MAX {
                    return Ok(None);
                }
            }
            Ok(Some(streams))
        };
        read().map_err(sqlite(ACT))
    }

    /// Reads what they do not hold; `None` where that is much.
    fn later(&self, reader: &Reader<'_>) -> Result<Option<Later>, Error> {
        let Some(tail) = self.tail(reader)? else { return Ok(None) };
        let mut later = Later::default();
        for stream in tail {
            let known = self.known(reader, stream)?;
            let read = match known.map(|known| self.read_up_to(reader, stream, known)).transpose()? {
                Some(None) => return Ok(None),
                read => read.flatten().unwrap_or_default(),
            };
            later.unfinal.extend(read.last.map(|(_, position)| position));
            later.events.extend(reader.happened_of(stream, read)?);
        }
        Ok(Some(later))
    }

    /// Returns the last event that happened by a time, but for some.
    fn last_by(&self, at: i64, unfinal: &HashSet<Position>) -> Result<Option<Happened>, Error> {
        let sql = include_str!("../../sql/temporal/last_happened.sql");
        let read = || -> rusqlite::Result<Option<Happened>> {
            let mut statement = self.connection.prepare_cached(sql)?;
            let mut rows = statement.query_map([at], |row| {
                Ok(Happened { position: row.get(0)?, stream: row.get(1)?, at: row.get(2)? })
            })?;
            let is_unfinal = |row: &Happened| unfinal.contains(&row.position);
            rows.find(|row| !row.as_ref().is_ok_and(is_unfinal)).transpose()
        };
        read().map_err(sqlite(ACT))
    }

    fn between(&self, after: Moment, to: Moment) -> Result<Vec<Happened>, Error> {
        let bounds = |moment: Moment, open: i64| match moment {
            Moment::Recorded(position) => (Some(position), open),
            Moment::Occurred(at) => (None, at),
        };
        let ((after_position, after), (to_position, to)) = (bounds(after, i64::MIN), bounds(to, i64::MAX));
        let sql = include_str!("../../sql/temporal/happened_between.sql");
        let read = || -> rusqlite::Result<Vec<Happened>> {
            let mut statement = self.connection.prepare_cached(sql)?;
            let rows = statement.query_map((after, to, after_position, to_position), |row| {
                Ok(Happened { position: row.get(0)?, stream: row.get(1)?, at: row.get(2)? })
            })?;
            rows.collect()
        };
        read().map_err(sqlite(ACT))
    }

    fn first(&self) -> Result<Option<(i64, StreamId)>, Error> {
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        self.one(include_str!("../../sql/temporal/first_happened.sql"), [], read)
    }

    fn one<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, Error> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row(params, read).optional())
            .map_err(sqlite(ACT))
    }
}
