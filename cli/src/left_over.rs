//! What processes left that were killed, in the folders that belong to a store.

use std::path::Path;

use retold_core::files::{self, LeftOver};
use retold_core::sidecar_folder;

use crate::store::{archives_of, backups_of};

/// Returns what is left over beside a store, among its backups and archives, and among what is derived from it.
pub(crate) fn of(store: &Path) -> Vec<LeftOver> {
    folders(store).iter().flat_map(|folder| files::left_over(folder).unwrap_or_default()).collect()
}

/// Removes what is left over there, but for what an older release left; returns how much that was.
pub(crate) fn sweep(store: &Path) -> Vec<LeftOver> {
    folders(store).iter().flat_map(|folder| files::sweep(folder).unwrap_or_default()).collect()
}

fn folders(store: &Path) -> [std::path::PathBuf; 5] {
    let sidecars = sidecar_folder(store);
    let beside = store.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    [beside.to_owned(), backups_of(store), archives_of(store), sidecars.join("at"), sidecars]
}
