//! Group commit over plain rusqlite: one writer thread, one queue, one transaction for all that waits.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};
use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::Kept;
use crate::{Failure, Outcome};

/// The same bounds as ours.
const QUEUE_MAX: usize = 256;
const GROUP_MAX: usize = 4096;

/// A message as its rows have it, made beforehand.
#[derive(Clone, Debug, Default)]
pub(crate) struct BareRow {
    kind: i64,
    schema_version: i64,
    hash: Vec<u8>,
    codec: i64,
    salt: Vec<u8>,
    body: Vec<u8>,
    pub(crate) id: String,
    pub(crate) role: String,
    pub(crate) timestamp: String,
    pub(crate) instant: Option<i64>,
    pub(crate) instance_id: Option<u32>,
    pub(crate) content_bytes: i64,
}

impl BareRow {
    /// Reads the event's part of it.
    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            kind: row.get(0)?,
            schema_version: row.get(1)?,
            hash: row.get(2)?,
            codec: row.get(3)?,
            salt: row.get(4)?,
            body: row.get(5)?,
            ..Self::default()
        })
    }
}

pub(crate) struct BareWriter {
    requests: Sender<Request>,
    thread: JoinHandle<Outcome<()>>,
    path: std::path::PathBuf,
    kept: Kept,
}

struct Request {
    nth: usize,
    answer: Sender<()>,
}

impl BareWriter {
    /// Opens a copy of a store, and writes `rows` into it in turn.
    pub(crate) fn open(path: &Path, kept: Kept, rows: Arc<[BareRow]>) -> Outcome<Self> {
        let connection = connect(path)?;
        let (requests, inbox) = bounded(QUEUE_MAX);
        let thread = std::thread::spawn(move || run(&connection, kept, &rows, &inbox));
        Ok(Self { requests, thread, path: path.to_owned(), kept })
    }

    /// Returns a caller: it appends the row of a number, and waits until it is durable.
    pub(crate) fn caller(&self) -> impl FnMut(usize) -> Outcome<()> + Send + use<> {
        let requests = self.requests.clone();
        let (answer, answered) = bounded(1);
        move |nth| {
            requests.send(Request { nth, answer: answer.clone() })?;
            answered.recv()?;
            Ok(())
        }
    }

    /// Ends the writer, and checks that all is there that was appended.
    pub(crate) fn close(self, commits: usize) -> Outcome<()> {
        drop(self.requests);
        self.thread.join().map_err(|_| Failure::from("the bare writer panicked"))??;
        self.kept.check(&connect(&self.path)?, commits)
    }
}

/// The settings of our writer but for `secure_delete`, which a bare program would leave off.
pub(super) fn connect(path: &Path) -> Outcome<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "wal_autocheckpoint", 4096)?;
    connection.pragma_update(None, "cache_size", -16 * 1024)?;
    Ok(connection)
}

fn run(connection: &Connection, kept: Kept, rows: &[BareRow], inbox: &Receiver<Request>) -> Outcome<()> {
    let mut statements = Statements {
        event: connection.prepare(include_str!("../../../../sql/insert_event.sql"))?,
        models: match kept {
            Kept::Events => None,
            Kept::Models => Some((
                connection.prepare(include_str!("../../../../sql/insert_message.sql"))?,
                connection.prepare(include_str!("../../../../sql/touch_session.sql"))?,
            )),
        },
    };
    let mut ends = Ends::read(connection)?;
    let mut begin = connection.prepare("begin immediate")?;
    let mut commit = connection.prepare("commit")?;
    while let Ok(first) = inbox.recv() {
        let mut group = vec![first];
        while group.len() < GROUP_MAX
            && let Ok(next) = inbox.try_recv()
        {
            group.push(next);
        }
        begin.execute([])?;
        let now = Timestamp::now().as_microsecond();
        for request in &group {
            statements.write(&mut ends, request.nth, &rows[request.nth % rows.len()], now)?;
        }
        commit.execute([])?;
        for request in group {
            request.answer.send(())?;
        }
    }
    Ok(())
}

/// Where the log and each of its streams end.
struct Ends {
    position: i64,
    /// Each stream's number, revision and messages.
    streams: Vec<(i64, i64, i64)>,
}

impl Ends {
    fn read(connection: &Connection) -> Outcome<Self> {
        let position = connection.query_row("select max(position) from event", [], |row| row.get(0))?;
        let mut statement = connection.prepare(include_str!("../../../../sql/revisions.sql"))?;
        let streams = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, 0)))?;
        let streams = streams.collect::<rusqlite::Result<_>>()?;
        Ok(Self { position, streams })
    }
}

struct Statements<'c> {
    event: rusqlite::Statement<'c>,
    models: Option<(rusqlite::Statement<'c>, rusqlite::Statement<'c>)>,
}

impl Statements<'_> {
    fn write(&mut self, ends: &mut Ends, nth: usize, row: &BareRow, now: i64) -> rusqlite::Result<()> {
        let at = nth % ends.streams.len();
        let (stream, mut revision, mut messages) = ends.streams[at];
        ends.position += 1;
        revision += 1;
        self.event.execute(params![
            ends.position,
            stream,
            revision,
            row.kind,
            row.schema_version,
            ends.position,
            now,
            now,
            row.hash,
            row.codec,
            row.salt,
            row.body,
        ])?;
        ends.streams[at] = (stream, revision, messages + 1);
        let Some((message, touch)) = &mut self.models else { return Ok(()) };
        message.execute(params![
            stream,
            messages,
            row.id,
            row.role,
            row.timestamp,
            row.instant,
            row.instance_id,
            ends.position,
            row.content_bytes,
        ])?;
        messages += 1;
        touch.execute(params![
            stream,
            row.timestamp,
            row.instant,
            1,
            messages,
            "running",
            ends.position,
            revision
        ])?;
        Ok(())
    }
}
