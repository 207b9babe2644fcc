//! `retold store compact`: the file as small as what it holds.

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::left_over;
use crate::output::{Value, size};
use crate::printable::printable;

/// Free unused pages and empty the write-ahead log
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold store compact              in small steps, each of which holds writers up for some milliseconds
  retold store compact --rewrite       also what is free inside of pages: writers wait until the file is rewritten")]
pub(crate) struct Compact {
    /// Rewrite the whole file: it becomes as small as it can, and needs room for a second copy meanwhile
    #[arg(long)]
    rewrite: bool,
}

impl Run for Compact {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let log = context.options().open(context.store_path()?)?;
        for left in left_over::sweep(log.path()) {
            let path = left.path.display().to_string();
            context.note(&format!("removed {}, which a process left that was killed", printable(&path)));
        }
        // A redaction that was interrupted left one that has to go.
        for number in retold_upkeep::unfinished_dictionaries(&log)? {
            retold_upkeep::forget_dictionary(&log, number, context.watch("pack again").follow())?;
        }
        let bytes_before =
            self.rewrite.then(|| std::fs::metadata(log.path()).map_or(0, |metadata| metadata.len()));
        if self.rewrite {
            retold_upkeep::vacuum(&log)?;
        }
        let bar = context.watch("compact");
        let compacted = retold_upkeep::compact(&log, bar.follow());
        bar.end();
        let mut compacted = compacted?;
        compacted.bytes_before = bytes_before.unwrap_or(compacted.bytes_before);
        let head = log.reader()?.head()?;
        if context.is_table() {
            let (before, after) = (size(compacted.bytes_before), size(compacted.bytes_after));
            context.say(&format!("compacted: {before} before, {after} now"))?;
            return Ok(Exit::Done);
        }
        let mut rows = context.rows(head, ["bytes_before", "bytes_after"])?;
        rows.push([Value::Size(compacted.bytes_before), Value::Size(compacted.bytes_after)])?;
        rows.finish()?;
        Ok(Exit::Done)
    }
}
