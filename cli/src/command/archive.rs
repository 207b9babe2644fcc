//! `retold ait42 archive`: the editor's files, moved out of the way once the log has all of them.

use std::path::PathBuf;

use retold_core::Head;
use retold_importer::ait42::{self, Archived};

use super::{Run, check};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{AsOf, Format, counted, size};
use crate::printable::printable;

/// Move the AIT42 Editor's files into an archive
///
/// First every session is compared with the log, as `retold check` does; where the log lacks anything, nothing is
/// touched (exit 9). What the log has in its quarantine alone is named, and so is what cannot be read, which stays where
/// it is (exit 6). The archive is a tar.zst with a manifest of BLAKE3 sums. It is synced and read back before a file is
/// removed. `retold ait42 unarchive` is the way back.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold ait42 archive ~/.ait42                     into ~/.ait42/sessions-<time>.tar.zst
  retold ait42 archive ~/.ait42 --to old.tar.zst    into another place
  retold ait42 unarchive ~/.ait42                   back from the archive there")]
pub(crate) struct Archive {
    /// The folder of the files
    #[arg(value_name = "DIR")]
    path: PathBuf,
    /// The archive to write
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

impl Run for Archive {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let log = context.open()?;
        let now = (context.io.clock)();
        let bar = context.watch("archive");
        let archived = ait42::archive(&log, &self.path, self.to.as_deref(), now, &bar.follow());
        bar.end();
        match archived? {
            ait42::Archive::Refused(checked, head) => {
                check::tell(context, &checked, head)?;
                Err(Failure::new(
                    Exit::Refused,
                    format!("archive {}: the log lacks something", self.path.display()),
                )
                .hint("nothing was touched; take it in with `retold import` first"))
            }
            ait42::Archive::Done(archived, head) => tell(context, &archived, head),
        }
    }
}

fn tell(context: &mut Context<'_>, archived: &Archived, head: Head) -> Result<Exit, Failure> {
    #[derive(serde::Serialize)]
    struct Answer<'a> {
        as_of: AsOf,
        #[serde(flatten)]
        archived: &'a Archived,
    }

    let answer = Answer { as_of: head.into(), archived };
    match context.global.output {
        Format::Json => context.document(&answer, true)?,
        Format::Jsonl => context.document(&answer, false)?,
        Format::Csv => {
            let mut rows = context.rows(head, ["archive", "file"])?;
            for file in &archived.files {
                rows.push([
                    archived.archive.to_string_lossy().into_owned().into(),
                    file.to_string_lossy().into_owned().into(),
                ])?;
            }
            rows.finish()?;
        }
        Format::Table => {
            let (files, bytes) = (counted(archived.files.len() as u64, "file"), size(archived.bytes));
            context.say(&format!("archived {files}, {bytes}, in {}", size(archived.archive_bytes)))?;
            context.say(&printable(&archived.archive.to_string_lossy()))?;
            context.note("`retold ait42 unarchive` is the way back");
        }
    }
    check::partial(context, &archived.quarantined, &archived.skipped);
    let is_partial = !archived.quarantined.is_empty() || !archived.skipped.is_empty();
    Ok(if is_partial { Exit::Quarantined } else { Exit::Done })
}
