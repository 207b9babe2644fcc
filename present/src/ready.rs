//! Projections that come with retold, as ready for a question as they can be made by who reads only.

use std::time::{Duration, Instant};

use retold_core::Head;
use retold_projections::{Error, ProjectionState, Store, Usable};

/// What a projection holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ready {
    /// Every event up to this one.
    UpTo(Head),
    /// It is being filled for the first time, and is not there within the time.
    NotYet,
}

/// How long it may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// To bring it up to date.
    pub catch_up: Duration,
    /// To fill it for this process alone, where there is none and nothing can be written.
    pub fill: Duration,
}

/// Makes a projection ready, so that `store` can be asked. Nothing is written where it holds every event; one that somebody has
/// paused is left where it is. `writable` opens the store for writing, `now` is in microseconds since 1970.
///
/// # Errors
/// Where the store cannot be read.
pub fn ready(
    store: &Store,
    writable: impl FnOnce() -> Result<Store, Error>,
    name: &str,
    now: i64,
    patience: Patience,
) -> Result<Ready, Error> {
    if let Usable::Whole(head) = store.sidecars().usable(name)? {
        return Ok(Ready::UpTo(head));
    }
    match catch_up(writable, name, now, patience.catch_up) {
        Ok(()) => {}
        Err(Error::Log(error)) if error.is_about_writing() => {}
        Err(error) => return Err(error),
    }
    Ok(match store.sidecars().usable(name)? {
        Usable::Whole(head) | Usable::UpTo(head) => Ready::UpTo(head),
        Usable::Not => {
            let head = store.log().reader()?.head()?;
            let begun = Instant::now();
            match store.fill_privately(name, &|_| begun.elapsed() < patience.fill)? {
                true => Ready::UpTo(head),
                false => Ready::NotYet,
            }
        }
    })
}

fn catch_up(
    writable: impl FnOnce() -> Result<Store, Error>,
    name: &str,
    now: i64,
    bound: Duration,
) -> Result<(), Error> {
    let begun = Instant::now();
    let writable = writable()?;
    let sidecars = writable.sidecars();
    sidecars.add_built_in(name)?;
    let status = sidecars.status_of(name, now)?;
    if status.state == ProjectionState::Paused && status.path.is_some() {
        return Ok(());
    }
    match sidecars.catch_up(name, &|_| begun.elapsed() < bound) {
        // Another process is at it.
        Ok(_) | Err(Error::AtWork { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}
