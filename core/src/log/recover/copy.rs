//! A log of which nothing is lost, copied row by row.

use std::path::Path;

use super::RECOVER;
use super::identity::Identity;
use crate::log::Durability;
use crate::log::backup::PathText;
use crate::log::store;
use crate::{Error, Log, time};

/// Copies the log row by row into the new store at `to`; false where a row that belongs to it cannot be read after all.
///
/// Where it does not say whose it is, it gets the id that gave its events their hashes.
pub(super) fn copy(source: &Log, identity: &Identity, to: &Path) -> Result<bool, Error> {
    let act = Error::sqlite(RECOVER);
    let mut connection = store::open_writer(to, Durability::Full, source.inner.busy_timeout())?;
    connection.execute("attach ?1 as damaged", [PathText(source.path())]).map_err(&act)?;
    let reader = source.reader()?;
    let differs = identity.differs(reader.connection())?;
    let tx = connection.transaction().map_err(&act)?;
    if differs {
        // How old the log is stands in the row that may be lost.
        let _as_far_as_it_can_be = tx.execute_batch(include_str!("../../../sql/recover_log_age.sql"));
        identity.write(&tx, reader.connection(), time::to_micros((source.inner.shared.clock)()))?;
    }
    for sql in NAMED.iter().filter(|_| !differs).chain(&COPY) {
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

const NAMED: [&str; 2] =
    [include_str!("../../../sql/recover_log.sql"), include_str!("../../../sql/recover_lineage.sql")];

const COPY: [&str; 8] = [
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
