//! `retold rebuild`: the read models, filled anew.

use retold_projections::Store;

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::counted;

/// Rebuild the read models from the log
///
/// The new rows are built beside the old ones and put in their place in one step: readers see the old rows or the new
/// ones, and writers go on meanwhile. Interrupted, the next rebuild goes on from there.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold rebuild              what the log says is what the tables say")]
pub(crate) struct Rebuild {}

impl Run for Rebuild {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        inline(context)
    }
}

/// Fills the read models inside the store anew.
pub(super) fn inline(context: &mut Context<'_>) -> Result<Exit, Failure> {
    let store = Store::open_as_it_is(context.store_path()?, context.options())?;
    let head = store.log().reader()?.head()?;
    let bar = context.progress("rebuild", head.position.get());
    let rebuilt = store.rebuild(|progress| {
        bar.set_length(progress.head.get());
        bar.set_position(progress.position.get());
        !context.io.is_interrupted()
    });
    bar.finish_and_clear();
    let Some(position) = rebuilt? else {
        context.note("interrupted: the next rebuild goes on from here");
        return Ok(Exit::Interrupted);
    };
    if context.is_table() {
        context.say(&format!("rebuilt: the read models hold {}", counted(position.get(), "event")))?;
        return Ok(Exit::Done);
    }
    let mut rows = context.rows(head, ["rebuilt", "position"])?;
    rows.push(["read models".into(), position.into()])?;
    rows.finish()?;
    Ok(Exit::Done)
}
