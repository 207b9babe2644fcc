//! How far long work is, and whether it goes on: one shape for all of it.

use crate::Error;

/// How far long work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What is counted.
    pub unit: Unit,
    /// How much is done.
    pub done: u64,
    /// How much there is to do; `None` where that is not known. It may grow meanwhile, as a log does that is written to.
    pub total: Option<u64>,
}

/// What the progress of long work is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// Bytes that were read.
    Bytes,
    /// Events; where all of a log is gone through, `done` is the position of the last one.
    Events,
    /// Bodies of events.
    Bodies,
    /// Pages of a file.
    Pages,
    /// Sessions.
    Sessions,
    /// Streams: records of sessions, and workspaces.
    Streams,
    /// Rows of an answer.
    Rows,
    /// Steps of the work itself.
    Steps,
}

impl Progress {
    /// Returns how far work is that does `total`, or so much that nobody knows.
    pub fn new(unit: Unit, done: u64, total: impl Into<Option<u64>>) -> Self {
        Self { unit, done, total: total.into() }
    }
}

/// Who is told how far long work is, and says whether it goes on: a closure, `|_| true` where nobody waits for it.
///
/// It is called often, and by work of several threads from each of them, also at the same time. Where it returns false, the work
/// stops at its next safe place; what has become of it then is said where the work is.
pub trait OnProgress: Fn(Progress) -> bool + Sync {
    /// Tells how far the work is.
    ///
    /// # Errors
    /// [`Error::Stopped`] where it does not go on.
    fn advance(&self, act: &'static str, progress: Progress) -> Result<(), Error> {
        if self(progress) { Ok(()) } else { Err(Error::Stopped { act }) }
    }
}

impl<F: Fn(Progress) -> bool + Sync + ?Sized> OnProgress for F {}
