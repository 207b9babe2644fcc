//! The versions of some sessions, compared with what their events make of them at moments by chance.

use std::path::Path;

use retold_core::happening::{Moment, StreamEvents, effective};
use retold_core::{Limit, Log, Position, Recorded, Revision, StreamId};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension};

use super::read::TemporalReader;
use crate::Error;
use crate::engine::MemoryHost;
use crate::error::sqlite;
use crate::sidecar::SidecarFile;

/// Events whose moments are looked at, by both clocks.
const SAMPLES: usize = 16;
/// A session of more events is not folded for it: the comparison with a second build has its rows.
const EVENTS_MAX: u64 = 20_000;
const TABLES: [&str; 3] = ["sessions", "instances", "chat_messages"];
const ACT: &str = "compare the past with what its events make of it";

/// Which sessions are compared.
#[derive(Clone, Copy)]
pub(crate) struct Sampled<'a> {
    /// Whether a session is looked at: no body of it went or came back.
    pub is_looked_at: &'a dyn Fn(StreamId) -> bool,
    /// Whether a difference is damage. Asked once one was found: bodies may have gone or come back while it was looked at.
    pub is_damage: &'a dyn Fn(StreamId) -> Result<bool, Error>,
}

/// Returns what is wrong at the first moment that is not what the events make of it; `None` where nothing is, or `go_on` said
/// to stop. Reads the events of a few sessions.
pub(crate) fn disagreement(
    log: &Log,
    path: &Path,
    sessions: Sampled<'_>,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<Option<String>, Error> {
    let Some(file) = SidecarFile::open_beside(path)? else { return Ok(None) };
    for _ in 0..SAMPLES {
        let sql = include_str!("../../sql/temporal/random_event.sql");
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let drawn = file.connection.query_row(sql, [], read).optional().map_err(sqlite(ACT))?;
        let Some((position, stream)) = drawn else { return Ok(None) };
        if !go_on() {
            return Ok(None);
        }
        if !(sessions.is_looked_at)(stream) {
            continue;
        }
        if let Some(found) = of_event(log, path, position, stream)?
            && (sessions.is_damage)(stream)?
        {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn of_event(log: &Log, path: &Path, position: Position, stream: StreamId) -> Result<Option<String>, Error> {
    if log.reader()?.name(stream)?.is_workspace() || log.reader()?.revision(stream)?.get() > EVENTS_MAX {
        return Ok(None);
    }
    let mut events = events_of(log, stream)?;
    for is_recorded in [true, false] {
        // A file that is kept up to date meanwhile may hold more, by one clock or the other: as far as it goes.
        let Some(reader) = TemporalReader::open(log, path, Moment::Recorded(position))? else { continue };
        events.retain(|event| event.position <= reader.as_of().position);
        let times: Vec<i64> = events.iter().map(|event| event.occurred_at).collect();
        let happened = effective(&times);
        let Some(index) = events.iter().position(|event| event.position == position) else { continue };
        let mut host = MemoryHost::of(log)?;
        let reader = if is_recorded {
            events[..=index].iter().try_for_each(|event| host.apply(event))?;
            reader
        } else {
            drop(reader);
            let mut known = StreamEvents::default();
            for event in &events {
                known.push(event);
            }
            let order = known.order();
            let time = order.counts_from(events[index].revision).unwrap_or(happened[index]);
            let Some(reader) = TemporalReader::open(log, path, Moment::Occurred(time))? else { continue };
            let (before, later) = events.split_at(happened.partition_point(|other| *other <= time));
            let mut retelling = order.retell();
            for event in before {
                retelling.pass(event.revision);
                host.apply(event)?;
            }
            let counts = |event: &Recorded| order.counts_from(event.revision).is_some_and(|at| at <= time);
            for mut event in later.iter().filter(|event| counts(event)).cloned() {
                if retelling.take(&mut event) {
                    host.apply(&event)?;
                }
            }
            reader
        };
        host.flush()?;
        for table in TABLES {
            let kept = rows(reader.connection(), table, stream).map_err(sqlite(ACT))?;
            let made = rows(host.connection(), table, stream).map_err(sqlite(ACT))?;
            if kept != made {
                let clock = reader.moment().clock().word();
                return Ok(Some(format!(
                    "{table} of stream {} at position {position}, {clock}, are not what the events make of them",
                    stream.get()
                )));
            }
        }
    }
    Ok(None)
}

fn events_of(log: &Log, stream: StreamId) -> Result<Vec<Recorded>, Error> {
    let (mut events, mut after): (Vec<Recorded>, _) = (Vec::new(), Revision::ZERO);
    let mut reader = log.reader()?;
    loop {
        let end = Position::ZERO.plus(u64::MAX);
        let page = reader.stream_events_after(stream, after, end, Limit::default())?;
        let Some(last) = page.events.last() else { return Ok(events) };
        after = last.revision;
        let more = page.more;
        events.extend(page.events);
        if !more {
            return Ok(events);
        }
    }
}

fn rows(connection: &Connection, table: &str, stream: StreamId) -> rusqlite::Result<Vec<Vec<Value>>> {
    let sql = format!("select * from {table} where stream = ?1 order by 1, 2");
    let mut statement = connection.prepare(&sql)?;
    let width = statement.column_count();
    statement.query_map([stream], |row| (0..width).map(|at| row.get(at)).collect())?.collect()
}
