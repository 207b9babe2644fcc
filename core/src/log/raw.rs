//! The log below its events: rows as they are packed, and what the writer has to know of an erasure beforehand.
//!
//! For the package that looks after stores (`retold-upkeep`): it copies, empties, repacks and salvages what others only
//! append to and read. What has to happen in the transaction of an append (a body leaves, or comes back) is not here: the
//! writer does it for whoever appends the event that says so.
//!
//! No function here changes the log but by an append. Connections that write come from [`Log::open_writer`], and the
//! triggers of the schema hold for them too.

use std::time::Duration;

use jiff::Timestamp;

pub use super::decode::{damaged_body, dictionary, gone, learn};
pub use super::in_use::InUse;
pub use super::redact::commit_of_pruned;
pub use super::store::{
    BUILT_IN_DICTIONARY, Found, NO_LOG, find_log_id, look, open_reader_anywhere, optimize,
};
pub use super::verify::{Faults, Lineage, STREAM_NAMES, Stored, ancestors, hash_of, is_sound_by_hash};
use crate::Log;
pub use crate::pack::{FIRST_DICTIONARY, Packed, Packer, RAW, UnpackError, Unpacker, ZSTD};

/// An open log, for whoever looks after its store.
#[derive(Clone, Copy, Debug)]
pub struct Store<'log>(&'log Log);

impl Log {
    /// Returns the log below its events, for whoever looks after its store: see [`raw`](self).
    pub fn raw(&self) -> Store<'_> {
        Store(self)
    }
}

impl Store<'_> {
    /// Returns how long another process that holds the store is waited for.
    pub fn busy_timeout(self) -> Duration {
        self.0.inner.busy_timeout()
    }

    /// Returns whether the log was opened to be read only.
    pub fn is_read_only(self) -> bool {
        self.0.inner.is_read_only()
    }

    /// Returns the present, by the log's clock.
    pub fn now(self) -> Timestamp {
        (self.0.inner.shared.clock)()
    }

    /// Has this process pack with the dictionary `number`, which is `bytes`, from now on.
    pub fn pack_with(self, number: u32, bytes: &[u8]) {
        self.0.inner.pack_with(number, bytes);
    }
}
