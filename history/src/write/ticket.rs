//! A write that is under way.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use parking_lot::Mutex;
use retold_core::promise::{self, Look};
use retold_core::{Decided, Decision, Error as LogError, Planned, Position, SessionState, StreamId};

use super::plan::{After, Plan, Planner, When, plan};
use super::read_back::{ReadBack, Source};
use super::{Answer, Write};
use crate::history::Inner;
use crate::trace::WriteSpan;
use crate::{Error, SessionHistory};

/// The answer to a write that is under way: [wait](Self::wait) for it, [poll](Self::poll) it, or `await` it.
///
/// The write is written, in the order in which it was handed over, whatever becomes of the ticket: dropping it loses the answer
/// and nothing else.
#[must_use = "only the ticket says whether the write is on disk"]
pub struct Ticket<T> {
    history: SessionHistory,
    stage: Stage,
    read: fn(Answer) -> T,
}

enum Stage {
    /// The write has not had its turn, as far as the ticket knows.
    Writing(retold_core::Ticket<Decided>, Pending),
    /// The write is written, and its answer is being read.
    Reading(promise::Answer<Result<Answer, Error>>),
    /// The answer was given.
    Given,
}

/// What the ticket knows of its write.
struct Pending {
    write: Arc<Write>,
    /// What the plan from before its turn leads to.
    after: Option<After>,
    /// What the plan at its turn found out.
    noted: Arc<Mutex<Noted>>,
    span: WriteSpan,
}

/// What a plan on the writer's thread has to say to the ticket.
#[derive(Default)]
struct Noted {
    refused: Option<Error>,
    /// The session, where nothing had to be written.
    unchanged: Option<Arc<SessionState>>,
}

/// The answer, or where it is read from.
enum Finished {
    Answer(Result<Answer, Error>),
    ReadBack(ReadBack),
}

impl<T> Ticket<T> {
    /// Hands a write over. `waits`: whether the caller waits for the ticket at once.
    pub(super) fn of(
        history: &SessionHistory,
        write: Write,
        waits: bool,
        read: fn(Answer) -> T,
    ) -> Result<Self, Error> {
        let inner = &history.inner;
        let key = write.key()?;
        let span = WriteSpan::begin(write.name(), &write.workspace, write.command.session_id());
        let write = Arc::new(write);
        let planner = inner.planner();
        // What is not to be written as of now, for whatever reason, may be so after what was handed over before.
        let (planned, after) = match plan_before(history, &planner, &write) {
            Ok(Some((planned, after))) => (Some(planned), after),
            Ok(None) | Err(_) => (None, None),
        };
        let noted = Arc::new(Mutex::new(Noted::default()));
        let ticket = inner.store.log().during(write.operation()).append_decided(planned, key, waits, {
            let (write, noted) = (Arc::clone(&write), Arc::clone(&noted));
            move |reader| decide(&planner, &write, &noted, reader)
        })?;
        inner.has_written.store(true, std::sync::atomic::Ordering::Relaxed);
        let stage = Stage::Writing(ticket, Pending { write, after, noted, span });
        Ok(Self { history: history.clone(), stage, read })
    }

    /// Waits until the write is on disk.
    ///
    /// # Errors
    /// Those of the command; [`LogError::Malformed`] where [`poll`](Self::poll) has given the answer before.
    pub fn wait(self) -> Result<T, Error> {
        let answer = match self.stage {
            Stage::Writing(ticket, pending) => match pending.finish(&self.history, ticket.wait()) {
                Finished::Answer(answer) => answer,
                Finished::ReadBack(read_back) => read_back.run(&self.history.inner),
            },
            Stage::Reading(answer) => read(answer.wait()).unwrap_or(Err(TAKEN)),
            Stage::Given => Err(TAKEN),
        };
        answer.map(self.read)
    }

    /// Returns the answer where it is there; `None` where it is not yet, or was given before. Never blocks, nor reads the store:
    /// where the answer has to be read back, another thread does that.
    ///
    /// # Errors
    /// Those of the command.
    pub fn poll(&mut self) -> Result<Option<T>, Error> {
        if let Stage::Writing(ticket, _) = &self.stage
            && let Some(decided) = ticket.poll()
        {
            self.written(decided);
        }
        let Stage::Reading(answer) = &self.stage else { return Ok(None) };
        let Some(answer) = read(answer.look()) else { return Ok(None) };
        self.stage = Stage::Given;
        answer.map(self.read).map(Some)
    }

    /// The write has had its turn: has the answer made ready.
    fn written(&mut self, decided: Result<Decided, LogError>) {
        let Stage::Writing(_, pending) = std::mem::replace(&mut self.stage, Stage::Given) else { return };
        self.stage = Stage::Reading(match pending.finish(&self.history, decided) {
            Finished::Answer(answer) => {
                let (give, ready) = promise::promise(false);
                give.give(answer);
                ready
            }
            Finished::ReadBack(read_back) => self.history.inner.helper.run(&self.history.inner, read_back),
        });
    }
}

