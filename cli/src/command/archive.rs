//! `retold archive`: the legacy files, moved out of the way once the log has all of them; and back.

use std::path::{Path, PathBuf};

use retold_core::Head;
use retold_importer::ait42::{self, Archived};

use super::{Run, check};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{AsOf, Format, counted, size};
use crate::printable::printable;

/// Move the AIT42 Editor's files into an archive, or back
///
/// First every session is compared with the log, as `retold check` does; where the log lacks anything, nothing is
/// touched (exit 9). What the log has in its quarantine alone is named, and so is what cannot be read, which stays where
/// it is (exit 6). The archive is a tar.zst with a manifest of BLAKE3 sums. It is synced and read back before a file is
/// removed. `--restore` brings the files back, byte for byte, and leaves the archive.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold archive ~/.ait42                     into ~/.ait42/sessions-<time>.tar.zst
  retold archive ~/.ait42 --to old.tar.zst    into another place
  retold archive --restore ~/.ait42           bring them back from the archive there
  retold archive --restore old.tar.zst --into ~/.ait42")]
pub(crate) struct Archive {
    /// The folder of the files; with --restore, an archive or the folder that it lies in
    #[arg(value_name = "DIR")]
    path: PathBuf,
    /// The archive to write
    #[arg(long, value_name = "FILE", conflicts_with = "restore")]
    to: Option<PathBuf>,
    /// Bring the files back
    #[arg(long)]
    restore: bool,
    /// The folder to bring them back into [default: the one that the archive lies in]
    #[arg(long, value_name = "DIR", requires = "restore")]
    into: Option<PathBuf>,
}

impl Run for Archive {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        if self.restore { self.restore(context) } else { self.archive(context) }
    }
}

impl Archive {
    fn archive(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let log = context.open()?;
        let now = (context.io.clock)();
        let bar = context.bytes_progress("archive", 0);
        let archived = ait42::archive(&log, &self.path, self.to.as_deref(), now, &mut |done, total| {
            bar.set_length(total);
            bar.set_position(done);
            !context.io.is_interrupted()
        });
        bar.finish_and_clear();
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

    fn restore(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let archive = find(&self.path)?;
        let beside = archive.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = self.into.as_deref().or(beside).unwrap_or(Path::new(".")).to_owned();
        let bar = context.bytes_progress("restore", 0);
        let restored = ait42::restore(&archive, &folder, &mut |done, total| {
            bar.set_length(total);
            bar.set_position(done);
            !context.io.is_interrupted()
        });
        bar.finish_and_clear();
        let restored = restored?;
        match context.global.output {
            Format::Json => return context.document(&restored, true).map(|()| Exit::Done),
            Format::Jsonl => return context.document(&restored, false).map(|()| Exit::Done),
            Format::Csv => {
                let mut rows = context.rows(crate::store::NO_HEAD, ["file"])?;
                for file in &restored.files {
                    rows.push([file.to_string_lossy().into_owned().into()])?;
                }
                rows.finish()?;
            }
            Format::Table => {
                let (files, bytes) = (counted(restored.files.len() as u64, "file"), size(restored.bytes));
                let there = match restored.unchanged {
                    0 => String::new(),
                    unchanged => format!("; {} there already", counted(unchanged, "file")),
                };
                let line = format!("restored {files}, {bytes}, into {}{there}", folder.display());
                context.say(&printable(&line))?;
                context.note(&printable(&format!("the archive stays: {}", archive.display())));
            }
        }
        Ok(Exit::Done)
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
            context.note("they come back with `retold archive --restore`");
        }
    }
    check::partial(context, &archived.quarantined, &archived.skipped);
    let is_partial = !archived.quarantined.is_empty() || !archived.skipped.is_empty();
    Ok(if is_partial { Exit::Quarantined } else { Exit::Done })
}

/// Returns the archive that is meant: the file itself, or the only one in the folder.
fn find(path: &Path) -> Result<PathBuf, Failure> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let entries = std::fs::read_dir(path).map_err(|error| Failure::file("read the folder", path, &error))?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().map(std::ffi::OsStr::to_string_lossy).unwrap_or_default();
            name.starts_with("sessions-") && name.ends_with(".tar.zst")
        })
        .collect();
    found.sort();
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one),
        (None, _) => {
            Err(Failure::new(Exit::Nothing, format!("restore from {}: no archive in it", path.display())))
        }
        (Some(last), false) => {
            let all = found.iter().chain([&last]).map(|path| path.display().to_string());
            Err(Failure::usage(format!("restore from {}: more than one archive in it", path.display()))
                .detail(all)
                .hint("name one of them"))
        }
    }
}
