//! `retold import --remap`: the records that are kept, mapped again.

use std::path::PathBuf;

use retold_importer::transcripts::{RemapOptions, Remapped, remap};
use retold_projections::Store;
use retold_transcripts::{Tool, format};

use super::super::projections::past;
use super::transcripts::{READ_MODELS, places};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format as Output, counted};

/// Maps the kept records of the tools that are named, or of all, again.
///
/// # Errors
/// Where a word is no tool, or the store cannot be read or written.
pub(super) fn run(context: &mut Context<'_>, words: &[PathBuf], dry_run: bool) -> Result<Exit, Failure> {
    let tools = tools(words)?;
    let places = places(context)?;
    let store =
        if dry_run { context.open_store()? } else { Store::open(context.store_path()?, context.options())? };
    let mut reports = Vec::new();
    for tool in tools {
        let bar = context.watch("map again");
        let mut options = RemapOptions { places: &places, progress: &bar.follow(), dry_run };
        let report = remap(store.log(), format(tool), &mut options);
        bar.end();
        let report = report?;
        let is_interrupted = report.is_interrupted;
        reports.push((tool, report));
        if is_interrupted {
            break;
        }
    }
    if !dry_run {
        past::keep_current(context, &store, &READ_MODELS)?;
    }
    let head = store.log().reader()?.head()?;
    let found = reports.iter().filter(|(_, report)| report.sources > 0);
    match context.global.output {
        Output::Table => {
            let would = if dry_run { ", not written: a dry run" } else { "" };
            for (tool, report) in found {
                context.say(&format!("{:<12} {}{would}", tool.title(), line(report)))?;
            }
        }
        _ => {
            let columns = [
                "tool",
                "sources",
                "sessions",
                "corrected",
                "sessions_new",
                "events",
                "erased",
                "changed",
                "masked",
            ];
            let mut rows = context.rows(head, columns)?;
            for (tool, report) in found {
                rows.push([
                    tool.word().into(),
                    report.sources.into(),
                    report.sessions.into(),
                    report.corrected.into(),
                    report.sessions_new.into(),
                    report.events.into(),
                    report.erased.into(),
                    report.changed.into(),
                    report.masked.into(),
                ])?;
            }
            rows.finish()?;
        }
    }
    match reports.iter().any(|(_, report)| report.is_interrupted) {
        true => Err(Failure::interrupted()),
        false => Ok(Exit::Done),
    }
}

fn tools(words: &[PathBuf]) -> Result<Vec<Tool>, Failure> {
    let tool = |word: &PathBuf| {
        word.to_str().and_then(Tool::of_word).ok_or_else(|| {
            let words: Vec<&str> = Tool::ALL.iter().map(|tool| tool.word()).collect();
            Failure::usage(format!("import --remap {}: it is not a tool", word.display()))
                .hint(format!("the kept records are mapped again by tool: {}", words.join(", ")))
        })
    };
    match words {
        [] => Ok(Tool::ALL.to_vec()),
        words => words.iter().map(tool).collect(),
    }
}

/// A report on one line.
fn line(report: &Remapped) -> String {
    let mut parts = vec![format!("{} compared", counted(report.sessions, "session"))];
    match report.events {
        0 => parts.push("nothing differs".to_owned()),
        events => parts.push(format!("{} corrected by {}", report.corrected, counted(events, "event"))),
    }
    for (count, what) in [
        (report.sessions_new, "new"),
        (report.erased, "left: something of them is erased"),
        (report.changed, "left: somebody changed them"),
        (report.masked, "left: what differs has secrets, and secrets are masked"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    parts.join(", ")
}
