//! The log below its events: rows as they are packed, and what the writer has to know of an erasure beforehand.
//!
//! For the package that looks after stores (`retold-upkeep`): it copies, empties, repacks and salvages what others only
//! append to and read. What has to happen in the transaction of an append (a body leaves, or comes back) is not here: the
//! writer does it for whoever appends the event that says so.
//!
//! - Bodies as they are stored, what they commit to, the texts that they refer to: [`StoredBody`], [`each_content`],
//!   [`referred`], [`Redactable`], [`Pruning`]; packing them: [`Packer`], [`Unpacker`], [`unpack_body`].
//! - Commits of erasures: [`Store::prepare_erasure`], [`Store::prepare_unpruning`], [`Store::append_or_decide`].
//! - Carrying a log elsewhere: [`each_raw_event`], [`workspace_keys`], [`Lineage`].
//! - A damaged store: [`InUse`], [`look`], [`open_reader_anywhere`], [`find_log_id`], [`Lineage`], [`Stored`].
//!
//! No function here changes the log but by an append. Connections that write come from [`Log::open_writer`], and the
//! triggers of the schema hold for them too.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::Connection;

pub use super::decode::erasure;
pub use super::dictionary::{dictionary, learn, unpack_body};
pub use super::erasure::{
    BodyBytes, Pruning, Redactable, StoredBody, commit_of_pruned, each_content, pruned_of_stream, pruning,
    references, referred, stream_and_type, text_of,
};
pub use super::in_use::InUse;
use super::pool::PooledReader;
pub use super::prepare::{KeptBody, PreparedBlob, Unreferred};
pub use super::raw_event::{RawBody, RawEvent, each_raw_event, packed_text_bytes, workspace_keys};
pub use super::store::{
    BUILT_IN_DICTIONARY, Found, NO_LOG, find_log_id, look, open_reader_anywhere, optimize,
};
pub use super::verify::{Faults, Lineage, STREAM_NAMES, Stored, ancestors, hash_of, is_sound_by_hash};
pub use crate::event::with_types;
pub use crate::pack::{FIRST_DICTIONARY, Packed, Packer, RAW, UnpackError, Unpacker, ZSTD};
use crate::{
    BlobRef, Commit, Decided, Decision, Decoder, Error, Log, Position, PreparedCommit, Reader, Ticket,
};

/// Inserts a row of `event`, its columns in their order.
pub const INSERT_EVENT: &str = include_str!("../../sql/insert_event.sql");
/// Inserts a row of `blob` where there is none of its hash, without its number.
pub const INSERT_BLOB: &str = include_str!("../../sql/insert_blob.sql");
/// Inserts a row of `redaction`.
pub const INSERT_REDACTION: &str = include_str!("../../sql/insert_redaction.sql");
/// Inserts a row of `pruned`.
pub const INSERT_PRUNED: &str = include_str!("../../sql/insert_pruned.sql");

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

    /// Packs a body as the log's own are packed.
    ///
    /// # Errors
    /// Where the dictionary cannot be read or used.
    pub fn pack_body(self, plain: &[u8]) -> Result<Packed, Error> {
        self.0.inner.with_packer(|packer| Ok(packer.pack(plain)))
    }

    /// Packs a text that is outside of events.
    ///
    /// # Errors
    /// As [`pack_body`](Self::pack_body).
    pub fn pack_text(self, hash: [u8; 32], text: &str) -> Result<PreparedBlob, Error> {
        self.0.inner.with_packer(|packer| Ok(PreparedBlob::new(hash, text, packer)))
    }

    /// Prepares a commit that says that bodies are gone, with what was looked up of the texts that they referred to.
    ///
    /// # Errors
    /// What is wrong with the commit by itself.
    pub fn prepare_erasure(self, commit: Commit, unreferred: Unreferred) -> Result<PreparedCommit, Error> {
        let mut prepared = self.0.prepare_any(commit)?;
        prepared.prepared.unreferred = Some(unreferred);
        Ok(prepared)
    }

    /// Prepares a commit that says that bodies are back, with them, in the order of their positions, and with the texts that
    /// they refer to. The writer compares each with what it committed to.
    ///
    /// # Errors
    /// What is wrong with the commit by itself.
    pub fn prepare_unpruning(
        self,
        commit: Commit,
        kept: Vec<KeptBody>,
        texts: Vec<PreparedBlob>,
    ) -> Result<PreparedCommit, Error> {
        let mut prepared = self.0.prepare_any(commit)?;
        (prepared.prepared.kept, prepared.prepared.blobs) = (kept, texts);
        Ok(prepared)
    }

    /// Hands over a prepared commit, and what decides the write at its turn where that is refused: see
    /// [`Log::append_decided`].
    ///
    /// # Errors
    /// [`Error::Latched`]; the rest comes with the ticket.
    pub fn append_or_decide(
        self,
        prepared: PreparedCommit,
        decide: impl FnMut(&mut Reader<'_>) -> Result<Decision, Error> + Send + 'static,
    ) -> Result<Ticket<Decided>, Error> {
        self.0.append_planned(prepared, decide)
    }

    /// Has this process pack with the dictionary `number`, which is `bytes`, from now on.
    pub fn pack_with(self, number: u32, bytes: &[u8]) {
        self.0.inner.pack_with(number, bytes);
    }
}

impl Reader<'_> {
    /// Returns the connection that it reads through, and what unpacks: see [`raw`](self).
    pub fn raw(&mut self) -> (&Connection, &mut Decoder) {
        let PooledReader { connection, decoder } = self.pooled_mut();
        (connection, decoder)
    }

    /// Returns the event at a position as its row has it; `None` where the store has none there.
    ///
    /// # Errors
    /// Those of [`each_raw_event`].
    pub fn raw_event_at(&mut self, position: Position) -> Result<Option<RawEvent>, Error> {
        let (mut found, (connection, decoder)) = (None, self.raw());
        each_raw_event(connection, decoder.unpacker(), (position, position), |_, event| {
            found = Some(event);
            Ok::<bool, Error>(true)
        })?;
        Ok(found)
    }

    /// Whether the store has a text of this hash outside of events. O(1).
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn has_text(&self, hash: &[u8; 32]) -> Result<bool, Error> {
        Ok(self.one(include_str!("../../sql/has_blob.sql"), [hash], |_| Ok(()))?.is_some())
    }

    /// Returns a text outside of events as it is stored, packed; `None` where there is none of this hash.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn packed_text(&self, hash: &[u8; 32]) -> Result<Option<Vec<u8>>, Error> {
        self.one(include_str!("../../sql/blob.sql"), [hash], |row| row.get(2))
    }

    /// Returns a text outside of events.
    ///
    /// # Errors
    /// [`Error::Damaged`] where it is missing, or is not what its hash says.
    pub fn text_of_hash(&mut self, hash: [u8; 32]) -> Result<String, Error> {
        self.text(BlobRef { hash, bytes: 0 })
    }
}
