//! The read models of the store, compared with a second build of them.

use std::collections::BTreeSet;

use retold_core::{Decoder, Limit, Log, OnProgress, Progress, Revision, StreamId, Unit};
use rusqlite::Connection;
use serde_json::Value;

use super::checkpoint::Checkpoint;
use super::compare::{Compared, Difference, Explain, Sides, compare};
use super::memory::MemoryHost;
use super::names;
use crate::builtin::{Generation, TABLES, counters_of};
use crate::error::sqlite;

/// Differences that are told one by one; the rest is counted.
const DIFFERENCES_MAX: usize = 100;
/// Streams whose rows are in memory before they are written.
const STREAMS_A_FLUSH: u64 = 64;

/// What a check of the read models found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// The streams whose rows were made again from their events.
    pub streams: u64,
    /// Which rows are not what the log makes of them: a table, and the session or workspace. A hundred at most.
    pub differences: Vec<(String, String)>,
    /// How many there are.
    pub different: u64,
}

const CHECK: &str = "check the read models";

/// The read models of the store beside a second build of them, both at one moment.
pub(crate) struct SecondBuild {
    host: MemoryHost,
    kept: Checkpoint,
    streams: Vec<StreamId>,
    is_sample: bool,
}

impl SecondBuild {
    /// Chooses `sample` session records at random, or all streams; `None` where the store has no read models.
    pub(crate) fn begin(log: &Log, sample: Option<u32>) -> Result<Option<Self>, crate::Error> {
        let act = sqlite(CHECK);
        let mut host = MemoryHost::open(log, false, Generation::Live)?;
        let connection = host.connection();
        connection.execute_batch("begin").map_err(&act)?;
        let Some(kept) = Checkpoint::read(connection, Generation::Live)? else { return Ok(None) };
        let streams = choose(connection, sample).map_err(&act)?;
        Ok(Some(Self { host, kept, streams, is_sample: sample.is_some() }))
    }

    /// Where the rows that are kept are.
    pub(crate) fn kept(&self) -> Checkpoint {
        self.kept
    }

    /// Makes the rows of the streams from their events, up to where the others are; false where `progress`, which gets the streams
    /// done, said to stop.
    pub(crate) fn fill(&mut self, progress: &dyn OnProgress) -> Result<bool, crate::Error> {
        let (mut decoder, total) = (Decoder::default(), self.streams.len() as u64);
        for (done, stream) in (1..).zip(&self.streams) {
            let mut after = Revision::ZERO;
            loop {
                let (connection, until) = (self.host.connection(), self.kept.head.position);
                let page =
                    decoder.stream_events_after(connection, *stream, after, until, Limit::default())?;
                self.host.apply_all(&page.events)?;
                after = page.events.last().map_or(after, |last| last.revision);
                if !page.more {
                    break;
                }
            }
            if done % STREAMS_A_FLUSH == 0 || done == total {
                self.host.flush()?;
            }
            if !progress(Progress::new(Unit::Streams, done, total)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Compares the two.
    pub(crate) fn compare(
        &mut self,
        limit: u32,
        explain: Explain<'_>,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Compared, crate::Error> {
        let counters = self.count_again().map_err(sqlite(CHECK))?;
        let tables: Vec<&str> = TABLES.iter().map(|(name, _)| *name).chain(counters.as_deref()).collect();
        let expected = if self.is_sample { of_sample } else { Sides::FILES.expected };
        let sides = Sides { left: "store", right: "main", tables: Some(&tables), expected };
        compare(self.host.connection(), sides, limit, explain, go_on).map_err(sqlite(CHECK))
    }

    /// Counts the sessions that are kept, beside their counters; returns the name of the table, where there is one.
    fn count_again(&mut self) -> rusqlite::Result<Option<String>> {
        let (name, connection) = (counters_of(self.kept.generation), self.host.connection());
        let kept = "select 1 from store.sqlite_schema where type = 'table' and name = ?1";
        if !connection.prepare(kept)?.exists([&name])? {
            return Ok(None);
        }
        let again = include_str!("../../sql/count_again.sql").replace("/*counters*/", &name);
        connection.execute_batch(&again)?;
        Ok(Some(name))
    }
}

fn of_sample(table: &str) -> &'static str {
    match table {
        "workspaces" => {
            "l.workspace in (select workspace from stream where id in (select id from temp.checked))"
        }
        "sessions" | "instances" | "chat_messages" | "output_chunks" => {
            "l.stream in (select id from temp.checked)"
        }
        // All are counted again.
        _ => "true",
    }
}

/// Makes the rows of streams a second time, all or `sample` of them, and compares. `None` where `progress`, which gets
/// the streams done, said to stop. The store is only read.
pub(crate) fn check(
    log: &Log,
    sample: Option<u32>,
    progress: &dyn OnProgress,
) -> Result<Option<Checked>, crate::Error> {
    let Some(mut build) = SecondBuild::begin(log, sample)? else { return Ok(Some(Checked::default())) };
    if !build.fill(progress)? {
        return Ok(None);
    }
    let mut different = BTreeSet::new();
    let mut note = |difference: &Difference| {
        different.insert((difference.table.clone(), whose(difference)));
        Ok(true)
    };
    build.compare(u32::MAX, &mut note, &mut || true)?;
    let connection = build.host.connection();
    let told = different.iter().take(DIFFERENCES_MAX);
    let differences = told.map(|(table, whose)| (table.clone(), name(connection, *whose)));
    Ok(Some(Checked {
        streams: build.streams.len() as u64,
        different: different.len() as u64,
        differences: differences.collect(),
    }))
}

fn choose(connection: &Connection, sample: Option<u32>) -> rusqlite::Result<Vec<StreamId>> {
    connection.execute_batch(include_str!("../../sql/checked.sql"))?;
    if let Some(sample) = sample {
        connection.execute(include_str!("../../sql/check_sample.sql"), [sample])?;
        connection.execute(include_str!("../../sql/check_workspaces.sql"), [])?;
    } else {
        connection.execute(include_str!("../../sql/check_all.sql"), [])?;
    }
    let mut statement = connection.prepare(include_str!("../../sql/list_checked.sql"))?;
    statement.query_map([], |row| row.get(0))?.collect()
}

/// Returns the number of the stream that a row is of, or that of its workspace.
fn whose(difference: &Difference) -> Result<i64, i64> {
    let key: Value = serde_json::from_str(&difference.key).unwrap_or_default();
    let number = |name: &str| key.get(name).and_then(Value::as_i64);
    number("stream").ok_or_else(|| number("workspace").unwrap_or(0))
}

fn name(connection: &Connection, whose: Result<i64, i64>) -> String {
    let sql = "select key from workspace where id = ?1";
    let (name, what, number) = match whose {
        Ok(stream) => {
            (names::read(connection, stream).ok().map(|(_, name)| name.to_string()), "stream", stream)
        }
        Err(number) => {
            let key = connection.query_row(sql, [number], |row| row.get::<_, String>(0)).ok();
            (key.map(|key| format!("workspace {key}")), "workspace", number)
        }
    };
    name.unwrap_or_else(|| format!("{what} {number}, which is not there"))
}
