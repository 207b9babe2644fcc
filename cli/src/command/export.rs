//! `retold export`: the sessions as files, and the log, tables and answers for other tools.

mod cell;
mod cloudevents;
mod column;
mod exported;
mod file;
#[cfg(feature = "web")]
mod html;
mod log;
mod markdown;
mod months;
mod native;
mod parquet;
mod rows;
mod source;
mod typed;

use std::path::PathBuf;

use retold_importer::ait42::{self, Existing};

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Value, counted};
use crate::since::Since;
use exported::report;
use source::What;

/// Write sessions, events, tables or query results to files
///
/// A file that the AIT42 Editor wrote comes out byte for byte as it was imported (ait42), and so does every file of a
/// coding agent (native; the rows of a database as lines of JSON). Where a part of one is erased, a line says so, and the
/// exit code is 6. A session's conversation comes out as Markdown, in which what was said stays text and secrets are masked, or as one HTML page that shows and plays it without a server, secrets masked too (`retold extract` gives its events back). A session also comes out as a log: a store that holds its events alone, verifies by itself
/// against the head of the whole log, and answers `--store FILE`; it can only be read. The other formats are for other tools: they hold the log's events, a table, or the answer to a query. jsonl, csv and cloudevents go to standard output where
/// no file is named. Each file is written beside its place and renamed, so that a reader sees the old one or the new
/// one; links are followed, mode and owner stay. A file that is there already is not replaced without --force; for
/// ait42 it is replaced where the store has all that it holds, or had it earlier. Otherwise the sessions that would be
/// lost are named, and nothing is written (exit 9).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold export --format ait42 out            out/<workspace>.json, as of now
  retold export --format ait42 out --at 1200  as of position 1200
  retold export --format native out           the files of coding agents, as they were
  retold export --format markdown 5f0c2a1e s.md  a session's conversation, secrets masked
  retold export --format html 5f0c2a1e s.html    one page that plays without a server
  retold export --format html 5f0c2a1e s.html --without outputs,results,thoughts
  retold export --format log 5f0c2a1e s.db       a store of one session, with its proof
  retold export --format jsonl --events | jq .type
  retold export --format csv --table sessions sessions.csv
  retold export --format parquet --query 'select id, status from sessions' s.parquet
  retold export --format parquet --events --partition-by month events
  retold export --format cloudevents > events.jsonl")]
