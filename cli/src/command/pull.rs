//! `retold pull`: sessions from a team.

#[cfg(feature = "team")]
mod act;
#[cfg(feature = "team")]
mod choose;

use std::path::PathBuf;

use retold_travel::Point;

use super::Run;
use super::sessions::Among;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

#[cfg(feature = "team")]
pub(super) use act::bring;
#[cfg(all(feature = "team", feature = "web"))]
pub(super) use act::{folder_of, make as make_folder};
#[cfg(all(feature = "team", feature = "web"))]
pub(super) use choose::Source;

/// As much as a program without teams can say.
#[cfg(not(feature = "team"))]
pub(super) fn bring(
    command: &str,
    _address: &str,
    _session: Option<String>,
    _context: &mut Context<'_>,
) -> Result<(), Failure> {
    Err(super::team::left_out(command))
}

/// Take sessions from a team into stores on this machine
///
/// A store holds its sessions whole, and of the rest of their log where it is; it verifies by itself, answers every command that reads
/// (`retold --store FILE show SESSION`), and cannot be written. All sessions of one log are in one file. Pulling again brings what is
/// new of all of them, and takes out what was erased since. A project's name is that of its folder, where it is not on this machine.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold pull postgres://ada@db.example/retold 5f0c2a1e
  retold pull https://team.example --project atlas --since monday
  retold pull https://team.example --all
                                  every session that you may read
  retold pull /mnt/usb/team 5f0c2a1e 77ab --into pulled")]
pub(crate) struct Pull {
    /// postgres://USER@HOST/DATABASE, https://HOST, or a directory
    #[arg(value_name = "TARGET")]
    target: String,
    /// The sessions, each by the first letters of its id
    #[arg(value_name = "SESSION", conflicts_with_all = ["tool", "project", "here", "model", "since", "all"])]
    sessions: Vec<String>,
    #[command(flatten)]
    among: Among,
    /// Only those that moved after this time: a date, a time, or another; see `retold help points`
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<Point>,
    /// Every session that you may read
    #[arg(long, conflicts_with_all = ["tool", "project", "here", "model", "since"])]
    all: bool,
    /// The folder for what is pulled [default: `teams` beside the store]
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,
    /// Speak to a server on another machine without TLS
    #[arg(long)]
    insecure: bool,
}

impl Run for Pull {
    const ASKS_SERVERS: bool = true;

    #[cfg(feature = "team")]
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        act::pull(&self, context)
    }

    #[cfg(not(feature = "team"))]
    fn run(self, _context: &mut Context<'_>) -> Result<Exit, Failure> {
        Err(super::team::left_out("pull"))
    }
}
