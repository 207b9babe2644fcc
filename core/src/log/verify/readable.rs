//! Reading on after a page that cannot be read.

use rusqlite::Connection;

use super::found::VERIFY;
use crate::Error;

/// Returns the first position after `bad`, up to `end`, that is on a page that can be read.
pub(super) fn next_readable(connection: &Connection, mut bad: u64, end: u64) -> Result<Option<u64>, Error> {
    let mut step = 1;
    let mut good = loop {
        let next = bad.saturating_add(step);
        if next > end {
            return Ok(None);
        }
        match is_readable(connection, next)? {
            true => break next,
            false => (bad, step) = (next, step * 2),
        }
    };
    while good - bad > 1 {
        let middle = bad + (good - bad) / 2;
        if is_readable(connection, middle)? { good = middle } else { bad = middle }
    }
    Ok(Some(good))
}

fn is_readable(connection: &Connection, position: u64) -> Result<bool, Error> {
    let at = position.cast_signed();
    let read = connection
        .prepare_cached(include_str!("../../../sql/verify_range.sql"))
        .and_then(|mut statement| statement.exists((at, at)));
    match read.map_err(Error::sqlite(VERIFY)) {
        // What is not there can be read past.
        Ok(_) => Ok(true),
        Err(Error::Damaged { .. }) => Ok(false),
        Err(other) => Err(other),
    }
}
