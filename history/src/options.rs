//! Opening a history.

use std::path::Path;
#[cfg(feature = "mirror")]
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use retold_core::Durability;

use crate::{Error, SessionHistory};

/// What to do with a document that was read before the newest messages came, and is sent back now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum StaleUpdate {
    /// It erases nothing: where the `chatHistory` sent is a proper prefix of the current one, the newer messages
    /// stay, and the same for an instance's `output`.
    #[default]
    Keep,
    /// The document replaces the session to the letter, as in the old history.
    Literal,
}

/// How to open a history.
#[derive(Clone)]
pub struct Options {
    pub(crate) stale_update: StaleUpdate,
    pub(crate) durability: Durability,
    pub(crate) cache_bytes: u64,
    #[cfg(feature = "mirror")]
    pub(crate) mirror: Option<PathBuf>,
    pub(crate) clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            stale_update: StaleUpdate::default(),
            durability: Durability::Full,
            cache_bytes: 32 * 1024 * 1024,
            #[cfg(feature = "mirror")]
            mirror: None,
            clock: Arc::new(Timestamp::now),
        }
    }
}

impl Options {
    /// What [`SessionHistory::open`] opens with.
    pub fn new() -> Self {
        Self::default()
    }

    /// What a stale document does to the session it is sent for.
    #[must_use]
    pub fn stale_update(mut self, stale_update: StaleUpdate) -> Self {
        self.stale_update = stale_update;
        self
    }

    /// How well an acknowledged write is kept; power loss is survived where nothing else is said.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// How many bytes of sessions stay in memory between commands; 32 MiB where nothing else is said.
    ///
    /// A session counts as its messages' and outputs' texts and 512 bytes for each message, each instance and itself. Nothing is
    /// taken before it is needed. An application that reads the same sessions again and again (`get_all_sessions` of a full
    /// workspace at every change) wants room for all of them: read them once with a large bound, ask
    /// [`cached_bytes`](SessionHistory::cached_bytes), and set one and a half times that, for the room is divided among several
    /// parts. With less, the sessions that do not fit are read from the store each time, and nothing else is different.
    #[must_use]
    pub fn cache_bytes(mut self, bytes: u64) -> Self {
        self.cache_bytes = bytes;
        self
    }

    /// Keeps the legacy files in `folder`, a `~/.ait42` or any other, as the old history would: rewritten some time
    /// after a change, at most once a second each, and when the history is closed. A large file rests for 39 times as
    /// long as its rewrite took, so that it may be as far behind. What somebody else writes to a file is imported
    /// before it is written again; a session that is gone from it stays.
    #[cfg(feature = "mirror")]
    #[must_use]
    pub fn mirror(mut self, folder: impl Into<PathBuf>) -> Self {
        self.mirror = Some(folder.into());
        self
    }

    /// Where the history takes the present from: `updatedAt`, and the clocks of the log's events.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Opens the history at `path`, creating it where there is nothing.
    ///
    /// # Errors
    /// Those of [`SessionHistory::open`].
    pub fn open(self, path: impl AsRef<Path>) -> Result<SessionHistory, Error> {
        SessionHistory::open_with(path.as_ref(), self)
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut fields = f.debug_struct("Options");
        fields
            .field("stale_update", &self.stale_update)
            .field("durability", &self.durability)
            .field("cache_bytes", &self.cache_bytes);
        #[cfg(feature = "mirror")]
        fields.field("mirror", &self.mirror);
        fields.finish_non_exhaustive()
    }
}
