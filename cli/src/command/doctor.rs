//! `retold doctor`: how a store is, and what mends it.

mod bounded;
mod damage_of;
mod look;
mod mounts;
mod retention;

use super::Run;
use super::finding::{Finding, answer};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Check the store and suggest fixes
///
/// Exits with 1 where there is something to do, with 10 where the store is damaged. It reads the last events and has SQLite
/// check the file; in a large store that check ends after a second, and the answer says how far it came.
/// `retold verify` reads everything.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold doctor
  retold doctor --full        the whole file, however long that takes
  retold doctor -o json | jq '.rows[] | select(.state != \"ok\")'")]
pub(crate) struct Doctor {
    /// Check the whole file, however long that takes
    #[arg(long)]
    full: bool,
}

impl Run for Doctor {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        // What is beside the store is beside its file, whatever link leads there.
        let path = retold_core::real_store_path(&context.store_path()?);
        let bar = context.watch("look over").ticking(super::stats::TICK);
        let (head, findings) = look::look(context, &path, self.full, &bar.follow())?;
        bar.end();
        answer(context, head, findings)
    }
}
