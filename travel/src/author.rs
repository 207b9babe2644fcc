//! Who an event is from, and when.

use std::collections::HashMap;

use retold_core::{EventType, Meta, Origin, Position, Reader, Revision};
use rusqlite::OptionalExtension;

use crate::Error;
use crate::error::sqlite;

/// What is known of an event without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// Its position.
    pub position: Position,
    /// Its place in its stream.
    pub revision: Revision,
    /// Which event it is.
    pub kind: EventType,
    /// When the log got it, in microseconds since 1970.
    pub recorded_at: i64,
    /// When it happened, in microseconds since 1970.
    pub occurred_at: i64,
    /// Where its commit came from.
    pub meta: Option<Meta>,
    /// Whether that can be known: a part of a log may lack the first event of a commit, which says it.
    pub is_known: bool,
}

impl Author {
    /// Returns who or what made it; `None` where that cannot be known. A commit that says nothing is an application's.
    pub fn origin(&self) -> Option<Origin> {
        let said = self.meta.as_ref().map(|meta| meta.origin);
        said.or(self.is_known.then_some(Origin::Application))
    }
}

/// Events that were looked up, so that each is once.
#[derive(Debug, Default)]
pub struct Authors(HashMap<Position, Author>);

/// Events that are remembered; above, all are let go.
const AUTHORS_MAX: usize = 100_000;

impl Authors {
    /// Returns what is known of the event at a position.
    ///
    /// # Errors
    /// Where the store cannot be read, or lacks it.
    pub fn get(&mut self, reader: &Reader<'_>, position: Position) -> Result<&Author, Error> {
        if self.0.len() >= AUTHORS_MAX {
            self.0.clear();
        }
        use std::collections::hash_map::Entry;
        Ok(match self.0.entry(position) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(read(reader, position)?),
        })
    }
}

fn read(reader: &Reader<'_>, position: Position) -> Result<Author, Error> {
    const ACT: &str = "read the log";
    let damaged = |found: String| retold_core::Error::Damaged { act: ACT, found };
    let row = reader
        .connection()
        .prepare_cached(include_str!("../sql/author.sql"))
        .and_then(|mut statement| {
            let read = |row: &rusqlite::Row<'_>| {
                let times = (row.get(2)?, row.get(3)?);
                Ok((row.get(0)?, row.get(1)?, times, row.get::<_, Option<Vec<u8>>>(4)?, row.get(5)?))
            };
            statement.query_row([position], read).optional()
        })
        .map_err(sqlite(ACT))?;
    let Some((kind, revision, (recorded_at, occurred_at), meta, is_known)) = row else {
        return Err(damaged(format!("position {position} is missing")).into());
    };
    let kind = EventType::from_number(kind)
        .ok_or_else(|| damaged(format!("position {position} has event type {kind}")))?;
    let meta = meta
        .map(|bytes| rmp_serde::from_slice(&bytes))
        .transpose()
        .map_err(|error| damaged(format!("the meta of position {position}: {error}")))?;
    Ok(Author { position, revision, kind, recorded_at, occurred_at, meta, is_known })
}
