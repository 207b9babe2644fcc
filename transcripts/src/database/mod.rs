//! Databases of tools: copied with their logs, and the copy is read.

mod copy;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, ToSql};

use crate::spans::Each;
use crate::{Record, Span};

/// How often a database is copied anew because it changed meanwhile.
const COPIES_MAX: usize = 8;

/// The rows of a database, each a record: `{"table":"message","row":{"id":"m1",…}}`, with its columns in the order of their names,
/// so that the same row gives the same bytes. Bytes are written as `{"hex":"…"}`, texts that are not UTF-8 too; numbers with a
/// fraction that JSON cannot write are null.
#[derive(Debug)]
pub struct Rows {
    connection: Connection,
    /// The columns of each table that was asked for; the schema of a copy stays as it is.
    columns: RefCell<HashMap<String, Rc<HashSet<String>>>>,
    /// The copy, which goes with it.
    _folder: tempfile::TempDir,
}

impl Rows {
    /// Copies a database with its write-ahead log, or its rollback journal, and opens the copy. The tool's own files are only read.
    /// A copy during which the tool wrote is thrown away, and another made, a few times.
    ///
    /// # Errors
    /// What copying gives; `ResourceBusy` where the database changes all the time; `InvalidData` for what SQLite does not take for
    /// a database. All of them name it.
    pub fn open(path: &Path) -> io::Result<Self> {
        let named = |error: io::Error| {
            io::Error::new(error.kind(), format!("cannot read the database {}: {error}", path.display()))
        };
        let mut last = None;
        for _ in 0..COPIES_MAX {
            let folder = tempfile::tempdir().map_err(named)?;
            let copy = folder.path().join("copy.db");
            if !copy::copy_unchanged(path, &copy).map_err(named)? {
                last = None;
                continue;
            }
            // What was written while it was copied shows at the latest here: another copy may be whole.
            match open_copy(&copy) {
                Ok(connection) => {
                    return Ok(Self { connection, columns: RefCell::default(), _folder: folder });
                }
                Err(error) => last = Some(wrong(error)),
            }
        }
        let busy = || io::Error::new(io::ErrorKind::ResourceBusy, "it changes while it is copied");
        Err(named(last.unwrap_or_else(busy)))
    }

    /// Returns whether there is such a table: one that holds its rows itself, and no view.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn has(&self, table: &str) -> io::Result<bool> {
        Ok(!self.columns(table)?.is_empty())
    }

    /// Returns the columns of a table; of what is none, nothing.
    fn columns(&self, table: &str) -> io::Result<Rc<HashSet<String>>> {
        if let Some(known) = self.columns.borrow().get(table) {
            return Ok(Rc::clone(known));
        }
        let question = "select found.name from pragma_table_list(?1) list, pragma_table_info(?1) found
             where list.schema = 'main' and list.type = 'table'";
        let mut statement = self.connection.prepare(question).map_err(wrong)?;
        let names = statement.query_map([table], |row| row.get(0)).map_err(wrong)?;
        let names = Rc::new(names.collect::<Result<HashSet<String>, _>>().map_err(wrong)?);
        self.columns.borrow_mut().insert(table.to_owned(), Rc::clone(&names));
        Ok(names)
    }

    /// Hands over every row of a table, in an order of its own columns (`order by` what is given), as records numbered on from
    /// `number`; returns the next number. A table that is not there has none.
    ///
    /// # Errors
    /// What SQLite says, or `each`.
    pub fn table(&self, table: &str, order: &str, number: u64, each: &mut Each<'_>) -> io::Result<u64> {
        let mut listing = Listing { rows: self, each, number };
        listing.all(table, &format!("order by {order}"))?;
        Ok(listing.number)
    }

    /// Returns whether a table has a column: which ones it has depends on the release of the tool.
    pub(crate) fn has_column(&self, table: &str, column: &str) -> io::Result<bool> {
        Ok(self.columns(table)?.contains(column))
    }

    /// Returns `order by` those of the columns that there are.
    pub(crate) fn order(&self, table: &str, columns: &[&str]) -> io::Result<String> {
        let mut order = String::new();
        for column in columns {
            if self.has_column(table, column)? {
                order.push_str(if order.is_empty() { "order by " } else { ", " });
                order.push_str(&quoted(column));
            }
        }
        Ok(order)
    }

    /// Makes looking for a value of a column fast, in the copy, where the tool itself did not. Returns whether there is the column.
    pub(crate) fn make_findable(&self, table: &str, column: &str) -> io::Result<bool> {
        if !self.has_column(table, column)? {
            return Ok(false);
        }
        let question =
            "select exists (select 1 from pragma_index_list(?1) list, pragma_index_info(list.name) info
                 where list.partial = 0 and info.seqno = 0 and info.name = ?2)";
        if !self.ask(question, &[table, column])? {
            let name = quoted(&format!("retold {table} {column}"));
            let sql = format!("create index if not exists {name} on {} ({})", quoted(table), quoted(column));
            self.connection.execute_batch(&sql).map_err(wrong)?;
        }
        Ok(true)
    }

    fn ask(&self, question: &str, values: &[&str]) -> io::Result<bool> {
        let mut statement = self.connection.prepare_cached(question).map_err(wrong)?;
        statement.query_row(rusqlite::params_from_iter(values), |row| row.get(0)).map_err(wrong)
    }
}

