//! Projections that come with retold, as ready for a question as they can be made.

use std::time::{Duration, Instant};

use retold_core::{Head, OnProgress, Progress, Unit};
use retold_projections::{Error, Filled, ProjectionState, Store, Usable};

/// How often it is looked whether another process has done its work.
const LOOK: Duration = Duration::from_millis(20);

/// What became of a projection that was to be brought up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaughtUp {
    /// It holds every event that there was.
    Whole,
    /// Somebody has paused it: it is left where it is.
    Paused,
    /// It is not there within the time: there is too much of it, or another process is at it still.
    NotYet,
}

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

/// Makes a projection ready, so that `store` can be asked, which reads only. Nothing is written where it holds every event; one that somebody has
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
    match writable().and_then(|writable| catch_up(&writable, name, now, patience.catch_up, &|_| true)) {
        Ok(_) => {}
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

/// Brings a projection to the end of the log within `bound`, and as long as `progress` goes on. Another process that is at it is waited
/// for. `now` is in microseconds since 1970.
///
/// # Errors
/// Those of [`catch_up`](retold_projections::Sidecars::catch_up), but that another process is at it.
pub fn catch_up(
    store: &Store,
    name: &str,
    now: i64,
    bound: Duration,
    progress: &dyn OnProgress,
) -> Result<CaughtUp, Error> {
    let sidecars = store.sidecars();
    sidecars.add_built_in(name)?;
    let end = store.log().reader()?.head()?.position;
    let status = sidecars.status_of(name, now)?;
    if status.state == ProjectionState::Paused && status.path.is_some() {
        return Ok(CaughtUp::Paused);
    }
    let begun = Instant::now();
    let go_on = |at: Progress| progress(at) && begun.elapsed() < bound;
    let filled = while_at_work(&go_on, || match sidecars.catch_up(name, &go_on) {
        // Who follows it never lets go of it, and has it up to date.
        Err(error @ Error::AtWork { .. }) => match sidecars.usable(name)? {
            Usable::Whole(head) | Usable::UpTo(head) if head.position >= end => {
                Ok(Filled::UpTo(head.position))
            }
            _ => Err(error),
        },
        filled => filled,
    });
    match filled {
        Ok(Filled::UpTo(_)) => Ok(CaughtUp::Whole),
        Ok(Filled::Interrupted) | Err(Error::AtWork { .. }) => Ok(CaughtUp::NotYet),
        Err(error) => Err(error),
    }
}

/// Does something again for as long as another process fills the projection that it needs, and `progress` goes on.
pub(crate) fn while_at_work<T>(
    progress: &dyn OnProgress,
    mut act: impl FnMut() -> Result<T, Error>,
) -> Result<T, Error> {
    loop {
        match act() {
            Err(Error::AtWork { .. }) if progress(Progress::new(Unit::Events, 0, None)) => {
                std::thread::sleep(LOOK);
            }
            answer => return answer,
        }
    }
}
