//! The types of columns, and what fits into them.

use retold_core::time;

use super::cell::Cell;
use crate::exit::Exit;
use crate::failure::Failure;

/// The type of a Parquet column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Real,
    Text,
    Bytes,
    /// Microseconds since 1970.
    Instant,
    /// A JSON document.
    Json,
}

/// A column: its name and its type.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// Columns of the read models and of `events` that hold documents.
const DOCUMENTS: [&str; 3] = ["body", "extra", "runtime_mix"];

/// Columns of `events` that no table declares and that may be null for long.
const INTEGERS: [&str; 2] = ["source_offset", "source_length"];

/// Reals hold every integer up to here.
const EXACT_MAX: u64 = 1 << 53;

/// Returns whether a column of this name holds documents.
pub(super) fn is_document(name: &str) -> bool {
    DOCUMENTS.contains(&name)
}

impl Column {
    /// Returns the type of a column: as a table declares it; where none does, what the first rows hold.
    ///
    /// Of the first rows: integers alone make an integer, numbers a real, bytes alone bytes, everything else and
    /// nothing at all text. Integers are instants where the name says so, texts are documents where it does and all
    /// of them are.
    pub(super) fn new<'a>(
        name: String,
        declared: Option<&str>,
        first: impl Iterator<Item = &'a Cell> + Clone,
    ) -> Self {
        let kind = declared.and_then(of_declaration).unwrap_or_else(|| of_rows(&name, first.clone()));
        let is_instant = name == "instant" || name.ends_with("_instant");
        let kind = match kind {
            Kind::Integer if is_instant => Kind::Instant,
            Kind::Text if is_document(&name) && first.clone().all(is_json) => Kind::Json,
            kind => kind,
        };
        Self { name, kind }
    }

    /// Returns the value as the column holds it.
    ///
    /// # Errors
    /// Where it does not fit without a loss; `row` counts from 1.
    pub(super) fn fit(&self, cell: Cell, row: u64) -> Result<Cell, Failure> {
        Ok(match (self.kind, cell) {
            (_, Cell::Null) => Cell::Null,
            (Kind::Integer, Cell::Integer(number)) => Cell::Integer(number),
            (Kind::Instant, Cell::Integer(micros)) if time::from_micros(micros).is_some() => {
                Cell::Integer(micros)
            }
            (Kind::Real, Cell::Real(number)) => Cell::Real(number),
            (Kind::Real, Cell::Integer(number)) if number.unsigned_abs() <= EXACT_MAX => {
                #[allow(clippy::cast_precision_loss, reason = "a real holds every integer up to 2^53")]
                let real = number as f64;
                Cell::Real(real)
            }
            (Kind::Text, Cell::Text(text)) => Cell::Text(text),
            (Kind::Text, Cell::Integer(number)) => Cell::Text(number.to_string()),
            (Kind::Text, Cell::Real(number)) => Cell::Text(format!("{number:?}")),
            (Kind::Json, cell) if matches!(cell, Cell::Text(_)) && is_json(&cell) => cell,
            (Kind::Bytes, Cell::Bytes(bytes)) => Cell::Bytes(bytes),
            (_, cell) => return Err(self.invalid(&cell, row)),
        })
    }

    fn invalid(&self, cell: &Cell, row: u64) -> Failure {
        let (name, column) = (&self.name, self.kind.name());
        let found = match (self.kind, cell) {
            (Kind::Instant, Cell::Integer(_)) => "an integer that is no instant",
            (Kind::Real, Cell::Integer(_)) => "an integer that a real cannot hold",
            (Kind::Json, Cell::Text(_)) => "text that is no JSON",
            (_, cell) => cell.what(),
        };
        Failure::new(
            Exit::Usage,
            format!("export: column {name}, row {row}: the column is {column}, found {found}"),
        )
        .hint(format!("say in the query what it is: cast({name} as text) as {name}_text"))
    }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Real => "real",
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::Instant => "an instant",
            Self::Json => "JSON",
        }
    }
}

