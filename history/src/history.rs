//! The history itself.

use std::path::Path;
use std::sync::Arc;

use retold_projections::Store;

use crate::mirror::Mirror;
use crate::states::States;
use crate::write::{Helper, Planner};
use crate::{Error, Options};

/// The sessions of all workspaces, in one store. Cheap to clone, and every clone is the same history; every call may
/// come from any thread.
///
/// A call blocks: a write until it is on disk (an fsync, which the calls of other threads share), a read for as long
/// as its session takes to fold, some 3 µs an event, or less where it was used before. Whoever must not block has the
/// writes' [`…_later`](Self::add_chat_message_later) forms.
#[derive(Clone)]
pub struct SessionHistory {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    /// First, so that it ends before the store does.
    pub(crate) mirror: Option<Mirror>,
    pub(crate) store: Store,
    pub(crate) states: Arc<States>,
    pub(crate) options: Options,
    /// Reads the answers of those who do not wait.
    pub(crate) helper: Helper,
}

impl Inner {
    pub(crate) fn planner(&self) -> Planner {
        Planner { states: Arc::clone(&self.states), stale_update: self.options.stale_update }
    }
}

impl SessionHistory {
    /// Opens the history at `path`, creating it where there is nothing.
    ///
    /// # Errors
    /// Those of [`retold_core::Options::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Options::new().open(path)
    }

    pub(crate) fn open_with(path: &Path, options: Options) -> Result<Self, Error> {
        let clock = Arc::clone(&options.clock);
        let log_options =
            retold_core::Options::new().create(true).durability(options.durability).clock(move || clock());
        let store = Store::open(path, log_options)?;
        let states = Arc::new(States::new(options.cache_bytes));
        let mirror = match &options.mirror {
            Some(folder) => Some(Mirror::start(&store, &states, folder)?),
            None => None,
        };
        Ok(Self { inner: Arc::new(Inner { mirror, store, states, options, helper: Helper::default() }) })
    }

    /// Returns the store, for its log, its read models and SQL.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }
}

impl std::fmt::Debug for SessionHistory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionHistory").field("store", self.store()).finish_non_exhaustive()
    }
}