pub(crate) struct Export {
    /// The format: markdown, html, log, native, ait42, jsonl, csv, parquet or cloudevents
    #[arg(long, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    format: FileFormat,
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    since: Since,
    /// Part a Parquet export by months in UTC, into a folder of month=2025-11/part-0.parquet and so on
    #[arg(long, value_enum, value_name = "month", hide_possible_values = true)]
    partition_by: Option<Period>,
    /// Replace what is there; for ait42, also files that hold what the store lacks
    #[arg(long)]
    force: bool,
    /// For markdown and html: write what looks like a key or token as it is
    #[arg(long)]
    unmasked: bool,
    /// For html: leave out what agents wrote, what tools returned, what the model thought
    #[arg(long, value_name = "outputs,results,thoughts", value_delimiter = ',')]
    without: Vec<LeftOut>,
    /// The file to write, `-` for standard output; for native, ait42 and months, the folder; for markdown, html and log, the session
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
    /// For markdown, html and log: the file to write
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum FileFormat {
    Ait42,
    Jsonl,
    Csv,
    Parquet,
    Native,
    Log,
    Markdown,
    Html,
    #[value(name = "cloudevents")]
    CloudEvents,
}

impl FileFormat {
    /// Whether it is the form of one session.
    fn is_of_a_session(self) -> bool {
        matches!(self, Self::Markdown | Self::Html | Self::Log)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum LeftOut {
    /// What agents wrote
    Outputs,
    /// What tools returned
    Results,
    /// What the model thought
    Thoughts,
}

#[cfg(feature = "web")]
use html::export as page;

#[cfg(not(feature = "web"))]
fn page(
    _context: &mut Context<'_>,
    _name: Option<&str>,
    _path: Option<&std::path::Path>,
    _how: (bool, bool),
    _without: &[LeftOut],
) -> Result<Exit, Failure> {
    Err(Failure::usage("export: this program was built without the page")
        .hint("--format markdown is for people too"))
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Period {
    Month,
}

impl Run for Export {
    const TRAVELS: bool = true;

    fn run(mut self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        for path in [&mut self.path, &mut self.file] {
            *path = path.take().filter(|path| path.as_os_str() != "-");
        }
        self.check()?;
        let range = self.since.range(context, None)?;
        let path = self.path.as_deref();
        let (as_of, written) = match self.format {
            FileFormat::Ait42 => return sessions(context, path.unwrap_or(".".as_ref()), self.force),
            FileFormat::Native => return native::export(context, path.unwrap_or(".".as_ref()), self.force),
            FileFormat::Log => {
                let session = path.map(|path| path.to_string_lossy());
                return match self.file.as_deref() {
                    Some(file) => log::export(context, session.as_deref(), file, self.force),
                    None => Err(Failure::usage("export: a log is a file, and none is named")
                        .hint("name one: retold export --format log SESSION FILE")),
                };
            }
            FileFormat::Markdown => {
                let session = path.map(|path| path.to_string_lossy());
                let how = (!self.unmasked, self.force);
                return markdown::export(context, session.as_deref(), self.file.as_deref(), how);
            }
            FileFormat::Html => {
                let session = path.map(|path| path.to_string_lossy());
                let how = (!self.unmasked, self.force);
                return page(context, session.as_deref(), self.file.as_deref(), how, &self.without);
            }
            FileFormat::CloudEvents => cloudevents::export(context, range.as_ref(), path, self.force)?,
            FileFormat::Jsonl => rows::lines(context, (self.what, range), path, self.force)?,
            FileFormat::Csv => rows::csv(context, (self.what, range), path, self.force)?,
            FileFormat::Parquet => {
                let path = path.unwrap_or(".".as_ref());
                rows::parquet(context, (self.what, range), path, self.partition_by.is_some(), self.force)?
            }
        };
        if path.is_some() {
            report(context, as_of, written)?;
        }
        Ok(Exit::Done)
    }
}

impl Export {
    /// Refuses what does not go together.
    fn check(&self) -> Result<(), Failure> {
        let refuse = |message: &str, hint: &str| Err(Failure::usage(format!("export: {message}")).hint(hint));
        let has_range = self.since.since.is_some() || self.since.until.is_some();
        match self.format {
            format if has_range && !self.what.events && format != FileFormat::CloudEvents => refuse(
                "--since and --until are for events",
                "add --events, or --format cloudevents; --at is a moment of sessions and tables",
            ),
            FileFormat::Log if self.unmasked => refuse(
                "nothing of a log is masked: what is hashed is what was said",
                "leave --unmasked away, or take --format markdown or html, which mask",
            ),
            format if !self.without.is_empty() && format != FileFormat::Html => {
                refuse("--without is for html", "add --format html, or leave it away")
            }
            format if !format.is_of_a_session() && (self.unmasked || self.file.is_some()) => refuse(
                "--unmasked and a second path are for markdown and html, a second path for log",
                "add --format markdown: retold export --format markdown SESSION FILE",
            ),
            format if format.is_of_a_session() && self.what.is_named() => refuse(
                "markdown, html and log are the forms of one session",
                "jsonl, csv and parquet take events, tables and queries",
            ),
            format if format.is_of_a_session() && self.force && self.file.is_none() => refuse(
                "--force replaces a file, and none is named",
                "leave it away: standard output replaces nothing",
            ),
            FileFormat::Ait42 if self.what.is_named() => refuse(
                "ait42 is the form of whole sessions",
                "jsonl, csv and parquet take events, tables and queries",
            ),
            FileFormat::Native if self.what.is_named() => refuse(
                "native is the form of the files that history came from",
                "jsonl, csv and parquet take events, tables and queries",
            ),
            FileFormat::CloudEvents if self.what.table.is_some() || self.what.query.is_some() => refuse(
                "cloudevents is the form of events alone",
                "jsonl, csv and parquet take tables and queries",
            ),
            FileFormat::Jsonl | FileFormat::Csv | FileFormat::Parquet if !self.what.is_named() => {
                refuse("it is not said what", "add --events, --table NAME or --query SQL")
            }
            format if self.partition_by.is_some() && format != FileFormat::Parquet => refuse(
                "only Parquet is parted by month",
                "add --format parquet, or leave --partition-by away",
            ),
            FileFormat::Jsonl | FileFormat::Csv | FileFormat::CloudEvents
                if self.force && self.path.is_none() =>
            {
                refuse(
                    "--force replaces a file, and none is named",
                    "leave it away: standard output replaces nothing",
                )
            }
            FileFormat::Ait42 if self.path.is_none() => {
                refuse("there is no folder to write into", "name one: retold export --format ait42 DIR")
            }
            FileFormat::Parquet if self.path.is_none() => {
                refuse("Parquet needs a file", "name one, or write jsonl or csv to standard output")
            }
            _ => Ok(()),
        }
    }
}

/// Writes whole sessions as the AIT42 Editor does.
fn sessions(context: &mut Context<'_>, folder: &std::path::Path, force: bool) -> Result<Exit, Failure> {
    let log = context.open()?;
    let as_of = context.as_of_all(&log.reader()?)?;
    let bar = context.watch("export");
    let existing = if force { Existing::Replace } else { Existing::Compare };
    let exported = ait42::export(&log, folder, as_of.moment, existing, bar.follow());
    bar.end();
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
    let pruned: std::collections::BTreeSet<_> =
        retold_upkeep::pruned(&log)?.into_iter().map(|one| one.stream).collect();
    if !pruned.is_empty() {
        context.note(&format!(
            "warning: what was said in {} is pruned and not in these files: `retold store prune` says which archive has it",
            counted(pruned.len() as u64, "session")
        ));
    }
    Ok(if exported.is_empty() { Exit::Nothing } else { Exit::Done })
}
