//! Answers that were made before: in this process, or in a Redis that several servers share.
//!
//! An answer is kept by what it was made of (`SessionEdition::content`), and sealed with a secret of the database that nothing of the cache tells and that
//! is another one as soon as something of the log is redacted, pruned, retired or supplied. So whoever reads the cache reads nothing, an
//! entry that somebody else wrote or moved is none, and what was redacted is in no entry that can be opened. A cache that is slow or away is
//! left alone for a while. What it lacks is made again: it is never the source of anything.

mod memory;
mod redis;
mod seal;

use std::fmt;

pub use memory::Memory;
pub use redis::Redis;
pub(crate) use seal::SealedCache;

/// What an entry is found by.
pub type Key = [u8; 32];

/// What keeps entries for as long as it likes. Any number of threads ask at once.
pub trait Cache: Send + Sync {
    /// Returns an entry, where there is one.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, Unavailable>;

    /// Keeps an entry, or not.
    ///
    /// # Errors
    /// Where it cannot be told.
    fn put(&self, key: &Key, entry: Vec<u8>) -> Result<(), Unavailable>;

    /// Returns how many entries went for lack of room, as far as that is known.
    fn evictions(&self) -> u64 {
        0
    }
}

/// Why a cache cannot be asked, for whoever runs the server. It says neither a password nor what is kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cache cannot be asked: {0}")]
pub struct Unavailable(pub String);

impl fmt::Debug for dyn Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").finish_non_exhaustive()
    }
}
