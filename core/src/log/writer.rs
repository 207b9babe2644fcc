//! The one thread that writes: drains the queue into a transaction, and answers every caller.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use rusqlite::Connection;

use super::commit::Appended;
use super::group::Group;
use super::heads::Heads;
use super::in_use::Spot;
use super::inline::Inline;
use super::prepare::Prepared;
use super::shared::Shared;
use crate::pack::Unpacker;
use crate::{Error, LogId};

/// What one transaction takes at the most, so that the first caller in it does not wait for long.
const GROUP_EVENTS_MAX: usize = 4096;
const GROUP_BYTES_MAX: usize = 8 * 1024 * 1024;

pub(super) struct Request {
    pub(super) prepared: Prepared,
    pub(super) answer: Sender<Result<Appended, Error>>,
}

pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) log: LogId,
    pub(super) heads: Heads,
    pub(super) unpacker: Unpacker,
    pub(super) inline: Option<Box<dyn Inline>>,
    pub(super) shared: Arc<Shared>,
    pub(super) spot: Spot,
}

impl Writer {
    /// Writes until the last caller is gone.
    pub(super) fn run(mut self, requests: &Receiver<Request>) {
        while let Ok(first) = requests.recv() {
            let mut group = vec![first];
            let (mut events, mut bytes) = (group[0].prepared.events(), group[0].prepared.bytes());
            while events < GROUP_EVENTS_MAX && bytes < GROUP_BYTES_MAX {
                let Ok(next) = requests.try_recv() else { break };
                events += next.prepared.events();
                bytes += next.prepared.bytes();
                group.push(next);
            }
            self.write(group);
        }
        self.optimize();
    }

    /// Has SQLite look over its statistics at the end. Nobody waits for it: where the store is busy, the next one does.
    fn optimize(&self) {
        if self.shared.latched().is_none() && self.connection.busy_timeout(Duration::ZERO).is_ok() {
            let _next_time = super::compact::optimize(&self.connection);
        }
    }

    fn write(&mut self, requests: Vec<Request>) {
        if let Some(cause) = self.shared.latched() {
            for request in requests {
                answer(&request.answer, Err(Error::Latched { cause: cause.clone() }));
            }
            return;
        }
        let (prepared, answers): (Vec<_>, Vec<_>) =
            requests.into_iter().map(|request| (request.prepared, request.answer)).unzip();
        let mut group = Group::new(self);
        let written = group.write(prepared);
        match written {
            // What was written is where nobody will look for it.
            Ok(_) if !self.spot.holds() => {
                self.fail(&answers, Error::Moved { path: self.spot.path.clone() });
            }
            Ok((outcomes, head)) => {
                if let Some(head) = head {
                    self.shared.advance(head);
                }
                for (to, outcome) in answers.iter().zip(outcomes) {
                    answer(to, outcome);
                }
            }
            Err(error) => self.fail(&answers, error),
        }
    }

    /// Nothing of the transaction was kept. Whether a later one may be trusted depends on the error.
    fn fail(&mut self, answers: &[Sender<Result<Appended, Error>>], error: Error) {
        self.heads.forget();
        if let Some(inline) = &mut self.inline {
            inline.abandon();
        }
        let for_others: Box<dyn Fn() -> Error> = match &error {
            Error::Busy { act } => {
                let act = *act;
                Box::new(move || Error::Busy { act })
            }
            Error::Inline { reason } => {
                let reason = reason.clone();
                Box::new(move || Error::Inline { reason: reason.clone() })
            }
            other => {
                let cause = describe(other);
                self.shared.latch(cause.clone());
                Box::new(move || Error::Latched { cause: cause.clone() })
            }
        };
        let mut first = Some(error);
        for to in answers {
            answer(to, Err(first.take().unwrap_or_else(&for_others)));
        }
    }
}

/// Answers a caller. One that has gone away in the meantime does not want to know.
fn answer(to: &Sender<Result<Appended, Error>>, outcome: Result<Appended, Error>) {
    let _gone = to.send(outcome);
}

fn describe(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
