//! What the doctor looks at.

use std::path::Path;
use std::time::Duration;

use retold_core::{Error, Head, OnProgress, Position, Progress, Reader, Unit};
use retold_importer::quarantine;
use retold_projections::{Kind, ProjectionState, Store, Trouble};
use rusqlite::{Connection, OptionalExtension};

use super::{Finding, damage_of, mounts};
use crate::context::Context;
use crate::damage;
use crate::failure::Failure;
use crate::output::{counted, size};
use crate::store;
use crate::words::counted_bodies;

/// What is looked at in a store that can be opened.
const LOOKS: u64 = 13;
/// Events at the end that are read against their hashes.
pub(super) const EVENTS: u64 = 10_000;
/// A larger WAL slows reading down.
const WAL_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// More free pages than one in this many are worth giving back, and no less than this many bytes.
const FREE_SHARE: u64 = 5;
const FREE_BYTES_MIN: u64 = 1024 * 1024;
/// An older backup is none.
const BACKUP_AGE_MAX: Duration = Duration::from_secs(7 * 24 * 3600);

/// A head that is no further ahead of the clock is that of another machine, or of a clock that was set.
const CLOCK_SLACK: Duration = Duration::from_secs(60);

pub(super) const LOOK: &str = "look the store over";

pub(super) fn look(
    context: &mut Context<'_>,
    path: &Path,
    full: bool,
    progress: &dyn OnProgress,
) -> Result<(Head, Vec<Finding>), Failure> {
    let mut findings = vec![
        Finding::ok(
            "program",
            format!("retold {}, SQLite {}", env!("CARGO_PKG_VERSION"), rusqlite::version()),
        ),
        place(path),
        file_system(path),
    ];
    findings.extend(damage_of::left_over(path));
    findings.extend(names(path));
    let opened = Store::open_as_it_is(path, context.options().read_only(true));
    let store = match opened {
        Ok(store) => store,
        Err(error) => {
            findings.push(unopened(path, error)?);
            return Ok((store::NO_HEAD, findings));
        }
    };
    let head = match store.log().reader().and_then(|reader| reader.head()) {
        Ok(head) => head,
        Err(error) => {
            findings.push(damaged(path, error.into())?);
            store::NO_HEAD
        }
    };
    let reader = store.log().reader()?;
    let connection = reader.connection();
    let mut looked = 0;
    let mut take = |look: Result<Vec<Finding>, Failure>| -> Result<(), Failure> {
        looked += 1;
        progress.advance(LOOK, Progress::new(Unit::Steps, looked, LOOKS))?;
        findings.extend(look.or_else(|failure| damaged(path, failure).map(|finding| vec![finding]))?);
        Ok(())
    };
    let one = |look: Result<Finding, Failure>| look.map(|finding| vec![finding]);
    take(one(schema(connection)))?;
    take(one(settings(connection)))?;
    take(Ok(vec![wal(path)]))?;
    take(one(free(connection)))?;
    take(one(models(&store)))?;
    take(one(quarantined(&store)))?;
    take(one(match reader.part()? {
        Some(part) => Ok(Finding::ok("part", crate::words::of_part(&part))),
        None => last_backup(context, connection, path, head),
    }))?;
    take(one(clock(context, &reader, head)))?;
    take(projections(context, &store))?;
    for look in [dictionaries(&store), archives(&store), super::retention::retention(context, &store)] {
        take(look.map(Vec::from_iter))?;
    }
    take(damage_of::in_log(context, &store, head, full))?;
    Ok((head, findings))
}

/// What is in the way of a look, where that is damage.
fn damaged(path: &Path, failure: Failure) -> Result<Finding, Failure> {
    Ok(Finding::bad("damage", damage::found(failure, path)?, damage::recover(path)))
}

fn unopened(path: &Path, error: retold_projections::Error) -> Result<Finding, Failure> {
    match error {
        retold_projections::Error::Log(Error::Older { found, known, .. }) => Ok(Finding::warn(
            "schema",
            format!("{found}, this release writes {known}"),
            "retold store migrate up",
        )),
        error => damaged(path, error.into()),
    }
}

