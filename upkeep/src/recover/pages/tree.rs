//! Which page belongs to which table: by the trees that lead there from a table's first page, as far as they can be read.

use std::collections::{HashMap, HashSet};

use super::account::{self, Entries};
use super::cells::{Kind, Node};
use super::file::{Pages, Version};
use super::record;
use crate::recover::schema::Object;
use crate::recover::tables::Table;

/// Whose a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Nobody,
    /// A table of the log's schema, by its number.
    Table(u16),
    /// A read model, an index, or the list of all that.
    Other,
    /// It is free: what it holds was removed.
    Free,
}

/// Whose each page is.
pub(super) struct Owners {
    owners: HashMap<u32, Owner>,
    /// The tables of which every page was found, by number.
    pub(super) whole: Vec<bool>,
    /// The tables whose last page was found.
    pub(super) ended: Vec<bool>,
    /// The last position that the log's index names, where it was found whole and names all before it.
    pub(super) indexed: Option<u64>,
    /// Whether it is known of every page whose it is.
    pub(super) are_all_known: bool,
    /// The pages that long rows go on on.
    reached: HashSet<u32>,
}

impl Owners {
    /// Follows the trees of a store.
    pub(super) fn find(pages: &mut Pages, tables: &[Table], objects: &[Object]) -> Self {
        let mut found = Self {
            owners: HashMap::new(),
            whole: vec![false; tables.len()],
            ended: vec![false; tables.len()],
            indexed: None,
            are_all_known: false,
            reached: HashSet::new(),
        };
        let (mut entries, mut is_index_whole) = (Entries::default(), false);
        // Page 1 is the root of the list of tables; a newer entry of a name comes first.
        found.walk(pages, 1, (None, true), None);
        for object in objects.iter().filter(|object| object.root > 1) {
            let table = tables.iter().position(|table| object.is_table && table.name == object.name);
            let number = table.and_then(|table| u16::try_from(table).ok());
            let is_by_number = table.is_none_or(|table| tables[table].has_row_numbers);
            let entries = (object.name == account::INDEX).then_some(&mut entries);
            let is_index = entries.is_some();
            let (is_whole, has_end) = found.walk(pages, object.root, (number, is_by_number), entries);
            is_index_whole |= is_index && is_whole;
            if let Some(table) = table {
                found.whole[table] |= is_whole;
                found.ended[table] |= has_end;
            }
        }
        found.free(pages);
        found.indexed = entries.last_of_all().filter(|_| is_index_whole);
        // A first page that cannot be read is that of its table all the same.
        let roots: HashSet<u32> = objects.iter().map(|object| object.root).collect();
        let is_known =
            |page| found.of(page) != Owner::Nobody || found.reached.contains(&page) || roots.contains(&page);
        found.are_all_known = account::is_complete(pages, is_known);
        found
    }

    pub(super) fn of(&self, page: u32) -> Owner {
        self.owners.get(&page).copied().unwrap_or(Owner::Nobody)
    }

    /// Follows a tree; returns whether all of it was found, and whether its last page was.
    fn walk(
        &mut self,
        pages: &mut Pages,
        root: u32,
        (table, is_by_number): (Option<u16>, bool),
        mut entries: Option<&mut Entries>,
    ) -> (bool, bool) {
        let owner = table.map_or(Owner::Other, Owner::Table);
        let (mut is_whole, mut has_end) = (true, false);
        let mut waiting = vec![(root, true)];
        let mut page = Vec::new();
        while let Some((number, is_last)) = waiting.pop() {
            if !pages.has(number) || self.of(number) != Owner::Nobody {
                // A tree that leads in a circle, or to where another one is.
                is_whole = false;
                continue;
            }
            pages.read(Version::Current(number), &mut page);
            let Some(node) = Node::read(&page, number)
                .filter(|node| table.is_none() || node.kind.is_by_number() == is_by_number)
            else {
                is_whole = false;
                continue;
            };
            self.owners.insert(number, owner);
            account::follow(pages, &node, &mut self.reached);
            if let Some(entries) = &mut entries {
                entries.take(&page, &node);
            }
            // A page that does not add up may lack cells; and a tree has no empty page but its first.
            let is_right = node.is_whole && (number == root || !node.is_empty());
            is_whole &= is_right;
            if node.kind.is_leaf() {
                has_end |= is_last && is_right;
                continue;
            }
            let children = node.children();
            let last = children.len() - 1;
            waiting.extend(
                children
                    .into_iter()
                    .enumerate()
                    .map(|(at, child)| (child, is_last && is_right && at == last)),
            );
        }
        (is_whole, has_end)
    }

    /// Follows the list of free pages: <https://sqlite.org/fileformat2.html#the_freelist>.
    fn free(&mut self, pages: &mut Pages) {
        let mut page = Vec::new();
        pages.read(Version::Current(1), &mut page);
        let word =
            |page: &[u8], at: usize| u32::from_be_bytes([page[at], page[at + 1], page[at + 2], page[at + 3]]);
        let mut trunk = word(&page, 32);
        while self.of(trunk) == Owner::Nobody && pages.has(trunk) {
            pages.read(Version::Current(trunk), &mut page);
            let leaves = word(&page, 4) as usize;
            if leaves > page.len() / 4 - 2 {
                return;
            }
            self.owners.insert(trunk, Owner::Free);
            for leaf in 0..leaves {
                let number = word(&page, 8 + 4 * leaf);
                if pages.has(number) {
                    self.owners.entry(number).or_insert(Owner::Free);
                }
            }
            trunk = word(&page, 0);
        }
    }
}

/// Returns the list of a store's tables, as far as pages have entries of it: those of its own tree first.
pub(super) fn objects(pages: &mut Pages) -> Vec<Object> {
    let own = Owners::find(pages, &[], &[]);
    let (mut of_tree, mut of_others) = (Vec::new(), Vec::new());
    let mut page = Vec::new();
    for number in pages.numbers() {
        let found = if own.of(number) == Owner::Other { &mut of_tree } else { &mut of_others };
        pages.read(Version::Current(number), &mut page);
        let Some(node) = Node::read(&page, number).filter(|node| node.kind == Kind::TableLeaf) else {
            continue;
        };
        for cell in node.cells() {
            // Type, name, name of the table, page, text.
            let Some((types, _)) = record::types(&page[cell.local.clone()], 5) else { continue };
            if types.len() != 5 || !matches!(types[0], record::Type::Text(4..=7)) {
                continue;
            }
            let Some(record) = pages.records(&page, &cell).pop() else { continue };
            found.extend(object(&record));
        }
    }
    of_tree.extend(of_others);
    let mut seen = std::collections::HashSet::new();
    of_tree.retain(|object: &Object| seen.insert(object.name.clone()));
    of_tree
}

fn object(record: &[u8]) -> Option<Object> {
    use rusqlite::types::Value;
    let (types, begin) = record::types(record, 5)?;
    let mut values = record::values(record, &types, begin)?.into_iter();
    let (Value::Text(kind), Value::Text(name)) = (values.next()?, values.next()?) else { return None };
    let (_, root, sql) = (values.next()?, values.next()?, values.next()?);
    if !["table", "index", "trigger", "view"].contains(&kind.as_str()) {
        return None;
    }
    let root = match root {
        Value::Integer(root) => u32::try_from(root).unwrap_or(0),
        _ => 0,
    };
    let sql = if let Value::Text(sql) = sql { sql } else { String::new() };
    Some(Object { name, sql, root, is_table: kind == "table" })
}
