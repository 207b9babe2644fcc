//! `retold import`: a legacy history, into the log.

mod follow;
pub(super) mod report;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use retold_core::Error;
use retold_importer::ait42::{self, Follow, Options, Progress, Report, Sources};
use retold_projections::Store;

use super::Run;
use super::projections::past;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::store;

/// Import session histories of the AIT42 Editor, read-only
///
/// PATH is a `~/.ait42`, its `sessions` folder, a project or its `.ait42`, or a single file. Each session becomes the
/// events that must have led to it, and they are proved to lead back to it. Importing again appends nothing; importing
/// a newer copy appends the difference. What cannot be read is kept in quarantine, and the sessions around it are
/// imported. Imports may run side by side. Ctrl-C stops between two sessions, and the next import goes on from there.
///
/// In a folder, a session file is a file, or a link to one, whose name ends in .json, or in .json.archive or
/// .json.migrated where the editor set it aside; upper case is as good. The name without the ending is the name of its
/// workspace; a link is called by its own name. Hidden files and other endings are passed over. Named, left out, and
/// exit 6: copies that other programs made (`NAME (conflicted copy …).json`, `NAME.sync-conflict-….json`,
/// `NAME 2.json`, `NAME (1).json` beside NAME.json, a backup or packed file without NAME.json), names that are not
/// Unicode, folders, pipes, links that lead nowhere, and files that cannot be read. The other files are imported all
/// the same. A copy that is named as PATH is taken in as an older copy of NAME.json.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold import ~/.ait42                        everything the editor has written
  retold import ~/.ait42 --dry-run              what that would do; writes nothing
  retold import ~/.ait42 --follow               and then whatever the editor goes on writing
  retold import old.json --workspace old=/src/x  a single file, with the folder it belongs to")]
pub(crate) struct Import {
    /// What to import
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The folder that a file's name stands for, where nothing else tells it
    #[arg(long, value_name = "HASH=PATH", value_parser = pair)]
    workspace: Vec<(String, String)>,
    /// Read and report, write nothing and create nothing
    #[arg(long)]
    dry_run: bool,
    /// Then import each file again whenever it changed, until Ctrl-C; a folder may be empty
    #[arg(short, long, conflicts_with = "dry_run")]
    follow: bool,
    /// Also delete sessions that a newer file no longer has (reversible)
    #[arg(long)]
    deletions: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (hash, path) = text.split_once('=').ok_or("accepted is HASH=PATH")?;
    if hash.is_empty() || path.is_empty() {
        return Err("accepted is HASH=PATH".to_owned());
    }
    Ok((hash.to_owned(), path.to_owned()))
}

impl Run for Import {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let folders: BTreeMap<String, String> = self.workspace.iter().cloned().collect();
        // Followed from before the first look, so that no change falls between.
        let followed = self.follow.then(|| Follow::begin(&self.paths, &folders)).transpose()?;
        let sources = if self.follow { Sources::default() } else { Sources::find(&self.paths, &folders)? };
        let path = context.store_path()?;
        let store = open(context, &path, self.dry_run)?;
        if let (Some(followed), Some(store)) = (followed, &store) {
            return follow::follow(context, store, followed, self.deletions);
        }
        let report = import(context, store.as_ref(), &sources, self.dry_run, self.deletions)?;
        if let Some(store) = store.as_ref().filter(|_| !self.dry_run) {
            past::keep_current(context, store)?;
        }
        let head = match &store {
            Some(store) => store.log().reader()?.head()?,
            None => store::NO_HEAD,
        };
        report::tell(context, &report, &path, head)
    }
}

/// Imports files, with a bar and until somebody asks to stop.
fn import(
    context: &Context<'_>,
    store: Option<&Store>,
    sources: &Sources,
    dry_run: bool,
    deletions: bool,
) -> Result<Report, retold_importer::Error> {
    let bar = context.bytes_progress("import", sources.bytes());
    let mut tell = |progress: Progress| bar.set_position(progress.bytes);
    let interrupt = Arc::clone(&context.io.interrupt);
    let options =
        Options { dry_run, deletions, interrupted: Some(&interrupt), progress: Some(&mut tell), merge: None };
    let report = ait42::import(store.map(Store::log), sources, options);
    bar.finish_and_clear();
    report
}

/// Opens the store, creating it; for a dry run the one that is there, if any, for reading.
fn open(context: &Context<'_>, path: &Path, dry_run: bool) -> Result<Option<Store>, Failure> {
    if dry_run {
        return match Store::open(path, context.options().read_only(true)) {
            Ok(store) => Ok(Some(store)),
            Err(retold_projections::Error::Log(Error::NoStore { .. })) => Ok(None),
            Err(error) => Err(error.into()),
        };
    }
    store::make_folder(path)?;
    Ok(Some(Store::open(path, context.options().create(true))?))
}
