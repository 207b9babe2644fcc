//! `retold rebuild`: the read models, filled anew.

use std::cell::RefCell;

use retold_core::{Head, Position};
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
    let (shared, mut told) = (RefCell::new(&mut *context), Ok(()));
    let rebuilt = store.rebuild_and(
        |progress| {
            bar.set_length(progress.head.get());
            bar.set_position(progress.position.get());
            !shared.borrow().io.is_interrupted()
        },
        // The old rows are removed after the answer.
        |position| {
            bar.finish_and_clear();
            told = answer(&mut shared.borrow_mut(), head, position);
        },
    );
    bar.finish_and_clear();
    let Some(_) = rebuilt? else {
        context.note("interrupted: the next rebuild goes on from here");
        return Ok(Exit::Interrupted);
    };
    told.map(|()| Exit::Done)
}

fn answer(context: &mut Context<'_>, head: Head, position: Position) -> Result<(), Failure> {
    if context.is_table() {
        return context.say(&format!("rebuilt: the read models hold {}", counted(position.get(), "event")));
    }
    let mut rows = context.rows(head, ["rebuilt", "position"])?;
    rows.push(["read models".into(), position.into()])?;
    rows.finish()
}
