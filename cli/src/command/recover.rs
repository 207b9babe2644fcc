//! `retold store recover`: what a damaged store still holds.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use retold_core::files::{Partial, Privacy, in_the_way, is_same_file};
use retold_core::{Error, LogId};
use retold_projections::Store;
use retold_upkeep::{Loss, Lost, Recovered};
use serde_json::json;

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Value, counted};
use crate::printable::printable;
use crate::session;

/// Save what a damaged store still holds into a new one
///
/// Reads through SQLite, and the pages themselves where SQLite refuses. Only what verifies is taken over, and of a session only
/// what comes before its first gap. Where nothing of the log is lost, the new store holds the same log; otherwise it is a new
/// one. Marks, declared projections, quarantined records, idempotency keys and the list of backups are taken over too. What is
/// not is listed, and what can be read of it goes into DEST.lost.jsonl. DEST gets its name once it is whole and verified; the
/// damaged store is only read.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold store recover sessions.db mended.db
  retold store recover sessions.db mended.db --log 5b0e…   whose log it is, kept elsewhere
  retold --store mended.db verify --full")]
pub(crate) struct Recover {
    /// The damaged store
    #[arg(value_name = "SRC")]
    from: PathBuf,
    /// The store to make; there must be nothing
    #[arg(value_name = "DEST")]
    to: PathBuf,
    /// The log's id, as `retold store head` told it, where neither the store nor a backup says any more whose log it is
    #[arg(long, value_name = "ID")]
    log: Vec<LogId>,
}

impl Run for Recover {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        self.refuse_another_store(context)?;
        let mut list = List::new(&self.to);
        self.refuse(&list)?;
        let mut lost = Vec::new();
        let mut rows: BTreeMap<(String, &str), u64> = BTreeMap::new();
        let bar = context.watch("recover");
        let salvaged = retold_upkeep::salvage(
            &self.from,
            &self.to,
            &self.log,
            |loss| match loss {
                Loss::Event(mut one) => {
                    list.add(&event_line(&one));
                    one.event = None;
                    lost.push(*one);
                }
                Loss::Row(row) => {
                    list.add(&json!({ "table": row.table, "row": row.row, "why": row.why }));
                    *rows.entry((row.table, row.why)).or_default() += 1;
                }
                _ => {}
            },
            bar.follow(),
        );
        bar.end();
        let salvaged = salvaged.map_err(|error| self.failure(error))?;
        // Whoever finds the store finds what is missing from it, too.
        let file = list.finish()?;
        let recovered = salvaged.settle()?;
        // The read models are made from what was saved.
        let store = Store::open(&self.to, context.options())?;
        tell(context, &store, &recovered, &lost, &rows)?;
        if let Some(file) = &file {
            let file = printable(&file.display().to_string()).into_owned();
            context.note(&format!("what can be read of the lost is in {file}"));
        }
        if recovered.saved == 0 && recovered.lost + recovered.lost_rows > 0 {
            context.note(
                "hint: where nothing verifies, the store may not say any more whose log it is: `--log ID` with the id that \
                 `retold store head` once told, or a backup where it was made, lets the hashes be tried",
            );
            return Ok(Exit::Damaged);
        }
        let is_all = recovered.lost == 0 && recovered.lost_rows == 0;
        Ok(if is_all { Exit::Done } else { Exit::Quarantined })
    }
}

impl Recover {
    fn refuse(&self, list: &List) -> Result<(), Failure> {
        let refused = |path: &Path, why: &str| {
            Err(Failure::usage(format!("recover into {}: {why}", path.display()))
                .hint("name a file that is not there yet; the damaged store is only read"))
        };
        if is_same_file(&self.from, &self.to) {
            return refused(&self.to, "it is the damaged store itself");
        }
        let list = list.path.symlink_metadata().is_ok().then(|| list.path.clone());
        if let Some(path) = in_the_way(&self.to).or(list) {
            return refused(&path, "something is there already");
        }
        Ok(())
    }

    fn failure(&self, error: Error) -> Failure {
        match error {
            Error::Stopped { .. } => Failure::new(
                Exit::Interrupted,
                format!("recover into {}: interrupted, and nothing was written", self.to.display()),
            ),
            error @ Error::Damaged { .. } => Failure::caused(Exit::Damaged, &error)
                .hint("`retold store backup list` and `retold store restore` bring back an older state"),
            error => error.into(),
        }
    }
}

