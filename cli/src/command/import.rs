//! `retold import`: what others left on disk, into the log.

pub(super) mod excluded;
mod follow;
mod remap;
pub(super) mod report;
pub(super) mod secrets;
pub(crate) mod transcripts;
mod upkeep;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use retold_core::Error;
use retold_importer::ait42::{self, Follow, Options, Report, Sources};
use retold_projections::Store;

use super::Run;
use super::projections::past;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, io_words};
use crate::store;

/// Import what coding agents and the AIT42 Editor left on disk
///
/// Without a word, all tools of this machine: Claude Code, Codex, Gemini CLI, Copilot CLI, opencode, Vibe Kanban, and
/// the AIT42 Editor. A tool's name (claude, codex, gemini, copilot, opencode, vibe-kanban, ait42) imports that tool alone,
/// from its own place or from the paths after it; a path alone is recognised by what it holds. Files are only read, and
/// every byte of them is kept. Importing again appends nothing; a file that grew appends its tail. What cannot be read as
/// records is kept too and counted as skipped; a file that cannot be read at all is named (exit 6), and the others go on.
/// Imports may run side by side. Ctrl-C stops between two records, and the next import goes on from there.
///
/// --exclude keeps transcripts out, of this import and of every later one, whoever runs it: those in a folder, and the
/// sessions that work in it or below it. A name without `/` is that of a folder, wherever it is. Without a value it lists
/// what is excluded. What came in before stays; `retold forget` takes it out.
///
/// What looks like a secret (a key, a token, a password) is counted. --mask-secrets takes it out on the way in, of what agents said and
/// of the files that are kept: `[masked: RULE]` is in its place. The store keeps to it, whoever imports into it from then on;
/// --include secrets ends that. What came in before stays; `retold redact --secrets` takes it out.
///
/// --remap reads no file: the records that the store keeps are mapped again, as this release understands them, and what the
/// log says otherwise is corrected by events that name the revision that they correct. It appends nothing where nothing
/// differs. Sessions of which something is redacted, pruned or masked stay as they are, and so do those that somebody
/// changed; and where secrets are masked, those of which a secret would be appended.
///
/// Of the AIT42 Editor, PATH is a `~/.ait42`, its `sessions` folder, a project or its `.ait42`, or a single file. Each
/// session becomes the events that must have led to it, and they are proved to lead back to it. In a folder, a session
/// file is a file, or a link to one, whose name ends in .json, or in .json.archive or
/// .json.migrated where the editor set it aside; upper case is as good. The name without the ending is the name of its
/// workspace; a link is called by its own name. Hidden files and other endings are passed over. Named, left out, and
/// exit 6: copies that other programs made (`NAME (conflicted copy …).json`, `NAME.sync-conflict-….json`,
/// `NAME 2.json`, `NAME (1).json` beside NAME.json, a backup or packed file without NAME.json), names that are not
/// Unicode, folders, pipes, links that lead nowhere, and files that cannot be read. The other files are imported all
/// the same. A copy that is named as PATH is taken in as an older copy of NAME.json.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold import                                 every coding agent of this machine
  retold import claude                          Claude Code alone
  retold import codex /mnt/old/.codex           from another place
  retold import --exclude ~/secret              all but what was done there, for good
  retold import --mask-secrets                  without keys and tokens, now and later
  retold import ~/.ait42 --dry-run              what that would do; writes nothing
  retold import ~/.ait42 --follow               and then whatever the editor goes on writing
  retold import --remap --dry-run               what a newer release would correct
  retold import old.json --workspace old=/src/x  a single file, with the folder it belongs to")]
