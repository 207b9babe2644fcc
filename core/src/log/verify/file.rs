//! What SQLite itself says of the file.

use rusqlite::{Connection, Row};

use super::found::VERIFY;
use crate::Error;

/// Findings that are told; after them there is no more to learn.
const FINDINGS_MAX: usize = 100;

/// Runs SQLite's own check of pages, indexes and constraints, and of foreign keys. Empty where all is well.
///
/// <https://sqlite.org/pragma.html#pragma_integrity_check>, <https://sqlite.org/pragma.html#pragma_foreign_key_check>.
pub(super) fn check(connection: &Connection) -> Result<Vec<String>, Error> {
    let mut findings = Vec::new();
    let checked = collect(connection, "pragma integrity_check", &mut findings, |row| row.get(0));
    findings.retain(|finding| finding != "ok");
    let checked = checked.and_then(|()| {
        collect(connection, "pragma foreign_key_check", &mut findings, |row| {
            let (table, row, parent): (String, Option<i64>, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let row = row.map_or_else(String::new, |row| format!(" {row}"));
            Ok(format!("row{row} of {table} has no {parent}"))
        })
    });
    match checked.map_err(Error::sqlite(VERIFY)) {
        Ok(()) => Ok(findings),
        // So damaged that even the check cannot go on.
        Err(Error::Damaged { found, .. }) => {
            findings.push(found);
            Ok(findings)
        }
        Err(other) => Err(other),
    }
}

fn collect(
    connection: &Connection,
    sql: &str,
    findings: &mut Vec<String>,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<String>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        // One row may hold several findings, a line each.
        findings.extend(read(row)?.lines().map(str::to_owned));
        if findings.len() >= FINDINGS_MAX {
            break;
        }
    }
    Ok(())
}
