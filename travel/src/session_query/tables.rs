//! The tables that a question is asked of.

use std::sync::LazyLock;

use retold_core::{Document, Field, FieldKind, Level, Record, Records};
use retold_projections::{column_fields, readable_json, sql_value};
use rusqlite::{Connection, ToSql, params};

use super::Outputs;
use super::reads::Reads;
use super::text;
use crate::state::index;
use crate::{Agent, Change, List, MessageRow, Patch, Path, Rope, State};

/// The statements that make and fill the tables: their columns are the fields of the document.
struct Statements {
    create: String,
    write_session: String,
    write_instance: String,
    write_message: String,
}

static STATEMENTS: LazyLock<Statements> = LazyLock::new(|| {
    let names = |level: Level| column_fields(level).map(Field::column).collect::<Vec<_>>().join(", ");
    let of_kind = |kind: FieldKind| match kind {
        FieldKind::Integer | FieldKind::BigInteger | FieldKind::Flag => "integer",
        FieldKind::Real => "real",
        _ => "text",
    };
    let types = |level: Level| {
        let typed = |field: Field| format!("{} {}", field.column(), of_kind(field.kind()));
        column_fields(level).map(typed).collect::<Vec<_>>().join(", ")
    };
    let records = Record::ALL.iter().map(|record| record.name()).collect::<Vec<_>>().join(", ");
    let typed = |record: &Record| format!("{} {}", record.name(), of_kind(record.kind()));
    let record_types = Record::ALL.iter().map(typed).collect::<Vec<_>>().join(", ");
    let insert = |table: &str, before: &str, level: Level, after: &str| {
        let columns = format!("{before}, {}, {after}", names(level));
        let values = vec!["?"; columns.split(',').count()].join(", ");
        format!("insert or replace into {table} ({columns}) values ({values})")
    };
    let (session, instance, message) = (Level::Session, Level::Instance, Level::Message);
    let create = include_str!("../../sql/probe/schema.sql")
        .replace("/*session types*/", &types(session))
        .replace("/*instance types*/", &types(instance))
        .replace("/*message types*/", &types(message))
        .replace("/*record types*/", &record_types)
        .replace("/*records*/", &records)
        .replace("/*session*/", &names(session))
        .replace("/*message*/", &names(message));
    Statements {
        create,
        write_session: insert(
            "session",
            "only",
            session,
            &format!("extra, {records}, instance_count, message_count"),
        ),
        write_instance: insert("instances", "place", instance, "extra, output_bytes"),
        write_message: insert("messages", "place", message, "extra, text_or_blob, content_bytes"),
    }
});

pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(&STATEMENTS.create)
}

/// Fills the tables that are read.
pub(super) fn load(
    connection: &Connection,
    reads: &Reads,
    outputs: &Outputs,
    state: Option<&State>,
) -> rusqlite::Result<()> {
    connection.execute_batch(include_str!("../../sql/probe/empty.sql"))?;
    share(reads, outputs, state);
    let Some(state) = state else { return Ok(()) };
    connection.execute_batch("begin")?;
    write_session(connection, state)?;
    if reads.reads("instances") {
        for (place, agent) in (0..).zip(state.agents.iter()) {
            write_agent(connection, place, agent)?;
        }
    }
    if reads.reads("messages") {
        for (place, said) in (0..).zip(state.messages.iter()) {
            write_message(connection, place, said)?;
        }
    }
    connection.execute_batch("commit")
}

/// Does to the tables what an event did to the session, as far as the patches touch what is read.
pub(super) fn apply(
    connection: &Connection,
    reads: &Reads,
    outputs: &Outputs,
    patches: &[Patch],
    after: Option<&State>,
) -> rusqlite::Result<()> {
    let Some(state) = after else { return load(connection, reads, outputs, None) };
    for patch in patches.iter().filter(|patch| reads.touches(patch)) {
        match (&patch.path, &patch.change) {
            (Path::Whole | Path::Own(_), _) => write_session(connection, state)?,
            (Path::Row(list, at), change) => {
                write_session(connection, state)?;
                let table = Table::of(*list);
                if !reads.reads(table.name) {
                    continue;
                }
                match change {
                    Change::Remove(_) => {
                        run(connection, table.delete, [at])?;
                        run(connection, table.shift, params![at, -1])?;
                    }
                    _ => {
                        run(connection, table.shift, params![at, 1])?;
                        write(connection, *list, *at, state)?;
                    }
                }
            }
            (Path::Field(list, at, _), _) => {
                run(connection, Table::of(*list).delete, [at])?;
                // An event that takes an element away says first what it loses: it is no longer there then, or the
                // next one is, and the removal that follows puts that right.
                write(connection, *list, *at, state)?;
            }
            (Path::Rows(_) | Path::Each(..), _) => {}
        }
    }
    share(reads, outputs, Some(state));
    Ok(())
}

