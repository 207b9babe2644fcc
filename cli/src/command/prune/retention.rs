//! What stays in the store, as it is set: by age or by size.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use retold_core::happening::Moment;
use retold_core::{Log, StreamName, time};
use retold_projections::{Order, SessionFilter, Store};
use retold_upkeep::{Archive, Prunable};

use super::Prune;
use super::before::{PruneOutcome, open, prune_sessions, show, tell};
use crate::command::backup;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{counted, size};
use crate::printable::printable;
use crate::settings::keys::{self, Retention};
use crate::words::counted_bodies;

/// How a session ends. One with any other word may go on.
const ENDS: [&str; 7] =
    ["completed", "failed", "interrupted", "cancelled", "canceled", "archived", "timeout"];
/// What the reason begins with that prunings of this kind have in the log.
pub(crate) const REASON: &str = "retention ";

/// What is to go.
#[derive(Debug)]
struct Selected {
    sessions: Vec<Prunable>,
    /// Sessions that are old enough, and may still go on.
    open: u64,
    /// Bytes that would be too many even then.
    over: u64,
}

/// `retold store prune --retention`: applies it once.
pub(super) fn prune(context: &mut Context<'_>, text: &str, asked: &Prune) -> Result<Exit, Failure> {
    let retention = match text {
        "" => context.settings.retention().ok_or_else(|| {
            Failure::usage("store prune: no retention is set")
                .hint("`retold config set retention 90d`, or `retold store prune --retention 90d`")
        })?,
        text => text
            .parse()
            .map_err(|reason| Failure::usage(format!("store prune: --retention {text}: {reason}")))?,
    };
    let store = Store::open(context.store_path()?, context.options().read_only(asked.dry_run))?;
    let selected = select(context, &store, retention)?;
    say_what_stays(context, &selected);
    if selected.sessions.is_empty() {
        context.note("nothing to prune");
        return Ok(Exit::Nothing);
    }
    if asked.dry_run {
        return show(context, store.log(), &selected.sessions);
    }
    let archives = asked.archive.clone().or_else(|| context.settings.path(keys::ARCHIVES));
    let outcome = archive_and_prune(context, &store, &selected.sessions, archives.as_deref(), retention)?;
    tell(context, store.log(), &outcome)
}

fn say_what_stays(context: &mut Context<'_>, selected: &Selected) {
    if selected.open > 0 {
        let open = counted(selected.open, "session");
        context.note(&format!("{open} old enough, and not ended: what may go on stays"));
    }
    if selected.over > 0 {
        context.note(&format!("{} more than is set stay: nothing else may go", size(selected.over)));
    }
}

/// Applies it as a program that goes on does: says in one line what went.
///
/// # Errors
/// Where it cannot be applied: nothing was pruned that no verified archive has.
pub(in crate::command) fn apply(
    context: &mut Context<'_>,
    store: &Store,
    retention: Retention,
) -> Result<Option<String>, Failure> {
    let selected = select(context, store, retention)?;
    if selected.sessions.is_empty() {
        return Ok(None);
    }
    let archives = context.settings.path(keys::ARCHIVES);
    let done = archive_and_prune(context, store, &selected.sessions, archives.as_deref(), retention)?;
    Ok(Some(format!(
        "retention {}: pruned {}, {}, into {}",
        words(retention),
        counted(done.pruned.sessions, "session"),
        counted_bodies(done.pruned.bodies),
        printable(&done.archive.path().display().to_string())
    )))
}

