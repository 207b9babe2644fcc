//! A log of which nothing is lost, copied row by row.

use std::path::Path;

use super::RECOVER;
use crate::log::Durability;
use crate::log::backup::PathText;
use crate::log::store;
use crate::{Error, Log};

/// Copies the log row by row into the new store at `to`; false where a row that belongs to it cannot be read after all.
pub(super) fn copy(source: &Log, to: &Path) -> Result<bool, Error> {
    let act = Error::sqlite(RECOVER);
    let mut connection = store::open_writer(to, Durability::Full, source.inner.busy_timeout())?;
    connection.execute("attach ?1 as damaged", [PathText(source.path())]).map_err(&act)?;
    let tx = connection.transaction().map_err(&act)?;
    for sql in COPY {
        if let Err(error) = tx.execute_batch(sql) {
            return match act(error) {
                Error::Damaged { .. } => Ok(false),
                other => Err(other),
            };
        }
    }
    // What stands beside the log is kept as far as it can be.
    for sql in COPY_BESIDE {
        let _as_far_as_it_can_be = tx.execute_batch(sql);
    }
    tx.commit().map_err(&act)?;
    Ok(true)
}

const COPY: [&str; 10] = [
    include_str!("../../../sql/recover_log.sql"),
    include_str!("../../../sql/recover_lineage.sql"),
    include_str!("../../../sql/recover_dictionaries.sql"),
    include_str!("../../../sql/recover_repack.sql"),
    include_str!("../../../sql/recover_workspaces.sql"),
    include_str!("../../../sql/recover_streams.sql"),
    include_str!("../../../sql/recover_blobs.sql"),
    include_str!("../../../sql/recover_events.sql"),
    include_str!("../../../sql/recover_redactions.sql"),
    include_str!("../../../sql/recover_pruned.sql"),
];

const COPY_BESIDE: [&str; 4] = [
    include_str!("../../../sql/recover_commit_keys.sql"),
    include_str!("../../../sql/recover_backups.sql"),
    include_str!("../../../sql/recover_import_records.sql"),
    include_str!("../../../sql/recover_quarantine.sql"),
];
