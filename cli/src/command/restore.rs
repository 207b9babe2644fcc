//! `retold restore`: what is gone comes back.

use retold_projections::{Found, Store, find};
use retold_travel::restore;

use super::Verb;
use super::revert::tell;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::journey;

/// Restore a deleted session, as it was when it was deleted
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold restore 5f0c2a1e
  retold log --type SessionDeleted    what was deleted, and when")]
pub(crate) struct Restore {
    /// The session
    #[arg(value_name = "SESSION")]
    target: String,
}

impl Verb for Restore {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let store = Store::open(context.store_path()?, context.options())?;
        let found = self.target(&store)?;
        let restored = restore(store.log(), found.stream)?;
        tell(context, &restored, "is back", |_| format!("delete {}", journey::word(&found.name)))
    }
}

impl Restore {
    /// Reads what is to come back.
    fn target(&self, store: &Store) -> Result<Found, Failure> {
        Ok(find(&store.log().reader()?, &self.target)?)
    }
}
