//! The fields of the document as columns: the same for every table that has one column a field.

use retold_core::{Document, Extra, Field, FieldKind, Level, Record, Records, Value, time};
use rusqlite::types::{FromSqlError, ToSqlOutput, Type, ValueRef};
use rusqlite::{Row, Statement, ToSql};

/// Returns the fields of a level that have a column; its long text has none.
pub fn fields(level: Level) -> impl Iterator<Item = Field> {
    level.values().filter(|field| field.kind() != FieldKind::LongText)
}

/// Returns the names of a level's columns: one a field, one more for each time, and `extra`.
pub(super) fn names(level: Level) -> Vec<String> {
    names_without(level, None)
}

/// Returns the names of a level's columns but for those of one field.
pub(crate) fn names_without(level: Level, left_out: Option<Field>) -> Vec<String> {
    let fields = || fields_without(level, left_out);
    let instants = fields().filter(|field| field.is_time()).map(instant_column);
    let columns = fields().map(|field| field.column().to_owned());
    columns.chain(instants).chain(["extra".to_owned()]).collect()
}

fn fields_without(level: Level, left_out: Option<Field>) -> impl Iterator<Item = Field> {
    fields(level).filter(move |field| Some(*field) != left_out)
}

/// Returns what is known of a session beside its document and has a column. Whether it is deleted has none: then it has no row.
pub(crate) fn records() -> impl Iterator<Item = Record> {
    Record::ALL.iter().copied().filter(|record| *record != Record::Deleted)
}

/// Returns the column that holds a time in microseconds since 1970: `created_at` has `created_instant`.
pub(super) fn instant_column(field: Field) -> String {
    let name = field.column();
    match name.strip_suffix("_at").or_else(|| name.strip_suffix("_time")) {
        Some(what) => format!("{what}_instant"),
        None => "instant".to_owned(),
    }
}

/// Returns the time of a text in microseconds since 1970; `None` where it is no time.
pub(crate) fn instant(text: &str) -> Option<i64> {
    time::parse(text).map(time::to_micros)
}

/// Returns a value as SQLite has it. A number above 2^63 - 1 and a list are texts, a long text has no value here.
pub fn to_sql<'v>(value: &'v Value<'_>) -> ToSqlOutput<'v> {
    match value {
        Value::Flag(flag) => ToSqlOutput::from(*flag),
        Value::Number(number) => match i64::try_from(*number) {
            Ok(number) => ToSqlOutput::from(number),
            Err(_) => ToSqlOutput::from(number.to_string()),
        },
        Value::Real(number) => ToSqlOutput::from(*number),
        Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        Value::Texts(texts) => ToSqlOutput::from(serde_json::Value::from(texts.as_ref()).to_string()),
        _ => ToSqlOutput::from(rusqlite::types::Null),
    }
}

/// Binds values to the parameters of a statement, one after the other.
pub(crate) struct Binder<'s, 'c> {
    statement: &'s mut Statement<'c>,
    last: usize,
}

impl<'s, 'c> Binder<'s, 'c> {
    pub(crate) fn new(statement: &'s mut Statement<'c>) -> Self {
        Self { statement, last: 0 }
    }

    pub(crate) fn add(&mut self, value: impl ToSql) -> rusqlite::Result<()> {
        self.last += 1;
        self.statement.raw_bind_parameter(self.last, value)
    }

    /// Binds what [`names`] names.
    pub(super) fn add_document<D: Document>(&mut self, document: &D) -> rusqlite::Result<()> {
        self.add_document_without(document, None)
    }

    /// Binds what [`names_without`] names.
    pub(crate) fn add_document_without<D: Document>(
        &mut self,
        document: &D,
        left_out: Option<Field>,
    ) -> rusqlite::Result<()> {
        for field in fields_without(D::LEVEL, left_out) {
            self.add(document.value(field).as_ref().map(to_sql))?;
        }
        for field in fields_without(D::LEVEL, left_out).filter(|field| field.is_time()) {
            self.add(document.value(field).as_ref().and_then(Value::as_text).and_then(instant))?;
        }
        let extra = document.extra();
        self.add((!extra.is_empty()).then(|| extra.to_json()))
    }

    /// Binds what [`records`] names.
    pub(crate) fn add_records(&mut self, known: &Records) -> rusqlite::Result<()> {
        records().try_for_each(|record| self.add(to_sql(&known.value(record))))
    }

    pub(crate) fn execute(self) -> rusqlite::Result<()> {
        self.statement.raw_execute().map(drop)
    }
}

/// Returns the columns that [`read`] reads, in its order.
pub(super) fn read_names(level: Level) -> Vec<&'static str> {
    read_names_without(level, None)
}

/// Returns the columns that [`read_without`] reads, in its order.
pub(crate) fn read_names_without(level: Level, left_out: Option<Field>) -> Vec<&'static str> {
    fields_without(level, left_out).map(Field::column).chain(["extra"]).collect()
}

/// Reads a level from a row that begins with the columns of [`read_names`]; returns how many there were.
pub(crate) fn read<D: Document>(row: &Row<'_>) -> rusqlite::Result<(D, usize)> {
    read_without(row, None)
}

/// Reads a level, but for one field, from a row that begins with the columns of [`read_names_without`]; returns how many
/// there were.
pub(crate) fn read_without<D: Document>(
    row: &Row<'_>,
    left_out: Option<Field>,
) -> rusqlite::Result<(D, usize)> {
    let (mut document, mut column) = (D::blank(), 0);
    for field in fields_without(D::LEVEL, left_out) {
        let value = from_sql(field.kind(), row.get_ref(column)?)?;
        if !document.set(field, value) {
            return Err(rusqlite::Error::InvalidColumnType(column, field.column().to_owned(), Type::Null));
        }
        column += 1;
    }
    if let Some(extra) = row.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from)? {
        *document.extra_mut() = json::<Extra>(extra)?;
    }
    Ok((document, column + 1))
}

/// Reads the columns of [`records`], which begin at `column`; returns the column after them.
pub(crate) fn read_records(row: &Row<'_>, mut column: usize) -> rusqlite::Result<(Records, usize)> {
    let mut known = Records::default();
    for record in records() {
        if !known.set(record, from_sql(record.kind(), row.get_ref(column)?)?) {
            return Err(rusqlite::Error::InvalidColumnType(column, record.name().to_owned(), Type::Null));
        }
        column += 1;
    }
    Ok((known, column))
}

fn from_sql(kind: FieldKind, value: ValueRef<'_>) -> rusqlite::Result<Value<'_>> {
    Ok(match (kind, value) {
        (_, ValueRef::Null) => Value::Null,
        (FieldKind::Text, value) => Value::Text(value.as_str()?.into()),
        // As a rule there is nothing in it.
        (FieldKind::Texts, ValueRef::Text(b"[]")) => Value::Texts(Vec::new().into()),
        (FieldKind::Texts, value) => Value::Texts(json::<Vec<String>>(value.as_str()?)?.into()),
        (FieldKind::Real, value) => Value::Real(value.as_f64()?),
        (FieldKind::Flag, value) => Value::Flag(value.as_i64()? != 0),
        (_, ValueRef::Integer(number)) => {
            Value::Number(number.try_into().map_err(|_| FromSqlError::OutOfRange(number))?)
        }
        (_, value) => {
            Value::Number(value.as_str()?.parse().map_err(|error| FromSqlError::Other(Box::new(error)))?)
        }
    })
}

fn json<'a, T: serde::Deserialize<'a>>(text: &'a str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(|error| FromSqlError::Other(Box::new(error)).into())
}
