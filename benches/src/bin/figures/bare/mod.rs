//! What SQLite can do at best with the same rows: no encoding, no hash, no check, no thread more than needed.

mod fill;
mod hash;
mod tables;
mod writer;

pub(crate) use fill::{at_best, row_by_row};
pub(crate) use hash::read_unpack_hash;
pub(crate) use tables::Tables;
pub(crate) use writer::{BareRow, BareWriter};

use rusqlite::Connection;

use crate::Outcome;

/// What is kept of every event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Its own row.
    Events,
    /// Its own row, and those of the read models.
    Models,
}

impl Kept {
    /// Checks that the read models, where they are kept, hold so many messages.
    pub(crate) fn check(self, connection: &Connection, expected: usize) -> Outcome<()> {
        if self == Self::Events {
            return Ok(());
        }
        let [rows, counted]: [i64; 2] = [
            connection.query_row("select count(*) from chat_messages", [], |row| row.get(0))?,
            connection.query_row("select sum(message_count) from sessions", [], |row| row.get(0))?,
        ];
        if usize::try_from(rows)? == expected && rows == counted {
            return Ok(());
        }
        Err(format!("append: expected {expected} messages, found {rows}, counted {counted}").into())
    }
}
