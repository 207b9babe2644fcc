//! The history itself.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use retold_core::Clock;
use retold_projections::Store;

#[cfg(feature = "mirror")]
use crate::mirror::Mirror;
use crate::states::States;
use crate::write::{Helper, Planner};
use crate::{Error, Options};

/// The sessions of all workspaces, in one store. Cheap to clone, and every clone is the same history; every call may
/// come from any thread.
///
/// A call blocks: a write until it is on disk (an fsync, which the calls of other threads share), a read for as long
/// as its session takes to fold, some 3 µs an event, or less where it was used before. Whoever must not block has the
/// writes' [`…_later`](Self::add_message_later) forms.
#[derive(Clone)]
pub struct SessionHistory {
    pub(crate) inner: Arc<Inner>,
    /// What a time means that a moment is named by.
    pub(crate) moments_by: Clock,
}

pub(crate) struct Inner {
    /// First, so that it ends before the store does.
    #[cfg(feature = "mirror")]
    pub(crate) mirror: Option<Mirror>,
    pub(crate) store: Store,
    pub(crate) states: Arc<States>,
    pub(crate) options: Options,
    /// Reads the answers of those who do not wait.
    pub(crate) helper: Helper,
    /// Whether a write was handed over.
    pub(crate) has_written: AtomicBool,
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
    /// [`Error::Store`] for what is no store, cannot be used, or was made by a newer release. It is as it was.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Options::new().open(path)
    }

    pub(crate) fn open_with(path: &Path, options: Options) -> Result<Self, Error> {
        let clock = Arc::clone(&options.clock);
        let log_options =
            retold_core::Options::new().create(true).durability(options.durability).clock(move || clock());
        let store = Store::open(path, log_options)?;
        let states = Arc::new(States::new(options.cache_bytes));
        Ok(Self {
            inner: Arc::new(Inner {
                #[cfg(feature = "mirror")]
                mirror: match &options.mirror {
                    Some(folder) => Some(Mirror::start(&store, &states, folder)?),
                    None => None,
                },
                store,
                states,
                options,
                helper: Helper::default(),
                has_written: AtomicBool::new(false),
            }),
            moments_by: Clock::default(),
        })
    }

    /// Closes the history: waits until every write that was handed over has had its turn, and brings the mirrored files
    /// up to date. What was closed without it is as safe; this says what went wrong, where dropping cannot.
    ///
    /// Other clones of the history stay usable, and the store stays open as long as there is one.
    ///
    /// # Errors
    /// [`Error::Store`] where the writer has stopped after an error, or another process holds the store for longer than
    /// the timeout; [`Error::Mirror`] and [`Error::Import`] where a mirrored file cannot be written or read. What was
    /// acknowledged is in the log.
    pub fn close(self) -> Result<(), Error> {
        if self.inner.has_written.load(Ordering::Relaxed) {
            let nothing = |_: &mut retold_core::Reader<'_>| Ok(retold_core::Decision::Nothing { of: None });
            self.inner.store.log().append_decided(None, None, true, nothing)?.wait()?;
        }
        #[cfg(feature = "mirror")]
        self.flush_mirror()?;
        Ok(())
    }

    /// Returns how many bytes of sessions are in memory now, counted as [`Options::cache_bytes`] counts them.
    pub fn cached_bytes(&self) -> u64 {
        self.inner.states.bytes()
    }

    /// Returns the same history, to which a time that names a moment means the time by this clock: when things happened, which is
    /// the default, or when the log got them.
    ///
    /// ```
    /// use retold::{Clock, SessionHistory, Timestamp};
    /// # let folder = tempfile::tempdir()?;
    /// # let history = SessionHistory::open(folder.path().join("sessions.db"))?;
    /// # history.create("/src/atlas", retold::Session::new("a1", "debate", "Tabs or spaces"))?;
    /// let known = history.moments_by(Clock::Recorded);
    /// assert_eq!(known.session_at("/src/atlas", "a1", Timestamp::now())?.id, "a1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn moments_by(&self, clock: Clock) -> Self {
        Self { moments_by: clock, ..self.clone() }
    }

    /// Returns the store, for the packages of this project: its types are not those of this crate.
    #[doc(hidden)]
    pub fn store(&self) -> &Store {
        &self.inner.store
    }
}

impl std::fmt::Debug for SessionHistory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionHistory").field("store", self.store()).finish_non_exhaustive()
    }
}
