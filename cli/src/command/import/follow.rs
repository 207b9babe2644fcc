//! `retold import --follow`: what the old history goes on writing.

use std::path::Path;
use std::time::Duration;

use retold_core::time;
use retold_importer::ait42::{Follow, Report, Sources};
use retold_projections::Store;

use super::report::skipped;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, Value, counted, csv_header, csv_row};
use crate::printable::printable;

/// How often it is looked whether somebody asked the program to stop.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Imports what `follow` gives, until somebody asks to stop; exits with 6 where something cannot be read by then. Another process that holds the store for long is waited for.
pub(super) fn follow(
    context: &mut Context<'_>,
    store: &Store,
    mut follow: Follow,
    deletions: bool,
) -> Result<Exit, Failure> {
    let mut is_first = true;
    if follow.is_empty() {
        context.note("no session files yet; they are followed once there are some; Ctrl-C ends");
    }
    while !context.io.is_interrupted() {
        store.log().check_schema()?;
        let Some(sources) = follow.next(POLL_INTERVAL)? else { continue };
        let report = loop {
            match super::import(context, Some(store), &sources, false, deletions) {
                Err(retold_importer::Error::Log(retold_core::Error::Busy { .. }))
                    if !context.io.is_interrupted() => {}
                // What another program was busy with may be at rest by now.
                Ok(report)
                    if report.skipped.iter().any(|skipped| skipped.is_passing)
                        && !report.interrupted
                        && !context.io.is_interrupted() => {}
                report => break report?,
            }
        };
        crate::command::projections::past::keep_current(
            context,
            store,
            &[crate::command::projections::past::TEMPORAL],
        )?;
        for warning in &report.warnings {
            context.note(&printable(&format!("warning: {warning}")));
        }
        skipped(context, &report.skipped);
        // An import reads what a look could not know: it is tried once more.
        follow.give_again(&report.skipped);
        if sources.files.is_empty() {
            continue;
        }
        tell_change(context, &sources, &report, is_first)?;
        if is_first {
            is_first = false;
            context.note(&format!("following {}; Ctrl-C ends", counted(follow.files() as u64, "file")));
        }
    }
    Ok(if follow.skipped().next().is_some() { Exit::Quarantined } else { Exit::Interrupted })
}

/// A line for a change: when, which files, what it came to.
fn tell_change(
    context: &mut Context<'_>,
    sources: &Sources,
    report: &Report,
    is_first: bool,
) -> Result<(), Failure> {
    match context.global.output {
        Format::Json | Format::Jsonl => context.document(report, false)?,
        Format::Csv => {
            let harmless = context.io.out_is_terminal;
            let out = &mut *context.io.out;
            if is_first {
                csv_header(out, &COLUMNS.map(str::to_owned), harmless).map_err(Failure::output)?;
            }
            let row = row(sources, report, time::to_micros((context.io.clock)()));
            csv_row(out, &row, harmless).map_err(Failure::output)?;
        }
        Format::Table => {
            let time = time::shown((context.io.clock)(), &context.zone());
            let line = format!("{time}  {}  {}", files(sources), counts(report));
            context.say(&printable(&line))?;
        }
    }
    context.io.out.flush().map_err(Failure::output)
}

const COLUMNS: [&str; 8] =
    ["time", "file", "files", "imported", "updated", "deleted", "quarantined", "events"];

/// A change as a row; the file where it is one alone.
fn row(sources: &Sources, report: &Report, now: i64) -> [Value; 8] {
    let sessions = &report.sessions;
    let file = (sources.files.len() == 1).then(|| files(sources));
    [
        Value::Instant(now),
        file.into(),
        (sources.files.len() as u64).into(),
        sessions.imported.into(),
        sessions.updated.into(),
        sessions.deleted.into(),
        sessions.quarantined.into(),
        report.events_appended.into(),
    ]
}

fn files(sources: &Sources) -> String {
    match &sources.files[..] {
        [one] => {
            one.path.file_name().unwrap_or_else(|| Path::new("").as_os_str()).to_string_lossy().into_owned()
        }
        files => counted(files.len() as u64, "file"),
    }
}

fn counts(report: &Report) -> String {
    let sessions = &report.sessions;
    let counts = [
        (sessions.imported, "imported"),
        (sessions.updated, "updated"),
        (sessions.deleted, "deleted"),
        (sessions.quarantined, "quarantined"),
    ];
    let told: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .chain([counted(report.events_appended, "event")])
        .collect();
    told.join(", ")
}
