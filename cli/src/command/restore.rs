//! `retold store restore`: the store, from a backup.

use std::path::{Path, PathBuf};

use retold_core::Error;
use retold_core::files::is_same_file;
use retold_upkeep::Restored;

use super::{Run, backup};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printable::printable;
use crate::store;

/// Restore the store from a backup
///
/// The backup is verified first. The restored log goes on under an id of its own and remembers where it came from, so that two
/// histories are never taken for one. The store that was there before is kept beside its backups.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold store backup list                the backups that there are
  retold store restore sessions.db-backups/sessions-20261123T090000Z.db
  retold store restore FILE --overwrite   also where the store has events that the backup lacks")]
pub(crate) struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Also where the store has events that the backup lacks, or cannot be read: it is kept aside
    #[arg(long)]
    overwrite: bool,
}

impl Run for Restore {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        if !self.file.exists() {
            let path = self.file.display();
            return Err(Failure::new(Exit::Nothing, format!("restore {path}: there is no such file"))
                .hint("`retold store backup list` shows the backups; `retold undelete SESSION` restores a deleted session"));
        }
        backup_of(context, &self.file, self.overwrite)
    }
}

fn backup_of(context: &mut Context<'_>, file: &Path, overwrite: bool) -> Result<Exit, Failure> {
    let path = context.store_path()?;
    if is_same_file(file, &path) {
        return Err(Failure::usage(format!("restore {}: it is the store itself", file.display()))
            .hint("`retold store backup list` shows the backups that there are"));
    }
    store::make_folder(&path)?;
    let aside = backup::name(&store::backups_of(&path), Path::new("before-restore"), (context.io.clock)());
    let bar = context.watch("restore");
    let restored = retold_upkeep::restore(file, &path, &aside, overwrite, bar.follow());
    bar.end();
    let restored = restored.map_err(|error| match error {
        Error::WouldLose { .. } => Failure::caused(Exit::Usage, &error)
            .hint("--overwrite restores all the same, and keeps the store that is there aside"),
        Error::Damaged { act: "verify the backup", .. } => Failure::caused(Exit::Damaged, &error)
            .hint("the store is as it was; `retold store recover` saves what a damaged file still holds"),
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
