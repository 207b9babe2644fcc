//! Databases of tools: copied with their write-ahead log, and the copy is read.

use std::io;
use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use crate::spans::Each;
use crate::{Record, Span};

/// The rows of a database, each a record: `{"table":"message","row":{"id":"m1",…}}`. Bytes are written as `{"hex":"…"}`, texts that
/// are not UTF-8 too; numbers with a fraction that JSON cannot write are null.
#[derive(Debug)]
pub struct Rows {
    connection: Connection,
    /// The copy, which goes with it.
    _folder: tempfile::TempDir,
}

impl Rows {
    /// Copies a database with its write-ahead log and opens the copy. The tool's own files are only read.
    ///
    /// # Errors
    /// What copying gives; `InvalidData` for what SQLite does not take for a database.
    pub fn open(path: &Path) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let copy = folder.path().join("copy.db");
        std::fs::copy(path, &copy)?;
        let beside = |path: &Path| {
            let mut name = path.as_os_str().to_owned();
            name.push("-wal");
            std::path::PathBuf::from(name)
        };
        match std::fs::copy(beside(path), beside(&copy)) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&copy, flags).map_err(wrong)?;
        connection
            .execute_batch(
                "pragma trusted_schema = off; pragma query_only = on; select count(*) from sqlite_schema",
            )
            .map_err(wrong)?;
        Ok(Self { connection, _folder: folder })
    }

    /// Returns whether there is such a table.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn has(&self, table: &str) -> io::Result<bool> {
        self.connection
            .query_row(
                "select exists (select 1 from sqlite_schema where type = 'table' and name = ?1)",
                [table],
                |row| row.get(0),
            )
            .map_err(wrong)
    }

    /// Hands over every row of a table, in an order of its own columns (`order by` what is given), as records numbered on from
    /// `number`; returns the next number. A table that is not there has none.
    ///
    /// # Errors
    /// What SQLite says, or `each`.
    pub fn table(&self, table: &str, order: &str, mut number: u64, each: &mut Each<'_>) -> io::Result<u64> {
        if !self.has(table)? {
            return Ok(number);
        }
        let quoted = format!("\"{}\"", table.replace('"', "\"\""));
        let mut statement =
            self.connection.prepare(&format!("select * from {quoted} order by {order}")).map_err(wrong)?;
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.query([]).map_err(wrong)?;
        while let Some(row) = rows.next().map_err(wrong)? {
            let mut values = serde_json::Map::new();
            for (at, name) in names.iter().enumerate() {
                values.insert(name.clone(), value(row.get_ref(at).map_err(wrong)?));
            }
            let mut line = serde_json::to_vec(&serde_json::json!({"table": table, "row": values}))?;
            let json = line.len();
            line.push(b'\n');
            each(Span::Record(Record { offset: number, bytes: &line, json }))?;
            number += 1;
        }
        Ok(number)
    }
}

fn value(value: ValueRef<'_>) -> serde_json::Value {
    use serde_json::Value;
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => text.into(),
            Err(_) => hex(text),
        },
        ValueRef::Blob(bytes) => hex(bytes),
    }
}

fn hex(bytes: &[u8]) -> serde_json::Value {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    serde_json::json!({ "hex": text })
}

fn wrong(error: rusqlite::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
