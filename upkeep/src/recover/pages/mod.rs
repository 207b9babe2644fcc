//! The pages of a store, read without SQLite: for what SQLite refuses to read.
//!
//! Everything here is hostile: a page may hold anything and lead anywhere. Nothing that is found is believed: a row of the log
//! is one where its hash says so, and a row of another table where it has its table's form and is where that table is.
//! <https://sqlite.org/fileformat2.html>

mod account;
mod cells;
mod file;
mod guess;
mod name;
mod record;
mod tree;
mod wal;

use retold_core::Error;
use rusqlite::types::Value;

use super::schema::Object;
use super::tables::{Role, Table};
use cells::Node;
pub(super) use file::Pages;
use file::{COLUMNS_MAX, Version};
use guess::{Form, Guess};
pub(super) use name::Name;
use tree::{Owner, Owners};

/// How much speaks for a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trust {
    /// It is where its table is.
    Owned,
    /// It has the form of its table's rows.
    Guessed,
    /// It was there once.
    Older,
}

/// What was found.
pub(super) enum Found {
    Row(FoundRow),
    Name(Name),
}

/// A row that was found.
pub(super) struct FoundRow {
    /// The tables that it may be of, by number: one, as a rule.
    pub(super) tables: Vec<usize>,
    /// Its values, in the order of the table's columns; where one is missing, nothing.
    pub(super) values: Vec<Value>,
    pub(super) trust: Trust,
}

/// What a scan found out about the tables.
pub(super) struct Scanned {
    /// Those of which every page was found, by number.
    pub(super) whole: Vec<bool>,
    /// Those whose last page was found.
    pub(super) ended: Vec<bool>,
    /// The last position that the log's index names, where it was found whole and names all before it.
    pub(super) indexed: Option<u64>,
    /// Whether it is known of every page whose it is.
    pub(super) are_all_known: bool,
}

/// Returns the list of tables that the pages have.
pub(super) fn objects(pages: &mut Pages) -> Vec<Object> {
    pages.renew_budget();
    tree::objects(pages)
}

/// Hands over every row of every page: those that are where their table is first, those that are older last.
pub(super) fn scan(
    pages: &mut Pages,
    tables: &[Table],
    objects: &[Object],
    take: &mut dyn FnMut(Found) -> Result<(), Error>,
) -> Result<Scanned, Error> {
    let mut owners = Owners::find(pages, tables, objects);
    let forms: Vec<Form> = tables.iter().map(Form::of).collect();
    let mut scan = Scan { forms: &forms, tables, page: Vec::new() };
    pages.renew_budget();
    let mut strange = Vec::new();
    for number in pages.numbers() {
        let version = Version::Current(number);
        match owners.of(number) {
            Owner::Table(table) => {
                let table = usize::from(table);
                if !scan.owned(pages, version, table, take)? {
                    // Which of its rows is missing, nobody knows.
                    (owners.whole[table], owners.ended[table]) = (false, false);
                    owners.are_all_known = false;
                    strange.push((version, Owner::Nobody));
                }
            }
            owner => strange.push((version, owner)),
        }
    }
    pages.renew_budget();
    for (version, owner) in strange {
        scan.strange(pages, version, owner, take)?;
    }
    pages.renew_budget();
    for version in pages.older() {
        scan.strange(pages, version, Owner::Free, take)?;
    }
    let Owners { whole, ended, indexed, are_all_known, .. } = owners;
    Ok(Scanned { whole, ended, indexed, are_all_known })
}

struct Scan<'a> {
    forms: &'a [Form],
    tables: &'a [Table],
    page: Vec<u8>,
}

impl Scan<'_> {
    /// Takes the rows of a page that is a table's; returns whether every row on it was one.
    fn owned(
        &mut self,
        pages: &mut Pages,
        version: Version,
        table: usize,
        take: &mut dyn FnMut(Found) -> Result<(), Error>,
    ) -> Result<bool, Error> {
        let mut page = std::mem::take(&mut self.page);
        pages.read(version, &mut page);
        let mut are_all = true;
        if let Some(node) = Node::read(&page, version.page()) {
            are_all = node.is_whole;
            for cell in node.cells() {
                names(pages, &page, node.kind, &cell, take)?;
                let form = &self.forms[table];
                let records = match form.fits(node.kind, &page, &cell) {
                    true => pages.records(&page, &cell),
                    false => Vec::new(),
                };
                are_all &= !records.is_empty();
                let trusts = std::iter::once(Trust::Owned).chain(std::iter::repeat(Trust::Older));
                for (record, trust) in records.iter().zip(trusts) {
                    match form.values(record, cell.number) {
                        Some(values) => take(Found::Row(FoundRow { tables: vec![table], values, trust }))?,
                        None => are_all = false,
                    }
                }
            }
        }
        self.page = page;
        Ok(are_all)
    }

    /// Takes the rows of a page of which it is not known whose it is.
    fn strange(
        &mut self,
        pages: &mut Pages,
        version: Version,
        owner: Owner,
        take: &mut dyn FnMut(Found) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut page = std::mem::take(&mut self.page);
        pages.read(version, &mut page);
        if let Some(node) = Node::read(&page, version.page()) {
            let cells: Vec<_> = node.cells().collect();
            let guess = Guess::of(self.forms, node.kind, &page, &cells);
            for cell in &cells {
                names(pages, &page, node.kind, cell, take)?;
                let mut tables = guess.tables(self.forms, node.kind, &page, cell);
                // What is no part of the log is taken from where nothing else is, or was.
                tables.retain(|table| owner == Owner::Nobody || self.tables[*table].role() == Role::Log);
                let Some(first) = tables.first() else { continue };
                let trust = if owner == Owner::Free { Trust::Older } else { Trust::Guessed };
                for record in pages.records(&page, cell) {
                    if let Some(values) = self.forms[*first].values(&record, cell.number) {
                        take(Found::Row(FoundRow { tables: tables.clone(), values, trust }))?;
                    }
                }
            }
        }
        self.page = page;
        Ok(())
    }
}

/// Hands over what a cell may say of a name.
fn names(
    pages: &mut Pages,
    page: &[u8],
    kind: cells::Kind,
    cell: &cells::Cell,
    take: &mut dyn FnMut(Found) -> Result<(), Error>,
) -> Result<(), Error> {
    let types = record::types(&page[cell.local.clone()], COLUMNS_MAX);
    let Some((types, begin)) = types.filter(|(types, _)| Name::is_in(kind, types)) else { return Ok(()) };
    let records = pages.records(page, cell);
    let values = records.iter().filter_map(|record| record::values(record, &types, begin));
    values.filter_map(|values| Name::read(cell.number, values)).try_for_each(|name| take(Found::Name(name)))
}
