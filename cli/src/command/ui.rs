//! `retold ui`: the page.

#[cfg(feature = "web")]
mod serve;
#[cfg(all(feature = "team", feature = "web"))]
mod team;

use std::net::IpAddr;

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Browse sessions in the browser, at any moment
///
/// Serves a page on this machine alone and opens it. It only reads, but for --write. The address that is printed lets a browser in, once; what
/// it holds after `#` is secret.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold ui                     serves the store and opens the page
  retold ui --demo              a sample store, in a folder that is removed at the end
  retold ui --write             sessions may be changed on it; what is done appends, and can be undone
  retold ui --port 7777 --no-open
                                for a bookmark, or a tunnel: ssh -L 7777:127.0.0.1:7777 HOST
  retold ui --store https://team.example
                                the sessions of a team; one that is opened is pulled to this machine
  retold ui --new-token         browsers that were let in before are out")]
pub(crate) struct Ui {
    /// The port to listen on; else any that is free
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// Print the address, and open no browser
    #[arg(long)]
    no_open: bool,
    /// Let the page change status, winner, tags and marks, fork, revert and undo
    #[arg(long)]
    write: bool,
    /// Show a sample store
    #[arg(long)]
    demo: bool,
    /// Draw a new token: browsers that were let in before are out
    #[arg(long)]
    new_token: bool,
    /// Listen on this address; one that other machines reach needs --host too
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1", hide_default_value = true)]
    bind: IpAddr,
    /// A name that browsers call this machine by, such as a proxy's; may be given more than once
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
}

impl Run for Ui {
    const READS_POINTS: bool = true;
    const ASKS_SERVERS: bool = cfg!(all(feature = "team", feature = "web"));

    #[cfg(feature = "web")]
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        serve::serve(self, context)
    }

    #[cfg(not(feature = "web"))]
    fn run(self, _context: &mut Context<'_>) -> Result<Exit, Failure> {
        Err(Failure::usage("ui: this program was built without the page")
            .hint("`cargo install retold-cli` builds it with it"))
    }
}
