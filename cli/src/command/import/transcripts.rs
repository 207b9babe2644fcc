//! `retold import`: what coding agents leave on disk, into the log.

mod follow;

use std::path::{Path, PathBuf};

use retold_core::{Head, SpanKind, StreamName};
use retold_importer::transcripts::{self, KnownPiece, KnownSource, Memory, Options, Report};
use retold_projections::{SourcePiece, Store, TranscriptSource};
use retold_transcripts::{Format, Places, Tool, VARIABLES, format};

use super::secrets::{hint, secrets};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, io_words};
use crate::output::{Format as Output, Value, counted, size};
use crate::printable::printable;
pub(super) use follow::follow;

/// The projection that knows which files there are.
pub(crate) const TRANSCRIPTS: &str = "transcripts";

/// What is asked after an import.
pub(super) const READ_MODELS: [&str; 2] = [super::past::TEMPORAL, TRANSCRIPTS];

/// How long another process may bring the projection up to date.
const BUSY: std::time::Duration = std::time::Duration::from_secs(60);

/// The files of one tool that are to be imported.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) tool: Tool,
    pub(super) places: Places,
}

/// Returns where the person's files are.
///
/// # Errors
/// Where the account has no home folder.
pub(crate) fn places(context: &Context<'_>) -> Result<Places, Failure> {
    let home = context.io.variable("HOME").or_else(|| context.io.variable("USERPROFILE"));
    let home = home.ok_or_else(|| {
        Failure::usage("find the files of coding agents: this account has no home folder")
            .hint("name the folder: retold import claude PATH")
    })?;
    let set = |places: Places, name: &&str| match context.io.variable(name) {
        Some(value) => places.with(*name, value),
        None => places,
    };
    Ok(VARIABLES.iter().fold(Places::of(home), set))
}

/// Returns a tool's files in a folder that was named: a home folder, or the tool's own.
pub(super) fn in_folder(tool: Tool, path: &Path) -> Places {
    let is_home = Places::of(path);
    let found = |places: &Places| !format(tool).discover(places, &mut |_, _| {}).is_empty();
    if found(&is_home) {
        return is_home.with_whole_names();
    }
    let places = |variable: &str, path: &Path| Places::of(path).with(variable, path).with_whole_names();
    match tool {
        Tool::Claude => places("CLAUDE_CONFIG_DIR", path),
        Tool::Codex => places("CODEX_HOME", path),
        Tool::Copilot => places("COPILOT_HOME", path),
        // The variable names the folder that has `.gemini` in it.
        Tool::Gemini => Places::of(path.parent().unwrap_or(path)).with_whole_names(),
        Tool::Opencode if path.is_file() => places("OPENCODE_DB", path),
        // Both have a folder below the one that the variable names.
        Tool::Opencode | Tool::VibeKanban => places("XDG_DATA_HOME", path.parent().unwrap_or(path)),
    }
}

/// Returns the tool whose files are at a path, by their content.
pub(super) fn recognise(path: &Path) -> Option<Tool> {
    Tool::ALL.iter().copied().find(|tool| format(*tool).recognise(path))
}

/// Returns every tool, with the places of this machine.
pub(super) fn all(context: &Context<'_>) -> Result<Vec<Wanted>, Failure> {
    let places = places(context)?;
    Ok(Tool::ALL.iter().map(|tool| Wanted { tool: *tool, places: places.clone() }).collect())
}

/// Imports files of one tool, with a bar and until somebody asks to stop.
///
/// # Errors
/// Where the store, or its projection, cannot be read or written.
pub(super) fn import(
    context: &Context<'_>,
    store: &Store,
    wanted: &Wanted,
    dry_run: bool,
    memory: Option<&mut Memory>,
) -> Result<Report, Failure> {
    let format: &dyn Format = format(wanted.tool);
    let bar = context.watch("import");
    // The importer knows no projection: it is stopped, and the error is told as it is.
    let mut trouble = None;
    let mut known = |tool: &str| {
        known(store, tool).map_err(|error| {
            trouble = Some(error);
            retold_importer::Error::Log(retold_core::Error::Stopped { act: "import" })
        })
    };
    let progress = &bar.follow();
    let mut options = Options { places: &wanted.places, known: &mut known, progress, dry_run, memory };
    let report = transcripts::import(store.log(), format, &mut options);
    bar.end();
    match trouble {
        Some(error) => Err(error.into()),
        None => Ok(report?),
    }
}

