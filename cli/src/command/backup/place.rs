//! Where backups are, and what they are called.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use retold_core::{Error, Head, Log, LogId, Options};

use crate::exit::Exit;
use crate::failure::{Failure, io_words};
use crate::output::Value;

/// The time in a backup's name, in UTC.
const TIME: &str = "%Y%m%dT%H%M%SZ";
const ENDING: &str = "db";

pub(super) const COLUMNS: [&str; 5] = ["file", "made_at", "position", "bytes", "hash"];

pub(super) fn row(path: &Path, made_at: Option<i64>, head: Head, bytes: u64) -> [Value; 5] {
    [
        path.display().to_string().into(),
        made_at.map_or(Value::Null, Value::Instant),
        head.position.into(),
        Value::Size(bytes),
        head.hash.into(),
    ]
}

/// Returns the file that a backup goes to: `dest` itself, or a name of its own where that is a folder. The store's own
/// folder of backups is made where it is not there.
pub(in crate::command) fn file(
    dest: &Path,
    store: &Path,
    now: Timestamp,
    is_own: bool,
) -> Result<PathBuf, Failure> {
    if is_own {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(dest).map_err(|error| {
            Failure::new(Exit::Io, format!("create the folder {}: {}", dest.display(), io_words(&error)))
        })?;
    }
    if !dest.is_dir() {
        return Ok(dest.to_owned());
    }
    Ok(name(dest, store, now))
}

/// Returns a name in a folder for a backup of a store that is made now.
pub(in crate::command) fn name(folder: &Path, store: &Path, now: Timestamp) -> PathBuf {
    let stem = store.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let time = now.to_zoned(TimeZone::UTC).strftime(TIME).to_string();
    let named = |ending: String| folder.join(format!("{stem}-{time}{ending}.{ENDING}"));
    // Two in one second have two names.
    let mut names = std::iter::once(String::new()).chain((2..).map(|number| format!("-{number}"))).map(named);
    names.find(|name| name.symlink_metadata().is_err()).expect("numbers have no end")
}

/// Returns when a backup was made, as its name says; `None` where it is no name that a backup is given.
pub(super) fn made_at(path: &Path) -> Option<Timestamp> {
    let name = path.file_name()?.to_str()?.strip_suffix(ENDING)?.strip_suffix('.')?;
    let at = name.rfind('Z')?;
    let time = name.get(at.checked_sub(15)?..=at)?;
    let time = DateTime::strptime(TIME, time).ok()?;
    time.to_zoned(TimeZone::UTC).ok().map(|time| time.timestamp())
}

/// Which of those that were made in one second.
fn number(path: &Path) -> u32 {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    stem.rsplit_once("Z-").and_then(|(_, number)| number.parse().ok()).unwrap_or(1)
}

/// Returns the backups in a folder, newest first, by their names.
pub(in crate::command) fn backups(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::file("list", folder, &error)),
    };
    let mut backups: Vec<_> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter_map(|path| made_at(&path).map(|made_at| (made_at, number(&path), path)))
        .collect();
    backups.sort();
    Ok(backups.into_iter().rev().map(|(_, _, path)| path).collect())
}

/// Returns whose a backup is, and where it ends.
pub(super) fn head(path: &Path) -> Result<(LogId, Head), Error> {
    let log = Options::new().read_only(true).open(path)?;
    let head = log.reader()?.head()?;
    Ok((log.id(), head))
}

/// Returns where a backup ends, if it can be opened.
pub(in crate::command) fn head_of(path: &Path) -> Option<Head> {
    head(path).ok().map(|(_, head)| head)
}

/// Returns the backups of this log beside `newest`, those left aside that stay.
pub(super) fn superfluous(log: &Log, newest: &Path, keep: u32) -> Result<Vec<PathBuf>, Failure> {
    let Some(folder) = newest.parent() else { return Ok(Vec::new()) };
    let ancestors = log.ancestors()?;
    // One that is the archive of what was pruned is the only copy of it.
    let archives: Vec<Head> = retold_upkeep::pruned(log)?.into_iter().map(|one| one.archive_head).collect();
    let is_ours = |path: &PathBuf| {
        head(path).is_ok_and(|(id, head)| {
            let is_of_log = id == log.id() || ancestors.iter().any(|ancestor| ancestor.log == id);
            is_of_log && !archives.contains(&head)
        })
    };
    Ok(backups(folder)?.into_iter().filter(is_ours).skip(keep as usize).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backups_name_says_when_it_was_made() {
        let made = |name: &str| made_at(Path::new(name)).map(|at| at.to_string());
        assert_eq!(made("/b/sessions-20261123T090000Z.db"), Some("2026-11-23T09:00:00Z".to_owned()));
        assert_eq!(made("Z-20261123T090000Z-2.db"), Some("2026-11-23T09:00:00Z".to_owned()));
        for name in
            ["sessions.db", "sessions-20261123T090000Z.db.7.partial", "20269923T090000Z.db", "Z.db", "修Z.db"]
        {
            assert_eq!(made(name), None, "{name}");
        }
    }
}
