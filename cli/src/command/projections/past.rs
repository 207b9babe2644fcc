//! The read models as they were, for commands with `--at`.

use retold_core::happening::Moment;
use retold_core::{Head, OnProgress, Position, Progress};
use retold_projections::{ProjectionState, Store, Usable};

use crate::context::Context;
use crate::failure::Failure;
use crate::output::AsOf;

/// The projection that has the past.
pub(crate) const TEMPORAL: &str = "temporal";

/// Asks a store of the past by `ask`, which gets the store and what is told of the progress; `None` where it was
/// interrupted. The projection `temporal` is filled and brought up to date where it can be written.
pub(crate) fn ask<T>(
    context: &Context<'_>,
    store: &Store,
    moment: Moment,
    go_on: &(dyn Fn() -> bool + Sync),
    ask: impl Fn(&Store, &dyn OnProgress) -> Result<Option<T>, retold_projections::Error>,
) -> Result<Option<T>, Failure> {
    let bar = context.watch("look back");
    let progress = |at: Progress| bar.show(at) && go_on();
    let path = context.store_path()?;
    let writable = || Store::open(&path, context.options());
    let answer = retold_present::ask_past(store, writable, moment, &progress, ask);
    bar.end();
    Ok(answer?)
}

/// Takes the events that were just imported into projections, so that the first question need not. Where that fails, or is
/// interrupted, the question does it.
pub(crate) fn keep_current(context: &mut Context<'_>, store: &Store, names: &[&str]) -> Result<(), Failure> {
    let head = store.log().reader()?.head()?.position;
    if head == Position::ZERO {
        return Ok(());
    }
    let sidecars = store.sidecars();
    for name in names {
        let is_whole = matches!(sidecars.usable(name)?, Usable::Whole(_));
        let status = sidecars.status_of(name, super::list::now(context));
        if is_whole || status.is_ok_and(|status| status.state == ProjectionState::Paused) {
            continue;
        }
        let bar = context.watch("index");
        let filled = sidecars.add_built_in(name).and_then(|_| sidecars.catch_up(name, &bar.follow()));
        bar.end();
        match filled {
            // Another process does it.
            Ok(_) | Err(retold_projections::Error::AtWork { .. }) => {}
            Err(error) => {
                let cause = Failure::from(error).words();
                context.note(&format!("warning: the projection {name} was not brought up to date: {cause}"));
            }
        }
    }
    Ok(())
}

/// Returns the moment that an answer stands for, and says so where it is not the one that was asked for: `as_of` is the last
/// event that was taken in.
pub(crate) fn stands_for(context: &mut Context<'_>, asked: AsOf, as_of: Head) -> AsOf {
    if as_of.position < asked.position {
        context.note(&format!(
            "warning: temporal holds events up to position {} of {}: `retold projections catch-up temporal` brings it to the end",
            as_of.position, asked.position
        ));
    }
    asked.limited_to(as_of)
}
