//! The index: an inverted index of segments, in tables.
//!
//! A **segment** holds the words of some texts, each with its **postings**: the texts that have it, how often and where. It is
//! never changed: texts that come later are in later segments, and segments of one size are merged into one. A text that
//! leaves is **gone** from the segments up to one; a merge drops what is gone. What is known of a text beside its words is in
//! [blocks of columns](texts), by its position. All of it is rows of the projection's file, and so are atomic with its
//! checkpoint.
//!
//! Whatever the rows hold, reading them gives an error and never panics.

mod compare;
mod cursor;
mod merge;
mod pack;
mod postings;
mod scopes;
mod segment;
mod texts;
mod writer;

use std::collections::HashMap;

use rusqlite::{CachedStatement, Connection, OptionalExtension as _};

pub(crate) use compare::{TABLES, differences, has_words};
pub(super) use cursor::Cursor;
pub(super) use merge::merge_all;
pub(super) use pack::count;
pub(super) use scopes::{SCOPES, Scope, read_scopes, unpack_scopes};
pub(super) use segment::{Entry, Segment, find_word, words_from};
pub(super) use texts::{Block, Columns, Kept, Known, OF_PATHS, TEXTS, position_of};
pub(super) use writer::{CARRIED, TextOf, Writer};

/// The index's tables, in one of a connection's files.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tables<'c> {
    pub(crate) connection: &'c Connection,
    schema: &'c str,
}

impl<'c> Tables<'c> {
    /// Those of the file that is attached under this name.
    pub(crate) fn of(connection: &'c Connection, schema: &'c str) -> Self {
        Self { connection, schema }
    }

    pub(crate) fn main(connection: &'c Connection) -> Self {
        Self::of(connection, "main")
    }

    /// Prepares a statement, with its tables in this file.
    pub(crate) fn prepare(&self, sql: &str) -> rusqlite::Result<CachedStatement<'c>> {
        if self.schema == "main" {
            return self.connection.prepare_cached(sql);
        }
        self.connection.prepare_cached(&sql.replace("search_", &format!("{}.search_", self.schema)))
    }

    /// Returns the segments, the oldest first.
    pub(crate) fn segments(&self) -> rusqlite::Result<Vec<Segment>> {
        self.prepare(include_str!("../../../sql/search/segments.sql"))?
            .query_map([], Segment::read)?
            .collect()
    }

    /// Returns the texts that are gone, with the last segment that may have them.
    pub(crate) fn gone(&self) -> rusqlite::Result<HashMap<u32, i64>> {
        self.prepare(include_str!("../../../sql/search/gone.sql"))?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect()
    }

    /// Returns how many texts have a word, and how many words in all of them.
    pub(crate) fn size(&self) -> rusqlite::Result<(u64, u64)> {
        let mut statement = self.prepare(include_str!("../../../sql/search/size.sql"))?;
        let read = statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let (texts, words): (i64, i64) = read.ok_or_else(damaged)?;
        Ok((texts.cast_unsigned(), words.cast_unsigned()))
    }
}

/// The error for rows that no writer has written.
pub(crate) fn damaged() -> rusqlite::Error {
    let error = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    rusqlite::Error::SqliteFailure(error, Some("the search index is damaged".to_owned()))
}
