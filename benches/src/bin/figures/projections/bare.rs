//! The same rows put there by hand, as well as one can: the log is read and decoded on a second thread, what can be
//! summed up is summed up in memory, rows go 32 a statement into a file without a journal, and the index comes last.

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use crossbeam_channel::Receiver;
use retold_core::{Event, Limit, Log, Page, Position, Recorded, StreamId, StreamName, time};
use retold_projections::Store;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::rebuild::DECLARED;
use crate::timing::per_second;
use crate::{Failure, Outcome};

const ROWS_A_STATEMENT: usize = 32;
const TRANSACTION: usize = 100_000;
const PAGES_AHEAD: usize = 2;
const PAGE: Limit = Limit { rows: 8_000, bytes: 8 * 1024 * 1024 };

/// Where the declaration's tables end and its index begins, and where that ends.
const INDEX: &str = "create index";
const SECTIONS: &str = "-- on:";

struct SessionRow {
    name: StreamName,
    kind: String,
    messages: i64,
    bytes: i64,
    last: i64,
}

/// Fills the tables of a new file, and returns the events a second.
pub(super) fn fill(store: &Store, path: &Path, events: usize) -> Outcome<f64> {
    if path.exists() {
        std::fs::remove_file(path)?;
    }
    let names = names(store)?;
    let (schema, _) = DECLARED.split_once(SECTIONS).ok_or("fill: the declaration has no sections")?;
    let (tables, _) = schema.split_once(INDEX).ok_or("fill: the declaration has no index")?;
    let index = &schema[tables.len()..];
    let start = Instant::now();
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "off")?;
    connection.pragma_update(None, "synchronous", "off")?;
    connection.execute_batch(tables)?;
    let mut sessions: HashMap<StreamId, SessionRow> = HashMap::new();
    let mut rows: Vec<Value> = Vec::with_capacity(ROWS_A_STATEMENT * 5);
    let (mut many, mut seen, mut written) = (insert(&connection, ROWS_A_STATEMENT)?, 0, 0);
    connection.execute_batch("begin")?;
    pages(store.log(), |page| {
        for recorded in &page.events {
            seen += 1;
            take_in(recorded, &names, &mut sessions, &mut rows);
            if rows.len() == ROWS_A_STATEMENT * 5 {
                many.execute(params_from_iter(rows.drain(..)))?;
                written += ROWS_A_STATEMENT;
                if written % TRANSACTION < ROWS_A_STATEMENT {
                    connection.execute_batch("commit; begin")?;
                }
            }
        }
        Ok(())
    })?;
    let mut one = insert(&connection, 1)?;
    rows.chunks(5).try_for_each(|row| one.execute(params_from_iter(row)).map(drop))?;
    let mut session = connection.prepare("insert into session_row values (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
    let mut ordered: Vec<_> = sessions.into_iter().collect();
    ordered.sort_by_key(|(stream, _)| *stream);
    for (stream, row) in ordered {
        let SessionRow { name, kind, messages, bytes, last } = row;
        let last = instant(last);
        session.execute((stream, name.workspace, name.session_id, kind, messages, bytes, last))?;
    }
    connection.execute_batch("commit")?;
    connection.execute_batch(index)?;
    let rate = per_second(events, start.elapsed());
    if seen == events { Ok(rate) } else { Err(format!("fill: {seen} of {events} events").into()) }
}

fn insert(connection: &Connection, rows: usize) -> rusqlite::Result<rusqlite::Statement<'_>> {
    let row = "(?, ?, ?, ?, ?)";
    connection.prepare(&format!("insert into message_row values {}", vec![row; rows].join(", ")))
}

fn take_in(
    recorded: &Recorded,
    names: &HashMap<StreamId, StreamName>,
    sessions: &mut HashMap<StreamId, SessionRow>,
    rows: &mut Vec<Value>,
) {
    match &recorded.event {
        Some(Event::SessionCreated(body)) => {
            let name = names[&recorded.stream].clone();
            let (kind, last) = (body.session.kind.to_string(), recorded.occurred_at);
            sessions.insert(recorded.stream, SessionRow { name, kind, messages: 0, bytes: 0, last });
        }
        Some(Event::MessageAdded(body)) => {
            let bytes =
                body.message.content.as_str().map_or(0, |text| i64::try_from(text.len()).unwrap_or(i64::MAX));
            let Some(session) = sessions.get_mut(&recorded.stream) else { return };
            (session.messages, session.bytes) = (session.messages + 1, session.bytes + bytes);
            session.last = recorded.occurred_at;
            rows.extend([
                Value::Integer(recorded.position.get().cast_signed()),
                Value::Integer(recorded.stream.get()),
                Value::Text(body.message.role.to_string()),
                Value::Text(instant(recorded.occurred_at).unwrap_or_default()),
                Value::Integer(bytes),
            ]);
        }
        _ => {}
    }
}

fn instant(micros: i64) -> Option<String> {
    time::from_micros(micros).map(|instant| instant.to_string())
}

/// Reads and decodes every event on a thread beside this one, and returns the events a second.
pub(super) fn read(store: &Store, events: usize) -> Outcome<f64> {
    let start = Instant::now();
    let mut seen = 0;
    pages(store.log(), |page| {
        seen += page.events.len();
        Ok(())
    })?;
    if seen == events {
        Ok(per_second(events, start.elapsed()))
    } else {
        Err("read: events are missing".into())
    }
}

fn pages(log: &Log, mut act: impl FnMut(&Page) -> Outcome<()>) -> Outcome<()> {
    let (sender, receiver) = crossbeam_channel::bounded(PAGES_AHEAD);
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || -> Outcome<()> {
            let mut after = Position::ZERO;
            loop {
                let page = log.reader()?.events_after(after, PAGE)?;
                let Some(last) = page.events.last() else { return Ok(()) };
                after = last.position;
                if sender.send(page).is_err() {
                    return Ok(());
                }
            }
        });
        let receiver: Receiver<Page> = receiver;
        for page in receiver {
            act(&page)?;
        }
        reader.join().map_err(|_| Failure::from("fill: the reader panicked"))?
    })
}

fn names(store: &Store) -> Outcome<HashMap<StreamId, StreamName>> {
    let connection = store.sql()?;
    let mut statement = connection.prepare("select stream, workspace_key, id, ordinal from sessions")?;
    let rows = statement.query_map([], |row| {
        let name = StreamName { workspace: row.get(1)?, session_id: row.get(2)?, ordinal: row.get(3)? };
        Ok((row.get(0)?, name))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Checks that both have the same rows.
pub(super) fn check(path: &Path, store: &Store) -> Outcome<()> {
    let ours = store.sql()?;
    let theirs = Connection::open(path)?;
    for table in ["message_row", "session_row"] {
        let sums = format!(
            "select count(*), sum(stream), sum(bytes), max({}) from {table}",
            match table {
                "message_row" => "at",
                _ => "last",
            }
        );
        let read = |connection: &Connection| -> rusqlite::Result<(i64, i64, i64, String)> {
            connection.query_row(&sums, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        };
        if read(&ours)? != read(&theirs)? {
            return Err(format!("fill: {table} has other rows").into());
        }
    }
    Ok(())
}
