//! `retold projections`: what is derived from the log, its status, and what can be done about it.

mod catch_up;
pub(super) mod change;
pub(super) mod check;
mod inline;
pub(super) mod list;
mod parameters;
pub(crate) mod past;
mod ready;

use std::path::PathBuf;

use retold_core::Position;

pub(crate) use self::ready::ready;
use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// The name of the read models, whose rows are in the store.
pub(crate) const INLINE: &str = "builtin";

/// List, declare, rebuild, compare and repair projections
///
/// Without a subcommand, lists every projection: the read models (`builtin`, which every append keeps), built in, declared.
/// A projection is derived from the log: nothing that is done here can lose an event. Rows that came from bodies which are pruned by now are nowhere else:
/// `rebuild` refuses to lose them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold projections                          how each of them stands
  retold projections add messages.sql         declare one in SQL, and fill it
  retold projections parameters MessageAdded  what its statements can use
  retold projections catch-up --follow        keep all of them current until Ctrl-C
  retold projections rebuild messages         fill it again, beside the old rows
  retold projections diff messages@1 messages@2
  retold projections check                    whether somebody changed their rows")]
pub(crate) struct Projections {
    #[command(subcommand)]
    act: Option<Act>,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// List every projection and its status
    List,
    /// Show one projection: its status, what it left out, its text
    Show {
        /// Its name
        name: String,
    },
    /// Declare a projection in an SQL file, or take up a built-in one, and fill it
    Add {
        /// The file, `-` for standard input; or the name of a built-in one
        file: PathBuf,
        /// Only say what is wrong with the file
        #[arg(long)]
        check: bool,
    },
    /// List what the statements of a declared projection can use
    Parameters {
        /// The type of the event [default: what all events have]
        r#type: Option<String>,
    },
    /// Catch projections up with the log, once or continuously
    ///
    /// Fills what was added, goes on with what was interrupted, creates a deleted file again, and applies the events that
    /// came since. One that stopped is tried again. The read models in the store need none of this.
    #[command(after_help = "\
Examples:
  retold projections catch-up                  all that are not paused
  retold projections catch-up search metrics   these two
  retold projections catch-up --follow         keep all of them current until Ctrl-C")]
    CatchUp {
        /// Their names [default: all that are not paused]
        names: Vec<String>,
        /// Keep all of them current, until Ctrl-C
        #[arg(short, long, conflicts_with = "names")]
        follow: bool,
    },
    /// Rebuild a projection from the log; the old rows are read meanwhile
    ///
    /// The new rows are built beside the old ones and replace them in one step: readers see the old rows or the new ones, and
    /// writers go on. After an interruption the next rebuild goes on from there. Refused with 9 where rows came from bodies that are pruned by now: the log cannot make them again.
    Rebuild {
        /// Its name [default: builtin, the read models in the store]
        #[arg(default_value = INLINE, hide_default_value = true)]
        name: String,
        /// Also where rows came from bodies that are pruned by now: they are lost
        #[arg(long)]
        force: bool,
    },
    /// Go back to the version before
    Rollback {
        /// Its name
        name: String,
    },
    /// Pause a projection
    Pause {
        /// Its name
        name: String,
    },
    /// Resume a paused projection
    Resume {
        /// Its name
        name: String,
    },
    /// Have a projection leave an event out, now and at every rebuild
    Skip {
        /// Its name
        name: String,
        /// The event's position
        position: u64,
        /// Why; it is kept
        #[arg(long)]
        reason: String,
    },
    /// Compare the rows of two versions
    Diff {
        /// NAME@VERSION
        left: String,
        /// NAME@VERSION
        right: String,
        /// At most this many differences
        #[arg(short, long, value_name = "N", default_value_t = 1000)]
        number: u32,
    },
    /// Compare the rows of projections with what the log makes of them
    ///
    /// Each is filled a second time, in another file, up to the event that it holds. Exits with 10 where a row is not what the
    /// log makes of it; a projection with a file of its own is paused then until it is rebuilt. Rows that may have come from bodies which are
    /// erased by now cannot be compared: they are counted, and no fault.
    Check {
        /// Their names [default: all]
        names: Vec<String>,
    },
    /// Forget a projection, its text and its rows
    Drop {
        /// Its name
        name: String,
    },
}

impl Run for Projections {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        match self.act.unwrap_or(Act::List) {
            Act::List => list::list(context),
            Act::Show { name } => list::show(context, &name),
            Act::Add { file, check } => change::add(context, &file, check),
            Act::Parameters { r#type } => parameters::list(context, r#type.as_deref()),
            Act::CatchUp { names, follow } => catch_up::catch_up(context, names, follow),
            Act::Rebuild { name, force } => change::rebuild(context, &name, force),
            Act::Rollback { name } => change::rollback(context, &name),
            Act::Pause { name } => change::pause(context, &name, true),
            Act::Resume { name } => change::pause(context, &name, false),
            Act::Skip { name, position, reason } => {
                let position = Position::new(position).unwrap_or_default();
                change::skip(context, &name, position, &reason)
            }
            Act::Diff { left, right, number } => change::diff(context, &left, &right, number),
            Act::Check { names } => check::check(context, &names),
            Act::Drop { name } => change::remove(context, &name),
        }
    }
}
