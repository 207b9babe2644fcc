//! Format 1 of the hashes: what an event is committed to, and how events hang together.
//!
//! Written down to the byte in docs/FORMAT.md; golden vectors hold both to it.

mod many;

use std::cell::RefCell;
use std::ops::Range;
use std::thread::LocalKey;

use blake3::Hasher;

pub(crate) use many::{SHORT_BYTES_MAX, body_commits, event_hashes};

use crate::{EventHash, LogId, StreamName};

/// The number of this format, as the `log` table has it.
pub const FORMAT: u32 = 1;

/// The header of an event: all that its hash covers.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    /// The log's id.
    pub log: LogId,
    /// The event's position.
    pub position: u64,
    /// [`stream_key`] of its stream.
    pub stream_key: &'a [u8; 32],
    /// Its revision.
    pub revision: u64,
    /// The number of its type.
    pub kind: u16,
    /// The version of its body's schema.
    pub schema_version: u16,
    /// The position of the first event of its commit.
    pub commit_first: u64,
    /// When the log got it, in microseconds since 1970.
    pub recorded_at: i64,
    /// When it happened, in microseconds since 1970.
    pub occurred_at: i64,
    /// [`meta_digest`] of its commit's meta where it is on this event.
    pub meta_digest: &'a [u8; 32],
    /// [`body_commit`] of its body.
    pub body_commit: &'a [u8; 32],
    /// The hash of the event before it in the log.
    pub previous: EventHash,
    /// The hash of the event before it in its stream.
    pub previous_in_stream: EventHash,
}

impl Header<'_> {
    /// The length of a header in bytes.
    pub const BYTES: usize = 220;

    /// Where the commitment is in them.
    pub(crate) const BODY_COMMIT: Range<usize> = 124..156;

    /// Returns the event's hash.
    pub fn hash(&self) -> EventHash {
        event_hash(&self.bytes())
    }

    /// Returns what is hashed.
    pub(crate) fn bytes(&self) -> [u8; Header::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let mut rest = bytes.as_mut_slice();
        let mut put = |part: &[u8]| {
            let (place, behind) = std::mem::take(&mut rest).split_at_mut(part.len());
            place.copy_from_slice(part);
            rest = behind;
        };
        put(self.log.as_bytes());
        put(&self.position.to_be_bytes());
        put(self.stream_key);
        put(&self.revision.to_be_bytes());
        put(&self.kind.to_be_bytes());
        put(&self.schema_version.to_be_bytes());
        put(&self.commit_first.to_be_bytes());
        put(&self.recorded_at.to_be_bytes());
        put(&self.occurred_at.to_be_bytes());
        put(self.meta_digest);
        put(self.body_commit);
        put(self.previous.as_bytes());
        put(self.previous_in_stream.as_bytes());
        bytes
    }
}

/// Returns the hash of an event, of a header's bytes.
pub(crate) fn event_hash(header: &[u8; Header::BYTES]) -> EventHash {
    EventHash(derived(&EVENT, &[header]))
}

/// Returns what an event commits to of its body. The salt keeps a short body from being guessed once it is redacted.
pub fn body_commit(salt: &[u8; 16], body: &[u8]) -> [u8; 32] {
    derived(&BODY, &[salt, body])
}

/// Returns the digest of a commit's meta; all zeros where there is none.
pub fn meta_digest(meta: Option<&[u8]>) -> [u8; 32] {
    meta.map_or([0; 32], |meta| derived(&META, &[meta]))
}

/// Returns what stands for a stream in its events' hashes, in any store.
pub fn stream_key(name: &StreamName) -> [u8; 32] {
    derived(
        &STREAM,
        &[
            &(name.workspace.len() as u64).to_be_bytes(),
            name.workspace.as_bytes(),
            &(name.session_id.len() as u64).to_be_bytes(),
            name.session_id.as_bytes(),
            &name.ordinal.to_be_bytes(),
        ],
    )
}

const BODY_CONTEXT: &str = "retold v1 body";
const EVENT_CONTEXT: &str = "retold v1 event";

thread_local! {
    static BODY: Context = Context::new(BODY_CONTEXT);
    static EVENT: Context = Context::new(EVENT_CONTEXT);
    static META: Context = Context::new("retold v1 meta");
    static STREAM: Context = Context::new("retold v1 stream");
}

/// A hasher with its context worked in. Setting it back is cheaper than deriving the key again, and than copying
/// the two kilobytes that it is.
struct Context(RefCell<Hasher>);

impl Context {
    fn new(context: &str) -> Self {
        Self(RefCell::new(Hasher::new_derive_key(context)))
    }
}

fn derived(context: &'static LocalKey<Context>, parts: &[&[u8]]) -> [u8; 32] {
    context.with(|Context(hasher)| {
        let mut hasher = hasher.borrow_mut();
        for part in parts {
            hasher.update(part);
        }
        let hash = hasher.finalize();
        hasher.reset();
        *hash.as_bytes()
    })
}

#[cfg(test)]
mod tests;
