//! Filling the read models' tables by hand: as one would do it first, and as well as one can.

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use retold_core::{Event, Recorded};
use rusqlite::types::Value;
use rusqlite::{Connection, params};

use super::tables::{Table, Tables, execute};
use crate::Outcome;

/// Events or rows of a transaction.
const TRANSACTION: usize = 10_000;
/// Rows of a statement, where there are many.
const ROWS_A_STATEMENT: usize = 32;

/// Inserts the rows as they are in the end, many a statement and in the order of their tables, and indexes them then.
/// What it takes to get from events to these rows is not in it; dropping the tables that they take the place of is. Returns
/// the seconds.
pub(crate) fn at_best(store: &Path, tables: &Tables) -> Outcome<f64> {
    let connection = tables.set_aside(store)?;
    let start = Instant::now();
    for table in &tables.0 {
        table.create(&connection)?;
        let (mut many, mut one) =
            (table.insert(&connection, ROWS_A_STATEMENT)?, table.insert(&connection, 1)?);
        for rows in table.rows.chunks(TRANSACTION) {
            let transaction = connection.unchecked_transaction()?;
            let (chunks, rest) = rows.as_chunks::<ROWS_A_STATEMENT>();
            chunks.iter().try_for_each(|rows| execute(&mut many, rows))?;
            rest.chunks(1).try_for_each(|row| execute(&mut one, row))?;
            transaction.commit()?;
        }
    }
    tables.0.iter().try_for_each(|table| table.create_indexes(&connection))?;
    let seconds = start.elapsed().as_secs_f64();
    tables.check(&connection)?;
    Ok(seconds + tables.drop_those_set_aside(&connection)?)
}

/// Goes through the events in order: a row for each that has one, and its session brought up to date. Every statement
/// finds its values ready. Returns the seconds.
pub(crate) fn row_by_row(store: &Path, tables: &Tables, events: &[Recorded]) -> Outcome<f64> {
    let connection = tables.set_aside(store)?;
    let ready = Ready::new(tables)?;
    let start = Instant::now();
    for table in &tables.0 {
        table.create(&connection)?;
        table.create_indexes(&connection)?;
    }
    let mut filler = Filler::new(&connection, tables, &ready)?;
    for events in events.chunks(TRANSACTION) {
        let transaction = connection.unchecked_transaction()?;
        events.iter().try_for_each(|event| filler.take_in(event))?;
        transaction.commit()?;
    }
    let seconds = start.elapsed().as_secs_f64();
    drop(filler);
    tables.check(&connection)?;
    Ok(seconds + tables.drop_those_set_aside(&connection)?)
}

/// The rows by what an event knows of them.
struct Ready<'t> {
    sessions: HashMap<i64, &'t Vec<Value>>,
    instances: HashMap<(i64, i64), &'t Vec<Value>>,
    messages: HashMap<i64, &'t Vec<Value>>,
    chunks: HashMap<i64, &'t Vec<Value>>,
    /// Where a session's row has what changes with every event.
    touched: [usize; 3],
    /// Where an instance's row has what changes with its events.
    changed: [usize; 3],
}

impl<'t> Ready<'t> {
    fn new(tables: &'t Tables) -> Outcome<Self> {
        let (sessions, instances) = (tables.get("sessions")?, tables.get("instances")?);
        let places = by(instances, "place")?;
        let instance = |((stream, row), place): ((i64, &'t Vec<Value>), (i64, _))| ((stream, place.0), row);
        Ok(Self {
            sessions: by(sessions, "stream")?.into_iter().collect(),
            instances: by(instances, "stream")?.into_iter().zip(places).map(instance).collect(),
            messages: by(tables.get("chat_messages")?, "content_position")?.into_iter().collect(),
            chunks: by(tables.get("output_chunks")?, "position")?.into_iter().collect(),
            touched: [
                sessions.column("updated_at")?,
                sessions.column("updated_instant")?,
                sessions.column("latest_instance_status")?,
            ],
            changed: [
                instances.column("status")?,
                instances.column("output_bytes")?,
                instances.column("output_chunks")?,
            ],
        })
    }
}

fn by<'t>(table: &'t Table, column: &str) -> Outcome<Vec<(i64, &'t Vec<Value>)>> {
    let at = table.column(column)?;
    let key = |row: &'t Vec<Value>| match row[at] {
        Value::Integer(key) => Ok((key, row)),
        _ => Err(format!("fill: {column} is no integer").into()),
    };
    table.rows.iter().map(key).collect()
}

