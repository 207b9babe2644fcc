//! What the writer thread and the callers both look at.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::inline::Head;
use crate::Position;
use crate::time::Clock;

pub(super) struct Shared {
    pub(super) clock: Clock,
    state: Mutex<State>,
    moved: Condvar,
    /// Whether the dictionary that callers pack with is gone from the store.
    dictionary_is_gone: AtomicBool,
}

#[derive(Default)]
struct State {
    head: Option<Head>,
    latched: Option<String>,
}

impl Shared {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            state: Mutex::new(State::default()),
            moved: Condvar::new(),
            dictionary_is_gone: AtomicBool::new(false),
        }
    }

    /// Says that this process has written up to `head`.
    pub(super) fn advance(&self, head: Head) {
        self.state.lock().head = Some(head);
        self.moved.notify_all();
    }

    /// Waits until this process has written beyond `position`, for at most `timeout`.
    pub(super) fn wait_beyond(&self, position: Position, timeout: Duration) {
        let mut state = self.state.lock();
        if state.head.is_none_or(|head| head.position <= position) {
            self.moved.wait_for(&mut state, timeout);
        }
    }

    /// Says that callers have to look for another dictionary to pack with.
    pub(super) fn forget_dictionary(&self) {
        self.dictionary_is_gone.store(true, Ordering::Relaxed);
    }

    /// Returns whether they have to, once.
    pub(super) fn take_dictionary_is_gone(&self) -> bool {
        self.dictionary_is_gone.load(Ordering::Relaxed)
            && self.dictionary_is_gone.swap(false, Ordering::Relaxed)
    }

    /// Stops the writer for good.
    pub(super) fn latch(&self, cause: String) {
        self.state.lock().latched.get_or_insert(cause);
    }

    /// Returns why the writer has stopped, where it has.
    pub(super) fn latched(&self) -> Option<String> {
        self.state.lock().latched.clone()
    }
}