fn place(path: &Path) -> Finding {
    let found = format!("{}, {}", path.display(), size(bytes(path, "")));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).map_or(0o600, |metadata| metadata.permissions().mode() & 0o777);
        if mode & 0o077 != 0 {
            let found = format!("{found}; others than its owner may use it (mode {mode:o})");
            return Finding::warn("store", found, format!("chmod 600 {}", path.display()));
        }
    }
    Finding::ok("store", found)
}

/// Whether another program could write to the store under another name.
fn names(path: &Path) -> Option<Finding> {
    let error = retold_core::check_one_name(path).err()?;
    let mend = match &error {
        Error::ManyNames { .. } => {
            let folder = path.parent().unwrap_or(path).display();
            format!("find {folder} -xdev -samefile {}, then remove all but one name", path.display())
        }
        _ => "mount the folder that it is in".to_owned(),
    };
    Some(Finding::warn("names", Failure::from(error).words(), mend))
}

fn bytes(path: &Path, ending: &str) -> u64 {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    std::fs::metadata(Path::new(&name)).map_or(0, |metadata| metadata.len())
}

fn file_system(path: &Path) -> Finding {
    match mounts::file_system(path) {
        None => Finding::ok("file system", "not known here"),
        Some(kind) if mounts::is_remote(&kind) => Finding::warn(
            "file system",
            format!("{kind}: locks and shared memory of a network file system lose data"),
            "keep the store on a local disk, and `retold backup DEST` to the network",
        ),
        Some(kind) => Finding::ok("file system", kind),
    }
}

fn schema(connection: &Connection) -> Result<Finding, Failure> {
    let found = retold_migrations::current(connection)?;
    Ok(Finding::ok("schema", format!("{found}, the newest")))
}

fn settings(connection: &Connection) -> Result<Finding, Failure> {
    let pragma = |name: &str| -> Result<String, Failure> {
        // One of the names below.
        let read = |row: &rusqlite::Row<'_>| row.get::<_, rusqlite::types::Value>(0);
        let value = connection.query_row(&format!("pragma {name}"), [], read).map_err(Error::sqlite(LOOK))?;
        Ok(match value {
            rusqlite::types::Value::Integer(number) => number.to_string(),
            rusqlite::types::Value::Text(text) => text,
            _ => String::new(),
        })
    };
    let (journal, vacuum) = (pragma("journal_mode")?, pragma("auto_vacuum")?);
    let found = format!("journal {journal}, pages of {} bytes", pragma("page_size")?);
    Ok(match (journal.as_str(), vacuum.as_str()) {
        ("wal", "2") => Finding::ok("settings", found),
        // A backup has it off until it is written to.
        ("delete", "2") => Finding::ok("settings", format!("{found}: a backup, or never written to")),
        (_, "2") => Finding::warn("settings", found, "the next command that writes turns WAL on"),
        _ => Finding::warn(
            "settings",
            format!("{found}; free pages stay in the file"),
            "retold store backup FILE, then retold store restore FILE",
        ),
    })
}

fn wal(path: &Path) -> Finding {
    let bytes = bytes(path, "-wal");
    match bytes > WAL_BYTES_MAX {
        true => Finding::warn(
            "WAL",
            format!("{}: a reader may be holding an old state open", size(bytes)),
            "retold store compact",
        ),
        false => Finding::ok("WAL", size(bytes)),
    }
}

fn free(connection: &Connection) -> Result<Finding, Failure> {
    let number = |sql: &str| -> Result<u64, Failure> {
        let number: i64 = connection.query_row(sql, [], |row| row.get(0)).map_err(Error::sqlite(LOOK))?;
        Ok(number.unsigned_abs())
    };
    let (free, all) = (number("pragma freelist_count")?, number("pragma page_count")?);
    let free_bytes = free * number("pragma page_size")?;
    Ok(match free_bytes >= FREE_BYTES_MIN && free * FREE_SHARE > all {
        true => {
            Finding::warn("free pages", format!("{} of the file", size(free_bytes)), "retold store compact")
        }
        false => Finding::ok("free pages", size(free_bytes)),
    })
}

