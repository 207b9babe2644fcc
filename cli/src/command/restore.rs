//! `retold restore`: what was kept, put back.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use retold_core::{Error, Restored};

use super::Verb;
use super::backup;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printable::printable;
use crate::store;

/// Put a backup in the place of the store
///
/// The backup is verified first. The restored log goes on under an id of its own and remembers where it came from, so that
/// two histories are never taken for one. The store that was there before is kept beside its backups.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold backup list
  retold restore sessions.db-backups/sessions-20261123T090000Z.db
  retold restore FILE --overwrite    also where the store has events that the backup lacks")]
pub(crate) struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    target: String,
    /// Also where the store has events that the backup lacks, or cannot be read: it is kept aside
    #[arg(long)]
    overwrite: bool,
}

/// What is to be restored.
enum Target {
    /// A backup of the whole store.
    Backup(PathBuf),
}

/// Reads what a person named.
fn target(text: &str) -> Result<Target, Failure> {
    let path = Path::new(text);
    match path.symlink_metadata() {
        Ok(_) => Ok(Target::Backup(path.to_owned())),
        Err(error) => {
            Err(Failure::file("restore", path, &error).hint("`retold backup list` shows what there is"))
        }
    }
}

impl Verb for Restore {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        match target(&self.target)? {
            Target::Backup(path) => backup_of(context, &path, self.overwrite),
        }
    }
}

fn backup_of(context: &mut Context<'_>, file: &Path, overwrite: bool) -> Result<Exit, Failure> {
    let path = context.store_path()?;
    store::make_folder(&path)?;
    let aside = backup::name(&backup::folder(&path), Path::new("before-restore"), (context.io.clock)());
    let interrupt = Arc::clone(&context.io.interrupt);
    let bar = context.progress("restore", 0);
    let restored =
        retold_core::restore(file, &path, &aside, overwrite, move || interrupt.load(Ordering::Relaxed));
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
    context.note("programs that have the store open append to it once they have opened it anew");
    Ok(Exit::Done)
}
