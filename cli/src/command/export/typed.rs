//! Rows with typed columns, into Parquet.

use std::path::Path;

use super::cell::Cell;
use super::column::Column;
use super::exported::ExportedFile;
use super::file::NewFile;
use super::months::{self, Months};
use super::parquet::Table;
use super::rows::written;
use crate::failure::Failure;

/// Rows that say what a column holds, where no table declares it.
const FIRST_ROWS: usize = 1000;
/// Bytes of them, after which fewer will do.
const FIRST_BYTES: usize = 8 * 1024 * 1024;

/// Where a Parquet export goes, and how.
pub(super) struct Place<'p> {
    pub(super) path: &'p Path,
    pub(super) by_month: bool,
    pub(super) force: bool,
}

impl Place<'_> {
    /// Looks whether an export can be begun there. What cannot be written is said before anything is read.
    pub(super) fn look(&self) -> Result<(), Failure> {
        if self.by_month {
            months::look(self.path, self.force)
        } else {
            NewFile::begin(self.path, self.force).map(drop)
        }
    }
}

/// Typed rows: the first ones are held until they have said what the columns are.
pub(super) struct Typed {
    names: Vec<String>,
    declared: Vec<Option<String>>,
    first: Vec<Vec<Cell>>,
    first_bytes: usize,
    file: Option<(Vec<Column>, Sink)>,
    rows: u64,
}

enum Sink {
    One(Box<Table>),
    Months(Box<Months>),
}

impl Typed {
    pub(super) fn new(names: Vec<String>, declared: Vec<Option<String>>) -> Self {
        Self { names, declared, first: Vec::new(), first_bytes: 0, file: None, rows: 0 }
    }

    /// Adds a row, a value for each column.
    pub(super) fn push(&mut self, row: Vec<Cell>, place: &Place<'_>) -> Result<(), Failure> {
        if self.file.is_some() {
            return self.write(row);
        }
        self.first_bytes += row.iter().map(Cell::bytes).sum::<usize>();
        self.first.push(row);
        if self.first.len() < FIRST_ROWS && self.first_bytes < FIRST_BYTES {
            return Ok(());
        }
        self.begin(place)
    }

    fn begin(&mut self, place: &Place<'_>) -> Result<(), Failure> {
        let first = std::mem::take(&mut self.first);
        let columns: Vec<Column> = std::mem::take(&mut self.names)
            .into_iter()
            .zip(&self.declared)
            .enumerate()
            .map(|(at, (name, declared))| {
                Column::new(name, declared.as_deref(), first.iter().map(|row| &row[at]))
            })
            .collect();
        let sink = match place.by_month {
            true => Sink::Months(Box::new(Months::begin(place.path, place.force, columns.clone())?)),
            false => Sink::One(Box::new(Table::begin(NewFile::begin(place.path, place.force)?, &columns)?)),
        };
        self.file = Some((columns, sink));
        first.into_iter().try_for_each(|row| self.write(row))
    }

    fn write(&mut self, row: Vec<Cell>) -> Result<(), Failure> {
        self.rows += 1;
        let (columns, sink) = self.file.as_mut().expect("the file is begun before a row is written");
        let row = columns
            .iter()
            .zip(row)
            .map(|(column, cell)| column.fit(cell, self.rows))
            .collect::<Result<Vec<_>, _>>()?;
        match sink {
            Sink::One(table) => table.push(row),
            Sink::Months(months) => months.push(row),
        }
    }

    /// Ends what was written, and puts it into its place; without a row it has the columns alone.
    pub(super) fn finish(mut self, place: &Place<'_>) -> Result<Vec<ExportedFile>, Failure> {
        if self.file.is_none() {
            self.begin(place)?;
        }
        match self.file.expect("it was just begun").1 {
            Sink::One(table) => {
                let (rows, bytes) = table.finish()?;
                Ok(vec![written(place.path, rows, bytes)])
            }
            Sink::Months(months) => months.finish(),
        }
    }
}
