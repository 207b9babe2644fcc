//! The read models as they were.

use retold_core::happening::Moment;
use retold_projections::{Error, Progress, Store};

/// What is told how far the projection `temporal` is; it returns whether to go on.
type Tell<'a> = &'a mut dyn FnMut(Progress) -> bool;

/// Asks a store of the past by `ask`, which gets the store and what to call with the progress. The projection `temporal` is
/// filled and brought up to date where the store can be opened by `writable`: who asks reads only.
///
/// # Errors
/// Where the store cannot be read.
pub fn ask_past<T>(
    store: &Store,
    writable: impl FnOnce() -> Result<Store, Error>,
    moment: Moment,
    progress: Tell<'_>,
    ask: impl Fn(&Store, Tell<'_>) -> Result<T, Error>,
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
