//! Pruning: select, archive, verify, prune, compact.

use std::collections::BTreeMap;
use std::path::Path;

use retold_core::{Log, StreamId, StreamName};
use retold_projections::Store;
use retold_travel::{Moment, Point};
use retold_upkeep::{Archive, Prunable, Pruned};

use super::{Prune, behind};
use crate::command::backup;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Value, counted, size};
use crate::printable::printable;
use crate::session;
use crate::store;
use crate::words::counted_bodies;

/// Less than one in this many bytes, or this few bytes, are not worth a word.
const UNUSED_SHARE: u64 = 4;
const UNUSED_BYTES_MIN: u64 = 64 * 1024;

pub(super) fn prune(context: &mut Context<'_>, point: &Point, asked: &Prune) -> Result<Exit, Failure> {
    let options = context.options().read_only(asked.dry_run);
    let store = Store::open(context.store_path()?, options)?;
    let log = store.log();
    let before = before(context, log, point)?;
    let named = named(context, log, &asked.sessions)?;
    let among = (!named.is_empty()).then(|| named.keys().copied().collect());
    let sessions = match &among {
        None => retold_upkeep::prunable(log, before),
        Some(among) => retold_upkeep::prunable_among(log, before, among),
    }?;
    for (stream, name) in &named {
        if !sessions.iter().any(|session| session.stream == *stream) {
            context.note(&format!(
                "{} stays: something happened in it after that, or nothing is left to prune in it",
                session::short(name)
            ));
        }
    }
    if sessions.is_empty() {
        context.note(match named.is_empty() {
            true => {
                "nothing to prune: something was said after that in every session, or it is pruned already"
            }
            false => "nothing to prune",
        });
        return Ok(Exit::Nothing);
    }
    if asked.dry_run {
        let last = sessions.iter().map(|session| session.last).max().unwrap_or_default();
        behind::refuse(context, &store, last)?;
        return show(context, log, &sessions);
    }
    let outcome = prune_sessions(context, &store, &sessions, asked.reason.as_deref(), |context, log| {
        archive(context, log, asked.archive.as_deref())
    })?;
    tell(context, log, &outcome)
}

/// What was done.
pub(super) struct PruneOutcome {
    pub(super) archive: Archive,
    pub(super) pruned: Pruned,
    pub(super) bytes_before: u64,
}

