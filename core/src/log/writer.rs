//! The one thread that writes: drains the queue into a transaction, and answers every caller.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, TryRecvError};

use super::batch::WriteBatch;
use super::commit::Commit;
use super::decide::{Decided, Turn};
use super::dictionary::{newest_dictionary, unusable_dictionary};
use super::heads::Heads;
use super::in_use::Spot;
use super::inline::Inline;
use super::pool::PooledReader;
use super::prepare::Prepared;
use super::shared::Shared;
use crate::pack::Packer;
use crate::promise::Promise;
use crate::{Error, LogId};

pub(super) const OF_ARCHIVES: Error =
    Error::Malformed { reason: "what an archive has is pruned and put back by it alone" };

/// The most that one transaction takes, so that the first caller in it does not wait for long.
const GROUP_EVENTS_MAX: usize = 4096;
const GROUP_BYTES_MAX: usize = 8 * 1024 * 1024;

/// How long a writer whose log is closed goes on trying to get at a store that another process holds.
const CLOSING_MAX: Duration = Duration::from_secs(60);
/// How long it rests before it tries again, where the store's own timeout is shorter.
const RETRY_AFTER: Duration = Duration::from_millis(10);

pub(super) struct Request {
    pub(super) turn: Turn,
    pub(super) answer: Promise<Result<Decided, Error>>,
}

pub(super) struct Writer {
    /// The connection that writes, and that writes are decided through.
    pub(super) own: PooledReader,
    pub(super) log: LogId,
    pub(super) heads: Heads,
    pub(super) packer: Option<Packer>,
    pub(super) inline: Option<Box<dyn Inline>>,
    pub(super) shared: Arc<Shared>,
    pub(super) spot: Spot,
}

impl Writer {
    /// Writes until the last caller is gone and everything that was handed over has had its turn.
    pub(super) fn run(mut self, requests: &Receiver<Request>) {
        let mut waiting: VecDeque<Request> = VecDeque::new();
        let mut closed_at: Option<Instant> = None;
        loop {
            if waiting.is_empty() {
                let Ok(first) = requests.recv() else { break };
                waiting.push_back(first);
            }
            let (mut events, mut bytes) = (0, 0);
            for request in &waiting {
                events += request.turn.events();
                bytes += request.turn.bytes();
            }
            while events < GROUP_EVENTS_MAX && bytes < GROUP_BYTES_MAX {
                match requests.try_recv() {
                    Ok(next) => {
                        events += next.turn.events();
                        bytes += next.turn.bytes();
                        waiting.push_back(next);
                    }
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => {
                        closed_at.get_or_insert_with(Instant::now);
                        break;
                    }
                }
            }
            let gives_up = closed_at.is_some_and(|at| at.elapsed() > CLOSING_MAX);
            waiting = self.write(waiting, gives_up);
        }
        self.optimize();
    }

    /// Has SQLite look over its statistics at the end. Nobody waits for it: where the store is busy, the next one does.
    fn optimize(&self) {
        let connection = &self.own.connection;
        if self.shared.latched().is_none() && connection.busy_timeout(Duration::ZERO).is_ok() {
            let _next_time = super::store::optimize(connection);
        }
    }

    /// Writes what waits, and returns what has to be tried again.
    fn write(&mut self, requests: VecDeque<Request>, gives_up: bool) -> VecDeque<Request> {
        let (mut turns, answers): (Vec<_>, Vec<_>) =
            requests.into_iter().map(|request| (request.turn, request.answer)).unzip();
        if let Some(cause) = self.shared.latched() {
            answers.into_iter().for_each(|answer| answer.give(Err(Error::Latched { cause: cause.clone() })));
            return VecDeque::new();
        }
        let mut batch = WriteBatch::new(self);
        let written = batch.write(&mut turns);
        match written {
            // What was written is where nobody will look for it.
            Ok(_) if !self.spot.holds() => {
                let error = Error::Moved { path: self.spot.path.clone() };
                self.fail(turns, answers, error, gives_up)
            }
            Ok((outcomes, head)) => {
                if let Some(head) = head {
                    self.shared.advance(head);
                }
                answers.into_iter().zip(outcomes).for_each(|(answer, outcome)| answer.give(outcome));
                VecDeque::new()
            }
            Err(error) => self.fail(turns, answers, error, gives_up),
        }
    }

    /// Nothing of the transaction was kept. Whether a later one may be trusted depends on the error.
    ///
    /// That the store is busy is told to those who wait for their answer, and their writes are not made. The others
    /// would not hear of it in time, or never: theirs are tried again, in the order in which they were handed over.
    fn fail(
        &mut self,
        turns: Vec<Turn>,
        answers: Vec<Promise<Result<Decided, Error>>>,
        error: Error,
        gives_up: bool,
    ) -> VecDeque<Request> {
        self.heads.forget();
        if let Some(inline) = &mut self.inline {
            inline.abandon();
        }
        let for_others: Box<dyn Fn() -> Error> = match &error {
            Error::Busy { act } => {
                let act = *act;
                let requests = turns.into_iter().zip(answers).map(|(turn, answer)| Request { turn, answer });
                let mut again = VecDeque::new();
                for request in requests {
                    match gives_up || request.answer.is_waited_for() {
                        true => request.answer.give(Err(Error::Busy { act })),
                        false => again.push_back(request),
                    }
                }
                if !again.is_empty() {
                    std::thread::sleep(RETRY_AFTER);
                }
                return again;
            }
            Error::Inline { reason } => {
                let reason = reason.clone();
                Box::new(move || Error::Inline { reason: reason.clone() })
            }
            // It stops writing: nothing of what it knows may still hold.
            Error::Newer { path, found, known } => {
                let (path, found, known) = (path.clone(), *found, *known);
                self.shared.latch(describe(&error));
                Box::new(move || Error::Newer { path: path.clone(), found, known })
            }
            other => {
                let cause = describe(other);
                self.shared.latch(cause.clone());
                Box::new(move || Error::Latched { cause: cause.clone() })
            }
        };
        let mut first = Some(error);
        for answer in answers {
            answer.give(Err(first.take().unwrap_or_else(&for_others)));
        }
        VecDeque::new()
    }

    /// Encodes and packs a commit inside the transaction. The inner error is the caller's.
    pub(super) fn prepare(&mut self, commit: Commit) -> Result<Result<Prepared, Error>, Error> {
        if commit.is_of_archives() {
            return Ok(Err(OF_ARCHIVES));
        }
        let connection = &self.own.connection;
        let packer = match self.packer.take() {
            Some(packer) if self.heads.has_dictionary(connection, packer.dictionary())? => packer,
            _ => {
                let (number, bytes) = newest_dictionary(connection)?;
                Packer::new(number, &bytes).map_err(|error| unusable_dictionary(&error))?
            }
        };
        Ok(Prepared::new(commit, self.packer.insert(packer)).map(|(prepared, _)| prepared))
    }
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
