//! `retold projections rebuild`: the read models in the store, filled from scratch.

use retold_core::{Head, Position};
use retold_projections::Store;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::counted;

/// Fills the read models in the store from scratch.
pub(super) fn rebuild(context: &mut Context<'_>) -> Result<Exit, Failure> {
    let store = Store::open_as_it_is(context.store_path()?, context.options())?;
    let head = store.log().reader()?.head()?;
    let bar = context.watch("rebuild");
    let mut told = Ok(());
    // The old rows are removed after the answer.
    let rebuilt = store.rebuild_and(bar.follow(), |position| {
        bar.end();
        told = answer(context, head, position);
    });
    bar.end();
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
