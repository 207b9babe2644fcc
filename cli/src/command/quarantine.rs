//! `retold store quarantine`: what could not be imported.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use retold_importer::ait42;
use retold_importer::quarantine::{self, Record};
use retold_projections::Store;

use super::Run;
use super::import::report::{self, file_name, range};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Value, counted};
use crate::printable::printable;

/// Show, retry or dismiss what could not be imported
///
/// A record is settled once it was imported after all, once a later import found its session whole in the file, or once it
/// was dismissed. The same bytes are not reported again then; they stay in the store.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold store quarantine list                   what is there, and why
  retold store quarantine show 3 --raw > 3.json  its bytes, as they stood in the file
  retold store quarantine retry 3 --with 3.json  import the mended text in its place
  retold store quarantine dismiss 3 --reason obsolete   nobody needs it")]
pub(crate) struct Quarantine {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// List what could not be imported and is not settled
    List {
        /// Also those that are settled
        #[arg(long)]
        all: bool,
    },
    /// Show one record
    Show {
        /// Its number
        id: i64,
        /// Only its bytes, as they were in the file
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
    /// Settle records without importing them; their bytes stay in the store
    Dismiss {
        /// Their numbers
        #[arg(required = true)]
        ids: Vec<i64>,
        /// Why they are not needed
        #[arg(long, value_name = "TEXT", required = true)]
        reason: String,
    },
}

impl Run for Quarantine {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        match self.act {
            Act::List { all } => list(context, all),
            Act::Show { id, raw } => show(context, id, raw),
            Act::Retry { ids, with } => retry(context, ids, with),
            Act::Dismiss { ids, reason } => dismiss(context, &ids, &reason),
        }
    }
}

fn list(context: &mut Context<'_>, all: bool) -> Result<Exit, Failure> {
    let log = context.open()?;
    let head = log.reader()?.head()?;
    let mut records = quarantine::list(&log)?;
    let count = records.len();
    records.retain(|record| all || record.is_open());
    let settled = count - records.len();
    if context.is_table() {
        let mut rows = context.rows(head, SHORT)?;
        records.iter().try_for_each(|record| rows.push(short(record)))?;
        rows.finish()?;
    } else {
        let mut rows = context.rows(head, LONG)?;
        records.iter().try_for_each(|record| rows.push(long(record)))?;
        rows.finish()?;
    }
    if settled > 0 && context.is_table() {
        context.note(&format!(
            "{} settled; `retold store quarantine list --all` shows them",
            counted(settled as u64, "record")
        ));
    }
    Ok(if records.is_empty() { Exit::Nothing } else { Exit::Done })
}

fn dismiss(context: &mut Context<'_>, ids: &[i64], reason: &str) -> Result<Exit, Failure> {
    if reason.trim().is_empty() {
        return Err(Failure::usage("quarantine dismiss: the reason is empty").hint("say why: --reason TEXT"));
    }
    let path = context.store_path()?;
    let store = Store::open(&path, context.options())?;
    let dismissed = quarantine::dismiss(store.log(), ids, reason)?;
    context.note(&format!("dismissed {}", counted(dismissed, "record")));
    Ok(if dismissed == 0 { Exit::Nothing } else { Exit::Done })
}

const SHORT: [&str; 5] = ["id", "file", "bytes", "resolved_at", "reason"];

fn short(record: &Record) -> [Value; 5] {
    [
        Value::Integer(record.id),
        file_name(&record.file).into(),
        range(record.offset, record.length).into(),
        record.resolved_at.map_or(Value::Null, Value::Instant),
        record.reason.as_str().into(),
    ]
}

const LONG: [&str; 7] = ["id", "file", "offset", "length", "reason", "found_at", "resolved_at"];

fn long(record: &Record) -> [Value; 7] {
    [
        Value::Integer(record.id),
        record.file.as_str().into(),
        record.offset.into(),
        record.length.into(),
        record.reason.as_str().into(),
        Value::Instant(record.found_at),
        record.resolved_at.map_or(Value::Null, Value::Instant),
    ]
}

fn show(context: &mut Context<'_>, id: i64, raw: bool) -> Result<Exit, Failure> {
    let log = context.open()?;
    let head = log.reader()?.head()?;
    let record = quarantine::get(&log, id)?;
    if raw {
        context.io.out.write_all(&quarantine::raw(&log, id)?).map_err(Failure::output)?;
    } else if context.is_table() {
        let page = page(&record, &quarantine::raw(&log, id)?);
        context.text(&page)?;
    } else {
        let mut rows = context.rows(head, LONG)?;
        rows.push(long(&record))?;
        rows.finish()?;
    }
    Ok(Exit::Done)
}

/// A record for a person, each line harmless to a terminal.
fn page(record: &Record, raw: &[u8]) -> String {
    let mut page = format!(
        "{} bytes {}\n{}\n\n",
        printable(&record.file),
        range(record.offset, record.length),
        printable(&record.reason)
    );
    for line in String::from_utf8_lossy(raw).lines() {
        page.push_str(&printable(line));
        page.push('\n');
    }
    page
}

/// Reads a mended piece, which is a session of a file at most.
fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error| Failure::file("read", file, &error);
    let mut bytes = Vec::new();
    let open = std::fs::File::open(file).map_err(failed)?;
    open.take(ait42::SESSION_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > ait42::SESSION_BYTES_MAX {
        let path = file.display();
        let cause = format!("retry with {path}: it is longer than 256 MiB, and no session is");
        return Err(
            Failure::new(Exit::Quarantined, cause).hint("`retold import FILE` reads a file of many sessions")
        );
    }
    Ok(bytes)
}

fn retry(context: &mut Context<'_>, ids: Vec<i64>, with: Option<PathBuf>) -> Result<Exit, Failure> {
    let path = context.store_path()?;
    let store = Store::open(&path, context.options())?;
    let ids = match ids.is_empty() {
        false => ids,
        true => {
            let records = quarantine::list(store.log())?;
            records.iter().filter(|record| record.is_open()).map(|record| record.id).collect()
        }
    };
    let mut mended = BTreeMap::new();
    if let Some(file) = with {
        let [id] = ids.as_slice() else {
            return Err(Failure::usage("quarantine retry: --with mends one record")
                .hint("name it: retry ID --with FILE"));
        };
        let bytes = read(&file)?;
        mended.insert(*id, bytes);
    }
    let report = ait42::retry(store.log(), &ids, &mended)?;
    let head = store.log().reader()?.head()?;
    report::tell(context, &report, &path, head)
}
