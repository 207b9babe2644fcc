//! `retold store unprune`: pruned messages and outputs, back from an archive.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use retold_core::Log;
use retold_projections::Store;
use retold_upkeep::{Archive, Unpruned};

use super::Run;
use super::projections::past::TEMPORAL;
use super::prune::of_archive;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::counted;
use crate::session;
use crate::words::counted_bodies;

/// Move pruned messages and outputs back from an archive
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold store prune                                     what is pruned, and which archive has it
  retold store unprune /mnt/disk/sessions-20261124T090000Z.db
  retold store unprune ARCHIVE 7c2f4b1e                  only of this session")]
pub(crate) struct Unprune {
    /// The archive
    #[arg(value_name = "FILE")]
    archive: PathBuf,
    /// Only of these sessions
    #[arg(value_name = "SESSION")]
    sessions: Vec<String>,
}

impl Run for Unprune {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        unprune(context, &self.archive, &self.sessions)
    }
}

fn unprune(context: &mut Context<'_>, archive: &Path, sessions: &[String]) -> Result<Exit, Failure> {
    let store = Store::open(context.store_path()?, context.options())?;
    let log = store.log();
    let mut pruned = retold_upkeep::pruned(log)?;
    if !sessions.is_empty() {
        let reader = log.reader()?;
        let asked = sessions.iter().map(|text| Ok(session::resolve(context, &reader, text)?.stream));
        let asked: HashSet<_> = asked.collect::<Result<_, Failure>>()?;
        pruned.retain(|one| asked.contains(&one.stream));
    }
    if pruned.is_empty() {
        context.note("nothing is pruned");
        return Ok(Exit::Nothing);
    }
    let bar = context.watch("verify the archive");
    let opened = Archive::open(log, archive, bar.follow());
    bar.end();
    let opened = opened.map_err(of_archive)?;
    let bar = context.watch("unprune");
    let done = retold_upkeep::unprune(log, &opened, &pruned, bar.follow());
    bar.end();
    let done = done?;
    tell(context, log, &done)?;
    if done.sessions > 0 {
        sidecars(context, &store)?;
    }
    Ok(if done.lacking.is_empty() { Exit::Done } else { Exit::Nothing })
}

fn tell(context: &mut Context<'_>, log: &Log, done: &Unpruned) -> Result<(), Failure> {
    if context.is_table() {
        let sessions = counted(done.sessions, "session");
        context.say(&format!("unpruned  {sessions}, {}", counted_bodies(done.bodies)))?;
    } else {
        let head = log.reader()?.head()?;
        let mut rows = context.rows(head, ["sessions", "bodies", "lacking"])?;
        rows.push([done.sessions.into(), done.bodies.into(), (done.lacking.len() as u64).into()])?;
        rows.finish()?;
    }
    for name in &done.lacking {
        context.note(&format!(
            "{} stays pruned: another archive has what was pruned of it last, `retold store prune` says which",
            session::short(name)
        ));
    }
    Ok(())
}

/// Projections that were filled meanwhile lack what is back. Where nothing is pruned any more they are filled again;
/// where something is, one that was filled before may know what could not be had again.
fn sidecars(context: &mut Context<'_>, store: &Store) -> Result<(), Failure> {
    let log = store.log();
    if retold_upkeep::pruned(log)?.is_empty() {
        return retold_core::remove_sidecars(log.path()).map_err(|error| {
            Failure::from(error).hint(
                "it holds nothing but what is derived; `retold projections rebuild NAME` fills it again",
            )
        });
    }
    // The past fills the rows of a session again whenever bodies of it went or came back.
    let mut names = store.sidecars().names()?;
    names.retain(|name| name != TEMPORAL);
    if !names.is_empty() {
        context.note(&format!(
            "what was filled while they were pruned lacks them: `retold projections rebuild {}`",
            names.join("`, `retold projections rebuild ")
        ));
    }
    Ok(())
}
