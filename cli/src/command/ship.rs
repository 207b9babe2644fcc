//! `retold ship`: a log to a team.

#[cfg(feature = "team")]
mod hint;
#[cfg(feature = "team")]
mod round;
#[cfg(feature = "team")]
mod status;
#[cfg(feature = "team")]
pub(super) mod target;

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Ship the log to a team's server, or a directory
///
/// Sends what the receiver lacks, checked by its hashes; what it has is not sent again. Nothing is queued elsewhere: the log is
/// the queue. What is erased here is erased there with the next shipment. Nothing leaves of a workspace in which something looks
/// like a secret, until it is redacted or --allow names the workspace.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "\
Levels, each with the one before it:
  none     how many events there are, and the hash at their end
  headers  their types, times and hashes
  facts    names, and all bodies but what people or agents said or wrote [default]
  all      everything

Examples:
  retold ship postgres://ada@db.example/retold --dry-run   what would leave
  retold ship postgres://ada@db.example/retold
  RETOLD_TOKEN=rt_… retold ship https://team.example       through `retold serve`
  retold ship /mnt/usb/team --level all --workspace atlas  one workspace, into files
  retold ship status                                       how far, and since when")]
pub(crate) struct Ship {
    /// postgres://USER@HOST/DATABASE, https://HOST, or a directory
    #[arg(required = true, value_name = "TARGET")]
    target: Option<String>,
    /// How much leaves: none, headers, facts or all
    #[arg(long, value_enum, default_value_t, value_name = "LEVEL", hide_possible_values = true)]
    level: Level,
    /// Only these workspaces, by their keys; of the others, how many events
    #[arg(long, value_name = "KEY")]
    workspace: Vec<String>,
    /// Ship these workspaces with what looks like a secret in them now
    #[arg(long, value_name = "KEY")]
    allow: Vec<String>,
    /// Show what would leave, and send nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Go on shipping until Ctrl-C
    #[arg(long, conflicts_with = "dry_run")]
    follow: bool,
    /// The name of this machine [default: its host name]
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    /// Speak to a server on another machine without TLS
    #[arg(long)]
    insecure: bool,
    #[command(subcommand)]
    act: Option<Act>,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Level {
    None,
    Headers,
    #[default]
    Facts,
    All,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Show how far the log was shipped, to where, and when
    Status {
        /// Only to this target
        #[arg(value_name = "TARGET")]
        target: Option<String>,
    },
}

impl Run for Ship {
    const ASKS_SERVERS: bool = true;

    #[cfg(feature = "team")]
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        match self.act {
            Some(Act::Status { target }) => status::status(context, target.as_deref()),
            None => round::ship(self, context),
        }
    }

    #[cfg(not(feature = "team"))]
    fn run(self, _context: &mut Context<'_>) -> Result<Exit, Failure> {
        Err(super::team::left_out("ship"))
    }
}
