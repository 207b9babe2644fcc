//! `retold export`: the sessions, as files.

use std::path::PathBuf;

use retold_importer::ait42;

use super::Verb;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Value;

/// Write the sessions into files
///
/// A file that the AIT42 Editor wrote comes out byte for byte as it was imported. Each file is written beside its old
/// self and renamed, so that a reader sees the old one or the new one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold export --format ait42 out            out/<workspace>.json, as they are now
  retold export --format ait42 out --at 1200  as they were at position 1200")]
pub(crate) struct Export {
    /// The format: ait42
    #[arg(long, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    format: FileFormat,
    /// The folder to write into; it is created where it does not exist
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum FileFormat {
    Ait42,
}

impl Verb for Export {
    const TRAVELS: bool = true;

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let log = context.open()?;
        let as_of = context.as_of(&log.reader()?, None)?;
        let bar = context.progress("export", 0);
        let FileFormat::Ait42 = self.format;
        let exported = ait42::export(&log, &self.folder, as_of.position, |done, total| {
            bar.set_length(total);
            bar.set_position(done);
        });
        bar.finish_and_clear();
        let exported = exported?;
        let is_table = context.is_table();
        let mut rows = context.rows(as_of, ["file", "sessions", "bytes"])?;
        for file in &exported {
            // For a person the folder is the one just named.
            let name = if is_table { file.file.file_name() } else { Some(file.file.as_os_str()) };
            rows.push([
                name.unwrap_or_default().to_string_lossy().into_owned().into(),
                file.sessions.into(),
                Value::Size(file.bytes),
            ])?;
        }
        rows.finish()?;
        Ok(if exported.is_empty() { Exit::Nothing } else { Exit::Done })
    }
}
