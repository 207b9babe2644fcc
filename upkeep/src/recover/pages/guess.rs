//! Which table a row is of, told by its form: how many values of which types it has.

use retold_core::EventType;
use rusqlite::types::Value;

use super::cells::{Cell, Kind};
use super::file::COLUMNS_MAX;
use super::record::{self, Type};
use crate::recover::tables::{self, Role, Table};

/// The form of a table's rows.
pub(super) struct Form {
    /// Its columns, in the order in which a row has them: where each goes, what it holds, and whether it may be empty.
    columns: Vec<(usize, tables::Kind, bool)>,
    is_by_number: bool,
    number: Option<usize>,
    is_of_log: bool,
    /// Its rows alone tell that they are of it, for a hash covers them.
    is_sure: bool,
    is_types: bool,
}

impl Form {
    pub(super) fn of(table: &Table) -> Self {
        let column = |at: usize| {
            let column = &table.columns[at];
            (at, column.kind, column.is_optional)
        };
        Self {
            columns: table.stored_order().into_iter().map(column).collect(),
            is_by_number: table.has_row_numbers,
            number: table.number(),
            is_of_log: table.role() == Role::Log,
            is_sure: ["event", "blob"].contains(&table.name.as_str()),
            is_types: table.name == "event_type",
        }
    }

    /// Whether a cell has this form, as far as its page tells.
    pub(super) fn fits(&self, kind: Kind, page: &[u8], cell: &Cell) -> bool {
        if kind.is_by_number() != self.is_by_number {
            return false;
        }
        let Some((types, begin)) = record::types(&page[cell.local.clone()], COLUMNS_MAX) else {
            return false;
        };
        // A row that is older than its last columns lacks them.
        let (there, missing) = self.columns.split_at(types.len().min(self.columns.len()));
        types.len() <= self.columns.len()
            && missing.iter().all(|(_, _, is_optional)| *is_optional)
            && there.iter().zip(&types).all(|((at, kind, is_optional), found)| match found {
                Type::Null => *is_optional || self.number == Some(*at),
                Type::Integer(..) => matches!(kind, tables::Kind::Integer | tables::Kind::Real),
                Type::Real => *kind == tables::Kind::Real,
                Type::Text(_) => *kind == tables::Kind::Text,
                Type::Blob(_) => *kind == tables::Kind::Blob,
            })
            && record::length(&types, begin) == Some(cell.length)
            && (self.number.is_none() || matches!(types.first(), Some(Type::Null)))
    }

    /// Reads the values of a record, in the order of the columns.
    pub(super) fn values(&self, record: &[u8], number: Option<i64>) -> Option<Vec<Value>> {
        let (types, begin) = record::types(record, COLUMNS_MAX)?;
        let mut values = vec![Value::Null; self.columns.len()];
        for ((at, kind, _), value) in self.columns.iter().zip(record::values(record, &types, begin)?) {
            values[*at] = match value {
                // A number without a fraction is stored as one.
                #[expect(clippy::cast_precision_loss, reason = "SQLite stores no larger one so")]
                Value::Integer(number) if *kind == tables::Kind::Real => Value::Real(number as f64),
                value => value,
            };
        }
        if let (Some(at), Some(number)) = (self.number, number) {
            values[at] = Value::Integer(number);
        }
        Some(values)
    }
}

/// The tables that a whole page may be of.
pub(super) struct Guess(Vec<usize>);

impl Guess {
    pub(super) fn of(forms: &[Form], kind: Kind, page: &[u8], cells: &[Cell]) -> Self {
        let fits = |form: &Form| cells.iter().all(|cell| form.fits(kind, page, cell));
        let all = || forms.iter().enumerate().filter(|(_, form)| !cells.is_empty() && fits(form));
        let mut found: Vec<usize> = all().map(|(table, _)| table).collect();
        // Names of types have the form of other names; but what they say is known.
        let are_types = cells.iter().all(|cell| is_type(page, cell));
        if found.iter().any(|table| forms[*table].is_types) {
            found.retain(|table| forms[*table].is_types == are_types);
        }
        // Beside the log's own a guess has to be the only one.
        if found.len() > 1 {
            found.retain(|table| forms[*table].is_of_log);
        }
        Self(found)
    }

    /// Returns the tables that a cell may be of: those of its page; or, on a page that is partly destroyed, those by which it
    /// is checked.
    pub(super) fn tables(&self, forms: &[Form], kind: Kind, page: &[u8], cell: &Cell) -> Vec<usize> {
        if !self.0.is_empty() {
            return self.0.clone();
        }
        let fits = |form: &Form| form.is_sure && form.fits(kind, page, cell);
        forms.iter().enumerate().filter(|(_, form)| fits(form)).map(|(table, _)| table).collect()
    }
}

fn is_type(page: &[u8], cell: &Cell) -> bool {
    let record = &page[cell.local.clone()];
    let Some((types, begin)) = record::types(record, 2) else { return false };
    let Some([Value::Null, Value::Text(name)]) = record::values(record, &types, begin)
        .map(|values| <[Value; 2]>::try_from(values).unwrap_or([Value::Null, Value::Null]))
    else {
        return false;
    };
    cell.number.and_then(EventType::from_number).is_some_and(|kind| kind.name() == name)
}
