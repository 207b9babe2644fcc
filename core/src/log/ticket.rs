//! The answer to a write that is under way.

use std::pin::Pin;
use std::task::{Context, Poll};

use super::commit::Appended;
use super::decide::Decided;
use crate::Error;
use crate::promise::{Answer, Look};

/// The answer to a write that is under way: [wait](Self::wait) for it, [poll](Self::poll) it, or `await` it.
///
/// The write is written whatever becomes of the ticket: dropping it loses the answer and nothing else.
#[must_use = "only the ticket says whether the write is on disk"]
pub struct Ticket<T = Appended> {
    answer: Answer<Result<Decided, Error>>,
    read: fn(Decided) -> T,
}

impl<T> Ticket<T> {
    pub(super) fn new(answer: Answer<Result<Decided, Error>>, read: fn(Decided) -> T) -> Self {
        Self { answer, read }
    }

    /// Waits for the answer.
    ///
    /// # Errors
    /// Those of the write; [`Error::Malformed`] where [`poll`](Self::poll) has given the answer before.
    pub fn wait(self) -> Result<T, Error> {
        self.read(self.answer.wait()).unwrap_or(Err(TAKEN))
    }

    /// Returns the answer where it is there; `None` where it is not yet, or was given before. Never blocks.
    pub fn poll(&self) -> Option<Result<T, Error>> {
        self.read(self.answer.look())
    }

    fn read(&self, look: Look<Result<Decided, Error>>) -> Option<Result<T, Error>> {
        match look {
            Look::Here(answer) => Some(answer.map(self.read)),
            Look::Never => Some(Err(super::writer_gone())),
            Look::Pending | Look::Taken => None,
        }
    }
}

const TAKEN: Error = Error::Malformed { reason: "the ticket has given its answer already" };

impl<T> Future for Ticket<T> {
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.answer.look_or_wake(context) {
            Look::Pending => Poll::Pending,
            look => Poll::Ready(self.read(look).unwrap_or(Err(TAKEN))),
        }
    }
}

impl<T> std::fmt::Debug for Ticket<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ticket").finish_non_exhaustive()
    }
}