/// Returns it as a person would write it.
pub(crate) fn words(retention: Retention) -> String {
    match retention {
        Retention::Age(age) => in_units(age.as_secs(), &[("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)]),
        Retention::Size(bytes) => {
            let units = [
                ("TB", 1_000_000_000_000),
                ("GB", 1_000_000_000),
                ("MB", 1_000_000),
                ("kB", 1_000),
                ("B", 1),
            ];
            in_units(bytes, &units)
        }
    }
}

/// Spells a number in the largest unit that it is whole in.
fn in_units(number: u64, units: &[(&str, u64)]) -> String {
    let whole = units.iter().find(|(_, unit)| number.is_multiple_of(*unit));
    whole.map_or_else(|| number.to_string(), |(name, unit)| format!("{}{name}", number / unit))
}

/// Selects what is to go: sessions that ended, and in which nothing happened lately; by size the oldest of them.
fn select(context: &Context<'_>, store: &Store, retention: Retention) -> Result<Selected, Failure> {
    let now = (context.io.clock)();
    let age = match retention {
        Retention::Age(age) => age,
        Retention::Size(_) => keys::AGE_MIN,
    };
    let before = now.checked_sub(age).map_err(|_| Failure::usage("retention: there is no such time"))?;
    let log = store.log();
    let used = used_bytes(log)?;
    let limit = match retention {
        Retention::Age(_) => 0,
        Retention::Size(limit) if used <= limit => {
            return Ok(Selected { sessions: Vec::new(), open: 0, over: 0 });
        }
        Retention::Size(limit) => limit,
    };
    let mut sessions = retold_upkeep::prunable(log, Moment::Occurred(time::to_micros(before)))?;
    let mut filter = SessionFilter::default();
    filter.order = Order::Moved;
    let known = store.sessions(&filter)?;
    let known: HashMap<StreamName, (usize, String)> = known
        .into_iter()
        .enumerate()
        .map(|(rank, row)| {
            let name = StreamName { workspace: row.workspace, session_id: row.id, ordinal: row.ordinal };
            (name, (rank, row.status))
        })
        .collect();
    let ended = |session: &Prunable| {
        let status = known.get(&session.name).map(|(_, status)| status.trim().to_lowercase());
        // One that is not listed is deleted.
        status.is_none_or(|status| ENDS.contains(&status.as_str()))
    };
    let all = sessions.len();
    sessions.retain(ended);
    let open = (all - sessions.len()) as u64;
    // The one that moved first is the first to go.
    sessions.sort_by_key(|session| {
        std::cmp::Reverse(known.get(&session.name).map_or(usize::MAX, |(rank, _)| *rank))
    });
    let mut over = 0;
    if let Retention::Size(_) = retention {
        over = used - limit;
        let mut count = 0;
        while count < sessions.len() && over > 0 {
            over = over.saturating_sub(sessions[count].bytes);
            count += 1;
        }
        sessions.truncate(count);
    }
    Ok(Selected { sessions, open, over })
}

/// What the store's file holds, without free pages.
fn used_bytes(log: &Log) -> Result<u64, Failure> {
    let reader = log.reader()?;
    let number = |pragma: &str| -> Result<u64, retold_core::Error> {
        let read = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
        let number = reader.connection().query_row(pragma, [], read);
        Ok(number.map_err(retold_core::Error::sqlite("measure the store"))?.unsigned_abs())
    };
    let pages = number("pragma page_count")?.saturating_sub(number("pragma freelist_count")?);
    Ok(pages.saturating_mul(number("pragma page_size")?))
}

/// Prunes what is selected. An archive that has it all already is taken again: a new one is made where there is none.
fn archive_and_prune(
    context: &mut Context<'_>,
    store: &Store,
    sessions: &[Prunable],
    archives: Option<&Path>,
    retention: Retention,
) -> Result<PruneOutcome, Failure> {
    let reason = format!("{REASON}{}", words(retention));
    let folder = archives.map_or_else(|| crate::store::archives_of(store.log().path()), Path::to_owned);
    if let Some(archive) = newest(context, store.log(), &folder, sessions) {
        let used = prune_sessions(context, store, sessions, Some(&reason), |_, _| Ok(archive));
        match used {
            // It lacks a body after all.
            Err(failure) if failure.exit() == Exit::Usage => {}
            used => return used,
        }
    }
    let is_own = archives.is_none();
    let make = |context: &mut Context<'_>, log: &Log| {
        if folder.is_file() {
            return open(context, log, &folder);
        }
        std::fs::create_dir_all(&folder)
            .map_err(|error| Failure::file("create the folder", &folder, &error))?;
        super::before::make_archive(context, log, &folder, is_own)
    };
    prune_sessions(context, store, sessions, Some(&reason), make)
}

/// Returns the newest archive of the folder, verified, if it ends after all that is to go.
fn newest(context: &mut Context<'_>, log: &Log, folder: &Path, sessions: &[Prunable]) -> Option<Archive> {
    let last = sessions.iter().map(|session| session.last).max()?;
    let files: Vec<PathBuf> = backup::backups_in(folder).ok()?;
    let file =
        files.into_iter().find(|file| backup::head_of(file).is_some_and(|head| head.position >= last))?;
    match open(context, log, &file) {
        Ok(archive) => Some(archive),
        Err(failure) => {
            let file = file.display();
            context.note(&printable(&format!("the archive {file} is not used: {}", failure.words())));
            None
        }
    }
}
