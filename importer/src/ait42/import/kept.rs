//! The import records that a commit depends on and brings: which text a source last had for a session.

use retold_core::{Appended, CommitHook};
use rusqlite::Connection;

use super::super::import_records::{self, NewRecord, Record, RecordKey};

/// Keeps the record of a session in the transaction that appends its events, and refuses the commit where another
/// importer has changed the record since it was read.
#[derive(Debug)]
pub(super) struct KeepRecord {
    pub(super) key: RecordKey,
    /// The digest that the decision was made on.
    pub(super) before: Option<[u8; 32]>,
    pub(super) digest: [u8; 32],
    /// Where the session is in the list; `None` where the commit creates it.
    pub(super) place: Option<f64>,
}

impl CommitHook for KeepRecord {
    fn check(&self, transaction: &Connection) -> rusqlite::Result<bool> {
        Ok(import_records::read_record(transaction, &self.key)?.map(|record| record.digest) == self.before)
    }

    fn apply(&self, transaction: &Connection, appended: &Appended) -> rusqlite::Result<()> {
        let (name, _) = appended.streams.first().expect("a commit of a session names its stream");
        let place = self.place.unwrap_or_else(|| import_records::place_of(appended.first));
        let record = Record { digest: self.digest, ordinal: name.ordinal, place };
        import_records::write_record(
            transaction,
            &NewRecord { key: self.key.clone(), record, before: self.before },
        )
    }
}

/// Says in a session's record where it was moved to.
#[derive(Debug)]
pub(super) struct MoveRecord {
    pub(super) key: RecordKey,
    pub(super) ordinal: u32,
    pub(super) place: f64,
}

impl CommitHook for MoveRecord {
    fn check(&self, _transaction: &Connection) -> rusqlite::Result<bool> {
        Ok(true)
    }

    fn apply(&self, transaction: &Connection, _appended: &Appended) -> rusqlite::Result<()> {
        let RecordKey { source, session_id, nth } = &self.key;
        transaction
            .prepare_cached(include_str!("../../../sql/move_record.sql"))?
            .execute((source, session_id, nth, self.ordinal, self.place))
            .map(drop)
    }
}
