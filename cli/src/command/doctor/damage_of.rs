//! What is damaged, and what was left behind.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Instant;

use retold_core::files::LeftOver;
use retold_core::{Error, Head, Position, Scope};
use retold_projections::Store;

use super::Finding;
use super::bounded::{self, Checked};
use super::look::{EVENTS, LOOK};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{counted, size};
use crate::travel_args::quoted;
use crate::{damage, left_over};

/// What processes left here that were killed, a finding each.
pub(super) fn left_over(path: &Path) -> Vec<Finding> {
    let of_one = |left: LeftOver| {
        let found =
            format!("{}, {}: a process that was killed left it", left.path.display(), size(left.bytes));
        let mend = match left.is_of_older_release {
            true => format!("rm {}", quoted(&left.path.display().to_string())),
            false => "retold store compact, or the next command that writes there".to_owned(),
        };
        Finding::warn("left over", found, mend)
    };
    left_over::of(path).into_iter().map(of_one).collect()
}

/// Reads the last events against their hashes, and has SQLite check the file; one of many bytes for a second at most,
/// unless `full` says otherwise.
pub(super) fn in_log(
    context: &Context<'_>,
    store: &Store,
    head: Head,
    full: bool,
) -> Result<Vec<Finding>, Failure> {
    let log = store.log();
    let after = Position::new(head.position.get().saturating_sub(EVENTS)).unwrap_or_default();
    let interrupt = &context.io.interrupt;
    let verified = log.verify_in(Scope { after, quick: true }, |_| !interrupt.load(Ordering::Relaxed))?;
    let mut findings: Vec<Finding> = verified
        .faults
        .iter()
        .map(|(fault, (position, count))| {
            let found = format!("{fault}: {count}, the first at position {position}");
            Finding::bad("damage", found, "retold verify")
        })
        .collect();
    let bytes = std::fs::metadata(log.path()).map_or(0, |metadata| metadata.len());
    let is_bounded = !full && bytes > bounded::BYTES_MIN;
    let until = is_bounded.then(|| Instant::now() + bounded::TIME);
    let mut connection = log.open_reader()?;
    let checked = bounded::check(&mut connection, until, interrupt);
    let recover = damage::recover(log.path());
    let checked = checked.map_err(Error::sqlite(LOOK));
    match checked {
        Ok(ref checked) => findings.extend(
            checked
                .found
                .iter()
                .filter(|line| *line != "ok")
                .map(|line| Finding::bad("damage", line.replace('\n', "; "), recover.clone())),
        ),
        Err(Error::Damaged { ref found, .. }) => {
            findings.push(Finding::bad("damage", found.clone(), recover));
        }
        Err(error) => return Err(error.into()),
    }
    if findings.is_empty() {
        let read = head.position.get() - after.get();
        let events = counted(read, "event");
        let found = match checked {
            Ok(Checked { tables: Some((done, all)), .. }) if done < all => format!(
                "none in the last {events} and in {done} of the {} of the file; `retold doctor --full` checks all of them",
                counted(all, "table")
            ),
            _ => format!("none in the last {events} and in the file"),
        };
        findings.push(Finding::ok("damage", found));
    }
    Ok(findings)
}
