//! Sessions on their way into the log.

use std::collections::VecDeque;

use retold_core::{Appended, Ticket};

/// What may be on its way at once.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// A session that was handed to the writer.
#[derive(Debug)]
pub(super) struct Underway {
    pub(super) ticket: Ticket,
    pub(super) bytes: usize,
    /// How many events it appends.
    pub(super) events: u64,
    /// Where the session is in the list of its file.
    pub(super) entry: usize,
}

/// A session that was answered.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) entry: usize,
    pub(super) events: u64,
    pub(super) answer: Result<Appended, retold_core::Error>,
}

/// Sessions on their way, in order.
#[derive(Debug, Default)]
pub(super) struct Pending {
    queue: VecDeque<Underway>,
    bytes: usize,
}

impl Pending {
    /// Adds a session.
    pub(super) fn push(&mut self, underway: Underway) {
        self.bytes += underway.bytes;
        self.queue.push_back(underway);
    }

    /// Returns the next session that was answered; waits for it where there would be too many on their way otherwise.
    pub(super) fn answered(&mut self) -> Option<Arrived> {
        if self.bytes > BYTES_MAX && self.queue.len() > 1 {
            return self.next();
        }
        let answer = self.queue.front()?.ticket.poll()?;
        let Underway { entry, events, .. } = self.pop()?;
        Some(Arrived { entry, events, answer })
    }

    /// Waits for the next session; `None` where none is on its way.
    pub(super) fn next(&mut self) -> Option<Arrived> {
        let Underway { entry, events, ticket, .. } = self.pop()?;
        Some(Arrived { entry, events, answer: ticket.wait() })
    }

    fn pop(&mut self) -> Option<Underway> {
        let first = self.queue.pop_front()?;
        self.bytes -= first.bytes;
        Some(first)
    }
}
