//! The redaction itself, and the proof that nothing is left.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use retold_core::{Log, Place, Redaction, Traces};
use retold_importer::quarantine;
use retold_projections::Store;

use super::select::Selected;
use crate::command::prune::counted_bodies;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{counted, size};
use crate::printable::printable;

/// Takes what was selected out of the store, cleans up, and looks for what may be left.
pub(super) fn redact(
    context: &mut Context<'_>,
    store: &Store,
    selected: &Selected,
    reason: &str,
) -> Result<Exit, Failure> {
    let log = store.log();
    let positions = selected.positions();
    let mut traces = log.trace(&positions)?;
    let mut archives: BTreeMap<String, u64> = BTreeMap::new();
    for one in log.pruned_among(&positions)? {
        *archives.entry(one.archive).or_default() += one.bodies;
    }
    let found = selected.found.iter().filter_map(|found| found.text.as_ref());
    found.chain(&selected.texts).for_each(|text| traces.add(text));
    let redaction = match positions.is_empty() {
        true => Redaction { bodies: 0, pruned: 0, blobs: 0, appended: None },
        false => log.redact(&positions, reason)?,
    };
    let ids: Vec<i64> = selected.quarantined.iter().map(|record| record.id).collect();
    quarantine::redact(log, &ids, reason)?;
    let dictionaries = forget_dictionaries(context, log, &traces)?;
    clean_up(context, log)?;
    let left = prove(context, log, &traces)?;
    tell(context, log, &Done { redaction, quarantined: ids.len() as u64, dictionaries, left, archives })
}

/// Removes what is derived from the log and stands beside it, gives free pages back and empties the WAL.
pub(super) fn clean_up(context: &mut Context<'_>, log: &Log) -> Result<(), Failure> {
    for number in log.unfinished_dictionaries()? {
        log.forget_dictionary(number, |_| !context.io.is_interrupted())?;
    }
    remove_sidecars(log)?;
    clean(context, log)
}

/// What was done, and what is left.
struct Done {
    redaction: Redaction,
    quarantined: u64,
    dictionaries: u64,
    left: Vec<Place>,
    /// The archives that have what was pruned.
    archives: BTreeMap<String, u64>,
}

/// A dictionary that was trained on the store's own texts may hold parts of what is to go.
fn forget_dictionaries(context: &mut Context<'_>, log: &Log, traces: &Traces) -> Result<u64, Failure> {
    let dictionaries = log.dictionaries_with(traces)?;
    let bar = context.progress("pack anew", log.reader()?.head()?.position.get());
    for number in &dictionaries {
        log.forget_dictionary(*number, |position| {
            bar.set_position(position.get());
            !context.io.is_interrupted()
        })?;
    }
    bar.finish_and_clear();
    Ok(dictionaries.len() as u64)
}

/// All that is derived from the log and stands beside it is built again by whoever needs it.
fn remove_sidecars(log: &Log) -> Result<(), Failure> {
    let folder = retold_core::sidecar_folder(log.path());
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::file("remove", &folder, &error)
                .hint("run the same redaction again, it goes on from here"))
        }
        _ => Ok(()),
    }
}

fn clean(context: &mut Context<'_>, log: &Log) -> Result<(), Failure> {
    let bar = context.progress("clean", 0);
    let cleaned = log.compact(|free| {
        bar.set_length(bar.length().unwrap_or(0).max(free));
        bar.set_position(bar.length().unwrap_or(0) - free);
        !context.io.is_interrupted()
    });
    bar.finish_and_clear();
    match cleaned {
        Err(error @ retold_core::Error::Busy { .. }) => Err(Failure::from(error).hint(
            "the bodies are gone from the store, and their bytes may still stand in its WAL: `retold compact` \
             empties it once no other process reads an old state",
        )),
        cleaned => Ok(cleaned.map(drop)?),
    }
}

