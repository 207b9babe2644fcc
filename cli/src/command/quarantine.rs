//! `retold quarantine`: what could not be imported.

use std::collections::BTreeMap;
use std::path::PathBuf;

use retold_importer::{ait42, quarantine};
use retold_projections::Store;

use super::Verb;
use super::import::tell_report;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, Value};
use crate::printable::printable;

/// Show or retry what could not be imported
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold quarantine list                   what is there, and why
  retold quarantine show 3 --raw > 3.json  its bytes, as they stood in the file
  retold quarantine retry 3 --with 3.json  import the mended text in its place")]
pub(crate) struct Quarantine {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// List what could not be imported
    List,
    /// Show one record
    Show {
        /// Its number
        id: i64,
        /// Only its bytes, as they stood in the file
        #[arg(long)]
        raw: bool,
    },
    /// Read records once more, and import what is readable now
    Retry {
        /// Their numbers [default: all that are not resolved]
        ids: Vec<i64>,
        /// A mended text to import in the place of the one record named
        #[arg(long, value_name = "FILE")]
        with: Option<PathBuf>,
    },
}

impl Verb for Quarantine {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        match self.act {
            Act::List => list(context),
            Act::Show { id, raw } => show(context, id, raw),
            Act::Retry { ids, with } => retry(context, ids, with),
        }
    }
}

fn list(context: &mut Context<'_>) -> Result<Exit, Failure> {
    let log = context.open()?;
    let head = log.reader()?.head()?;
    let records = quarantine::list(&log)?;
    let mut rows =
        context.rows(head, ["id", "file", "offset", "length", "reason", "found_at", "resolved_at"])?;
    for record in &records {
        rows.push([
            Value::Integer(record.id),
            record.file.as_str().into(),
            record.offset.into(),
            record.length.into(),
            record.reason.as_str().into(),
            Value::Instant(record.found_at),
            record.resolved_at.map_or(Value::Null, Value::Instant),
        ])?;
    }
    rows.finish()?;
    Ok(if records.is_empty() { Exit::Nothing } else { Exit::Done })
}

fn show(context: &mut Context<'_>, id: i64, raw: bool) -> Result<Exit, Failure> {
    let log = context.open()?;
    let record = quarantine::get(&log, id)?;
    let bytes = quarantine::raw(&log, id)?;
    if raw {
        context.io.out.write_all(&bytes).map_err(Failure::output)?;
        return Ok(Exit::Done);
    }
    match context.global.output {
        Format::Json => context.document(&record, true)?,
        Format::Jsonl => context.document(&record, false)?,
        Format::Csv => {
            return Err(Failure::usage("quarantine show: a record is no table").hint("use -o json, or list"));
        }
        Format::Table => {
            let range = format!("{}..{}", record.offset, record.offset + record.length);
            context.say(&printable(&format!("{} bytes {range}", record.file)))?;
            context.say(&printable(&record.reason))?;
            context.say("")?;
            for line in String::from_utf8_lossy(&bytes).lines() {
                context.say(&printable(line))?;
            }
        }
    }
    Ok(Exit::Done)
}

fn retry(context: &mut Context<'_>, ids: Vec<i64>, with: Option<PathBuf>) -> Result<Exit, Failure> {
    let store = Store::open(context.store_path()?, context.options())?;
    let ids = match ids.is_empty() {
        false => ids,
        true => {
            let records = quarantine::list(store.log())?;
            records.iter().filter(|record| record.resolved_at.is_none()).map(|record| record.id).collect()
        }
    };
    let mut mended = BTreeMap::new();
    if let Some(file) = with {
        let [id] = ids.as_slice() else {
            return Err(Failure::usage("quarantine retry: --with mends one record")
                .hint("name it: retry ID --with FILE"));
        };
        let bytes = std::fs::read(&file)
            .map_err(|error| Failure::new(Exit::Io, format!("read {}: {error}", file.display())))?;
        mended.insert(*id, bytes);
    }
    let report = ait42::retry(store.log(), &ids, &mended)?;
    let head = store.log().reader()?.head()?;
    tell_report(context, &report, head)
}