/// Returns what the log has of a tool's files.
fn known(store: &Store, tool: &str) -> Result<Vec<KnownSource>, retold_projections::Error> {
    // Of a tool that the log has nothing of, the projection need not be asked.
    if store.log().reader()?.stream(&StreamName::workspace(tool))?.is_none() {
        return Ok(Vec::new());
    }
    let begun = std::time::Instant::now();
    loop {
        match brought_up(store, tool) {
            // Another import fills it; or its file was removed meanwhile, as after a redaction.
            Err(
                retold_projections::Error::AtWork { .. } | retold_projections::Error::NoProjection { .. },
            ) if begun.elapsed() < BUSY => std::thread::sleep(std::time::Duration::from_millis(20)),
            known => return known,
        }
    }
}

/// Brings the projection up to date, and asks it.
fn brought_up(store: &Store, tool: &str) -> Result<Vec<KnownSource>, retold_projections::Error> {
    let sidecars = store.sidecars();
    match sidecars.add_built_in(TRANSCRIPTS) {
        // A dry run: the projection is filled for it alone.
        Err(retold_projections::Error::Log(error)) if error.is_about_writing() => {
            store.fill_privately(TRANSCRIPTS, &|_| true)?;
        }
        added => {
            added?;
            sidecars.catch_up(TRANSCRIPTS, &|_| true)?;
        }
    }
    sources_of(store, tool)
}

fn sources_of(store: &Store, tool: &str) -> Result<Vec<KnownSource>, retold_projections::Error> {
    let sources = store.transcript_sources(Some(tool))?;
    Ok(sources
        .into_iter()
        .map(|source| KnownSource {
            number: source.number,
            // One that holds nothing says where the file ended, and whether it was read to its end.
            pieces: source
                .pieces
                .iter()
                .filter(|piece| piece.length > 0)
                .map(|piece| known_piece(&source, piece))
                .collect(),
            name: source.name,
            stamp: source.stamp,
        })
        .collect())
}

/// Returns a piece as the importer knows it.
pub(crate) fn known_piece(source: &TranscriptSource, piece: &SourcePiece) -> KnownPiece {
    let is_torn = |span: &(u64, u64, u8)| span.0 == piece.offset && span.2 == SpanKind::TornTail.number();
    KnownPiece {
        offset: piece.offset,
        length: piece.length,
        position: piece.position,
        through: piece.through,
        records: piece.records,
        is_tail: piece.records == 0 && source.skipped.iter().any(is_torn),
    }
}

/// Tells what imports did, and exits as it should.
///
/// # Errors
/// Where it cannot be written.
pub(super) fn tell(
    context: &mut Context<'_>,
    reports: &[(Tool, Report)],
    store: &Path,
    dry_run: bool,
    head: Head,
) -> Result<Exit, Failure> {
    for failed in reports.iter().flat_map(|(_, report)| &report.failed) {
        context.note(&printable(&format!("not read: {}: {}", failed.path.display(), failed.reason)));
    }
    let found: Vec<&(Tool, Report)> =
        reports.iter().filter(|(_, report)| report.sources > 0 || !report.failed.is_empty()).collect();
    match context.global.output {
        Output::Table => {
            let place = if dry_run { ", not written to: a dry run" } else { "" };
            context.say(&printable(&format!("store        {}{place}", store.display())))?;
            for (tool, report) in &found {
                context.say(&format!("{:<12} {}", tool.title(), line(report)))?;
            }
            let absent: Vec<&str> = reports
                .iter()
                .filter(|(tool, _)| found.iter().all(|(found, _)| found != tool))
                .map(|(tool, _)| tool.title())
                .collect();
            if !absent.is_empty() {
                context.note(&format!("nothing found of {}", absent.join(", ")));
            }
        }
        _ => {
            let columns = [
                "tool",
                "sources",
                "read",
                "bytes",
                "records",
                "skipped",
                "sessions_new",
                "sessions_changed",
                "events",
                "excluded",
                "failed",
                "secrets",
                "masked",
            ];
            let mut rows = context.rows(head, columns)?;
            for (tool, report) in &found {
                rows.push([
                    tool.word().into(),
                    report.sources.into(),
                    report.read.into(),
                    report.bytes.into(),
                    report.records.into(),
                    report.skipped.into(),
                    report.sessions_new.into(),
                    report.sessions_changed.into(),
                    report.events.into(),
                    report.excluded.into(),
                    (report.failed.len() as u64).into(),
                    Value::object(report.secrets.iter().map(|(kind, count)| (*kind, (*count).into()))),
                    report.masks_secrets.into(),
                ])?;
            }
            rows.finish()?;
        }
    }
    hint(context, found.iter().any(|(_, report)| !report.secrets.is_empty() && !report.masks_secrets));
    if reports.iter().any(|(_, report)| report.is_interrupted) {
        context.note("interrupted: what was read is in the log, the next import goes on from here");
        return Ok(Exit::Interrupted);
    }
    Ok(match reports.iter().any(|(_, report)| !report.failed.is_empty()) {
        true => Exit::Quarantined,
        false => Exit::Done,
    })
}

