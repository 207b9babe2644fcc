//! `retold undelete`: a deleted session comes back.

use retold_projections::Store;
use retold_travel::restore;

use super::{Run, revert};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session;
use crate::travel_args;

/// Restore a deleted session as it was when it was deleted
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold log --type SessionDeleted   what was deleted
  retold undelete 5f0c2a1e")]
pub(crate) struct Undelete {
    /// The session
    session: String,
}

impl Run for Undelete {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let store = Store::open(context.store_path()?, context.options())?;
        let name = &self.session;
        let found = session::resolve(context, &store.log().reader()?, name).map_err(|failure| {
            // What looks like a path is meant for one.
            let is_path = name.contains(std::path::MAIN_SEPARATOR) || name.ends_with(".db");
            if is_path {
                failure.hint("`retold store restore FILE` restores the store from a backup")
            } else {
                failure
            }
        })?;
        let restored = restore(store.log(), found.stream)?;
        revert::tell(context, &restored, "is back", |_| format!("delete {}", travel_args::word(&found.name)))
    }
}
