//! The read models, held against what their events make of them.

use retold_core::{Decoder, Error, EventType, Limit, Log, Position, Revision, StreamId};
use rusqlite::Connection;

use super::catch_up::{Names, skip};
use super::checkpoint::Checkpoint;
use crate::builtin::{Arrived, Builtin, Generation, Stream, TABLES, columns_of, missing_columns};
use crate::error::sqlite;

/// Differences that are told one by one; the rest is counted.
const DIFFERENCES_MAX: usize = 100;
/// Streams whose rows are in memory before they are written.
const STREAMS_A_FLUSH: usize = 64;

/// What a check of the read models found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// The streams whose rows were made anew from their events.
    pub streams: u64,
    /// Which rows are not what the log makes of them: a table, and the session or workspace. At the most a hundred.
    pub differences: Vec<(String, String)>,
    /// How many there are.
    pub different: u64,
}

const CHECK: &str = "check the read models";

/// Makes the rows of streams anew beside the store, all or `sample` of them, and compares. `None` where `progress`, which
/// gets streams done and to do, said to stop. The store is only read.
pub(crate) fn check(
    log: &Log,
    sample: Option<u32>,
    progress: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Option<Checked>, crate::Error> {
    let connection = log.open_reader()?;
    let act = sqlite(CHECK);
    // The file is open for reading only; what is written goes to tables of this connection.
    connection.pragma_update(None, "query_only", false).map_err(&act)?;
    connection.execute_batch("begin").map_err(&act)?;
    let Some(checkpoint) = Checkpoint::read(&connection, Generation::Live)? else {
        return Ok(Some(Checked::default()));
    };
    let streams = choose(&connection, sample).map_err(&act)?;
    let total = streams.len() as u64;
    let mut refold = Refold::new(&connection, checkpoint.head.position)?;
    for (done, stream) in (1..).zip(streams) {
        refold.stream(stream)?;
        if done % STREAMS_A_FLUSH as u64 == 0 {
            refold.flush()?;
        }
        if !progress(done, total) {
            return Ok(None);
        }
    }
    refold.flush()?;
    let mut checked = Checked { streams: total, ..Checked::default() };
    checked.compare(&connection, sample.is_none()).map_err(&act)?;
    Ok(Some(checked))
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

/// Rows made anew, in tables of the connection alone.
struct Refold<'a> {
    connection: &'a Connection,
    /// Where the rows that they are compared with stand.
    at: Position,
    builtin: Builtin,
    decoder: Decoder,
    names: Names,
}

impl<'a> Refold<'a> {
    fn new(connection: &'a Connection, at: Position) -> Result<Self, crate::Error> {
        let tables = TABLES.iter().map(|(_, sql)| *sql);
        // Events that did not fit are noted here too: the store's own notes are hidden by these.
        let tables = tables.chain([include_str!("../../sql/projection_skip.sql")]);
        for sql in tables {
            let sql = Generation::Next.render(sql).replacen("create table", "create temp table", 1);
            connection.execute_batch(&sql).map_err(sqlite(CHECK))?;
        }
        let builtin = Builtin::new(Generation::Next);
        Ok(Self { connection, at, builtin, decoder: Decoder::default(), names: Names::default() })
    }

    fn stream(&mut self, id: StreamId) -> Result<(), Error> {
        let mut after = Revision::ZERO;
        loop {
            let page =
                self.decoder.stream_events_after(self.connection, id, after, self.at, Limit::default())?;
            for event in &page.events {
                let (workspace, name) = self.names.get(self.connection, id)?;
                let stream = Stream { id, workspace: *workspace, name };
                let mut arrived = Arrived::from(event);
                if arrived.kind == EventType::BodyRedacted {
                    // The body that it speaks of is gone: there is nothing to fill again.
                    arrived.event = None;
                }
                if let Err(invalid) = self.builtin.take_in(self.connection, stream, arrived)? {
                    skip(self.connection, &self.builtin, event.position, &invalid)?;
                }
                after = event.revision;
            }
            if !page.more {
                return Ok(());
            }
        }
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.builtin.flush(self.connection)?;
        self.builtin.forget();
        Ok(())
    }
}

impl Checked {
    fn compare(&mut self, connection: &Connection, all: bool) -> rusqlite::Result<()> {
        let mut names = Names::default();
        let mut differ = vec![models_differ(connection)?];
        if all {
            differ.push(rows_of_nothing());
        }
        for sql in &differ {
            let mut statement = connection.prepare(sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let stream: StreamId = row.get(1)?;
                let name = names.get(connection, stream).map(|(_, name)| name.to_string());
                let name = name.unwrap_or_else(|_| format!("stream {}, which is not there", stream.get()));
                self.add(row.get(0)?, name);
            }
        }
        let mut statement = connection.prepare(include_str!("../../sql/workspaces_differ.sql"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            self.add("workspaces".to_owned(), format!("workspace {}", row.get::<_, String>(0)?));
        }
        Ok(())
    }

    fn add(&mut self, table: String, name: String) {
        self.different += 1;
        if self.differences.len() < DIFFERENCES_MAX {
            self.differences.push((table, name));
        }
    }
}

/// The tables whose rows belong to streams.
fn of_streams() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLES.into_iter().filter(|(table, _)| *table != "workspaces")
}

/// Returns a query of the streams whose rows are not what their events make of them, with the table. Columns that the store does not
/// have yet are no difference.
fn models_differ(connection: &Connection) -> rusqlite::Result<String> {
    let mut both = Vec::new();
    for (table, declaration) in of_streams() {
        let missing = missing_columns(connection, "main", table)?;
        let is_there = |column: &&str| missing.iter().all(|(name, _)| name != column);
        let columns = columns_of(declaration).filter(is_there).collect::<Vec<_>>().join(", ");
        let kept =
            format!("select {columns} from main.{table} where stream in (select id from temp.checked)");
        let made = format!("select {columns} from temp.{table}_next");
        both.extend(
            [(&kept, &made), (&made, &kept)]
                .map(|(one, other)| format!("select '{table}' as model, stream from ({one} except {other})")),
        );
    }
    Ok(both.join(" union ") + " order by 1, 2")
}

/// Returns a query of the rows of streams that the log does not have.
fn rows_of_nothing() -> String {
    let each = of_streams().map(|(table, _)| {
        format!("select '{table}' as model, stream from {table} where stream not in (select id from stream)")
    });
    each.collect::<Vec<_>>().join(" union ")
}
