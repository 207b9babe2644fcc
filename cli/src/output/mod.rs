//! Answers: rows of named columns, as a table or in one of the formats for programs.

mod ago;
mod csv;
mod json;
mod look;
mod render;
mod table;
mod value;

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::Failure;
use crate::pager::{Paged, Pager};
pub(crate) use ago::{ago, took};
pub(crate) use csv::{header as csv_header, row as csv_row};
pub(crate) use json::{harmless, line};
pub(crate) use look::Look;
pub(crate) use render::dollars;
pub(crate) use retold_present::AsOf;
pub(crate) use retold_present::measure::{counted, cut, cut_path, size};
pub(crate) use value::{Value, distinct};

/// How an answer is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// An aligned table, for people
    #[default]
    Table,
    /// One object: the position it stands for, and all rows
    Json,
    /// One object a row
    Jsonl,
    /// RFC 4180, with a header
    Csv,
}

/// The rows of an answer, on their way out.
///
/// Each row is written as it comes; a table keeps the first ones, which its widths follow from.
pub(crate) struct Rows<'io> {
    columns: Vec<String>,
    out: &'io mut dyn Write,
    body: Body,
    count: u64,
    interrupt: Arc<AtomicBool>,
}

/// A table on its way to a person.
struct Shown {
    table: table::Table,
    look: Look,
    paged: Paged,
}

enum Body {
    Table(Box<Shown>),
    Json,
    Lines,
    Csv { harmless: bool },
}

impl<'io> Rows<'io> {
    pub(crate) fn begin(
        out: &'io mut dyn Write,
        format: Format,
        look: Look,
        pager: Option<Pager>,
        interrupt: Arc<AtomicBool>,
        as_of: AsOf,
        columns: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, Failure> {
        let columns = value::distinct(columns.into_iter().map(Into::into).collect());
        let body = match format {
            Format::Table => {
                let paged = Paged::new(pager, Arc::clone(&interrupt));
                Body::Table(Box::new(Shown { table: table::Table::new(&columns, &look), look, paged }))
            }
            Format::Json => Body::Json,
            Format::Jsonl => Body::Lines,
            Format::Csv => Body::Csv { harmless: look.columns.is_some() },
        };
        match &body {
            Body::Json => json::begin(out, as_of),
            Body::Csv { harmless } => csv::header(out, &columns, *harmless),
            Body::Table(_) | Body::Lines => Ok(()),
        }
        .map_err(Failure::output)?;
        Ok(Self { columns, out, body, count: 0, interrupt })
    }

    /// Adds a row, a value for each column.
    ///
    /// # Errors
    /// Where it cannot be written, or somebody asked the program to stop.
    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = Value>) -> Result<(), Failure> {
        if self.interrupt.load(Ordering::Relaxed) {
            return Err(Failure::interrupted());
        }
        let row: Vec<Value> = row.into_iter().collect();
        debug_assert_eq!(row.len(), self.columns.len(), "a value for each column");
        match &mut self.body {
            Body::Table(shown) => {
                let Shown { table, look, paged } = &mut **shown;
                if let Some(text) = table.push(&row, look) {
                    paged.write(&text, self.out)?;
                }
            }
            Body::Json => {
                json::row(self.out, &self.columns, &row, self.count == 0).map_err(Failure::output)?
            }
            Body::Lines => json::line(self.out, &self.columns, &row).map_err(Failure::output)?,
            Body::Csv { harmless } => csv::row(self.out, &row, *harmless).map_err(Failure::output)?,
        }
        self.count += 1;
        Ok(())
    }

    /// Returns how many rows there are so far.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Ends the answer.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        self.finish_with(&[])
    }

    /// Ends the answer; a JSON answer gets `facts` beside its rows.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(crate) fn finish_with(self, facts: &[(&str, Value)]) -> Result<(), Failure> {
        match self.body {
            Body::Table(shown) => {
                let Shown { table, look, mut paged } = *shown;
                paged.write(&table.end(&look), self.out)?;
                paged.end(self.out)
            }
            Body::Json => json::end(self.out, facts).map_err(Failure::output),
            Body::Lines | Body::Csv { .. } => Ok(()),
        }
    }
}
