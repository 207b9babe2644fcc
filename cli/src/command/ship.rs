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

/// A target that the log was shipped to, as far as is known here.
pub(super) struct ShippedTo {
    /// What it is called; of a directory that it is one.
    pub(super) name: String,
    /// How far the target had the log, and when that was, in microseconds since 1970.
    pub(super) position: u64,
    pub(super) at: i64,
    pub(super) has_diverged: bool,
}

/// Returns where a log was shipped to.
#[cfg(feature = "team")]
pub(super) fn shipped(log: &retold_core::Log) -> Vec<ShippedTo> {
    let id = log.id().to_string();
    let hints = hint::Hint::all(log.path()).into_iter().filter(|hint| hint.log == id);
    let target = |hint: hint::Hint| ShippedTo {
        name: if crate::store::is_address(&hint.target) { hint.target } else { "directory".to_owned() },
        position: hint.position,
        at: hint.at,
        has_diverged: hint.diverged.is_some(),
    };
    hints.map(target).collect()
}

/// A program without teams ships nowhere.
#[cfg(not(feature = "team"))]
pub(super) fn shipped(_log: &retold_core::Log) -> Vec<ShippedTo> {
    Vec::new()
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