/// Rows being handed over, of one table after another.
pub(crate) struct Listing<'l> {
    rows: &'l Rows,
    each: &'l mut Each<'l>,
    number: u64,
}

/// What a row is looked for by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    None,
    Integer(i64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

impl Key {
    fn of(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null | ValueRef::Real(_) => Self::None,
            ValueRef::Integer(number) => Self::Integer(number),
            ValueRef::Text(text) => Self::Text(text.to_vec()),
            ValueRef::Blob(bytes) => Self::Blob(bytes.to_vec()),
        }
    }
}

impl ToSql for Key {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::None => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// What is done after a row, with what it is looked for by.
pub(crate) type After<'a> = dyn FnMut(&mut Listing<'_>, &Key) -> io::Result<()> + 'a;

impl<'l> Listing<'l> {
    /// Begins to hand over rows.
    pub(crate) fn new(rows: &'l Rows, each: &'l mut Each<'l>) -> Self {
        Self { rows, each, number: 0 }
    }

    /// Hands over the rows of a table, if it is there: `rest` follows `select … from table one`.
    pub(crate) fn all(&mut self, table: &str, rest: &str) -> io::Result<()> {
        self.list(table, rest, None, "", None)
    }

    /// Hands over the rows in which a column has a value.
    pub(crate) fn having(&mut self, table: &str, column: &str, key: &Key, order: &[&str]) -> io::Result<()> {
        self.having_then(table, (column, key), order, "", &mut |_, _| Ok(()))
    }

    /// Hands over the rows in which a column has a value, and does something after each, once for each value of `id`.
    pub(crate) fn having_then(
        &mut self,
        table: &str,
        (column, key): (&str, &Key),
        order: &[&str],
        id: &str,
        after: &mut After<'_>,
    ) -> io::Result<()> {
        if !self.rows.has_column(table, column)? {
            return Ok(());
        }
        let rest = format!("where {} = ?1 {}", quoted(column), self.rows.order(table, order)?);
        self.list(table, &rest, Some(key), id, Some(after))
    }

    /// Hands over all rows of a table, and does something after each, once for each value of `id`.
    pub(crate) fn all_then(
        &mut self,
        table: &str,
        rest: &str,
        id: &str,
        after: &mut After<'_>,
    ) -> io::Result<()> {
        self.list(table, rest, None, id, Some(after))
    }