/// Outputs are read where they are: each piece of one that is written on would be copied for every answer otherwise.
fn share(reads: &Reads, outputs: &Outputs, state: Option<&State>) {
    if reads.reads_column("instances", "output") {
        let mut outputs = outputs.lock();
        outputs.clear();
        outputs.extend(
            state.into_iter().flat_map(|state| state.agents.iter()).map(|agent| agent.output.clone()),
        );
    }
}

struct Table {
    name: &'static str,
    delete: &'static str,
    shift: &'static str,
}

impl Table {
    fn of(list: List) -> Self {
        match list {
            List::Instances => Self {
                name: "instances",
                delete: include_str!("../../sql/probe/delete_instance.sql"),
                shift: include_str!("../../sql/probe/shift_instances.sql"),
            },
            List::Messages => Self {
                name: "messages",
                delete: include_str!("../../sql/probe/delete_message.sql"),
                shift: include_str!("../../sql/probe/shift_messages.sql"),
            },
        }
    }
}

fn write(connection: &Connection, list: List, at: u32, state: &State) -> rusqlite::Result<()> {
    match list {
        List::Instances => match state.agents.get(at as usize) {
            Some(agent) => write_agent(connection, at, agent),
            None => Ok(()),
        },
        List::Messages => match state.messages.get(at as usize) {
            Some(said) => write_message(connection, at, said),
            None => Ok(()),
        },
    }
}

fn write_session(connection: &Connection, state: &State) -> rusqlite::Result<()> {
    let lengths = [state.agents.len(), state.messages.len()].map(index);
    // Where no event said so, its place is its first position.
    let records = Records { place: Some(state.standing()), ..state.records.clone() };
    let known: Vec<_> = Record::ALL.iter().map(|record| records.value(*record)).collect();
    let known: Vec<_> = known.iter().map(sql_value).collect();
    let mut after: Vec<&dyn ToSql> = known.iter().map(|value| value as &dyn ToSql).collect();
    after.extend([&lengths[0] as &dyn ToSql, &lengths[1]]);
    insert(connection, &STATEMENTS.write_session, &1, &state.session, &after)
}

fn write_agent(connection: &Connection, place: u32, agent: &Agent) -> rusqlite::Result<()> {
    let bytes = agent.output.as_ref().map(Rope::len).map(u64::cast_signed);
    insert(connection, &STATEMENTS.write_instance, &place, &agent.instance, &[&bytes])
}

fn write_message(connection: &Connection, place: u32, said: &MessageRow) -> rusqlite::Result<()> {
    let content = &said.message.content;
    let more: [&dyn ToSql; 2] = [&text::value(content), &content.len().cast_signed()];
    insert(connection, &STATEMENTS.write_message, &place, &said.message, &more)
}

/// Inserts a row: its key, the fields of its document, the keys that are not known, and what comes after.
fn insert<D: Document>(
    connection: &Connection,
    sql: &str,
    key: &dyn ToSql,
    document: &D,
    after: &[&dyn ToSql],
) -> rusqlite::Result<()> {
    let values: Vec<_> = column_fields(D::LEVEL).map(|field| document.value(field)).collect();
    let values: Vec<_> = values.iter().map(|value| value.as_ref().map(sql_value)).collect();
    let extra = (!document.extra().is_empty()).then(|| readable_json(document.extra().to_json()));
    let mut params: Vec<&dyn ToSql> = vec![key];
    params.extend(values.iter().map(|value| value as &dyn ToSql));
    params.push(&extra);
    params.extend(after);
    run(connection, sql, params.as_slice())
}

fn run(connection: &Connection, sql: &str, params: impl rusqlite::Params) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute(params).map(drop)
}
