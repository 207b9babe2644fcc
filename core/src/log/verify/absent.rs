//! What a part of a log lacks, as far as a range of positions goes.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

use rusqlite::Connection;

use super::found::VERIFY;
use super::lineage::hash_of;
use crate::{Error, EventHash, Head, Position};

/// Stretches of positions whose events are not in the store. As a rule there are none.
pub(super) struct Absent {
    /// By their first position: the last one, and the hash there.
    stretches: BTreeMap<u64, (u64, EventHash)>,
}

impl Absent {
    /// Reads those that touch a range, or end right before it.
    pub(super) fn near(connection: &Connection, range: &RangeInclusive<u64>) -> rusqlite::Result<Self> {
        let mut statement = connection.prepare_cached(include_str!("../../../sql/absent_near.sql"))?;
        let bounds = (range.start().saturating_sub(1).cast_signed(), range.end().cast_signed());
        let read = |row: &rusqlite::Row<'_>| {
            let (first, last): (Position, Position) = (row.get(0)?, row.get(1)?);
            // A hash that is none is that of no event: the next one will not match.
            Ok((first.get(), (last.get(), row.get(2).unwrap_or(EventHash::ZERO))))
        };
        let stretches = statement.query_map(bounds, read)?.collect::<Result<_, _>>()?;
        Ok(Self { stretches })
    }

    /// Returns the last position up to which nothing is there after `position`: itself where its next one is not absent. One
    /// in the middle of a stretch is as its end.
    pub(super) fn from(&self, position: u64) -> u64 {
        let mut end = position;
        if let Some((_, (last, _))) = self.stretches.range(..=position).next_back() {
            end = end.max(*last);
        }
        while let Some((last, _)) = self.stretches.get(&(end + 1)) {
            end = *last;
        }
        end
    }

    /// Returns what an event hangs on where all is absent between two positions, neither of them included.
    pub(super) fn between(&self, before: u64, after: u64) -> Option<EventHash> {
        let (mut end, mut found) = (before, None);
        while let Some((last, hash)) = self.stretches.get(&(end + 1)) {
            (end, found) = (*last, Some(*hash));
        }
        found.filter(|_| end + 1 == after)
    }
}

/// Whether a part whose last event is at `end` tells of all positions up to the end of its log, and of none after it.
pub(super) fn reaches(connection: &Connection, end: Position, of_log: Head) -> Result<bool, Error> {
    let after = end.get().saturating_add(1)..=u64::MAX >> 1;
    let absent = Absent::near(connection, &after).map_err(Error::sqlite(VERIFY))?;
    let is_there = absent.from(end.get()) == of_log.position.get()
        && absent.stretches.last_key_value().is_none_or(|(_, (last, _))| *last <= of_log.position.get());
    Ok(is_there && hash_of(connection, of_log.position)? == Some(of_log.hash))
}

/// Returns what the bodies of a range committed to that were never here.
pub(super) fn withheld(
    connection: &Connection,
    range: &RangeInclusive<u64>,
) -> rusqlite::Result<HashMap<Position, [u8; 32]>> {
    let mut statement = connection.prepare_cached(include_str!("../../../sql/withheld.sql"))?;
    let bounds = (range.start().cast_signed(), range.end().cast_signed());
    statement.query_map(bounds, |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}
