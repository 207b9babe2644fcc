//! `retold ait42 unarchive`: the editor's files, back from their archive.

use std::path::{Path, PathBuf};

use retold_importer::ait42;

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, counted, size};
use crate::printable::printable;

/// Move the AIT42 Editor's files back from an archive
///
/// The files come back byte for byte; the archive stays. No store is opened.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold ait42 unarchive ~/.ait42                   from the archive in that folder
  retold ait42 unarchive old.tar.zst --into ~/.ait42")]
pub(crate) struct Unarchive {
    /// An archive, or the folder that it is in
    #[arg(value_name = "FILE|DIR")]
    path: PathBuf,
    /// The folder to write the files into [default: the one that the archive is in]
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

impl Run for Unarchive {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let archive = find(&self.path)?;
        let beside = archive.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = self.into.as_deref().or(beside).unwrap_or(Path::new(".")).to_owned();
        let bar = context.watch("restore");
        let restored = ait42::restore(&archive, &folder, &bar.follow());
        bar.end();
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
