//! A store that is read without locks: what it looked like, and whether somebody has written to it since.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::reading::Stamp;

/// What is known of a store that nothing may lock; nothing of every other.
pub(super) struct Unlocked {
    /// What it looked like when it was opened.
    stamp: Mutex<Option<Stamp>>,
    /// How often it had changed since then when somebody looked.
    changes: AtomicU64,
}

impl Unlocked {
    /// Begins with a stamp that was taken before the store was opened; `None` where it is locked as usual.
    pub(super) fn since(stamp: Option<Stamp>) -> Self {
        Self { stamp: Mutex::new(stamp), changes: AtomicU64::new(0) }
    }

    /// Takes note of another connection without locks.
    pub(super) fn opened(&self, stamp: Stamp) {
        self.stamp.lock().get_or_insert(stamp);
    }

    pub(super) fn is_unlocked(&self) -> bool {
        self.stamp.lock().is_some()
    }

    /// Looks at the files, and returns whether they changed since the last look. Whoever opens the next connection finds out
    /// again how that can be done.
    pub(super) fn has_changed(&self, store: &Path) -> bool {
        let mut stamp = self.stamp.lock();
        let has_changed = stamp.as_ref().is_some_and(|stamp| *stamp != Stamp::of(store));
        if has_changed {
            *stamp = None;
            self.changes.fetch_add(1, Ordering::Relaxed);
        }
        has_changed
    }

    /// Returns how many changes were seen.
    pub(super) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Relaxed)
    }
}
