//! A projection that has not seen what is to go would never see it.

use retold_core::Position;
use retold_projections::{ProjectionState, State, Store};

use crate::command::projections;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Refuses to prune while a projection has not taken in everything up to `last`.
pub(super) fn refuse(context: &Context<'_>, store: &Store, last: Position) -> Result<(), Failure> {
    let inline = store.status()?;
    let is_whole = matches!(inline.state, State::CaughtUp | State::Behind) && inline.position >= last;
    let mut behind = Vec::new();
    if !is_whole {
        behind.push(("builtin".to_owned(), inline.position, "retold rebuild".to_owned()));
    }
    for status in store.sidecars().status(projections::list::now(context))? {
        let has_it = status.position >= last && !matches!(status.state, ProjectionState::Diverged);
        if has_it && status.building.is_none() {
            continue;
        }
        let name = &status.name;
        let mend = match status.state {
            ProjectionState::Paused => format!("retold projections resume {name}"),
            ProjectionState::Failed => format!("retold projections show {name}"),
            ProjectionState::Diverged => format!("retold projections rebuild {name}"),
            _ => format!("retold project {name}"),
        };
        behind.push((name.clone(), status.position, mend));
    }
    let Some((_, _, mend)) = behind.first() else { return Ok(()) };
    let hint = format!("`{mend}`, and then again");
    let lines = behind.iter().map(|(name, position, mend)| format!("{name} is at {position}: `{mend}`"));
    Err(Failure::new(
        Exit::Busy,
        format!("prune: projections have not taken in all of it, up to position {last}"),
    )
    .detail(lines.collect::<Vec<_>>())
    .hint(hint))
}