/// Looks for what is left. What rows left behind in their pages goes with a file that is written anew.
fn prove(context: &mut Context<'_>, log: &Log, traces: &Traces) -> Result<Vec<Place>, Failure> {
    let look = |context: &mut Context<'_>| {
        let bytes = std::fs::metadata(log.path()).map_or(0, |metadata| metadata.len());
        let bar = context.bytes_progress("prove", bytes);
        let interrupt = Arc::clone(&context.io.interrupt);
        let places = log.traces(traces, |read| {
            bar.set_position(read);
            !interrupt.load(Ordering::Relaxed)
        });
        bar.finish_and_clear();
        places
    };
    let places = look(context)?;
    if !places.iter().any(|place| matches!(place, Place::File { .. })) {
        return Ok(places);
    }
    log.vacuum()?;
    Ok(look(context)?)
}

fn tell(context: &mut Context<'_>, log: &Log, done: &Done) -> Result<Exit, Failure> {
    let Done { redaction, quarantined, dictionaries, left, archives } = done;
    let head = log.reader()?.head()?;
    let in_files = left.iter().filter(|place| matches!(place, Place::File { .. })).count();
    let backups = backups(log)?;
    if context.is_table() {
        let mut what = counted_bodies(redaction.bodies);
        for (number, one) in
            [(redaction.blobs, "text"), (*quarantined, "quarantined record"), (*dictionaries, "dictionary")]
        {
            if number > 0 {
                what.push_str(&format!(", {}", counted(number, one).replace("dictionarys", "dictionaries")));
            }
        }
        context.say(&format!("redacted      {what}"))?;
        let bytes = std::fs::metadata(log.path()).map_or(0, |metadata| metadata.len());
        let proof = match left.len() {
            0 => format!("nothing of it is left in the {} of the store", size(bytes)),
            places => format!("it still stands in {}", counted(places as u64, "place")),
        };
        context.say(&format!("proof         {proof}"))?;
        context.say("out of reach  exports, the files that were imported, mirrored files until their")?;
        context.say("              application runs, snapshots of the file system, other people's copies")?;
        for (archive, bodies) in archives {
            let bodies = counted_bodies(*bodies);
            context
                .say(&format!("              archive {}, which has {bodies} of it", printable(archive)))?;
        }
        for (path, position) in backups.iter().filter(|(path, _)| !archives.contains_key(path)) {
            context.say(&format!("              backup {} (position {position})", printable(path)))?;
        }
    } else {
        let mut rows = context.rows(head, ["bodies", "texts", "quarantined", "dictionaries", "left"])?;
        rows.push([
            redaction.bodies.into(),
            redaction.blobs.into(),
            (*quarantined).into(),
            (*dictionaries).into(),
            (left.len() as u64).into(),
        ])?;
        rows.finish()?;
    }
    for place in left {
        context.note(&format!("warning: {}", printable(&describe(place))));
    }
    if in_files > 0 {
        return Err(Failure::new(
            Exit::Io,
            "redact: bytes of what was removed are left in the store's files",
        )
        .hint("close what has the store open, and run `retold redact` again"));
    }
    Ok(if left.is_empty() { Exit::Done } else { Exit::Nothing })
}

fn describe(place: &Place) -> String {
    match place {
        Place::Value { table, row } => {
            let row = row.map_or_else(String::new, |row| format!(", row {row}"));
            let why = match table.as_str() {
                "stream" | "workspace" => "a name, which is part of the hashes and stays",
                "blob" => "a text of another event",
                "event" => "another event, or where its commit came from",
                "import_record" => "the name of a file that was imported",
                _ => "a value of another kind",
            };
            format!("the same text stands in {table}{row}: {why}")
        }
        Place::File { path, offset } => format!("{} at byte {offset}", path.display()),
        _ => "elsewhere".to_owned(),
    }
}

/// The backups that the store knows of, and the positions that they hold.
fn backups(log: &Log) -> Result<Vec<(String, u64)>, Failure> {
    let reader = log.reader()?;
    let act = retold_core::Error::sqlite("list the backups");
    let mut statement =
        reader.connection().prepare(include_str!("../../../sql/backups.sql")).map_err(&act)?;
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, retold_core::Position>(2)?.get()));
    let rows: Vec<(String, u64)> = statement.query_map([], read).and_then(Iterator::collect).map_err(&act)?;
    Ok(rows.into_iter().filter(|(path, _)| std::path::Path::new(path).exists()).collect())
}
