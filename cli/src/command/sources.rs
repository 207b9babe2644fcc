//! `retold sources`: the files that history came from.

use std::time::Duration;

use retold_projections::TranscriptSource;
use retold_transcripts::{SourceRole, Tool};

use super::Run;
use super::import::transcripts::{TRANSCRIPTS, places};
use super::projections::ready;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, Value, counted};

/// List the files that history came from
///
/// A row a file: its tool, how large it was when it was read, its records, the bytes that are no record, when the log got
/// the last of it, and whether it is still there. Every byte is kept, of what is skipped and of what is gone too. With
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

fn tool(text: &str) -> Result<Tool, String> {
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
        let shown: Vec<(&TranscriptSource, bool)> = sources
            .iter()
            .filter(|source| self.all || source.role == SourceRole::Transcript.word())
            .map(|source| (source, is_gone(source)))
            .filter(|(_, is_gone)| *is_gone || !self.gone)
            .collect();
        let columns = ["tool", "name", "bytes", "records", "skipped", "kept_at", "gone"];
        let mut rows = context.rows(head, columns)?;
        for (source, is_gone) in &shown {
            rows.push([
                source.tool.as_str().into(),
                source.name.as_str().into(),
                Value::Size(source.file_bytes),
                source.records.into(),
                (source.skipped.len() as u64).into(),
                Value::Instant(source.kept_at),
                (*is_gone).into(),
            ])?;
        }
        rows.finish()?;
        if shown.is_empty() {
            context.note("no files: `retold import` takes in what coding agents left on disk");
            return Ok(Exit::Nothing);
        }
        let gone = shown.iter().filter(|(_, is_gone)| *is_gone).count() as u64;
        context.note(&format!("{}, {gone} gone from the disk", counted(shown.len() as u64, "file")));
        Ok(Exit::Done)
    }
}
