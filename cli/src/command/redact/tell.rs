//! What a redaction came to, as evidence: what was looked at, what was found, what is out of reach.

use std::path::Path;

use retold_core::{Log, Position};
use retold_upkeep::{Evidence, Place};

use super::prove::Done;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Value, counted, size};
use crate::printable::printable;
use crate::words::counted_bodies;

/// Positions that fit a command which a person may type.
const POSITIONS_MAX: usize = 50;

pub(super) fn tell(context: &mut Context<'_>, log: &Log, done: &Done) -> Result<Exit, Failure> {
    let evidence = &done.evidence;
    let events: Vec<Position> = evidence.events().collect();
    match context.is_table() {
        true => page(context, log, done)?,
        false => row(context, log, done, &events)?,
    }
    for place in &evidence.places {
        if let Some(words) = describe(place) {
            context.note(&format!("warning: {}", printable(&words)));
        }
    }
    if !events.is_empty() {
        let said = counted(events.len() as u64, "event");
        context.note(&format!("warning: {said} more still say it: {}", listed(&events)));
        context.note(&format!("hint: {}", printable(&command(&events, &done.reason))));
    }
    if evidence.is_in_files() {
        return Err(Failure::new(
            Exit::Io,
            "redact: bytes of what was removed are left in the store's files",
        )
        .hint("close what has the store open, and run `retold redact` again"));
    }
    Ok(if evidence.is_clean() { Exit::Done } else { Exit::Elsewhere })
}

fn page(context: &mut Context<'_>, log: &Log, done: &Done) -> Result<(), Failure> {
    let Done { redaction, quarantined, dictionaries, evidence, archives, swept, .. } = done;
    let mut what = counted_bodies(redaction.bodies);
    for (number, one) in [
        (redaction.blobs, "text"),
        (*quarantined, "quarantined record"),
        (*dictionaries, "dictionary"),
        (*swept, "unfinished file"),
    ] {
        if number > 0 {
            what.push_str(&format!(", {}", counted(number, one).replace("dictionarys", "dictionaries")));
        }
    }
    context.say(&format!("redacted      {what}"))?;
    let verdict = match evidence.found {
        0 if evidence.texts == 0 => "no bytes of it are left; no text was looked for".to_owned(),
        0 => "nothing of it is left in what was searched".to_owned(),
        found => format!("it is still in {}", counted(found, "place")),
    };
    context.say(&format!("proof         {verdict}"))?;
    for line in searched(evidence) {
        context.say(&printable(&line))?;
    }
    context.say("out of reach  exports, the files that were imported, mirrored files until their")?;
    context.say("              application runs, snapshots of the file system, other people's copies")?;
    for (archive, bodies) in archives {
        let bodies = counted_bodies(*bodies);
        context.say(&format!("              archive {}, which has {bodies} of it", printable(archive)))?;
    }
    for (path, position) in backups(log)?.iter().filter(|(path, _)| !archives.contains_key(path)) {
        context.say(&format!("              backup {} (position {position})", printable(path)))?;
    }
    if done.projections > 0 {
        let pruned = !retold_upkeep::pruned(log)?.is_empty();
        let but = if pruned { ", without what is pruned now" } else { "" };
        context.say(&format!(
            "removed       the rows of {}: `retold projections catch-up` fills them again{but}",
            counted(done.projections, "projection")
        ))?;
    }
    Ok(())
}

/// Says what was searched, a line each.
fn searched(evidence: &Evidence) -> Vec<String> {
    let Evidence { texts, texts_not_sought, tables, rows, unpacked, not_unpacked, files, .. } = evidence;
    let bytes = files.iter().map(|(_, bytes)| bytes).sum();
    let mut lines = vec![
        format!("searched      {}, and bytes as they were stored, in", counted(*texts, "text")),
        format!(
            "              {} of {}, with {} unpacked",
            counted(*rows, "row"),
            counted(tables.len() as u64, "table"),
            counted(*unpacked, "value"),
        ),
        format!("              {} of {}:", size(bytes), counted(files.len() as u64, "file")),
    ];
    for (path, bytes) in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        lines.push(format!("                {name}, {}", size(*bytes)));
    }
    if *texts_not_sought > 0 {
        lines.push(format!(
            "not searched  {}: too short to tell, or too many",
            counted(*texts_not_sought, "text")
        ));
    }
    if *not_unpacked > 0 {
        lines.push(format!("not searched  {} that cannot be unpacked", counted(*not_unpacked, "value")));
    }
    lines
}

