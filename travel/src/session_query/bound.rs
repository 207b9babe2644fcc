//! A question about the session's own row: what it reads is bound to it, and no table is written.

use retold_core::{Document as _, Field, FieldKind, Level, Outline, Record, Records};
use retold_projections::{column_fields, readable_json, sql_value};
use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};

use super::reads::Reads;
use crate::State;

/// A column of the session's own row.
#[derive(Clone, Copy, Debug)]
enum Column {
    Field(Field),
    Record(Record),
    Extra,
    Instances,
    Messages,
}

/// The question with what it reads in place of the tables, and the values of that.
pub(super) struct Bound {
    query: String,
    columns: Vec<Column>,
    /// `None` before the session was created.
    values: Option<Vec<Value>>,
}

impl Bound {
    /// Makes the question, where it reads the session's own row and nothing else.
    pub(super) fn of(connection: &Connection, reads: &Reads, expression: &str) -> Option<Self> {
        if !reads.is_of_session() {
            return None;
        }
        let (mut columns, mut bound) = (Vec::new(), Vec::new());
        for (at, name) in (1..).zip(reads.of_session()) {
            let (column, kind) = column(name)?;
            // A cast gives a column the affinity that it has in the table.
            bound.push(format!("cast(?{at} as {kind}) as {name}"));
            columns.push(column);
        }
        bound.push("1 as only".to_owned());
        let query = format!(
            "with session as not materialized (select {}), sessions as not materialized (select * from session) \
             select ({expression}\n) from session",
            bound.join(", ")
        );
        let statement = connection.prepare(&query).ok()?;
        // What would be read otherwise than by name is asked of the tables.
        let is_same = statement.parameter_count() == columns.len() && statement.column_count() == 1;
        is_same.then_some(Self { query, columns, values: None })
    }

    /// Takes over what is read of a state; its lists have the lengths that the outline says.
    pub(super) fn set(&mut self, state: Option<&State>, outline: Outline) {
        let Some(state) = state else {
            self.values = None;
            return;
        };
        let values = self.values.get_or_insert_default();
        values.clear();
        values.extend(self.columns.iter().map(|column| column.value(state, outline)));
    }

    /// Answers; null before the session was created.
    pub(super) fn answer(&self, connection: &Connection) -> rusqlite::Result<Value> {
        let Some(values) = &self.values else { return Ok(Value::Null) };
        let mut statement = connection.prepare_cached(&self.query)?;
        for (at, value) in (1..).zip(values) {
            statement.raw_bind_parameter(at, value)?;
        }
        let mut rows = statement.raw_query();
        rows.next()?.map_or(Ok(Value::Null), |row| row.get(0))
    }
}

/// Returns the column of a name, and the type that it has in the table.
fn column(name: &str) -> Option<(Column, &'static str)> {
    let kind = |kind: FieldKind| match kind {
        FieldKind::Integer | FieldKind::BigInteger | FieldKind::Flag => "numeric",
        FieldKind::Real => "real",
        _ => "text",
    };
    match name {
        "extra" => return Some((Column::Extra, "text")),
        "instance_count" => return Some((Column::Instances, "numeric")),
        "message_count" => return Some((Column::Messages, "numeric")),
        _ => {}
    }
    let field = column_fields(Level::Session).find(|field| field.column() == name);
    let record = || Record::ALL.iter().copied().find(|record| record.name() == name);
    match field {
        Some(field) => Some((Column::Field(field), kind(field.kind()))),
        None => record().map(|record| (Column::Record(record), kind(record.kind()))),
    }
}

impl Column {
    fn value(self, state: &State, outline: Outline) -> Value {
        let owned = |value: Option<&retold_core::Value<'_>>| match value.map(sql_value) {
            Some(ToSqlOutput::Borrowed(ValueRef::Text(text))) => {
                Value::Text(String::from_utf8_lossy(text).into_owned())
            }
            Some(ToSqlOutput::Owned(value)) => value,
            _ => Value::Null,
        };
        match self {
            Self::Field(field) => owned(state.session.value(field).as_ref()),
            // Where no event said so, its place is its first position.
            Self::Record(Record::Place) => Value::Real(state.standing()),
            Self::Record(record) => owned(Some(&Records::value(&state.records, record))),
            Self::Extra => match state.session.extra.is_empty() {
                true => Value::Null,
                false => Value::Text(readable_json(state.session.extra.to_json())),
            },
            Self::Instances => Value::Integer(outline.instances.into()),
            Self::Messages => Value::Integer(outline.messages.into()),
        }
    }
}
