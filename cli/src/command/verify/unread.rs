//! What a verification did not read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use retold_core::Log;
use retold_projections::{CheckedProjection, Kind, Store};

use crate::command::projections;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::counted;
use crate::words::counted_bodies;

/// Returns what the store has beside its log that was not read, and of the log what is not in the store, each as a person is
/// told it.
pub(super) fn of(
    context: &Context<'_>,
    store: &Store,
    checked: &[CheckedProjection],
) -> Result<Vec<String>, Failure> {
    let log = store.log();
    let mut unread = Vec::new();
    let pruned: u64 = retold_upkeep::pruned(log)?.iter().map(|one| one.bodies).sum();
    if pruned > 0 {
        unread.push(format!(
            "{}, which archives have: `retold store prune` tells which",
            counted_bodies(pruned)
        ));
    }
    let mut read: Vec<PathBuf> = Vec::new();
    let all = store.sidecars().status(projections::list::now(context))?;
    for status in all.into_iter().filter(|status| status.kind != Kind::Inline) {
        match checked.iter().any(|one| one.name == status.name && one.version == status.version) {
            true => read.extend(status.path),
            false => unread.push(format!(
                "projection {0}, which has no rows that could be: `retold projections catch-up {0}` fills it",
                status.name
            )),
        }
    }
    unread.extend(files(log, &read).into_iter().map(|((one, many), count)| match count {
        1 => format!("1 {one}, which is compared with the log when it is used"),
        count => format!("{count} {many}, each of which is compared with the log when it is used"),
    }));
    Ok(unread)
}

/// Counts the files of the sidecar folder that were not read, by what they are.
fn files(log: &Log, read: &[PathBuf]) -> BTreeMap<(&'static str, &'static str), u64> {
    let mut found = BTreeMap::new();
    let folder = retold_core::sidecar_folder(log.path());
    for folder in [folder.join("at"), folder] {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let is_database = Path::new(&name).extension().is_some_and(|ending| ending == "db");
            if is_database && !read.contains(&path) {
                *found.entry(kind(&folder, &name.to_string_lossy())).or_default() += 1;
            }
        }
    }
    found
}

/// One and many of a kind.
fn kind(folder: &Path, name: &str) -> (&'static str, &'static str) {
    match name {
        _ if folder.ends_with("at") => ("snapshot of an earlier moment", "snapshots of earlier moments"),
        name if name.starts_with("keyframes@") => ("file of keyframes", "files of keyframes"),
        _ => (
            "file of another version of a projection, or of one that is being filled",
            "files of other versions of projections, or of ones that are being filled",
        ),
    }
}

/// "not read: …", as many as there are.
pub(super) fn told(unread: &[String]) -> impl Iterator<Item = String> {
    unread.iter().map(|one| format!("not read: {one}"))
}

/// Says of projections that none of them was read.
pub(super) fn projections(count: usize) -> Option<String> {
    (count > 0).then(|| {
        format!("{}: there is no room to fill them a second time", counted(count as u64, "projection"))
    })
}
