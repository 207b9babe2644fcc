//! What stays in the store.

use retold_projections::Store;
use retold_upkeep::PrunedSession;

use super::Finding;
use crate::command::prune::retention;
use crate::context::Context;
use crate::failure::Failure;

/// What stays in the store, where that is set, and when it took something out last.
pub(super) fn retention(context: &Context<'_>, store: &Store) -> Result<Option<Finding>, Failure> {
    let Some(set) = context.settings.retention() else { return Ok(None) };
    let pruned = retold_upkeep::pruned(store.log())?;
    let by_it = |one: &&PrunedSession| {
        one.reason.as_deref().is_some_and(|reason| reason.starts_with(retention::REASON))
    };
    let last = match pruned.iter().find(by_it).and_then(|one| retold_core::time::from_micros(one.at)) {
        Some(at) => format!("last pruned {}", retold_core::time::shown(at, &context.zone())),
        None => "nothing was pruned by it yet".to_owned(),
    };
    Ok(Some(Finding::ok("retention", format!("{}; {last}", retention::words(set)))))
}
