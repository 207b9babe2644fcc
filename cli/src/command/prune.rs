//! `retold store prune`: messages and outputs of inactive sessions, out of the store and into an archive.

mod before;
mod behind;
pub(crate) mod retention;

pub(super) use before::of_archive;
use std::path::PathBuf;

use retold_travel::Point;
use retold_upkeep::PrunedSession;

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Value;
use crate::session;

/// Move messages and outputs of old sessions into an archive
///
/// The messages and outputs of sessions in which nothing happened after POINT leave the store. The sessions stay, and
/// so do their lists, statuses, agents and times; the log still verifies from its first event. First an archive is made, a
/// whole copy of the store, or FILE is taken for it; it is verified, and every body that is to go is compared with it. Keep it:
/// what was pruned is nowhere else. `retold --store ARCHIVE` reads it as any store.
///
/// With --retention it does what `retold import --follow` does each day where `retention` is set: the sessions that are older, or the
/// oldest as long as the store is larger, go into an archive; the newest archive of the folder is taken where it has them already.
/// Sessions that have not ended, or in which something happened within a day, stay.
///
/// Without an option, what is pruned now is listed.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").args(["before", "retention"]))]
#[command(after_help = "\
Examples:
  retold store prune                               what is pruned, and which archive has it
  retold store prune --before 90d-ago --dry-run    what would go
  retold store prune --before 90d-ago --archive /mnt/disk
  retold store prune --before head 7c2f4b1e        only this session
  retold store prune --retention -n                what the setting `retention` takes out now
  retold store prune --retention 20GB              the oldest, until that is left
  retold store unprune ARCHIVE               the way back")]
pub(crate) struct Prune {
    /// Sessions in which nothing happened after this moment; with --clock recorded, in which nothing was recorded
    #[arg(long, value_name = "POINT", allow_hyphen_values = true)]
    before: Option<Point>,
    /// The archive: one that is there, or the file or folder for a new one [default: the folder STORE-archives]
    #[arg(long, value_name = "FILE|DIR", requires = "what")]
    archive: Option<PathBuf>,
    /// By this age or size, or by what is set
    #[arg(long, value_name = "AGE|SIZE", num_args = 0..=1, default_missing_value = "", conflicts_with_all = ["reason", "sessions"])]
    retention: Option<String>,
    /// Why: it is kept in the log
    #[arg(long, requires = "before")]
    reason: Option<String>,
    /// Only show what would go
    #[arg(short = 'n', long, requires = "what")]
    dry_run: bool,
    /// Only of these sessions
    #[arg(value_name = "SESSION", requires = "before")]
    sessions: Vec<String>,
}

impl Run for Prune {
    const READS_POINTS: bool = true;

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        match (&self.before, &self.retention) {
            (Some(point), _) => before::prune(context, point, &self),
            (None, Some(text)) => {
                crate::run::refuse_clock("store prune --retention", context)?;
                retention::prune(context, text, &self)
            }
            (None, None) => {
                crate::run::refuse_clock("store prune", context)?;
                list(context)
            }
        }
    }
}

/// Lists what is pruned now, a pruning of a session a row.
fn list(context: &mut Context<'_>) -> Result<Exit, Failure> {
    let log = context.open()?;
    let pruned = retold_upkeep::pruned(&log)?;
    let head = log.reader()?.head()?;
    let mut rows = context.rows(head, ["session", "pruned_at", "bodies", "archive", "reason"])?;
    for one in &pruned {
        let PrunedSession { name, at, bodies, archive, reason, .. } = one;
        rows.push([
            session::short(name).into(),
            Value::Instant(*at),
            (*bodies).into(),
            archive.as_str().into(),
            reason.as_deref().map_or(Value::Null, Into::into),
        ])?;
    }
    rows.finish()?;
    if pruned.is_empty() {
        context.note("nothing is pruned");
    }
    Ok(if pruned.is_empty() { Exit::Nothing } else { Exit::Done })
}
