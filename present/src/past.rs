//! The read models as they were.

use retold_core::OnProgress;
use retold_core::happening::Moment;
use retold_projections::{Error, Store};

/// Asks a store of the past by `ask`, which gets the store and what is told of the progress of filling it. The projection `temporal` is
/// filled and brought up to date where the store can be opened by `writable`: who asks reads only.
///
/// # Errors
/// Where the store cannot be read.
pub fn ask_past<T>(
    store: &Store,
    writable: impl FnOnce() -> Result<Store, Error>,
    moment: Moment,
    progress: &dyn OnProgress,
    ask: impl Fn(&Store, &dyn OnProgress) -> Result<T, Error>,
) -> Result<T, Error> {
    if store.holds_moment(moment)? {
        return ask(store, progress);
    }
    match writable() {
        Ok(writable) => ask(&writable, progress),
        Err(Error::Log(error)) if error.is_about_writing() => ask(store, progress),
        Err(error) => Err(error),
    }
}