impl<T> Future for Ticket<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Stage::Writing(ticket, _) = &mut self.stage {
            match Pin::new(ticket).poll(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(decided) => self.written(decided),
            }
        }
        let answer = match &self.stage {
            Stage::Reading(answer) => match answer.look_or_wake(context) {
                Look::Pending => return Poll::Pending,
                look => read(look).unwrap_or(Err(TAKEN)),
            },
            Stage::Writing(..) | Stage::Given => Err(TAKEN),
        };
        self.stage = Stage::Given;
        Poll::Ready(answer.map(self.read))
    }
}

const TAKEN: Error = Error::Store(LogError::Malformed { reason: "the ticket has given its answer already" });

/// `None`: there is no answer yet, or it was given before.
fn read(look: Look<Result<Answer, Error>>) -> Option<Result<Answer, Error>> {
    match look {
        Look::Here(answer) => Some(answer),
        Look::Never => Some(Err(Error::Store(LogError::Panicked {
            act: "read the answer to a write",
            said: "the write is on disk".to_owned(),
        }))),
        Look::Pending | Look::Taken => None,
    }
}

/// Plans a write as of now; `None` where nothing comes of it.
fn plan_before(
    history: &SessionHistory,
    planner: &Planner,
    write: &Write,
) -> Result<Option<(Planned, Option<After>)>, Error> {
    let mut reader = history.inner.store.log().reader()?;
    reader.begin()?;
    let as_of = reader.head()?.position;
    Ok(match plan(planner, write, &mut reader, as_of, When::Before)? {
        Plan::Append(commit, after) => Some((Planned { commit, as_of }, after)),
        Plan::Nothing(_) => None,
    })
}

/// Plans a write at its turn, on the writer's thread.
fn decide(
    planner: &Planner,
    write: &Write,
    noted: &Mutex<Noted>,
    reader: &mut retold_core::Reader<'_>,
) -> Result<Decision, LogError> {
    let head = reader.head()?.position;
    match plan(planner, write, reader, head, When::AtItsTurn) {
        Ok(Plan::Append(commit, _)) => Ok(Decision::Append(commit)),
        Ok(Plan::Nothing(session)) => {
            let of = session.as_ref().map(|(stream, _): &(StreamId, _)| *stream);
            noted.lock().unchanged = session.map(|(_, state)| state);
            Ok(Decision::Nothing { of })
        }
        // Others were faster than the caller knows: planning again would not help.
        Err(Error::Store(error)) if !(write.only.is_some() && error.is_conflict()) => Err(error),
        Err(refused) => {
            noted.lock().refused = Some(refused);
            Ok(Decision::Refuse)
        }
    }
}

impl Pending {
    /// Returns the answer, or how to come by it where it has to be read.
    fn finish(self, history: &SessionHistory, decided: Result<Decided, LogError>) -> Finished {
        let Self { write, after, noted, span } = self;
        span.decided(&decided);
        let answer = |answer| Finished::Answer(Ok(answer));
        match decided {
            Err(LogError::KeyReused { key, command, stream }) => {
                Finished::ReadBack(ReadBack::KeyReused { key, command, stream })
            }
            Err(error) => Finished::Answer(Err(error.into())),
            Ok(Decided::Refused) => {
                let refused = noted.lock().refused.take();
                Finished::Answer(Err(refused.unwrap_or(Error::Store(LogError::Malformed {
                    reason: "it was refused, and nobody said why",
                }))))
            }
            Ok(Decided::Appended { appended, .. }) if !write.answers_session => {
                answer(Answer::At(appended.last))
            }
            Ok(Decided::Repeated(used)) if !write.answers_session => match used.first {
                Position::ZERO => answer(Answer::Nothing(used.last)),
                _ => answer(Answer::At(used.last)),
            },
            Ok(Decided::Nothing { head }) if !write.answers_session => answer(Answer::Nothing(head)),
            Ok(Decided::Repeated(used)) => {
                Finished::ReadBack(ReadBack::Session { at: used.last, source: Source::Key(used) })
            }
            Ok(Decided::Nothing { head }) => match noted.lock().unchanged.take() {
                Some(state) => answer(Answer::session(&state)),
                None => answer(Answer::At(head)),
            },
            Ok(Decided::Appended { appended, as_planned }) => {
                if let Some(session) = write.command.created() {
                    return answer(Answer::Session(Box::new(session.clone())));
                }
                let Some((name, revision)) = appended.streams.into_iter().next() else {
                    return answer(Answer::At(appended.last));
                };
                match after {
                    Some(After { stream, revision: planned, state }) if as_planned && planned == revision => {
                        let Inner { states, store, .. } = &*history.inner;
                        states.keep(store.log().id(), stream, revision, Arc::clone(&state));
                        answer(Answer::session(&state))
                    }
                    // Somebody else wrote before it: the answer is the session with both.
                    _ => Finished::ReadBack(ReadBack::Session {
                        at: appended.last,
                        source: Source::Stream(name, revision),
                    }),
                }
            }
        }
    }
}

impl<T> std::fmt::Debug for Ticket<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ticket").finish_non_exhaustive()
    }
}