fn row(context: &mut Context<'_>, log: &Log, done: &Done, events: &[Position]) -> Result<(), Failure> {
    let Done { redaction, quarantined, dictionaries, evidence, swept, .. } = done;
    let head = log.reader()?.head()?;
    let columns = [
        "bodies",
        "texts",
        "quarantined",
        "dictionaries",
        "left",
        "events",
        "sought",
        "not_sought",
        "tables",
        "rows",
        "unpacked",
        "not_unpacked",
        "files",
        "swept",
        "not_searched",
    ];
    let positions: Vec<u64> = events.iter().map(|position| position.get()).collect();
    let files: Vec<String> = evidence.files.iter().map(|(path, _)| path.display().to_string()).collect();
    let copies: Vec<String> = backups(log)?.into_iter().map(|(path, _)| path).collect();
    let mut rows = context.rows(head, columns)?;
    rows.push([
        redaction.bodies.into(),
        redaction.blobs.into(),
        (*quarantined).into(),
        (*dictionaries).into(),
        evidence.found.into(),
        Value::json(&positions),
        evidence.texts.into(),
        evidence.texts_not_sought.into(),
        Value::json(&evidence.tables),
        evidence.rows.into(),
        evidence.unpacked.into(),
        evidence.not_unpacked.into(),
        Value::json(&files),
        (*swept).into(),
        Value::json(&copies),
    ])?;
    rows.finish()
}

fn listed(events: &[Position]) -> String {
    let shown: Vec<String> = events.iter().take(POSITIONS_MAX).map(ToString::to_string).collect();
    let rest = events.len().saturating_sub(POSITIONS_MAX);
    if rest == 0 { shown.join(", ") } else { format!("{} and {rest} more", shown.join(", ")) }
}

/// The command that takes them out too.
fn command(events: &[Position], reason: &str) -> String {
    let shown: Vec<String> = events.iter().take(POSITIONS_MAX).map(ToString::to_string).collect();
    let reason = reason.replace('\'', "'\\''");
    format!("`retold redact {} --reason '{reason}'` takes them out too", shown.join(" "))
}

/// Says where it is, of what no command takes out.
fn describe(place: &Place) -> Option<String> {
    Some(match place {
        Place::Event { .. } => return None,
        Place::Value { table, row } => {
            let row = row.map_or_else(String::new, |row| format!(", row {row}"));
            let why = match table.as_str() {
                "stream" | "workspace" => "a name, which is part of the hashes and stays",
                "blob" => "a text that no event refers to",
                "event" => "where its commit came from, or what says that a body is gone",
                "import_record" => "the name of a file that was imported",
                "quarantine" => "a record that could not be imported: `retold redact --match` takes it out",
                _ => "a value of another kind",
            };
            format!("the same text is in {table}{row}: {why}")
        }
        Place::File { path, offset } => format!("{} at byte {offset}", path.display()),
        _ => "elsewhere".to_owned(),
    })
}

/// The backups that the store knows of, and the positions that they hold. None of them is searched.
fn backups(log: &Log) -> Result<Vec<(String, u64)>, Failure> {
    let reader = log.reader()?;
    let act = retold_core::Error::sqlite("list the backups");
    let mut statement =
        reader.connection().prepare(include_str!("../../../sql/backups.sql")).map_err(&act)?;
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, Position>(2)?.get()));
    let rows: Vec<(String, u64)> = statement.query_map([], read).and_then(Iterator::collect).map_err(&act)?;
    Ok(rows.into_iter().filter(|(path, _)| Path::new(path).exists()).collect())
}
