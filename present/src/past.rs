//! The read models as they were.

use std::time::{Duration, Instant};

use retold_core::happening::Moment;
use retold_core::{OnProgress, Progress};
use retold_projections::{Error, Store};

use crate::ready::while_at_work;

/// How long somebody else who fills the projection is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks a store of the past by `ask`, which gets the store and what is told of the progress of filling it. The projection `temporal` is
/// filled and brought up to date where the store can be opened by `writable`, once: who asks reads only. Where another is at that, ten
/// seconds are waited for it. Returns `None` where `progress` did not go on.
///
/// # Errors
/// Where the store cannot be read; [`Error::AtWork`] where another fills the projection for longer.
pub fn ask_past<T>(
    store: &Store,
    writable: impl Fn() -> Result<Store, Error>,
    moment: Moment,
    progress: &dyn OnProgress,
    ask: impl Fn(&Store, &dyn OnProgress) -> Result<Option<T>, Error>,
) -> Result<Option<T>, Error> {
    let begun = Instant::now();
    let go_on = |at: Progress| progress(at) && begun.elapsed() < PATIENCE;
    let mut opened: Option<Store> = None;
    let answer = while_at_work(&go_on, || {
        if store.holds_moment(moment)? {
            return ask(store, progress);
        }
        let writable = match &opened {
            Some(writable) => writable,
            None => match writable() {
                Ok(writable) => opened.insert(writable),
                Err(Error::Log(error)) if error.is_about_writing() => return ask(store, progress),
                Err(error) => return Err(error),
            },
        };
        ask(writable, progress)
    });
    match answer {
        // Nobody waits any longer.
        Err(Error::AtWork { .. }) if begun.elapsed() < PATIENCE => Ok(None),
        answer => answer,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use retold_core::event::WorkspaceRegistered;
    use retold_core::{Commit, Event, Expected, Options, StreamName};

    use super::*;

    const TEMPORAL: &str = "temporal";

    #[test]
    fn who_waits_for_another_to_fill_the_past_is_let_go_and_opens_the_store_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sessions.db");
        let store = Store::open(&path, Options::new().create(true)).unwrap();
        let event = WorkspaceRegistered { path: Some("/w".to_owned()), hashes: Vec::new() };
        store
            .log()
            .append(Commit::to(StreamName::workspace("/w"), Expected::Any, [Event::from(event)]))
            .unwrap();
        let sidecars = store.sidecars();
        sidecars.add_built_in(TEMPORAL).unwrap();
        let (asked, opened) = (AtomicU32::new(0), AtomicU32::new(0));
        let writable = || {
            opened.fetch_add(1, Ordering::Relaxed);
            Store::open(&path, Options::new())
        };
        let moment = Moment::Recorded(store.log().reader().unwrap().head().unwrap().position);
        let past = |go_on: &dyn OnProgress| {
            ask_past(&store, writable, moment, go_on, |store, progress| {
                asked.fetch_add(1, Ordering::Relaxed);
                store.temporal(moment, progress)
            })
        };
        let filling = |_: Progress| {
            // It holds the right to fill it until this returns.
            if asked.load(Ordering::Relaxed) == 0 {
                let is_let_go = |_: Progress| asked.load(Ordering::Relaxed) < 3;
                assert!(matches!(past(&is_let_go), Ok(None)));
            }
            true
        };
        sidecars.catch_up(TEMPORAL, &filling).unwrap();
        assert_eq!((asked.load(Ordering::Relaxed), opened.load(Ordering::Relaxed)), (3, 1));
        assert!(past(&|_| true).unwrap().is_some(), "it is there");
    }
}
