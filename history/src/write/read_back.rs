//! Answers that are read from the log once the write is written, and the thread that reads them for those who do not wait.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use retold_core::promise::{self, Promise};
use retold_core::{Error as LogError, KeyUse, Position, Revision, StreamName};

use super::Answer;
use crate::history::Inner;
use crate::{Error, records, states};

/// What has to be read for an answer.
pub(crate) enum ReadBack {
    /// A session as it is at a position.
    Session { at: Position, source: Source },
    /// What the key of a refused write was used for, in the words of who used it.
    KeyReused { key: String, command: String, stream: Option<StreamName> },
}

/// Which session.
pub(crate) enum Source {
    /// That of a stream, at a revision that it had there.
    Stream(StreamName, Revision),
    /// That of the write that a key was used for.
    Key(KeyUse),
}

impl ReadBack {
    /// Reads it. O(events of the session), or of those that came since it was used last.
    pub(super) fn run(self, inner: &Inner) -> Result<Answer, Error> {
        let log = inner.store.log();
        let mut reader = log.reader()?;
        reader.begin()?;
        if reader.log_id()? != log.id() {
            return Err(LogError::Replaced.into());
        }
        let (at, source) = match self {
            Self::KeyReused { key, command, stream } => {
                let (session_id, workspace) =
                    stream.map_or((None, None), |stream| (Some(stream.session_id), Some(stream.workspace)));
                let path = workspace.as_ref().map(|key| records::path_of(&reader, key)).transpose()?;
                let workspace = path.flatten().or(workspace);
                return Err(Error::KeyReused { key, command, session_id, workspace });
            }
            Self::Session { at, source } => (at, source),
        };
        let state = match source {
            Source::Stream(name, revision) => {
                let stream = reader.stream(&name)?.ok_or_else(|| no_session(at))?;
                let state = inner.states.look(&mut reader, stream, revision, at)?;
                inner.states.keep(log.id(), stream, revision, Arc::clone(&state));
                state
            }
            Source::Key(KeyUse { stream: Some(stream), .. }) => states::load(&mut reader, stream, at)?,
            Source::Key(KeyUse { first, .. }) => {
                let event = reader.event_at(first)?.ok_or_else(|| no_session(at))?;
                states::load(&mut reader, event.stream, at)?
            }
        };
        Ok(Answer::session(&state))
    }
}

fn no_session(at: Position) -> LogError {
    LogError::Damaged {
        act: "read the answer to a write",
        found: format!("there is no session at position {at}"),
    }
}

/// A thread that reads answers for those who poll or await them. It is started by the first of them.
#[derive(Default)]
pub(crate) struct Helper {
    jobs: Mutex<Option<Sender<Job>>>,
}

struct Job {
    /// The one who is to get the answer holds on to the history. Where nobody does, nobody wants it.
    inner: Weak<Inner>,
    read_back: ReadBack,
    answer: Promise<Result<Answer, Error>>,
}

impl Helper {
    /// Has an answer read.
    pub(super) fn run(
        &self,
        inner: &Arc<Inner>,
        read_back: ReadBack,
    ) -> promise::Answer<Result<Answer, Error>> {
        let (answer, ready) = promise::promise(false);
        let job = Job { inner: Arc::downgrade(inner), read_back, answer };
        let mut jobs = self.jobs.lock();
        let unsent = match &*jobs {
            Some(sender) => sender.send(job).err().map(|unsent| unsent.0),
            None => Some(job),
        };
        if let Some(job) = unsent {
            let (sender, receiver) = channel();
            let started = std::thread::Builder::new()
                .name("retold-answers".to_owned())
                .spawn(move || answer_all(&receiver));
            match started {
                Ok(_) => {
                    let _running = sender.send(job);
                    *jobs = Some(sender);
                }
                Err(source) => {
                    let path = inner.store.log().path().to_owned();
                    let error = LogError::Io { act: "start a thread to read from", path, source };
                    job.answer.give(Err(error.into()));
                }
            }
        }
        ready
    }
}

/// Ends with the history, whose the other side of the channel is.
fn answer_all(jobs: &Receiver<Job>) {
    for Job { inner, read_back, answer } in jobs {
        let Some(inner) = inner.upgrade() else { continue };
        // A promise that is dropped by a panic says so to its ticket; the next job is another's.
        let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| read_back.run(&inner)));
        drop(inner);
        if let Ok(read) = read {
            answer.give(read);
        }
    }
}
