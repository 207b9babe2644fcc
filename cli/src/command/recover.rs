//! `retold recover`: what a damaged store still holds.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use retold_core::{LogId, Lost, Recovered};
use retold_projections::Store;

use super::Verb;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Value, counted};
use crate::printable::printable;
use crate::session;

/// Save what a damaged store still holds into a new one
///
/// Only what can be read and whose hash is right is taken over, and of a session only what stands before its first hole.
/// Where nothing of the log is lost, the new store holds the same log; otherwise it is a new one. Every position that is not
/// in it is listed, and what can be read of it goes into the file DEST.lost.jsonl. The damaged store is only read.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold recover sessions.db mended.db
  retold recover sessions.db mended.db --log 5b0e…   whose log it is, kept elsewhere
  retold --store mended.db verify --full")]
pub(crate) struct Recover {
    /// The damaged store
    #[arg(value_name = "SRC")]
    from: PathBuf,
    /// The store to make; there must be nothing
    #[arg(value_name = "DEST")]
    to: PathBuf,
    /// The log's id, as `retold head` told it, where neither the store nor a backup says any more whose log it is
    #[arg(long, value_name = "ID")]
    log: Vec<LogId>,
}

impl Verb for Recover {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        self.refuse_another_store(context)?;
        if self.to.symlink_metadata().is_ok() {
            let error = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
            return Err(Failure::usage(format!("recover into {}: {error}", self.to.display())));
        }
        let mut list = List::new(&self.to);
        let mut lost = Vec::new();
        let bar = context.progress("recover", 0);
        let recovered = retold_core::recover(
            &self.from,
            &self.to,
            &self.log,
            |mut one| {
                list.add(&one);
                one.event = None;
                lost.push(one);
            },
            |position| {
                bar.set_position(position);
                !context.io.is_interrupted()
            },
        );
        bar.finish_and_clear();
        let recovered = recovered.map_err(|error| match error {
            error @ retold_core::Error::Damaged { .. } => Failure::caused(Exit::Damaged, &error)
                .hint("`retold backup list` and `retold restore` bring back an older state"),
            error => error.into(),
        })?;
        let file = list.finish()?;
        // The read models are made from what was saved.
        let store = Store::open(&self.to, context.options())?;
        let verified = store.log().verify(|_| true)?;
        tell(context, &store, &recovered, &lost, file.as_deref())?;
        if recovered.saved == 0 && recovered.lost > 0 {
            context.note(
                "hint: where nothing verifies, the store may not say any more whose log it is: `--log ID` with the id that \
                 `retold head` once told, or a backup where it was made, lets the hashes be tried",
            );
        }
        Ok(if recovered.lost == 0 && verified.is_sound() { Exit::Done } else { Exit::Quarantined })
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
    file: Option<&Path>,
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
            ("is_same_log", recovered.is_same_log.into()),
        ])?;
    }
    if context.is_table() {
        let saved = counted(recovered.saved, "event");
        let lost = counted(recovered.lost, "position");
        context.say(&match recovered.is_same_log {
            true => format!("saved: {saved}, all there were; the log is the same"),
            false => format!("saved: {saved}; lost: {lost}; the log is a new one"),
        })?;
    }
    if let Some(file) = file {
        context
            .note(&format!("what can be read of the lost is in {}", printable(&file.display().to_string())));
    }
    Ok(())
}

/// The file of what was not taken over, made with its first line.
struct List {
    path: PathBuf,
    file: Option<std::io::Result<std::io::BufWriter<std::fs::File>>>,
}

impl List {
    fn new(to: &Path) -> Self {
        let mut path = to.as_os_str().to_owned();
        path.push(".lost.jsonl");
        Self { path: path.into(), file: None }
    }

    fn add(&mut self, lost: &Lost) {
        let file = self.file.get_or_insert_with(|| {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            options.open(&self.path).map(std::io::BufWriter::new)
        });
        if let Ok(writer) = file {
            let line = serde_json::json!({
                "position": lost.position.get(),
                "last": lost.last.get(),
                "why": lost.why,
                "workspace": lost.stream.as_ref().map(|name| &name.workspace),
                "session_id": lost.stream.as_ref().map(|name| &name.session_id),
                "ordinal": lost.stream.as_ref().map(|name| name.ordinal),
                "revision": lost.revision.map(retold_core::Revision::get),
                "type": lost.event.as_ref().map(|event| event.event_type().name()),
                "body": lost.event.as_ref(),
            });
            if let Err(error) = writeln!(writer, "{line}") {
                *file = Err(error);
            }
        }
    }

    /// Returns the file, where there is one.
    fn finish(self) -> Result<Option<PathBuf>, Failure> {
        let Some(file) = self.file else { return Ok(None) };
        match file.and_then(|mut file| file.flush()) {
            Ok(()) => Ok(Some(self.path)),
            Err(error) => Err(Failure::file("write", &self.path, &error)),
        }
    }
}
