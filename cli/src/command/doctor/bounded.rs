//! SQLite's check of the file, for as long as a person waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};

/// How long it may take in a file of more than [`BYTES_MIN`].
pub(super) const TIME: Duration = Duration::from_millis(600);
/// A smaller file is checked to its end.
pub(super) const BYTES_MIN: u64 = 128 * 1024 * 1024;
/// Faults of a table that are told.
const FAULTS: u32 = 5;
/// Steps of SQLite's machine between two looks at the clock.
const STEPS: i32 = 1_000;

/// What the check found.
#[derive(Debug, Default)]
pub(super) struct Checked {
    pub(super) found: Vec<String>,
    /// How many tables were checked, of how many; `None` where the file was checked as a whole.
    pub(super) tables: Option<(u64, u64)>,
}

/// Checks the whole file, or with `until` one table after the other up to that moment.
pub(super) fn check(
    connection: &mut Connection,
    until: Option<Instant>,
    interrupt: &Arc<AtomicBool>,
) -> rusqlite::Result<Checked> {
    let stop = Arc::clone(interrupt);
    let is_over = move || stop.load(Ordering::Relaxed) || until.is_some_and(|until| Instant::now() >= until);
    connection.progress_handler(STEPS, Some(is_over.clone()))?;
    let Some(_) = until else {
        let found = lines(connection, &format!("pragma quick_check({FAULTS})"))?;
        return Ok(Checked { found, tables: None });
    };
    // What every look-up needs comes first, the large tables last.
    let tables: Vec<String> = connection
        .prepare(include_str!("../../../sql/tables_to_check.sql"))?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let (mut checked, mut done) = (Checked::default(), 0);
    for table in &tables {
        if is_over() {
            break;
        }
        let name = table.replace('"', "\"\"");
        match lines(connection, &format!("pragma quick_check(\"{name}\")")) {
            Ok(found) => checked.found.extend(found.into_iter().take(FAULTS as usize)),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => break,
            Err(error) => return Err(error),
        }
        done += 1;
    }
    checked.tables = Some((done, tables.len() as u64));
    Ok(checked)
}

fn lines(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that meets an error has failed")]

    use super::*;

    #[test]
    fn a_check_ends_when_its_time_is_over_and_says_how_far_it_came() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "create table event (position integer primary key, body text);
                create table \"odd \"\" name\" (a); create table stream (id integer primary key);
                with recursive n (i) as (select 1 union all select i + 1 from n where i < 200000)
                insert into event select i, 'a body of some length, so that there are pages ' || i from n",
            )
            .unwrap();
        let never = Arc::new(AtomicBool::new(false));
        let mut tables = |until| check(&mut connection, until, &never).unwrap().tables;
        assert_eq!(tables(Some(Instant::now())), Some((0, 3)));
        assert_eq!(tables(Some(Instant::now() + Duration::from_secs(600))), Some((3, 3)));
        assert_eq!(tables(None), None);
        // The largest is not waited for.
        let (done, all) = tables(Some(Instant::now() + Duration::from_millis(2))).unwrap();
        assert!(done < all, "{done} of {all}");
        let all = check(&mut connection, None, &never).unwrap();
        assert_eq!(all.found, ["ok"]);
    }
}
