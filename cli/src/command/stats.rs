//! `retold store stats`: what the store holds, and where its bytes are.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::tz::TimeZone;
use retold_core::{Head, Log, Position, Progress, Reader, Unit, time};
use retold_projections::{Order, SessionFilter, Store};
use rusqlite::Row;

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::left_over;
use crate::output::{Rows, Value};
use crate::session;

/// Show what the store holds and how its bytes are used
///
/// First what a person asks: sessions, in all and by tool; events; bytes; when the oldest and the newest of it happened. Then each
/// row is a part of the store: how many things it holds, and how many bytes they take there. The parts overlap: the bytes of events
/// are in the table `event`, which is in the file. `retold stats` is the same.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold store stats                    everything, the largest first in each part
  retold store stats --top 20           twenty streams instead of five
  retold store stats --at yesterday     the events that there were
  retold store stats -o csv > size.csv  sizes in bytes, for a spreadsheet")]
pub(crate) struct Stats {
    /// How many of the largest streams to list
    #[arg(long, value_name = "N", default_value_t = 5)]
    top: u32,
}

/// What reads the store through: its tables, its events by type, its streams, its blobs.
const PARTS: u64 = 4;
/// How often the time that it takes is shown.
pub(super) const TICK: Duration = Duration::from_millis(200);

impl Run for Stats {
    const TRAVELS: bool = true;

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let log = context.open()?;
        let reader = log.reader()?;
        reader.begin()?;
        let as_of = context.as_of(&reader, None)?;
        // Of the past the log alone tells: its files and tables are as they are.
        let is_now = context.global.at.is_none();
        let bar = context.watch("measure").ticking(TICK);
        let mut parts = (1..).map(|done| Progress::new(Unit::Steps, done, PARTS));
        let mut next = || parts.next().is_none_or(|progress| bar.show(progress));
        let shown = Shown {
            zone: context.zone(),
            is_narrow: context.is_table() && context.io.out_is_terminal && context.io.columns < NARROW,
        };
        let mut rows = context.rows(as_of, ["part", "name", "count", "bytes"])?;
        summary(&mut rows, &reader, log.path(), as_of.position, is_now.then_some(&shown))?;
        if is_now {
            files(&mut rows, log.path())?;
            let left = left_over::of(log.path());
            if !left.is_empty() {
                let bytes = Value::Size(left.iter().map(|left| left.bytes).sum());
                rows.push(["file".into(), "left over".into(), (left.len() as u64).into(), bytes])?;
            }
            each(&mut rows, &reader, "table", include_str!("../../sql/bytes_by_table.sql"), [])?;
            next();
        }
        let by_type = include_str!("../../sql/events_by_type.sql");
        each(&mut rows, &reader, "events", by_type, [as_of.position])?;
        next();
        streams(&mut rows, &reader, as_of.head(), self.top)?;
        next();
        if is_now {
            each(&mut rows, &reader, "blobs", include_str!("../../sql/blobs_by_codec.sql"), [])?;
            pruned(&mut rows, &log)?;
            each(&mut rows, &reader, "dictionary", include_str!("../../sql/dictionaries.sql"), [])?;
        }
        bar.end();
        rows.finish()?;
        Ok(Exit::Done)
    }
}

/// How times are shown.
struct Shown {
    zone: TimeZone,
    /// Whether there is room for days alone.
    is_narrow: bool,
}

/// A terminal with fewer columns has room for days, and none for times.
const NARROW: usize = 60;

