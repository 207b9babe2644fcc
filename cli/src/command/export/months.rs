//! A folder of Parquet files, one for each month, as Hive lays them out: `month=2025-11/part-0.parquet`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use retold_core::files::{Partial, Privacy, sweep};
use retold_core::time;

use super::cell::Cell;
use super::column::{Column, Kind};
use super::exported::ExportedFile;
use super::file::{NewFile, folder_of, in_the_way};
use super::parquet::{GROUP_BYTES_MAX, Table};
use crate::exit::Exit;
use crate::failure::{Failure, io_words};

/// The most months: forty years. Each is an open file.
const MONTHS_MAX: usize = 480;
/// Bytes that all months hold in memory together.
const BYTES_MAX: usize = 4 * GROUP_BYTES_MAX;
/// The instants that say when something happened, before all others.
const BY: [&str; 3] = ["occurred_instant", "created_instant", "instant"];
/// What Hive calls the part of the rows without a month.
const NO_MONTH: &str = "__HIVE_DEFAULT_PARTITION__";
const FILE: &str = "part-0.parquet";

/// A folder under way: it is written beside its place, and gone again where nobody keeps it.
pub(super) struct Months {
    path: PathBuf,
    partial: Partial,
    columns: Vec<Column>,
    /// Which column says the month.
    by: usize,
    tables: BTreeMap<String, Table>,
}

impl Months {
    /// Begins a folder for `path`, where nothing is unless it is an earlier export that `force` allows to replace.
    pub(super) fn begin(path: &Path, force: bool, columns: Vec<Column>) -> Result<Self, Failure> {
        if columns.iter().any(|column| column.name == "month") {
            return Err(Failure::usage("export: a column is called month, as the folders are")
                .hint("name it otherwise in the query: month as month_of_…"));
        }
        let by = by(&columns).ok_or_else(|| {
            Failure::usage("export: no column says the month").hint(
                "months are of microseconds since 1970, in an integer column whose name ends in _instant",
            )
        })?;
        look(path, force)?;
        // What cannot be swept is in nobody's way.
        let _left = sweep(folder_of(path));
        let partial = Partial::folder_for(path, Privacy::Usual)
            .map_err(|error| Failure::file("create the folder", path, &error))?;
        Ok(Self { path: path.to_owned(), partial, columns, by, tables: BTreeMap::new() })
    }

    /// Adds a row of values that fit their columns.
    pub(super) fn push(&mut self, row: Vec<Cell>) -> Result<(), Failure> {
        let month = month(&row[self.by]);
        if !self.tables.contains_key(&month) {
            let table = self.table(&month)?;
            self.tables.insert(month.clone(), table);
        }
        let table = self.tables.get_mut(&month).expect("it was just put there");
        table.push(row)?;
        while self.tables.values().map(Table::held_bytes).sum::<usize>() > BYTES_MAX {
            let largest = self.tables.values_mut().max_by_key(|table| table.held_bytes());
            largest.expect("somebody holds the bytes").write_group()?;
        }
        Ok(())
    }

    fn table(&self, month: &str) -> Result<Table, Failure> {
        if self.tables.len() == MONTHS_MAX {
            let column = &self.columns[self.by].name;
            return Err(Failure::usage(format!("export: {column} has more than {MONTHS_MAX} months"))
                .hint("leave --partition-by away, or ask for fewer rows with --query"));
        }
        let folder = self.partial.path().join(format!("month={month}"));
        fs::create_dir(&folder).map_err(|error| Failure::file("create the folder", &folder, &error))?;
        Table::begin(NewFile::begin(&folder.join(FILE), false)?, &self.columns)
    }

    /// Ends the files and puts the folder into its place.
    pub(super) fn finish(self) -> Result<Vec<ExportedFile>, Failure> {
        let Self { path, partial, tables, .. } = self;
        let mut written = Vec::new();
        for (month, table) in tables {
            let (rows, bytes) = table.finish()?;
            written.push(ExportedFile { name: format!("month={month}/{FILE}"), rows, bytes });
        }
        let io = |error: std::io::Error| {
            Failure::new(Exit::Io, format!("write {}: {}", path.display(), io_words(&error)))
        };
        if path.symlink_metadata().is_err() {
            partial.settle().map_err(io)?;
            return Ok(written);
        }
        // An earlier export goes whole, once the new one is in its place.
        look(&path, true)?;
        partial.replace_folder().map_err(io)?;
        Ok(written)
    }
}

fn by(columns: &[Column]) -> Option<usize> {
    let instant =
        |name: &str| columns.iter().position(|column| column.name == name && column.kind == Kind::Instant);
    BY.iter()
        .find_map(|name| instant(name))
        .or_else(|| columns.iter().position(|column| column.kind == Kind::Instant))
}

fn month(cell: &Cell) -> String {
    match cell {
        Cell::Integer(micros) => time::from_micros(*micros)
            .map_or_else(|| NO_MONTH.to_owned(), |instant| instant.strftime("%Y-%m").to_string()),
        _ => NO_MONTH.to_owned(),
    }
}

/// Refuses a place where something is that is no earlier export, or one that may not be replaced.
pub(super) fn look(path: &Path, force: bool) -> Result<(), Failure> {
    let Ok(found) = path.symlink_metadata() else { return Ok(()) };
    let io = |error: std::io::Error| Failure::file("read the folder", path, &error);
    if found.is_dir() {
        let names: Vec<_> = fs::read_dir(path)
            .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
            .map_err(io)?;
        if names.is_empty() {
            return Ok(());
        }
        if !force {
            return Err(in_the_way(path));
        }
        if names.iter().all(|name| is_of_an_export(name)) {
            return Ok(());
        }
    }
    Err(Failure::usage(format!("write {}: what stands there is no export by month", path.display()))
        .hint("nothing was touched; name another folder"))
}

/// Returns whether a folder is a month of an export, and holds nothing else.
fn is_of_an_export(folder: &Path) -> bool {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let holds = |folder: &Path| -> std::io::Result<bool> {
        let mut names = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.file_name()));
        names.try_fold(true, |all, name| Ok(all && name? == FILE))
    };
    name.starts_with("month=") && holds(folder).unwrap_or(false)
}
