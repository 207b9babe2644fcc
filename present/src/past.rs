//! The read models as they were.

use std::time::{Duration, Instant};

use retold_core::OnProgress;
use retold_core::happening::Moment;
use retold_projections::{Error, Store};

/// How long somebody else who fills the projection is waited for, and how often it is looked whether that is done.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(20);

/// Asks a store of the past by `ask`, which gets the store and what is told of the progress of filling it. The projection `temporal` is
/// filled and brought up to date where the store can be opened by `writable`: who asks reads only. Where another is at that, ten seconds
/// are waited for it.
///
/// # Errors
/// Where the store cannot be read.
pub fn ask_past<T>(
    store: &Store,
    writable: impl Fn() -> Result<Store, Error>,
    moment: Moment,
    progress: &dyn OnProgress,
    ask: impl Fn(&Store, &dyn OnProgress) -> Result<T, Error>,
) -> Result<T, Error> {
    let begun = Instant::now();
    loop {
        if store.holds_moment(moment)? {
            return ask(store, progress);
        }
        let answer = match writable() {
            Ok(writable) => ask(&writable, progress),
            Err(Error::Log(error)) if error.is_about_writing() => ask(store, progress),
            Err(error) => Err(error),
        };
        match answer {
            Err(Error::AtWork { .. }) if begun.elapsed() < PATIENCE => std::thread::sleep(LOOK),
            answer => return answer,
        }
    }
}
