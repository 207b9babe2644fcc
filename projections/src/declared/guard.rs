//! How long a declared statement may take, and when it is watched: it reads and writes its own tables, and does nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use rusqlite::Connection;
use rusqlite::hooks::{AuthContext, Authorization};

use crate::guard::Allowed;

/// The steps of SQLite's machine that the statements of one event may take: about a second.
pub(super) const STEPS_MAX: i64 = 20_000_000;
/// Steps between two looks at the count.
const STEPS: i32 = 10_000;

/// Bytes of one value that they may make or be given: no session of a file is longer.
const VALUE_BYTES_MAX: i32 = 256 * 1024 * 1024;

/// Watches over what a projection's statements do on a connection. The host's own statements pass while it is not
/// [armed](Self::arm): they are prepared then, and a statement keeps what it was allowed when it was prepared.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    armed: Arc<AtomicBool>,
    /// While tables are made.
    making: Arc<AtomicBool>,
    steps_left: Arc<AtomicI64>,
}

impl Guard {
    /// Sets a guard on a connection.
    pub(super) fn on(connection: &mut Connection) -> rusqlite::Result<Self> {
        let guard = Self {
            armed: Arc::default(),
            making: Arc::default(),
            steps_left: Arc::new(AtomicI64::new(STEPS_MAX)),
        };
        let asked = guard.clone();
        connection.authorizer(Some(move |context: AuthContext<'_>| asked.answer(&context)))?;
        connection.set_limit(rusqlite::limits::Limit::SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX)?;
        let counted = guard.clone();
        connection.progress_handler(STEPS, Some(move || counted.is_over()))?;
        Ok(guard)
    }

    /// Watches from now on until the guard is dropped; with a full count of steps.
    pub(super) fn arm(&self, making: bool) -> Armed<'_> {
        self.steps_left.store(STEPS_MAX, Ordering::Relaxed);
        self.making.store(making, Ordering::Relaxed);
        self.armed.store(true, Ordering::Relaxed);
        Armed(self)
    }

    /// Whether the last event took more steps than it may.
    pub(super) fn ran_out(&self) -> bool {
        self.steps_left.load(Ordering::Relaxed) <= 0
    }

    fn is_over(&self) -> bool {
        self.armed.load(Ordering::Relaxed)
            && self.steps_left.fetch_sub(STEPS.into(), Ordering::Relaxed) <= i64::from(STEPS)
    }

    fn answer(&self, context: &AuthContext<'_>) -> Authorization {
        match self.armed.load(Ordering::Relaxed) {
            false => Authorization::Allow,
            true if self.making.load(Ordering::Relaxed) => Allowed::SCHEMA.answer(context),
            true => Allowed::EVENT.answer(context),
        }
    }
}

/// While it lives, a guard watches.
pub(super) struct Armed<'g>(&'g Guard);

impl Drop for Armed<'_> {
    fn drop(&mut self) {
        self.0.armed.store(false, Ordering::Relaxed);
    }
}
