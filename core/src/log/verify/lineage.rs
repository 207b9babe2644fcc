//! Under which log's id each stretch of positions was hashed.

use rusqlite::{Connection, OptionalExtension};

use super::found::{Fault, Faults, VERIFY, note};
use crate::{Error, EventHash, LogId, Position};

/// A log that this one goes on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ancestor {
    /// The last position that was written under its id.
    pub until: Position,
    /// Its id.
    pub log: LogId,
    /// The hash of the event at that position.
    pub hash: EventHash,
}

/// The ids under which a log's events were hashed.
#[derive(Clone, Debug)]
pub struct Lineage {
    log: LogId,
    ancestors: Vec<Ancestor>,
}

impl Lineage {
    /// Reads it. One that holds what no release writes is no lineage: the events that it spoke of will not match.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn read(connection: &Connection, log: LogId) -> Result<(Self, Faults), Error> {
        let mut faults = Faults::new();
        let ancestors = match ancestors(connection) {
            Err(Error::Damaged { .. }) => {
                note(&mut faults, Fault::Lineage, Position::ZERO);
                Vec::new()
            }
            other => other?,
        };
        Ok((Self { log, ancestors }, faults))
    }

    /// Returns the id under which the event at `position` was hashed.
    pub fn at(&self, position: u64) -> LogId {
        // As a rule there is no ancestor at all.
        let covers = |ancestor: &&Ancestor| position <= ancestor.until.get();
        self.ancestors.iter().find(covers).map_or(self.log, |ancestor| ancestor.log)
    }

    /// Holds the ancestors against the log: each ends at an event that the log has.
    pub(super) fn check(&self, connection: &Connection) -> Result<Faults, Error> {
        let mut faults = Faults::new();
        for ancestor in &self.ancestors {
            let found = hash_of(connection, ancestor.until)?;
            if found != Some(ancestor.hash) {
                note(&mut faults, Fault::Lineage, ancestor.until);
            }
        }
        Ok(faults)
    }
}

/// Returns the hash of the event at a position, that of zero included; `None` where the log has none there.
///
/// # Errors
/// Where the store cannot be read.
pub fn hash_of(connection: &Connection, position: Position) -> Result<Option<EventHash>, Error> {
    if position == Position::ZERO {
        return Ok(Some(EventHash::ZERO));
    }
    connection
        .query_row(include_str!("../../../sql/hash_of_position.sql"), [position], |row| row.get(0))
        .optional()
        .map_err(Error::sqlite(VERIFY))
}

/// Returns the logs that a log goes on from, oldest first.
///
/// # Errors
/// [`Error::Damaged`] where what is there is not one; otherwise where the store cannot be read.
pub fn ancestors(connection: &Connection) -> Result<Vec<Ancestor>, Error> {
    let mut statement =
        connection.prepare(include_str!("../../../sql/lineage.sql")).map_err(Error::sqlite(VERIFY))?;
    let read =
        |row: &rusqlite::Row<'_>| Ok(Ancestor { until: row.get(0)?, log: row.get(1)?, hash: row.get(2)? });
    let rows = statement.query_map([], read).map_err(Error::sqlite(VERIFY))?;
    rows.collect::<Result<_, _>>().map_err(Error::sqlite(VERIFY))
}
