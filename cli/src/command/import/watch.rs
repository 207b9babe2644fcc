//! `retold import --watch`: what the old history goes on writing.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use retold_importer::ait42::{self, Follow, Options, Progress, Report, Sources};
use retold_projections::Store;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, counted};
use crate::printable::printable;

/// How often it is looked whether somebody asked the program to stop.
const LOOK: Duration = Duration::from_millis(100);

/// Imports what `follow` gives, until somebody asks to stop. Another process that holds the store for long is waited for.
pub(super) fn watch(
    context: &mut Context<'_>,
    store: &Store,
    mut follow: Follow,
    deletions: bool,
) -> Result<Exit, Failure> {
    let mut is_first = true;
    let interrupt = Arc::clone(&context.io.interrupt);
    while !context.io.is_interrupted() {
        let Some(sources) = follow.next(LOOK)? else { continue };
        let bar = context.bytes_progress("import", if is_first { sources.bytes() } else { 0 });
        let mut tell = |progress: Progress| bar.set_position(progress.bytes);
        let mut import = || {
            let options = Options {
                deletions,
                interrupted: Some(&interrupt),
                progress: Some(&mut tell),
                ..Options::default()
            };
            ait42::import(Some(store.log()), &sources, options)
        };
        let report = loop {
            match import() {
                Err(retold_importer::Error::Log(retold_core::Error::Busy { .. }))
                    if !context.io.is_interrupted() => {}
                report => break report,
            }
        };
        bar.finish_and_clear();
        tell_change(context, &sources, &report?)?;
        if is_first {
            is_first = false;
            context.note(&format!("following {}; Ctrl-C ends", counted(follow.files() as u64, "file")));
        }
    }
    Ok(Exit::Interrupted)
}

/// A line for a change: when, which files, what it came to.
fn tell_change(context: &mut Context<'_>, sources: &Sources, report: &Report) -> Result<(), Failure> {
    for warning in &report.warnings {
        context.note(&printable(&format!("warning: {warning}")));
    }
    match context.global.output {
        Format::Json | Format::Jsonl => context.document(report, false)?,
        Format::Csv | Format::Table => {
            let time = (context.io.clock)().strftime("%Y-%m-%d %H:%M:%SZ").to_string();
            let line = format!("{time}  {}  {}", files(sources), counts(report));
            context.say(&printable(&line))?;
        }
    }
    context.io.out.flush().map_err(Failure::output)
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