impl Recover {
    /// Both stores are arguments: `--store` can name one of them, and no third.
    fn refuse_another_store(&self, context: &Context<'_>) -> Result<(), Failure> {
        let full = |path: &Path| retold_core::files::real_path(path).and_then(std::path::absolute).ok();
        match &context.global.store {
            Some(store) if ![&self.from, &self.to].iter().any(|path| full(path) == full(store)) => {
                Err(Failure::usage(format!("recover: --store names {}, which is not read", store.display()))
                    .hint("SRC is the damaged store, and DEST the one to make: leave --store away"))
            }
            _ => Ok(()),
        }
    }
}

fn tell(
    context: &mut Context<'_>,
    store: &Store,
    recovered: &Recovered,
    lost: &[Lost],
    lost_rows: &BTreeMap<(String, &str), u64>,
) -> Result<(), Failure> {
    let head = store.log().reader()?.head()?;
    if !lost.is_empty() || !context.is_table() {
        let mut rows = context.rows(head, ["position", "last", "session", "revision", "why"])?;
        for one in lost {
            rows.push([
                one.position.into(),
                one.last.into(),
                one.stream.as_ref().map_or(Value::Null, |name| session::short(name).into()),
                one.revision.map_or(Value::Null, Into::into),
                one.why.into(),
            ])?;
        }
        rows.finish_with(&[
            ("saved", recovered.saved.into()),
            ("lost", recovered.lost.into()),
            ("lost_rows", recovered.lost_rows.into()),
            ("is_same_log", recovered.is_same_log.into()),
        ])?;
    }
    if context.is_table() {
        let saved = counted(recovered.saved, "event");
        let lost = counted(recovered.lost, "position");
        context.say(&match recovered.is_same_log {
            true if recovered.lost_rows == 0 => {
                format!("saved: {saved}, all there were; the log is the same")
            }
            true => format!("saved: {saved}; the log is the same"),
            false => format!("saved: {saved}; lost: {lost}; the log is a new one"),
        })?;
    }
    for ((table, why), count) in lost_rows {
        let what = printable(table).into_owned();
        context.note(&match count {
            1 => format!("lost: {what}: {why}"),
            count => format!("lost: {what}, {}: {why}", counted(*count, "row")),
        });
    }
    Ok(())
}

fn event_line(lost: &Lost) -> serde_json::Value {
    json!({
        "position": lost.position.get(),
        "last": lost.last.get(),
        "why": lost.why,
        "workspace": lost.stream.as_ref().map(|name| &name.workspace),
        "session_id": lost.stream.as_ref().map(|name| &name.session_id),
        "ordinal": lost.stream.as_ref().map(|name| name.ordinal),
        "revision": lost.revision.map(retold_core::Revision::get),
        "type": lost.event.as_ref().map(|event| event.event_type().name()),
        "body": lost.event.as_ref(),
    })
}

/// The file of what was not taken over, made with its first line; it gets its name once it is whole.
struct List {
    path: PathBuf,
    file: Option<std::io::Result<BufWriter<Unnamed>>>,
}

/// An unfinished file that is written to.
struct Unnamed(Partial);

impl Write for Unnamed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.file().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.file().flush()
    }
}

impl List {
    fn new(to: &Path) -> Self {
        let mut path = to.as_os_str().to_owned();
        path.push(".lost.jsonl");
        Self { path: path.into(), file: None }
    }

    fn add(&mut self, line: &serde_json::Value) {
        let make = || Partial::file_for(&self.path, Privacy::Owner).map(|file| BufWriter::new(Unnamed(file)));
        let file = self.file.get_or_insert_with(make);
        if let Ok(writer) = file
            && let Err(error) = writeln!(writer, "{line}")
        {
            *file = Err(error);
        }
    }

    /// Returns the file, where there is one.
    fn finish(self) -> Result<Option<PathBuf>, Failure> {
        let Some(file) = self.file else { return Ok(None) };
        let finish =
            |file: BufWriter<Unnamed>| file.into_inner().map_err(|error| error.into_error())?.0.settle();
        match file.and_then(finish) {
            Ok(_) => Ok(Some(self.path)),
            Err(error) => Err(Failure::file("write", &self.path, &error)),
        }
    }
}