    /// Returns what selects the rows that belong to no row of another table. Nothing, where all belong to none.
    pub(crate) fn without(&self, table: &str, column: &str, other: &str) -> io::Result<String> {
        if !self.rows.has_column(table, column)? || !self.rows.make_findable(other, "id")? {
            return Ok(String::new());
        }
        Ok(format!(
            "where not exists (select 1 from {} other where other.\"id\" = one.{})",
            quoted(other),
            quoted(column)
        ))
    }

    fn list(
        &mut self,
        table: &str,
        rest: &str,
        key: Option<&Key>,
        id: &str,
        mut after: Option<&mut After<'_>>,
    ) -> io::Result<()> {
        if !self.rows.has(table)? {
            return Ok(());
        }
        let sql = format!("select one.* from {} one {rest}", quoted(table));
        let mut statement = self.rows.connection.prepare_cached(&sql).map_err(wrong)?;
        let mut names: Vec<(String, usize)> = statement.column_names().map(str::to_owned).zip(0..).collect();
        names.sort();
        let id = names.iter().find(|(name, _)| name == id).map(|(_, at)| *at);
        let mut seen = HashSet::new();
        let mut rows = match key {
            Some(key) => statement.query([key]),
            None => statement.query([]),
        }
        .map_err(wrong)?;
        let mut line = Vec::new();
        while let Some(row) = rows.next().map_err(wrong)? {
            line.clear();
            write_row(&mut line, table, &names, row).map_err(wrong_or_io)?;
            let json = line.len();
            line.push(b'\n');
            (self.each)(Span::Record(Record { offset: self.number, bytes: &line, json }))?;
            self.number += 1;
            if let (Some(after), Some(id)) = (&mut after, id) {
                let key = Key::of(row.get_ref(id).map_err(wrong)?);
                if key != Key::None && seen.insert(key.clone()) {
                    after(self, &key)?;
                }
            }
            if line.capacity() > 1 << 24 {
                line = Vec::new();
            }
        }
        Ok(())
    }
}

fn open_copy(copy: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(copy, flags)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch(
        "pragma trusted_schema = off; pragma cell_size_check = on; pragma synchronous = off;
         select count(*) from sqlite_schema",
    )?;
    Ok(connection)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// What goes wrong while a row is written.
enum Wrong {
    Io(io::Error),
    Sql(rusqlite::Error),
}

fn wrong_or_io(error: Wrong) -> io::Error {
    match error {
        Wrong::Io(error) => error,
        Wrong::Sql(error) => wrong(error),
    }
}

fn write_row(
    line: &mut Vec<u8>,
    table: &str,
    names: &[(String, usize)],
    row: &rusqlite::Row<'_>,
) -> Result<(), Wrong> {
    let text = |line: &mut Vec<u8>, text: &str| {
        serde_json::to_writer(line, text).map_err(|error| Wrong::Io(error.into()))
    };
    line.extend_from_slice(b"{\"table\":");
    text(line, table)?;
    line.extend_from_slice(b",\"row\":{");
    for (place, (name, at)) in names.iter().enumerate() {
        if place > 0 {
            line.push(b',');
        }
        text(line, name)?;
        line.push(b':');
        match row.get_ref(*at).map_err(Wrong::Sql)? {
            ValueRef::Null => line.extend_from_slice(b"null"),
            ValueRef::Integer(number) => write!(line, "{number}").map_err(Wrong::Io)?,
            ValueRef::Real(number) => {
                serde_json::to_writer(&mut *line, &number).map_err(|error| Wrong::Io(error.into()))?;
            }
            ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
                Ok(value) => text(line, value)?,
                Err(_) => hex(line, bytes),
            },
            ValueRef::Blob(bytes) => hex(line, bytes),
        }
    }
    line.extend_from_slice(b"}}");
    Ok(())
}

fn hex(line: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    line.extend_from_slice(b"{\"hex\":\"");
    for byte in bytes {
        line.push(DIGITS[usize::from(byte >> 4)]);
        line.push(DIGITS[usize::from(byte & 15)]);
    }
    line.extend_from_slice(b"\"}");
}

fn wrong(error: rusqlite::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests;