fn models(store: &Store) -> Result<Finding, Failure> {
    let status = store.status()?;
    let lag = status.head.position.get().saturating_sub(status.position.get());
    let found = format!("at position {}, {} behind", status.position, counted(lag, "event"));
    Ok(match status.state {
        ProjectionState::CaughtUp => Finding::ok("read models", found),
        ProjectionState::Absent if status.head.position == Position::ZERO => {
            Finding::ok("read models", "none yet, nor an event")
        }
        ProjectionState::Behind | ProjectionState::Absent => {
            Finding::warn("read models", found, "retold projections rebuild, or any command that writes")
        }
        ProjectionState::Outdated => {
            Finding::warn("read models", "an older release made them", "retold projections rebuild")
        }
        _ => Finding::bad("read models", "they stand for another history", "retold projections rebuild"),
    })
}

/// Those with files of their own, each that can be paused by itself.
fn projections(context: &Context<'_>, store: &Store) -> Result<Vec<Finding>, Failure> {
    const WHAT: &str = "projections";
    let mut status = store.sidecars().status(crate::command::projections::list::now(context))?;
    status.retain(|one| one.kind != Kind::Inline);
    let is_pruned = !retold_upkeep::pruned(store.log())?.is_empty();
    let mut findings = Vec::new();
    for one in &status {
        let (name, trouble) = (&one.name, one.trouble.as_ref());
        let but = if is_pruned { ", which refuses to lose what came from pruned bodies" } else { "" };
        let rebuild = format!("retold projections rebuild {name}{but}");
        match (one.state, trouble) {
            (ProjectionState::Diverged, _) => {
                findings.push(Finding::bad(WHAT, format!("{name} stands for another history"), rebuild));
            }
            (ProjectionState::Failed, Some(Trouble { position: None, reason, .. })) => {
                findings.push(Finding::bad(WHAT, format!("{name}: {reason}"), rebuild));
            }
            (ProjectionState::Failed, Some(Trouble { position: Some(position), reason, .. })) => {
                let found = format!("{name} stopped at event {position}: {reason}");
                findings.push(Finding::warn(WHAT, found, format!("retold projections show {name}")));
            }
            (ProjectionState::Absent, _) => {
                let found = format!("{name} has no rows: its file is not there");
                findings.push(Finding::warn(WHAT, found, format!("retold projections catch-up {name}")));
            }
            _ => {}
        }
    }
    if findings.is_empty() && !status.is_empty() {
        let found = format!("{}; `retold verify --full` compares their rows with the log", status.len());
        findings.push(Finding::ok(WHAT, found));
    }
    Ok(findings)
}

fn quarantined(store: &Store) -> Result<Finding, Failure> {
    let records = quarantine::list(store.log())?;
    let open = records.iter().filter(|record| record.resolved_at.is_none()).count() as u64;
    let found = counted(open, "record");
    Ok(match open {
        0 => Finding::ok("quarantine", found),
        _ => Finding::warn(
            "quarantine",
            format!("{found} could not be imported"),
            "retold store quarantine list",
        ),
    })
}

fn last_backup(
    context: &Context<'_>,
    connection: &Connection,
    path: &Path,
    head: Head,
) -> Result<Finding, Failure> {
    const WHAT: &str = "backup";
    let act = Error::sqlite(LOOK);
    let mut statement = connection.prepare(include_str!("../../../sql/backups.sql")).map_err(&act)?;
    let mut rows = statement.query([]).map_err(&act)?;
    let now = retold_core::time::to_micros((context.io.clock)());
    while let Some(row) = rows.next().map_err(&act)? {
        let (file, made_at, position): (String, i64, Position) =
            (|| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))().map_err(&act)?;
        if !Path::new(&file).exists() {
            continue;
        }
        let age = Duration::from_micros(now.saturating_sub(made_at).max(0).unsigned_abs());
        let since = head.position.get().saturating_sub(position.get());
        let found = format!("{file}, {} ago, {} since", ago(age), counted(since, "event"));
        return Ok(match age > BACKUP_AGE_MAX && since > 0 {
            true => Finding::warn(WHAT, found, "retold backup"),
            false => Finding::ok(WHAT, found),
        });
    }
    let first: Option<i64> = connection
        .query_row(include_str!("../../../sql/recorded_at.sql"), [1], |row| row.get(0))
        .optional()
        .map_err(&act)?;
    let age = first.map_or(0, |first| now.saturating_sub(first)).max(0).unsigned_abs();
    Ok(match head.position {
        Position::ZERO => Finding::ok(WHAT, "nothing to back up yet"),
        // Who has just begun has not left anything undone.
        _ if Duration::from_micros(age) <= BACKUP_AGE_MAX => {
            let folder = store::backups_of(path);
            let found = format!("none yet, for a store of this week; one goes into {}", folder.display());
            Finding::ok(WHAT, found).and("retold backup")
        }
        _ => Finding::warn(
            WHAT,
            format!("none that is known of is there (their folder is {})", store::backups_of(path).display()),
            "retold backup",
        ),
    })
}