/// What a person asks first: how much there is, and from when. Of sessions and times the read models tell, and of now alone.
fn summary(
    rows: &mut Rows<'_>,
    reader: &Reader<'_>,
    store: &Path,
    to: Position,
    shown: Option<&Shown>,
) -> Result<(), Failure> {
    let sessions = match shown {
        Some(_) => query(reader, include_str!("../../sql/sessions_by_tool.sql"), [], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
        })
        // Read models of an older release, which nothing may be written into now, do not know.
        .unwrap_or_default(),
        None => Vec::new(),
    };
    if shown.is_some() {
        let all = sessions.iter().map(|(_, count)| count).sum();
        rows.push(["sessions".into(), "all".into(), Value::Integer(all), Value::Null])?;
    }
    for (tool, count) in sessions {
        rows.push(["sessions".into(), tool.into(), Value::Integer(count), Value::Null])?;
    }
    rows.push(["events".into(), "all".into(), to.get().into(), Value::Null])?;
    let Some(shown) = shown else { return Ok(()) };
    let bytes = file_sizes(store).iter().map(|(_, bytes)| bytes).sum();
    rows.push(["size".into(), "the store's files".into(), Value::Null, Value::Size(bytes)])?;
    let first =
        query(reader, include_str!("../../sql/first_happened.sql"), [], |row| row.get::<_, Option<i64>>(0))?;
    let first = first.into_iter().flatten().next().and_then(time::from_micros);
    // As the list of sessions has it: what an import itself noted down is not what happened last.
    let last = SessionFilter::new().with_order(Order::Moved).with_limit(1);
    let last = Store::sessions_seen_by(reader, &last).unwrap_or_default();
    let last = last.first().and_then(|row| row.cursor.moved_at());
    for (what, at) in [("oldest", first), ("newest", last)] {
        if let Some(at) = at {
            let at = match shown.is_narrow {
                true => at.to_zoned(shown.zone.clone()).strftime("%Y-%m-%d").to_string(),
                false => time::shown(at, &shown.zone),
            };
            rows.push([what.into(), at.into(), Value::Null, Value::Null])?;
        }
    }
    Ok(())
}

/// Bodies that are not here, by the archive that has them.
fn pruned(rows: &mut Rows<'_>, log: &Log) -> Result<(), Failure> {
    let mut by_archive: BTreeMap<String, u64> = BTreeMap::new();
    for one in retold_upkeep::pruned(log)? {
        *by_archive.entry(one.archive).or_default() += one.bodies;
    }
    for (archive, bodies) in by_archive {
        rows.push(["pruned".into(), archive.into(), bodies.into(), Value::Null])?;
    }
    Ok(())
}

/// The store's file and those that SQLite keeps beside it.
fn files(rows: &mut Rows<'_>, store: &Path) -> Result<(), Failure> {
    for (name, bytes) in file_sizes(store) {
        rows.push(["file".into(), name.into(), Value::Null, Value::Size(bytes)])?;
    }
    Ok(())
}

pub(super) fn file_sizes(store: &Path) -> Vec<(&'static str, u64)> {
    let mut found = Vec::new();
    for (name, ending) in [("store", ""), ("write-ahead log", "-wal"), ("shared memory", "-shm")] {
        let mut path = store.as_os_str().to_owned();
        path.push(ending);
        // They come and go with the programs that use the store.
        if let Ok(metadata) = std::fs::metadata(path) {
            found.push((name, metadata.len()));
        }
    }
    found
}

fn streams(rows: &mut Rows<'_>, reader: &Reader<'_>, as_of: Head, top: u32) -> Result<(), Failure> {
    let largest = include_str!("../../sql/largest_streams.sql");
    let found =
        query(reader, largest, (top, as_of.position), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    for (stream, count, bytes) in found {
        let name = session::full(&reader.name(stream)?);
        rows.push(["stream".into(), name.into(), Value::Integer(count), size(bytes)])?;
    }
    Ok(())
}

/// Adds a row for each that the query gives: name, count, bytes.
fn each(
    rows: &mut Rows<'_>,
    reader: &Reader<'_>,
    part: &str,
    sql: &str,
    params: impl rusqlite::Params,
) -> Result<(), Failure> {
    let found = query(reader, sql, params, |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, Option<i64>>(1)?, row.get(2)?))
    })?;
    for (name, count, bytes) in found {
        rows.push([part.into(), name.into(), count.map_or(Value::Null, Value::Integer), size(bytes)])?;
    }
    Ok(())
}

pub(super) fn query<T>(
    reader: &Reader<'_>,
    sql: &str,
    params: impl rusqlite::Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, Failure> {
    let read = || -> rusqlite::Result<Vec<T>> {
        reader.connection().prepare(sql)?.query_map(params, read)?.collect()
    };
    Ok(read().map_err(retold_core::Error::sqlite("measure the store"))?)
}

/// No sum of lengths is negative.
fn size(bytes: i64) -> Value {
    Value::Size(bytes.unsigned_abs())
}
