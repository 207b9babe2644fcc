//! `retold backup`: copies of the store that are whole and verified.

mod place;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use retold_core::Log;
use retold_core::files::is_same_file;
use retold_upkeep::Backup as Made;

use super::Run;
use crate::context::Context;
use crate::duration::duration;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Value, size};
use crate::printable::printable;
use crate::store;
pub(super) use place::{backups as backups_in, head_of};
pub(super) use place::{file, name};

/// Write a verified copy of the store beside running writers
///
/// The copy gets its name once it is on disk and every hash of it was checked. It is one file, which `retold --store` reads
/// and `retold store restore` puts back.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "\
Examples:
  retold backup                          into the folder sessions.db-backups beside the store
  retold backup /mnt/disk --keep 7       into another one, the seven newest of this log stay
  retold backup /mnt/disk --every 24h    until Ctrl-C
  retold backup list")]
pub(crate) struct Backup {
    #[command(subcommand)]
    list: Option<List>,
    /// A folder, or the file to write [default: the folder STORE-backups]
    #[arg(value_name = "DEST")]
    dest: Option<PathBuf>,
    /// Remove older backups of this log in the folder, but for the N newest
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
    /// Go on, a backup each time this has passed, such as 24h or 30m
    #[arg(long, value_name = "TIME")]
    every: Option<Every>,
}

#[derive(Debug, clap::Subcommand)]
enum List {
    /// List the backups in a folder, newest first
    List {
        /// The folder [default: the folder STORE-backups]
        #[arg(value_name = "DEST")]
        dest: Option<PathBuf>,
    },
}

/// How long to wait between two backups.
#[derive(Clone, Copy, Debug)]
struct Every(Duration);

impl FromStr for Every {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || "accepted is a time such as 24h, 30m or 7d, a second at the least".to_owned();
        duration(text).filter(|time| *time >= Duration::from_secs(1)).map(Self).ok_or_else(refused)
    }
}

impl Run for Backup {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let store = context.store_path()?;
        if let Some(List::List { dest }) = self.list {
            return list(context, &dest.unwrap_or_else(|| store::backups_of(&store)));
        }
        if let Some(dest) = self.dest.as_deref().filter(|dest| is_same_file(dest, &store)) {
            return Err(Failure::usage(format!("back up to {}: it is the store itself", dest.display()))
                .hint("name a folder, or a file that is not there yet"));
        }
        let log = open(context, &store)?;
        let dest = self.dest.clone().unwrap_or_else(|| store::backups_of(&store));
        loop {
            let made = self.back_up(context, &log, &dest)?;
            tell(context, &log, &made)?;
            let Some(Every(time)) = self.every else { return Ok(Exit::Done) };
            context.io.out.flush().map_err(Failure::output)?;
            if !context.io.rest(time) {
                return Ok(Exit::Interrupted);
            }
        }
    }
}

/// Opens the store, which takes note of its backups where it can be written.
fn open(context: &mut Context<'_>, store: &Path) -> Result<Log, Failure> {
    match context.options().open(store) {
        Err(error) if error.is_about_writing() => {
            let log = context.open()?;
            context
                .note(&format!("the store takes no note of this backup: {}", Failure::from(error).words()));
            Ok(log)
        }
        opened => Ok(opened?),
    }
}

impl Backup {
    fn back_up(&self, context: &mut Context<'_>, log: &Log, dest: &Path) -> Result<Made, Failure> {
        let file = place::file(dest, log.path(), (context.io.clock)(), self.dest.is_none())?;
        let bar = context.watch("backup");
        let made = retold_upkeep::back_up(log, &file, bar.follow());
        bar.end();
        let made = made.map_err(|error| match error {
            retold_core::Error::Damaged { .. } => Failure::caused(Exit::Damaged, &error)
                .hint("nothing was written; `retold verify` says how far the damage goes"),
            error => error.into(),
        })?;
        if let Some(keep) = self.keep {
            for old in place::superfluous(log, &file, keep)? {
                std::fs::remove_file(&old).map_err(|error| Failure::file("remove", &old, &error))?;
                context.note(&format!("removed {}", printable(&old.display().to_string())));
            }
        }
        Ok(made)
    }
}

fn tell(context: &mut Context<'_>, log: &Log, made: &Made) -> Result<(), Failure> {
    if context.is_table() {
        context.say(&format!(
            "backup  {}, {}",
            printable(&made.path.display().to_string()),
            size(made.bytes)
        ))?;
        return context.say(&format!("head    {}:{}", made.head.position, made.head.hash));
    }
    let head = log.reader()?.head()?;
    let mut rows = context.rows(head, place::COLUMNS)?;
    let made_at =
        retold_core::time::to_micros(place::made_at(&made.path).unwrap_or(jiff::Timestamp::UNIX_EPOCH));
    rows.push(place::row(&made.path, Some(made_at), made.head, made.bytes))?;
    rows.finish()
}

fn list(context: &mut Context<'_>, folder: &Path) -> Result<Exit, Failure> {
    let backups = place::backups(folder)?;
    let head = crate::store::NO_HEAD;
    let mut rows = context.rows(head, place::COLUMNS)?;
    for path in &backups {
        let bytes = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        let made_at = place::made_at(path).map(retold_core::time::to_micros);
        match place::head(path) {
            Ok((_, head)) => rows.push(place::row(path, made_at, head, bytes))?,
            Err(error) => {
                let words = Failure::from(error).words();
                let [file, made_at, _, bytes, _] = place::row(path, made_at, head, bytes);
                rows.push([file, made_at, Value::Null, bytes, words.into()])?;
            }
        }
    }
    rows.finish()?;
    Ok(if backups.is_empty() { Exit::Nothing } else { Exit::Done })
}