/// Whether the log ends in the future: the clock was wrong once, or is now.
///
/// The times of recording never run backwards, so that they stay at the head's until the clock has come there. When something
/// occurred is what the clock said each time.
fn clock(context: &Context<'_>, reader: &Reader<'_>, head: Head) -> Result<Finding, Failure> {
    const WHAT: &str = "clock";
    let now = (context.io.clock)();
    let latest: Option<i64> = reader
        .connection()
        .query_row(include_str!("../../../sql/recorded_at.sql"), [head.position], |row| row.get(0))
        .optional()
        .map_err(Error::sqlite(LOOK))?;
    let ahead = latest.map_or(0, |latest| latest.saturating_sub(retold_core::time::to_micros(now)));
    let ahead = Duration::from_micros(ahead.max(0).unsigned_abs());
    let Some(latest) = latest.filter(|_| ahead > CLOCK_SLACK) else {
        return Ok(Finding::ok(WHAT, "no event was recorded in the future"));
    };
    let first = reader.position_at(now)?.plus(1);
    let found = format!(
        "the log ends in the future: position {} was recorded at {}, {} from now, and so was what came after position {}",
        head.position,
        crate::travel_args::instant(latest, &context.zone()),
        ago(ahead),
        first.get() - 1,
    );
    Ok(Finding::warn(
        WHAT,
        found,
        "set the machine's clock, if it is slow; a date means when things happened and is not concerned, with --clock recorded \
         ask by position: what is written now is recorded at that time, and happens at its own",
    ))
}

/// A time, in its largest unit.
fn ago(age: Duration) -> String {
    let seconds = age.as_secs();
    match seconds {
        0..120 => counted(seconds, "second"),
        120..7_200 => counted(seconds / 60, "minute"),
        7_200..172_800 => counted(seconds / 3600, "hour"),
        _ => counted(seconds / 86_400, "day"),
    }
}

fn dictionaries(store: &Store) -> Result<Option<Finding>, Failure> {
    let unfinished = retold_upkeep::unfinished_dictionaries(store.log())?.len() as u64;
    let found = format!(
        "{} on its way out",
        counted(unfinished, "dictionary").replace("dictionarys", "dictionaries")
    );
    Ok((unfinished > 0).then(|| Finding::warn("redaction", found, "retold store compact")))
}

/// Whether the archives are there that alone have what was pruned.
fn archives(store: &Store) -> Result<Option<Finding>, Failure> {
    const WHAT: &str = "archives";
    let pruned = retold_upkeep::pruned(store.log())?;
    let Some(first) = pruned.first() else { return Ok(None) };
    let bodies: u64 = pruned.iter().map(|one| one.bodies).sum();
    let missing = pruned.iter().find(|one| !Path::new(&one.archive).exists());
    Ok(Some(match missing {
        None => {
            Finding::ok(WHAT, format!("{} pruned, the last into {}", counted_bodies(bodies), first.archive))
        }
        Some(one) => Finding::warn(
            WHAT,
            format!("{} is not where it was, and what was pruned into it is nowhere else", one.archive),
            "retold store unprune FILE, with the file where it is now",
        ),
    }))
}
