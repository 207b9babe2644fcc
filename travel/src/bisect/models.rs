//! The same over all read models: a part of the log, event by event, in a copy of them in memory.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use retold_core::event::Subject;
use retold_core::{EventType, Limit, List, Log, OnProgress, Position, Progress, Reader, Record, Unit};
use retold_projections::{MemoryHost, ReadColumns, prepare_expression};
use rusqlite::Connection;

use super::Bisected;
use crate::Error;
use crate::error::sqlite;
use crate::session_query::Budget;

/// Events that are read at once.
const PAGE: Limit = Limit { rows: 4_000, bytes: 8 * 1024 * 1024 };

/// A predicate over read models in memory, which are empty at first.
pub(super) struct Predicate {
    models: MemoryHost,
    query: String,
    reads: Reads,
    budget: Budget,
}

impl Predicate {
    /// Prepares it. Setting `stop` ends an answer.
    pub(super) fn new(log: &Log, predicate: &str, stop: Arc<AtomicBool>) -> Result<Self, Error> {
        crate::session_query::refuse_empty(predicate)?;
        let mut models = MemoryHost::of(log)?;
        let query = ["select case when (", predicate, "\n) then 1 else 0 end"].concat();
        let reads = prepare(models.connection(), &query, predicate)?;
        let budget = Budget::of(models.connection(), stop).map_err(sqlite("query"))?;
        Ok(Self { models, query, reads, budget })
    }

    /// Returns how many of the events after `after`, up to `to`, it is asked again after. It reads their headers.
    pub(super) fn asked(&self, reader: &Reader<'_>, after: Position, to: Position) -> Result<usize, Error> {
        let counted = reader
            .connection()
            .prepare_cached(include_str!("../../sql/types_of_range.sql"))
            .and_then(|mut statement| {
                let rows = statement.query_map([after, to], |row| {
                    Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?.unsigned_abs()))
                })?;
                rows.collect::<rusqlite::Result<HashMap<i64, u64>>>()
            })
            .map_err(sqlite("read the log"))?;
        let kinds = EventType::ALL.iter().filter(|kind| self.reads.may_change(**kind));
        let asked: u64 = kinds.filter_map(|kind| counted.get(&i64::from(kind.number()))).sum();
        Ok(usize::try_from(asked).unwrap_or(usize::MAX))
    }

    /// Does what [`bisect_models`](super::bisect_models) says on one thread.
    pub(super) fn bisect(
        self,
        reader: &mut Reader<'_>,
        (after, to): (Position, Position),
        progress: &dyn OnProgress,
    ) -> Result<Bisected, Error> {
        let Self { mut models, query, reads, budget } = self;
        let mut found = Bisected::default();
        let (mut at, mut holds) = (Position::ZERO, None);
        if after == Position::ZERO {
            found.at_start = ask(models.connection(), &query, &budget)?;
            holds = Some(found.at_start);
        }
        'pages: while at < to {
            let page = reader.events_after(at, PAGE)?;
            if page.events.is_empty() {
                break;
            }
            for event in &page.events {
                if event.position > to {
                    break 'pages;
                }
                models.apply(event)?;
                at = event.position;
                let begins = at == after;
                if begins || (at > after && reads.may_change(event.kind)) {
                    models.flush()?;
                    let is = ask(models.connection(), &query, &budget)?;
                    match holds.replace(is) {
                        None => found.at_start = is,
                        Some(was) if was != is => found.flip(at, is),
                        Some(_) => {}
                    }
                }
            }
            models.flush()?;
            if !progress(Progress::new(Unit::Events, at.get(), to.get())) {
                return Err(Error::Stopped);
            }
        }
        Ok(found)
    }
}

fn ask(connection: &Connection, query: &str, budget: &Budget) -> Result<bool, Error> {
    budget.renew();
    let answer = connection
        .prepare_cached(query)
        .and_then(|mut statement| statement.query_row([], |row| row.get::<_, i64>(0)));
    answer.map(|number| number != 0).map_err(|error| budget.why(&error))
}

/// What a predicate reads of the read models.
#[derive(Clone, Debug, Default)]
struct Reads(ReadColumns);

/// Columns of a session's row that events of its instances and messages change.
const COUNTED: [&str; 8] = [
    "",
    "position",
    "revision",
    "updated_at",
    "updated_instant",
    "instance_count",
    "message_count",
    "latest_instance_status",
];

fn prepare(connection: &mut Connection, query: &str, predicate: &str) -> Result<Reads, Error> {
    let parameters =
        |connection: &Connection| connection.prepare(query).map(|statement| statement.parameter_count());
    let (prepared, columns) = prepare_expression(connection, parameters).map_err(sqlite("query"))?;
    match prepared {
        Ok(0) => {
            let named = columns
                .into_iter()
                .map(|(table, column)| (table.trim_end_matches("_next").to_owned(), column));
            Ok(Reads(named.collect()))
        }
        Ok(_) => Err(Error::Sql { message: "a parameter has no value here".to_owned(), offset: None }),
        Err(error) => Err(crate::session_query::refused(&error, "select case when (".len(), predicate)),
    }
}

impl Reads {
    /// Whether an event of this type can change what is read.
    fn may_change(&self, kind: EventType) -> bool {
        let reads = |table: &str| self.0.iter().any(|(known, _)| known == table);
        match kind.subject() {
            Subject::Bodies => true,
            // It brings or takes the rows of all tables.
            Subject::Session if kind.begins() || kind.records().contains(&Record::Deleted) => true,
            Subject::Session => reads("sessions"),
            Subject::Workspace => reads("workspaces"),
            Subject::Element(List::Instances) => {
                reads("instances") || reads("output_chunks") || self.counts()
            }
            Subject::Element(List::Messages) => reads("chat_messages") || self.counts(),
        }
    }

    fn counts(&self) -> bool {
        self.0.iter().any(|(table, column)| table == "sessions" && COUNTED.contains(&column.as_str()))
    }
}
