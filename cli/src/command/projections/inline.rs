//! `retold projections rebuild`: the read models in the store, filled from scratch.

use std::cell::RefCell;

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