/// Prunes sessions: nothing goes before projections have taken it in, and before `archive` gives an archive, verified, that has it.
///
/// # Errors
/// Where one of these is not so, nothing was pruned.
pub(super) fn prune_sessions(
    context: &mut Context<'_>,
    store: &Store,
    sessions: &[Prunable],
    reason: Option<&str>,
    archive: impl FnOnce(&mut Context<'_>, &Log) -> Result<Archive, Failure>,
) -> Result<PruneOutcome, Failure> {
    let log = store.log();
    let last = sessions.iter().map(|session| session.last).max().unwrap_or_default();
    behind::catch_up(context, store, last)?;
    behind::refuse(context, store, last)?;
    let archive = archive(context, log)?;
    let bytes_before = file_bytes(log.path());
    let bar = context.watch("prune");
    let pruned = retold_upkeep::prune(log, &archive, sessions, reason, bar.follow());
    bar.end();
    let pruned = match pruned {
        Err(retold_core::Error::Stopped { .. }) => {
            context.note(&format!(
                "interrupted: each session is pruned whole or not at all; with --archive {} it goes on",
                printable(&archive.path().display().to_string())
            ));
            return Err(Failure::interrupted());
        }
        pruned => pruned?,
    };
    compact(context, log)?;
    Ok(PruneOutcome { archive, pruned, bytes_before })
}

/// Finds the sessions that were named; none where all are meant.
fn named(
    context: &mut Context<'_>,
    log: &Log,
    sessions: &[String],
) -> Result<BTreeMap<StreamId, StreamName>, Failure> {
    let reader = log.reader()?;
    let found = sessions
        .iter()
        .map(|text| session::resolve(context, &reader, text).map(|found| (found.stream, found.name)));
    found.collect()
}

/// Returns the moment after which nothing happened in what is pruned.
fn before(context: &mut Context<'_>, log: &Log, point: &Point) -> Result<Moment, Failure> {
    let resolved = context.resolver(&log.reader()?, None).resolve_moment(point)?;
    context.note_point(point, &resolved.said);
    Ok(resolved.moment)
}

/// Opens the archive, or makes one.
fn archive(context: &mut Context<'_>, log: &Log, named: Option<&Path>) -> Result<Archive, Failure> {
    let file = match named {
        Some(file) if file.is_file() => file.to_owned(),
        named => {
            let dest = named.map_or_else(|| store::archives_of(log.path()), Path::to_owned);
            return make_archive(context, log, &dest, named.is_none());
        }
    };
    open(context, log, &file)
}

/// Makes an archive, and opens it.
pub(super) fn make_archive(
    context: &mut Context<'_>,
    log: &Log,
    dest: &Path,
    is_own: bool,
) -> Result<Archive, Failure> {
    let file = backup::file(dest, log.path(), (context.io.clock)(), is_own)?;
    let bar = context.watch("archive");
    let made = retold_upkeep::back_up(log, &file, bar.follow());
    bar.end();
    open(context, log, &made?.path)
}

/// Opens an archive, and verifies it.
pub(super) fn open(context: &mut Context<'_>, log: &Log, file: &Path) -> Result<Archive, Failure> {
    let bar = context.watch("verify the archive");
    Archive::open(log, file, bar.follow()).map_err(of_archive)
}

/// What is wrong with an archive is not wrong with the store.
pub(in crate::command) fn of_archive(error: retold_core::Error) -> Failure {
    match error {
        error @ retold_core::Error::Damaged { .. } => Failure::caused(Exit::Damaged, &error)
            .hint("it is the archive that is damaged; nothing was changed"),
        error => error.into(),
    }
}

fn compact(context: &mut Context<'_>, log: &Log) -> Result<(), Failure> {
    let bar = context.watch("compact");
    let compacted = retold_upkeep::compact(log, bar.follow());
    bar.end();
    match compacted {
        // The bodies are gone; the file becomes smaller another time.
        Err(retold_core::Error::Busy { .. }) => {
            context.note(
                "another process reads an old state of the store: `retold store compact` frees the room later",
            );
            Ok(())
        }
        compacted => Ok(compacted.map(drop)?),
    }
}

pub(super) fn show(context: &mut Context<'_>, log: &Log, sessions: &[Prunable]) -> Result<Exit, Failure> {
    let head = log.reader()?.head()?;
    let (mut bodies, mut bytes) = (0, 0);
    let mut rows = context.rows(head, ["session", "last", "bodies", "bytes"])?;
    for session in sessions {
        (bodies, bytes) = (bodies + session.bodies, bytes + session.bytes);
        rows.push([
            session::short(&session.name).into(),
            session.last.into(),
            session.bodies.into(),
            Value::Size(session.bytes),
        ])?;
    }
    rows.finish_with(&[("bodies", bodies.into()), ("bytes", bytes.into())])?;
    let sessions = counted(sessions.len() as u64, "session");
    context.note(&format!("{sessions}, {}, {}: a dry run", counted_bodies(bodies), size(bytes)));
    Ok(Exit::Done)
}

pub(super) fn tell(context: &mut Context<'_>, log: &Log, outcome: &PruneOutcome) -> Result<Exit, Failure> {
    let PruneOutcome { archive, pruned, bytes_before } = outcome;
    let bytes_after = file_bytes(log.path());
    let path = archive.path().display().to_string();
    if context.is_table() {
        context.say(&format!("archive  {}, {}", printable(&path), size(file_bytes(archive.path()))))?;
        let sessions = counted(pruned.sessions, "session");
        context.say(&format!("pruned   {sessions}, {}", counted_bodies(pruned.bodies)))?;
        context.say(&format!("size     {} before, {} now", size(*bytes_before), size(bytes_after)))?;
    } else {
        let head = log.reader()?.head()?;
        let columns =
            ["archive", "archive_position", "sessions", "bodies", "skipped", "bytes_before", "bytes_after"];
        let mut rows = context.rows(head, columns)?;
        rows.push([
            path.as_str().into(),
            archive.head().position.into(),
            pruned.sessions.into(),
            pruned.bodies.into(),
            (pruned.skipped.len() as u64).into(),
            Value::Size(*bytes_before),
            Value::Size(bytes_after),
        ])?;
        rows.finish()?;
    }
    for name in &pruned.skipped {
        context.note(&format!("{} stays: something happened in it meanwhile", session::short(name)));
    }
    if let Some(unused) = unused(log)? {
        context.note(&format!(
            "{} are free inside of pages: `retold store compact --rewrite` gives them back",
            size(unused)
        ));
    }
    context.note("keep the archive: nothing else is sure to have what was said in these sessions");
    Ok(Exit::Done)
}

/// What is free inside of pages, where that is worth rewriting the file.
fn unused(log: &Log) -> Result<Option<u64>, Failure> {
    let read = |row: &rusqlite::Row<'_>| {
        Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, i64>(1)?.unsigned_abs()))
    };
    let (unused, all) = log
        .reader()?
        .connection()
        .query_row(include_str!("../../../sql/unused_bytes.sql"), [], read)
        .map_err(retold_core::Error::sqlite("measure the store"))?;
    Ok((unused > UNUSED_BYTES_MIN && unused > all / UNUSED_SHARE).then_some(unused))
}

fn file_bytes(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}