pub(crate) struct Import {
    /// A tool, and where its files are; or paths alone
    #[arg(value_name = "TOOL|PATH")]
    what: Vec<PathBuf>,
    /// The folder that a file's name stands for, where nothing else tells it
    #[arg(long, value_name = "HASH=PATH", value_parser = pair)]
    workspace: Vec<(String, String)>,
    /// Read and report, write nothing and create nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Then take in what is written, until Ctrl-C; a folder may be empty
    #[arg(short, long, conflicts_with = "dry_run")]
    follow: bool,
    /// Keep out, now and later, a folder's transcripts and the sessions that work in it; alone: list
    #[arg(long, value_name = "PATH|PROJECT", num_args = 0..=1, default_missing_value = "", conflicts_with = "dry_run")]
    exclude: Vec<String>,
    /// Let in again what --exclude or `retold forget` keeps out
    #[arg(long, value_name = "PATH|PROJECT", conflicts_with = "dry_run")]
    include: Vec<String>,
    /// Mask what looks like a secret, now and later
    #[arg(long, conflicts_with = "dry_run")]
    mask_secrets: bool,
    /// Map the records that are kept again, as this release reads them, and append the difference
    #[arg(long, conflicts_with_all = ["follow", "exclude", "include", "deletions", "workspace"])]
    remap: bool,
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
        if self.exclude.iter().any(String::is_empty) {
            return excluded::list(context, &context.open()?);
        }
        if self.remap {
            return remap::run(context, &self.what, self.dry_run);
        }
        let asked = transcripts::Asked::read(context, &self.what)?;
        if self.mask_secrets && asked.wanted.is_empty() {
            return Err(Failure::usage("import: --mask-secrets is about what coding agents left")
                .hint("the AIT42 Editor's files are imported as they are; `retold redact --secrets` takes secrets out"));
        }
        let masks = self.mask_secrets
            || (context.settings.masks_secrets() && !self.dry_run && !asked.wanted.is_empty());
        if masks || !(self.exclude.is_empty() && self.include.is_empty()) {
            let path = context.store_path()?;
            let store = open(context, &path, false)?;
            if let Some(store) = &store {
                excluded::change(context, store.log(), &self.exclude, &self.include)?;
                secrets::mask_secrets(context, store.log(), masks)?;
            }
        }
        if !asked.wanted.is_empty() {
            return self.transcripts(context, asked);
        }
        let paths = asked.legacy;
        let folders: BTreeMap<String, String> = self.workspace.iter().cloned().collect();
        // Followed from before the first look, so that no change falls between.
        let followed = self.follow.then(|| Follow::begin(&paths, &folders)).transpose()?;
        let sources = if self.follow { Sources::default() } else { Sources::find(&paths, &folders)? };
        let path = context.store_path()?;
        let store = open(context, &path, self.dry_run)?;
        if let Some(store) = &store {
            secrets::warn_of_legacy(context, store.log())?;
        }
        if let (Some(followed), Some(store)) = (followed, &store) {
            return follow::follow(context, store, followed, self.deletions);
        }
        let report = import(context, store.as_ref(), &sources, self.dry_run, self.deletions)?;
        if let Some(store) = store.as_ref().filter(|_| !self.dry_run) {
            past::keep_current(context, store, &[past::TEMPORAL])?;
        }
        let head = match &store {
            Some(store) => store.log().reader()?.head()?,
            None => store::NO_HEAD,
        };
        report::tell(context, &report, &path, head)
    }
}

impl Import {
    /// Imports files of coding agents, and those of the editor that were named or found with them.
    fn transcripts(self, context: &mut Context<'_>, asked: transcripts::Asked) -> Result<Exit, Failure> {
        for (is_given, option) in
            [(self.deletions, "--deletions"), (!self.workspace.is_empty(), "--workspace")]
        {
            if is_given && asked.legacy.is_empty() {
                return Err(Failure::usage(format!("import: {option} is about files of the AIT42 Editor"))
                    .hint(format!(
                        "leave {option} away, or name the editor's files: retold import ait42 {option} …"
                    )));
            }
        }
        let path = context.store_path()?;
        // Where there is no store yet, a dry run looks at what an empty one lacks.
        let empty;
        let store = match open(context, &path, self.dry_run)? {
            Some(store) => store,
            None => {
                empty = tempfile::tempdir().map_err(|error| {
                    Failure::new(Exit::Io, format!("make a temporary folder: {}", io_words(&error)))
                })?;
                Store::open(empty.path().join("empty.db"), context.options().create(true))?
            }
        };
        if self.follow {
            if !asked.legacy.is_empty() {
                context.note("the AIT42 Editor's files are followed by `retold import ait42 --follow`");
            }
            return transcripts::follow(context, &store, &asked.wanted);
        }
        let mut reports = Vec::new();
        for wanted in &asked.wanted {
            reports.push((wanted.tool, transcripts::import(context, &store, wanted, self.dry_run, None)?));
            if context.io.is_interrupted() {
                break;
            }
        }
        let mut exit = Exit::Done;
        if !asked.legacy.is_empty() && !context.io.is_interrupted() {
            secrets::warn_of_legacy(context, store.log())?;
            let folders: BTreeMap<String, String> = self.workspace.iter().cloned().collect();
            let sources = Sources::find(&asked.legacy, &folders)?;
            let report = import(context, Some(&store), &sources, self.dry_run, self.deletions)?;
            let head = store.log().reader()?.head()?;
            exit = report::tell(context, &report, &path, head)?;
        }
        if !self.dry_run {
            past::keep_current(context, &store, &transcripts::READ_MODELS)?;
        }
        let head = store.log().reader()?.head()?;
        let told = transcripts::tell(context, &reports, &path, self.dry_run, head)?;
        Ok(if told == Exit::Done { exit } else { told })
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
    let bar = context.watch("import");
    let options = Options { dry_run, deletions, progress: Some(&bar.follow()), merge: None };
    let report = ait42::import(store.map(Store::log), sources, options);
    bar.end();
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
