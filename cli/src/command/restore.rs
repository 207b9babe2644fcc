//! `retold restore`: what is gone comes back, a deleted session or a whole store.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use retold_core::Error;
use retold_core::files::is_same_file;
use retold_projections::{Store, find};
use retold_upkeep::Restored;

use super::{Run, backup, revert};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printable::printable;
use crate::store;
use crate::travel_args;

/// Restore a deleted session, or the store from a backup
///
/// A session comes back as it was when it was deleted. A file is a backup: it is verified first, the restored log goes on
/// under an id of its own and remembers where it came from, so that two histories are never taken for one, and the store
/// that was there before is kept beside its backups.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold restore 5f0c2a1e            a session; `retold log --type SessionDeleted` lists what was deleted
  retold restore sessions.db-backups/sessions-20261123T090000Z.db
  retold restore FILE --overwrite    also where the store has events that the backup lacks")]
pub(crate) struct Restore {
    /// The session, or the backup's file
    #[arg(value_name = "SESSION|FILE")]
    target: String,
    /// Also where the store has events that the backup lacks, or cannot be read: it is kept aside
    #[arg(long)]
    overwrite: bool,
}

/// What is to be restored.
enum Target {
    /// A backup of the whole store.
    Backup(PathBuf),
    /// A deleted session.
    Session(String),
}

/// Reads what a person named: a file that is there is a backup.
fn target(text: String) -> Target {
    let path = Path::new(&text);
    if path.exists() { Target::Backup(path.to_owned()) } else { Target::Session(text) }
}

impl Run for Restore {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        match target(self.target) {
            Target::Backup(path) => backup_of(context, &path, self.overwrite),
            Target::Session(name) if self.overwrite => Err(Failure::usage(format!(
                "restore {name}: --overwrite is for a backup's file, and there is none"
            ))
            .hint(
                "without it a deleted session comes back; `retold backup list` shows what backups there are",
            )),
            Target::Session(name) => session(context, &name),
        }
    }
}

fn session(context: &mut Context<'_>, name: &str) -> Result<Exit, Failure> {
    let store = Store::open(context.store_path()?, context.options())?;
    let found = find(&store.log().reader()?, name).map_err(|error| {
        // What looks like a path is meant for one.
        let is_path = name.contains(std::path::MAIN_SEPARATOR) || Path::new(name).extension().is_some();
        let failure = Failure::from(error);
        if is_path {
            failure.hint("there is no such file either; `retold backup list` shows what there is")
        } else {
            failure
        }
    })?;
    let restored = retold_travel::restore(store.log(), found.stream)?;
    revert::tell(context, &restored, "is back", |_| format!("delete {}", travel_args::word(&found.name)))
}

fn backup_of(context: &mut Context<'_>, file: &Path, overwrite: bool) -> Result<Exit, Failure> {
    let path = context.store_path()?;
    if is_same_file(file, &path) {
        return Err(Failure::usage(format!("restore {}: it is the store itself", file.display()))
            .hint("`retold backup list` shows the backups that there are"));
    }
    store::make_folder(&path)?;
    let aside = backup::name(&backup::folder(&path), Path::new("before-restore"), (context.io.clock)());
    let interrupt = Arc::clone(&context.io.interrupt);
    let bar = context.progress("restore", 0);
    let restored =
        retold_upkeep::restore(file, &path, &aside, overwrite, move || interrupt.load(Ordering::Relaxed));
    bar.finish_and_clear();
    let restored = restored.map_err(|error| match error {
        Error::WouldLose { .. } => Failure::caused(Exit::Usage, &error)
            .hint("--overwrite restores all the same, and keeps the store that is there aside"),
        Error::Damaged { act: "verify the backup", .. } => Failure::caused(Exit::Damaged, &error)
            .hint("the store is as it was; `retold recover` saves what a damaged file still holds"),
        error => error.into(),
    })?;
    tell(context, &path, &restored)
}

fn tell(context: &mut Context<'_>, path: &Path, restored: &Restored) -> Result<Exit, Failure> {
    let log = context.open()?;
    let head = log.reader()?.head()?;
    let aside = restored.aside.as_ref().map(|aside| aside.display().to_string());
    let Restored { log, parent, .. } = restored;
    if context.is_table() {
        context.say(&format!("restored  {}", printable(&path.display().to_string())))?;
        context.say(&format!("head      {}:{}", head.position, head.hash))?;
        context.say(&format!("log       {log}, which goes on from {} at {}", parent.log, parent.until))?;
        if let Some(aside) = &aside {
            context.say(&format!("before    {}", printable(aside)))?;
        }
    } else {
        let mut rows = context.rows(head, ["log", "parent", "parent_position", "parent_hash", "before"])?;
        rows.push([
            log.to_string().into(),
            parent.log.to_string().into(),
            parent.until.into(),
            parent.hash.into(),
            aside.map_or(crate::output::Value::Null, Into::into),
        ])?;
        rows.finish()?;
    }
    context.note("programs that have the store open append to it once they have opened it again");
    Ok(Exit::Done)
}
