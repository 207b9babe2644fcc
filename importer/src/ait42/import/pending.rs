//! Sessions on their way into the log.

use std::collections::VecDeque;

use retold_core::{Appended, Ticket};

use crate::Error;

/// What may be on its way at once.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// A session that was handed to the writer.
#[derive(Debug)]
pub(super) struct Underway {
    pub(super) ticket: Ticket,
    pub(super) bytes: usize,
    /// Where the session stands in the list of its file.
    pub(super) entry: usize,
}

/// Sessions on their way, in order.
#[derive(Debug, Default)]
pub(super) struct Pending {
    queue: VecDeque<Underway>,
    bytes: usize,
}

impl Pending {
    /// Adds a session; returns those that had to arrive first so that memory stays bounded.
    pub(super) fn push(&mut self, underway: Underway) -> Result<Vec<(usize, Appended)>, Error> {
        self.bytes += underway.bytes;
        self.queue.push_back(underway);
        let mut arrived = Vec::new();
        while self.bytes > BYTES_MAX && self.queue.len() > 1 {
            arrived.extend(self.next()?);
        }
        while let Some(answer) = self.queue.front().and_then(|first| first.ticket.poll()) {
            let first = self.pop();
            arrived.extend(first.map(|first| Ok::<_, Error>((first.entry, answer?))).transpose()?);
        }
        Ok(arrived)
    }

    /// Waits for all.
    pub(super) fn drain(&mut self) -> Result<Vec<(usize, Appended)>, Error> {
        let mut arrived = Vec::new();
        while let Some(next) = self.next()? {
            arrived.push(next);
        }
        Ok(arrived)
    }

    fn next(&mut self) -> Result<Option<(usize, Appended)>, Error> {
        self.pop().map(|first| Ok((first.entry, first.ticket.wait()?))).transpose()
    }

    fn pop(&mut self) -> Option<Underway> {
        let first = self.queue.pop_front()?;
        self.bytes -= first.bytes;
        Some(first)
    }
}
