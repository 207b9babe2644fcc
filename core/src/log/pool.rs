//! Reading connections, lent and given back.

use std::path::PathBuf;
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::Connection;

use super::decode::Decoder;
use super::page::{Limit, Page};
use super::store;
use super::unlocked::Unlocked;
use crate::Error;
use crate::reading::{Access, Stamp};

/// Reading connections that are kept open.
const READERS_MAX: usize = 8;

/// A connection that reads, with what it needs to unpack.
pub(super) struct PooledReader {
    pub(super) connection: Connection,
    pub(super) decoder: Decoder,
}

impl PooledReader {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection, decoder: Decoder::default() }
    }

    pub(super) fn page(
        &mut self,
        sql: &str,
        params: impl rusqlite::Params,
        limit: Limit,
    ) -> Result<Page, Error> {
        self.decoder.page(&self.connection, sql, params, limit)
    }
}

/// The reading connections of an open log.
pub(super) struct Pool {
    pub(super) path: PathBuf,
    pub(super) read_only: bool,
    pub(super) busy_timeout: Duration,
    readers: Mutex<Vec<PooledReader>>,
    unlocked: Unlocked,
}

impl Pool {
    /// Begins with the first connection; `stamp` is what a store that is read without locks looked like before.
    pub(super) fn new(
        path: PathBuf,
        read_only: bool,
        busy_timeout: Duration,
        (first, stamp): (Connection, Option<Stamp>),
    ) -> Self {
        let readers = Mutex::new(vec![PooledReader::new(first)]);
        Self { path, read_only, busy_timeout, readers, unlocked: Unlocked::since(stamp) }
    }

    pub(super) fn take(&self) -> Result<PooledReader, Error> {
        let pooled = self.readers.lock().pop();
        match pooled {
            Some(pooled) => Ok(pooled),
            None => Ok(PooledReader::new(self.open_reader()?)),
        }
    }

    pub(super) fn open_reader(&self) -> Result<Connection, Error> {
        if !self.read_only {
            return store::open_reader(&self.path, self.busy_timeout);
        }
        let stamp = Stamp::of(&self.path);
        let (connection, access) = store::open_reader_anywhere(&self.path, self.busy_timeout)?;
        if access != Access::Shared {
            self.unlocked.opened(stamp);
        }
        Ok(connection)
    }

    /// Returns how often a store that nothing locks has changed. What readers have in memory is of before then: they are
    /// forgotten. Costs a look at the file where it is read without locks, and nothing elsewhere.
    pub(super) fn changes(&self) -> u64 {
        if self.read_only && self.unlocked.has_changed(&self.path) {
            self.readers.lock().clear();
        }
        self.unlocked.changes()
    }

    pub(super) fn is_unlocked(&self) -> bool {
        self.unlocked.is_unlocked()
    }

    pub(super) fn give_back(&self, pooled: PooledReader, changes: u64) {
        let is_current = changes == self.unlocked.changes();
        let mut readers = self.readers.lock();
        if is_current && readers.len() < READERS_MAX {
            readers.push(pooled);
        }
    }

    /// Closes what is not lent.
    pub(super) fn close(&mut self) {
        self.readers.get_mut().clear();
    }
}
