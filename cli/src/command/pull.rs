//! `retold pull`: a session from a team.

#[cfg(feature = "team")]
mod act;

use std::path::PathBuf;

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

#[cfg(feature = "team")]
pub(super) use act::bring;

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

/// Take a session from a team into a store on this machine
///
/// The store holds the session whole, and of the rest of its log where it is; it verifies by itself, answers every command that reads
/// (`retold --store FILE show SESSION`), and cannot be written. All sessions of one log are in one file. Pulling again brings what is
/// new of all of them, and takes out what was erased since.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold pull postgres://ada@db.example/retold 5f0c2a1e
  retold pull /mnt/usb/team 5f0c2a1e --into pulled")]
pub(crate) struct Pull {
    /// postgres://USER@HOST/DATABASE, https://HOST, or a directory
    #[arg(value_name = "TARGET")]
    target: String,
    /// The session, by the first letters of its id
    #[arg(value_name = "SESSION")]
    session: String,
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
