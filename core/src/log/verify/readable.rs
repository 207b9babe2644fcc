//! Reading on after a page that cannot be read.

use rusqlite::Connection;

use super::found::VERIFY;
use crate::Error;

/// Returns the first number after the damage that is the first from `from` on, up to `end`, which is on a page that can be read;
/// `sql` reads the rows of a range. Some hundred look-ups.
pub(super) fn next_readable(
    connection: &Connection,
    sql: &str,
    from: i64,
    end: i64,
) -> Result<Option<i64>, Error> {
    // The damage itself: rows may be far apart.
    let (mut bad, mut until) = (from, end.max(from));
    while bad < until {
        let middle = between(bad, until);
        if is_readable(connection, sql, (from, middle))? { bad = middle + 1 } else { until = middle }
    }
    let mut step = 1_i64;
    let mut good = loop {
        let next = bad.saturating_add(step).min(end);
        if next <= bad {
            return Ok(None);
        }
        match is_readable(connection, sql, (next, next))? {
            true => break next,
            false => (bad, step) = (next, step.saturating_mul(2)),
        }
    };
    while good.abs_diff(bad) > 1 {
        let middle = between(bad, good);
        if is_readable(connection, sql, (middle, middle))? { good = middle } else { bad = middle }
    }
    Ok(Some(good))
}

/// The number in the middle, nearer to the lower one.
fn between(low: i64, high: i64) -> i64 {
    low.wrapping_add_unsigned(high.abs_diff(low) / 2)
}

/// Whether the first row of a range can be read. What is not there can be read past.
fn is_readable(connection: &Connection, sql: &str, range: (i64, i64)) -> Result<bool, Error> {
    let read = connection.prepare_cached(sql).and_then(|mut statement| statement.exists(range));
    match read.map_err(Error::sqlite(VERIFY)) {
        Ok(_) => Ok(true),
        Err(Error::Damaged { .. }) => Ok(false),
        Err(other) => Err(other),
    }
}
