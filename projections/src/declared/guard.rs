//! What a declared statement may do: read and write its own tables, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use crate::functions::{is_random, reaches_outside};

/// The steps of SQLite's machine that the statements of one event may take: about a second.
pub(super) const STEPS_MAX: i64 = 20_000_000;
/// Steps between two looks at the count.
const STEPS: i32 = 10_000;

/// Bytes of one value that they may make or be given: no session of a file is longer.
const VALUE_BYTES_MAX: i32 = 256 * 1024 * 1024;

/// What begins the names of the host's own tables.
pub(crate) const OWN: &str = "retold_";

/// Functions that answer otherwise at the next rebuild.
const FUNCTIONS_OF_THE_RUN: &[&str] = &[
    "changes",
    "total_changes",
    "last_insert_rowid",
    "current_date",
    "current_time",
    "current_timestamp",
    "sqlite_offset",
];

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
        if !self.armed.load(Ordering::Relaxed) || self.allows(&context.action, context.database_name) {
            Authorization::Allow
        } else {
            Authorization::Deny
        }
    }

    fn allows(&self, action: &AuthAction<'_>, database: Option<&str>) -> bool {
        let making = self.making.load(Ordering::Relaxed);
        let is_main = database.is_none_or(|name| name == "main");
        match action {
            AuthAction::Select | AuthAction::Recursive => true,
            AuthAction::Read { table_name, .. } => making || is_own_table(table_name),
            AuthAction::Function { function_name } => {
                !reaches_outside(function_name)
                    && !is_random(function_name)
                    && !is_one_of(FUNCTIONS_OF_THE_RUN, function_name)
            }
            AuthAction::Insert { table_name }
            | AuthAction::Update { table_name, .. }
            | AuthAction::Delete { table_name } => {
                is_main && (is_own_table(table_name) || (making && is_schema(table_name)))
            }
            AuthAction::CreateTable { table_name } => making && is_main && is_own_table(table_name),
            AuthAction::CreateIndex { table_name, .. } => making && is_main && is_own_table(table_name),
            AuthAction::CreateView { view_name } => making && is_main && is_own_table(view_name),
            // What `create index` does once it has made one.
            AuthAction::Reindex { .. } => making,
            _ => false,
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

fn is_own_table(name: &str) -> bool {
    let begins =
        |prefix: &str| name.get(..prefix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix));
    !begins(OWN) && !begins("sqlite_") && !begins("pragma_") && !name.eq_ignore_ascii_case("dbstat")
}

fn is_schema(name: &str) -> bool {
    is_one_of(&["sqlite_master", "sqlite_schema"], name)
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}