struct Filler<'c, 't> {
    ready: &'t Ready<'t>,
    session: rusqlite::Statement<'c>,
    touch: rusqlite::Statement<'c>,
    instance: rusqlite::Statement<'c>,
    change: rusqlite::Statement<'c>,
    message: rusqlite::Statement<'c>,
    chunk: rusqlite::Statement<'c>,
    /// The instances and messages that each stream has so far.
    counts: HashMap<i64, (i64, i64)>,
}

impl<'c, 't> Filler<'c, 't> {
    fn new(connection: &'c Connection, tables: &Tables, ready: &'t Ready<'t>) -> Outcome<Self> {
        let insert = |name| Ok::<_, crate::Failure>(tables.get(name)?.insert(connection, 1)?);
        Ok(Self {
            ready,
            session: insert("sessions")?,
            touch: connection.prepare(include_str!("../../../../sql/touch_session.sql"))?,
            instance: insert("instances")?,
            change: connection.prepare(include_str!("../../../../sql/change_instance.sql"))?,
            message: insert("chat_messages")?,
            chunk: insert("output_chunks")?,
            counts: HashMap::new(),
        })
    }

    fn take_in(&mut self, recorded: &Recorded) -> Outcome<()> {
        let (stream, position) = (recorded.stream.get(), i64::try_from(recorded.position.get())?);
        let Some(session) = self.ready.sessions.get(&stream) else { return Ok(()) };
        let (instances, messages) = self.counts.entry(stream).or_default();
        match &recorded.event {
            Some(Event::SessionCreated(_)) => insert(&mut self.session, Some(session))?,
            Some(Event::InstanceAdded(_)) => {
                insert(&mut self.instance, self.ready.instances.get(&(stream, *instances)))?;
                *instances += 1;
            }
            Some(Event::MessageAdded(_)) => {
                insert(&mut self.message, self.ready.messages.get(&position))?;
                *messages += 1;
            }
            Some(Event::OutputAppended(body)) => {
                insert(&mut self.chunk, self.ready.chunks.get(&position))?;
                self.change(stream, body.index)?;
            }
            Some(Event::InstanceStatusChanged(body)) => self.change(stream, body.index)?,
            Some(Event::InstanceDetailsChanged(body)) => self.change(stream, body.index)?,
            _ => {}
        }
        let (instances, messages) = self.counts.get(&stream).copied().unwrap_or_default();
        let [updated_at, updated_instant, status] = self.ready.touched.map(|at| &session[at]);
        let revision = i64::try_from(recorded.revision.get())?;
        self.touch.execute(params![
            stream,
            updated_at,
            updated_instant,
            instances,
            messages,
            status,
            position,
            revision
        ])?;
        Ok(())
    }

    fn change(&mut self, stream: i64, index: u32) -> Outcome<()> {
        let row = self.ready.instances.get(&(stream, index.into())).ok_or("fill: no such instance")?;
        let [status, output_bytes, output_chunks] = self.ready.changed.map(|at| &row[at]);
        self.change.execute(params![stream, index, status, output_bytes, output_chunks])?;
        Ok(())
    }
}

fn insert(statement: &mut rusqlite::Statement<'_>, row: Option<&&Vec<Value>>) -> Outcome<()> {
    let row = row.ok_or("fill: an event has no row")?;
    Ok(execute(statement, std::slice::from_ref(*row))?)
}
