//! `retold projections rebuild`: the read models in the store, filled from scratch.

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