/// The types of STRICT tables, but for ANY, which says nothing: <https://sqlite.org/stricttables.html>.
fn of_declaration(declared: &str) -> Option<Kind> {
    match declared.to_ascii_lowercase().as_str() {
        "int" | "integer" => Some(Kind::Integer),
        "real" => Some(Kind::Real),
        "text" => Some(Kind::Text),
        "blob" => Some(Kind::Bytes),
        _ => None,
    }
}

fn of_rows<'a>(name: &str, first: impl Iterator<Item = &'a Cell> + Clone) -> Kind {
    let mut found = first.filter(|cell| **cell != Cell::Null).peekable();
    if found.peek().is_none() {
        return if INTEGERS.contains(&name) { Kind::Integer } else { Kind::Text };
    }
    let [mut integers, mut reals, mut texts, mut bytes] = [false; 4];
    for cell in found {
        match cell {
            Cell::Null => {}
            Cell::Integer(_) => integers = true,
            Cell::Real(_) => reals = true,
            Cell::Text(_) => texts = true,
            Cell::Bytes(_) => bytes = true,
        }
    }
    match (integers, reals, texts, bytes) {
        (_, _, true, _) | (true, _, _, true) | (_, true, _, true) => Kind::Text,
        (_, _, _, true) => Kind::Bytes,
        (_, true, _, _) => Kind::Real,
        _ => Kind::Integer,
    }
}

fn is_json(cell: &Cell) -> bool {
    match cell {
        Cell::Null => true,
        Cell::Text(text) => serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str, declared: Option<&str>, first: &[Cell]) -> Kind {
        Column::new(name.to_owned(), declared, first.iter()).kind
    }

    #[test]
    fn a_declared_type_counts_more_than_what_the_first_rows_hold() {
        assert_eq!(kind("a", Some("INTEGER"), &[]), Kind::Integer);
        assert_eq!(kind("a", Some("real"), &[Cell::Integer(1)]), Kind::Real);
        assert_eq!(kind("updated_instant", Some("integer"), &[]), Kind::Instant);
        assert_eq!(kind("updated_instant", Some("text"), &[]), Kind::Text);
        assert_eq!(kind("a", Some("any"), &[Cell::Integer(1)]), Kind::Integer);
    }

    #[test]
    fn the_first_rows_say_what_nobody_declared() {
        let text = || Cell::Text("{}".to_owned());
        assert_eq!(kind("a", None, &[Cell::Null, Cell::Integer(1)]), Kind::Integer);
        assert_eq!(kind("a", None, &[Cell::Real(0.5), Cell::Integer(1)]), Kind::Real);
        assert_eq!(kind("a", None, &[text(), Cell::Integer(1)]), Kind::Text);
        assert_eq!(kind("a", None, &[Cell::Bytes(vec![0])]), Kind::Bytes);
        assert_eq!(kind("a", None, &[Cell::Null]), Kind::Text);
        assert_eq!(kind("source_offset", None, &[Cell::Null]), Kind::Integer);
        assert_eq!(kind("last_instant", None, &[Cell::Integer(1)]), Kind::Instant);
        assert_eq!(kind("body", None, &[text()]), Kind::Json);
        assert_eq!(kind("body", None, &[Cell::Text("{".to_owned())]), Kind::Text);
    }

    #[test]
    fn what_does_not_fit_is_refused_and_never_null() {
        let cells =
            [Cell::Integer(i64::MAX), Cell::Real(0.5), Cell::Text("{".to_owned()), Cell::Bytes(vec![0])];
        let fits = |kind: Kind| {
            let column = Column { name: "a".to_owned(), kind };
            cells.clone().map(|cell| column.fit(cell, 1).is_ok_and(|cell| cell != Cell::Null))
        };
        assert_eq!(fits(Kind::Integer), [true, false, false, false]);
        assert_eq!(fits(Kind::Real), [false, true, false, false]);
        assert_eq!(fits(Kind::Text), [true, true, true, false]);
        assert_eq!(fits(Kind::Bytes), [false, false, false, true]);
        assert_eq!(fits(Kind::Instant), [false; 4]);
        assert_eq!(fits(Kind::Json), [false; 4]);
    }
}
