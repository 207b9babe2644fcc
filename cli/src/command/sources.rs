//! `retold sources`: the files that history came from.

use std::collections::BTreeMap;
use std::time::Duration;

use retold_projections::TranscriptSource;
use retold_transcripts::{SourceRole, Tool};

use super::Run;
use super::import::secrets::secrets;
use super::import::transcripts::{TRANSCRIPTS, places};
use super::projections::ready;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, Value, counted, cut_path};

/// What the other columns take on a terminal, and the least that a name gets.
const OTHER_COLUMNS: usize = 50;
const NAME_MIN: usize = 16;

/// List the files that history came from
///
/// A row a file: its tool, how large it was when it was read, its records, how many spans are no record, whether it is gone
/// from the disk, and, but for a terminal, when the log got the last of it and what in it looks like a secret, by kind. Every byte is kept, of what is skipped and of what is gone too. With
/// --tool, `-o json` prints a receipt: totals, sessions and files with all their figures.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold sources                          every file
  retold sources --tool claude            those of Claude Code
  retold sources --gone                   what only the log has by now
  retold sources --tool codex -o json     a receipt, for scripts")]
pub(crate) struct Sources {
    /// Only those of this tool
    #[arg(long, value_parser = tool)]
    tool: Option<Tool>,
    /// Only files that are gone from the disk
    #[arg(long)]
    gone: bool,
    /// Also files beside the transcripts: results of tools, metadata, indexes
    #[arg(short, long)]
    all: bool,
    /// Wait at most this long for the projection
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    wait: u64,
}

/// Says how many secrets there are in files, and how many of them are masked.
fn say_secrets<'s>(context: &mut Context<'_>, sources: impl Iterator<Item = &'s TranscriptSource>) {
    let mut kinds: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for (kind, count, masked) in sources.flat_map(|source| &source.secrets) {
        let (all, of_them) = kinds.entry(kind).or_default();
        (*all, *of_them) = (*all + count, *of_them + masked);
    }
    let masked: u64 = kinds.values().map(|(_, masked)| masked).sum();
    if !kinds.is_empty() {
        let all = secrets(kinds.iter().map(|(kind, (count, _))| (*kind, *count)));
        context.note(&format!("{all}, {masked} of them masked"));
    }
}

/// Reads the name of a tool.
///
/// # Errors
/// What is accepted.
pub(super) fn tool(text: &str) -> Result<Tool, String> {
    Tool::of_word(text).ok_or_else(|| {
        let words: Vec<&str> = Tool::ALL.iter().map(|tool| tool.word()).collect();
        format!("accepted are {}", words.join(", "))
    })
}

impl Run for Sources {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let (store, head) = ready(context, TRANSCRIPTS, Duration::from_secs(self.wait))?;
        if let (Some(tool), Format::Json, false) = (self.tool, context.global.output, self.gone) {
            let receipt = store.transcript_receipt(tool.word())?;
            context.document(&receipt, true)?;
            let is_empty = receipt["sources"].as_array().is_none_or(Vec::is_empty);
            return Ok(if is_empty { Exit::Nothing } else { Exit::Done });
        }
        let home = places(context).ok();
        // A name is a path below the home folder, or a whole one.
        let is_gone = |source: &TranscriptSource| {
            home.as_ref().is_some_and(|places| !places.home().join(&source.name).exists())
        };
        let sources = store.transcript_sources(self.tool.map(Tool::word))?;
        let excluded = sources.iter().filter(|source| source.is_excluded()).count() as u64;
        let shown: Vec<(&TranscriptSource, bool)> = sources
            .iter()
            .filter(|source| !source.is_excluded())
            .filter(|source| self.all || source.role == SourceRole::Transcript.word())
            .map(|source| (source, is_gone(source)))
            .filter(|(_, is_gone)| *is_gone || !self.gone)
            .collect();
        let on_terminal = context.is_table() && context.io.out_is_terminal;
        let room = on_terminal.then(|| context.io.columns.saturating_sub(OTHER_COLUMNS).max(NAME_MIN));
        // On a terminal the name has the room of when the log got it.
        let columns = ["tool", "name", "bytes", "records", "skipped", "gone"];
        let more: &[&str] = if on_terminal { &[] } else { &["kept_at", "secrets", "masked"] };
        let mut rows = context.rows(head, columns.into_iter().chain(more.iter().copied()))?;
        for (source, is_gone) in &shown {
            let cells: [Value; 6] = [
                source.tool.as_str().into(),
                room.map_or_else(|| source.name.clone(), |room| cut_path(&source.name, room)).into(),
                Value::Size(source.file_bytes),
                source.records.into(),
                (source.skipped.len() as u64).into(),
                (*is_gone).into(),
            ];
            let secrets = source.secrets.iter().map(|(kind, count, _)| (kind.as_str(), (*count).into()));
            let more = [
                Value::Instant(source.kept_at),
                Value::object(secrets),
                source.secrets.iter().map(|(_, _, masked)| masked).sum::<u64>().into(),
            ];
            rows.push(cells.into_iter().chain(more.into_iter().filter(|_| !on_terminal)))?;
        }
        rows.finish()?;
        if shown.is_empty() {
            context.note(match sources.is_empty() {
                true => "no files: `retold import` takes in what coding agents left on disk",
                false => "no file is gone from the disk",
            });
            return Ok(Exit::Nothing);
        }
        let gone = shown.iter().filter(|(_, is_gone)| *is_gone).count() as u64;
        if excluded > 0 {
            context.note(&format!("{} excluded: nothing of them is kept", counted(excluded, "file")));
        }
        say_secrets(context, sources.iter());
        context.note(&format!("{}, {gone} gone from the disk", counted(shown.len() as u64, "file")));
        Ok(Exit::Done)
    }
}
