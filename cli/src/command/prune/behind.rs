//! A projection that has not seen what is to go would never see it.

use retold_core::Position;
use retold_projections::{Filled, Kind, ProjectionState, Store};

use crate::command::projections;
use crate::command::projections::change::with_progress;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::counted;

/// Catches up the projections that lack events up to `last` and that nothing keeps from it.
pub(super) fn catch_up(context: &mut Context<'_>, store: &Store, last: Position) -> Result<(), Failure> {
    for status in store.sidecars().status(projections::list::now(context))? {
        let can_go_on = matches!(status.state, ProjectionState::Behind | ProjectionState::Absent);
        if status.kind == Kind::Inline || !can_go_on || status.building.is_some() || status.position >= last {
            continue;
        }
        let name = &status.name;
        let filled =
            with_progress(context, store, name, |sidecars, progress| sidecars.catch_up(name, progress))?;
        let Filled::UpTo(position) = filled else { return Err(Failure::interrupted()) };
        context.note(&format!("{name}: caught up, holds {}", counted(position.get(), "event")));
    }
    Ok(())
}

/// Refuses to prune while a projection has not taken in everything up to `last`.
pub(super) fn refuse(context: &Context<'_>, store: &Store, last: Position) -> Result<(), Failure> {
    let mut behind = Vec::new();
    for status in store.sidecars().status(projections::list::now(context))? {
        let (name, is_inline) = (&status.name, status.kind == Kind::Inline);
        let is_other = matches!(status.state, ProjectionState::Diverged | ProjectionState::Outdated);
        // Read models that are being filled lose nothing: they are made of what stays.
        if status.position >= last && !is_other && (is_inline || status.building.is_none()) {
            continue;
        }
        let mend = match status.state {
            _ if is_inline => "retold projections rebuild".to_owned(),
            ProjectionState::Paused => format!("retold projections resume {name}"),
            ProjectionState::Failed => format!("retold projections show {name}"),
            ProjectionState::Diverged => format!("retold projections rebuild {name}"),
            _ => format!("retold projections catch-up {name}"),
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
