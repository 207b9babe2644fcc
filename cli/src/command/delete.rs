//! `retold delete`: a session leaves the lists.

use retold_projections::Store;
use retold_travel::delete;

use super::Run;
use super::revert::tell;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session;
use crate::travel_args;

/// Delete a session; its history stays
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold delete 5f0c2a1e
  retold undelete 5f0c2a1e    and back")]
pub(crate) struct Delete {
    /// The session
    session: String,
}

impl Run for Delete {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let store = Store::open(context.store_path()?, context.options())?;
        let found = session::resolve(context, &store.log().reader()?, &self.session)?;
        let deleted = delete(store.log(), found.stream)?;
        tell(context, &deleted, "is deleted", |_| format!("undelete {}", travel_args::word(&found.name)))
    }
}
