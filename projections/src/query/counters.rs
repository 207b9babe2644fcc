//! How many sessions there are, from the counters that are kept beside their rows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rusqlite::{Connection, named_params};

use super::counts::SessionCount;
use super::filter::SessionFilter;
use crate::Error;
use crate::builtin::{Generation, NAME, counters_of, has_counters};
use crate::error::sqlite;

/// Which generation of the read models is known to have counters; 0 for none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counters(Arc<AtomicU32>);

impl Counters {
    /// Returns what a filter leaves by status and type; `None` where the counters do not know, or are not there. O(1) in the
    /// number of sessions.
    pub(super) fn ask(
        &self,
        connection: &Connection,
        filter: &SessionFilter,
    ) -> Result<Option<Vec<SessionCount>>, Error> {
        let act = sqlite("count sessions");
        if !filter.is_of_counters() {
            return Ok(None);
        }
        let Some(number) = generation(connection) else { return Ok(None) };
        if self.0.load(Ordering::Relaxed) != number {
            if !has_counters(connection, Generation::Live, number).map_err(&act)? {
                return Ok(None);
            }
            self.0.store(number, Ordering::Relaxed);
        }
        let sql = include_str!("../../sql/parts/counted.sql").replace("/*counters*/", &counters_of(number));
        let mut statement = match connection.prepare_cached(&sql) {
            Ok(statement) => statement,
            // The generation has just been dropped.
            Err(_) => return Ok(None),
        };
        let params = named_params! {
            ":workspace": filter.workspace,
            ":status": filter.status,
            ":type": filter.kind,
        };
        let rows = statement.query_map(params, SessionCount::read).and_then(Iterator::collect);
        rows.map(Some).map_err(act)
    }
}

/// Returns which generation is read; `None` where there is none.
fn generation(connection: &Connection) -> Option<u32> {
    let mut statement = connection.prepare_cached(include_str!("../../sql/generation.sql")).ok()?;
    statement.query_row([NAME], |row| row.get(0)).ok()
}
