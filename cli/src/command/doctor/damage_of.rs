//! What is damaged, and what was left behind.

use std::path::Path;
use std::sync::atomic::Ordering;

use retold_core::files::LeftOver;
use retold_core::{Error, Head, Position, Scope};
use retold_projections::Store;

use super::Finding;
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

/// Reads the last events against their hashes, and has SQLite look the file over quickly.
pub(super) fn in_log(context: &Context<'_>, store: &Store, head: Head) -> Result<Vec<Finding>, Failure> {
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
    let reader = log.reader()?;
    let checked: rusqlite::Result<Vec<String>> = reader
        .connection()
        .prepare("pragma quick_check(5)")
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect());
    let recover = damage::recover(log.path());
    match checked.map_err(Error::sqlite(LOOK)) {
        Ok(lines) => findings.extend(
            lines
                .into_iter()
                .filter(|line| line != "ok")
                .map(|line| Finding::bad("damage", line.replace('\n', "; "), recover.clone())),
        ),
        Err(Error::Damaged { found, .. }) => findings.push(Finding::bad("damage", found, recover)),
        Err(error) => return Err(error.into()),
    }
    if findings.is_empty() {
        let read = head.position.get() - after.get();
        findings.push(Finding::ok(
            "damage",
            format!("none in the last {} and in the file", counted(read, "event")),
        ));
    }
    Ok(findings)
}