/// A report on one line.
fn line(report: &Report) -> String {
    let files = counted(report.sources, "file");
    let excluded = match report.excluded {
        0 => String::new(),
        excluded => format!(", {} excluded", counted(excluded, "session")),
    };
    if report.events == 0 {
        return format!("{files}, nothing new{excluded}");
    }
    let mut parts = vec![format!("{} of {files} read", report.read), format!("{} new", size(report.bytes))];
    parts.push(counted(report.records, "record"));
    if report.skipped > 0 {
        parts.push(format!("{} skipped", counted(report.skipped, "span")));
    }
    if report.sessions_new > 0 {
        parts.push(format!("{} new", counted(report.sessions_new, "session")));
    }
    if report.sessions_changed > 0 {
        parts.push(format!("{} changed", counted(report.sessions_changed, "session")));
    }
    if !report.secrets.is_empty() {
        let act = if report.masks_secrets { " masked" } else { "" };
        parts.push(format!("{}{act}", secrets(report.secrets.iter().map(|(kind, count)| (*kind, *count)))));
    }
    parts.join(", ") + &excluded
}

/// What `retold import` was told to import.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Files of coding agents.
    pub(super) wanted: Vec<Wanted>,
    /// Files and folders of the AIT42 Editor.
    pub(super) legacy: Vec<PathBuf>,
}

impl Asked {
    /// Reads the words: nothing is every tool of this machine, a tool's name is that tool, a path is what it holds.
    ///
    /// # Errors
    /// Where there is no home folder to look in, or nothing at a path.
    pub(super) fn read(context: &Context<'_>, words: &[PathBuf]) -> Result<Self, Failure> {
        let Some((first, paths)) = words.split_first() else {
            let legacy = places(context)?.home().join(".ait42");
            let legacy = legacy.join("sessions").is_dir().then_some(legacy);
            return Ok(Self { wanted: all(context)?, legacy: legacy.into_iter().collect() });
        };
        let first = first.to_str().unwrap_or_default();
        if first == "ait42" && !Path::new(first).exists() {
            let legacy = match paths {
                [] => vec![places(context)?.home().join(".ait42")],
                paths => paths.to_vec(),
            };
            return Ok(Self { wanted: Vec::new(), legacy });
        }
        if let Some(tool) = Tool::of_word(first).filter(|_| !Path::new(first).exists()) {
            if let Some((path, error)) =
                paths.iter().find_map(|path| path.metadata().err().map(|error| (path, error)))
            {
                let message = format!("import {}: {}", path.display(), io_words(&error));
                return Err(Failure::new(Exit::Usage, message)
                    .hint(format!("name a folder of {}, or nothing for its own place", tool.title())));
            }
            let wanted = match paths {
                [] => vec![Wanted { tool, places: places(context)? }],
                paths => paths.iter().map(|path| Wanted { tool, places: in_folder(tool, path) }).collect(),
            };
            return Ok(Self { wanted, legacy: Vec::new() });
        }
        let mut asked = Self::default();
        for path in words {
            match recognise(path) {
                Some(tool) => asked.wanted.push(Wanted { tool, places: in_folder(tool, path) }),
                None => asked.legacy.push(path.clone()),
            }
        }
        Ok(asked)
    }
}
