//! The rows of a question, into the form that was asked for.

use std::path::Path;
use std::sync::Arc;

use retold_core::{Progress, Unit};
use rusqlite::Statement;

use super::cell::Cell;
use super::column::is_document;
use super::exported::ExportedFile;
use super::file::NewFile;
use super::source::{Source, Wanted};
use super::typed::{Place, Typed};
use crate::command::sql::refusal;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{AsOf, Format, Look, Rows, distinct};
use crate::progress::Watched;

type Outcome = Result<(AsOf, Vec<ExportedFile>), Failure>;

/// Writes an object a row; a column of documents holds documents.
pub(super) fn lines(context: &mut Context<'_>, what: Wanted, path: Option<&Path>, force: bool) -> Outcome {
    text(context, what, path, force, Format::Jsonl)
}

/// Writes RFC 4180 with a header.
pub(super) fn csv(context: &mut Context<'_>, what: Wanted, path: Option<&Path>, force: bool) -> Outcome {
    text(context, what, path, force, Format::Csv)
}

fn text(
    context: &mut Context<'_>,
    what: Wanted,
    path: Option<&Path>,
    force: bool,
    format: Format,
) -> Outcome {
    let source = Source::open(context, what)?;
    let mut statement = source.prepare()?;
    let names = names(&statement);
    let is_document: Vec<bool> =
        names.iter().map(|name| format == Format::Jsonl && is_document(name)).collect();
    let mut file = path.map(|path| NewFile::begin(path, force)).transpose()?;
    // A bar would be drawn over lines that go to the same terminal.
    let bar = context.watch_beside("export", file.is_none() && context.io.out_is_terminal);
    let look = Look {
        zone: context.zone(),
        columns: (file.is_none() && context.io.out_is_terminal).then_some(context.io.columns),
        colour: false,
    };
    let out: &mut dyn std::io::Write = match &mut file {
        Some(file) => file,
        None => &mut *context.io.out,
    };
    let mut rows =
        Rows::begin(out, format, look, None, Arc::clone(&context.io.interrupt), source.as_of, names)?;
    each(&mut statement, &source, &bar, |row| {
        rows.push(row.into_iter().zip(&is_document).map(|(cell, is_document)| cell.shown(*is_document)))
    })?;
    let count = rows.count();
    rows.finish()?;
    let bytes = file.map(NewFile::keep).transpose()?;
    Ok((source.as_of, bytes.zip(path).map(|(bytes, path)| written(path, count, bytes)).into_iter().collect()))
}

/// Writes typed columns, into a file or into a folder of months.
pub(super) fn parquet(
    context: &mut Context<'_>,
    what: Wanted,
    path: &Path,
    by_month: bool,
    force: bool,
) -> Outcome {
    let source = Source::open(context, what)?;
    let mut statement = source.prepare()?;
    let names = names(&statement);
    let declared: Vec<Option<String>> =
        statement.columns().map(|column| column.decl_type().map(str::to_owned)).collect();
    let bar = context.watch("export");
    let mut export = Typed::new(names, declared);
    let place = Place { path, by_month, force };
    place.look()?;
    each(&mut statement, &source, &bar, |row| export.push(row, &place))?;
    Ok((source.as_of, export.finish(&place)?))
}

fn names(statement: &Statement<'_>) -> Vec<String> {
    distinct(statement.column_names().map(str::to_owned).collect())
}

pub(super) fn written(path: &Path, rows: u64, bytes: u64) -> ExportedFile {
    ExportedFile { name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(), rows, bytes }
}

/// Gives every row of the answer, until somebody asks the program to stop.
fn each(
    statement: &mut Statement<'_>,
    source: &Source,
    bar: &Watched,
    mut give: impl FnMut(Vec<Cell>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let width = statement.column_count();
    let (mut found, mut done) = (statement.raw_query(), 0);
    while let Some(row) = found.next().map_err(|error| refusal::of(error, &source.question))? {
        if bar.is_interrupted() {
            return Err(Failure::interrupted());
        }
        let cells = (0..width).map(|column| row.get_ref(column).map_or(Cell::Null, Cell::of));
        give(cells.collect())?;
        done += 1;
        bar.show(Progress::new(Unit::Rows, done, source.events));
    }
    bar.end();
    Ok(())
}
