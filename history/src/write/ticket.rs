//! A write that is under way.

use std::sync::Arc;
use std::time::Duration;

use retold_core::{Appended, Error as LogError};

use super::plan::{After, Plan, answer_of_key, plan};
use super::{Answer, Write};
use crate::{Error, SessionHistory};

/// How often a write may find that others were faster. Each time one of them was: the store moves on.
const CONFLICTS_MAX: u32 = 10_000;

/// The answer to a write that is under way. Dropping it does not undo the write.
#[must_use = "only the ticket says whether the write is on disk"]
pub struct Ticket<T> {
    history: SessionHistory,
    write: Write,
    pending: Option<Pending>,
    conflicts: u32,
    read: fn(Answer) -> T,
}

enum Pending {
    Done(Answer),
    Appending(retold_core::Ticket, Option<After>),
}

impl<T> Ticket<T> {
    pub(super) fn of(history: &SessionHistory, write: Write, read: fn(Answer) -> T) -> Result<Self, Error> {
        let mut ticket = Self { history: history.clone(), write, pending: None, conflicts: 0, read };
        ticket.submit()?;
        Ok(ticket)
    }

    /// Waits until the write is on disk.
    ///
    /// # Errors
    /// Those of the command.
    pub fn wait(mut self) -> Result<T, Error> {
        loop {
            match self.pending.take() {
                Some(Pending::Done(answer)) => return Ok((self.read)(answer)),
                Some(Pending::Appending(ticket, after)) => {
                    if let Some(answer) = self.outcome(ticket.wait(), after)? {
                        return Ok((self.read)(answer));
                    }
                }
                None => self.submit()?,
            }
        }
    }

    /// Returns the answer where it is there; `None` where it is not yet. Does not block.
    ///
    /// # Errors
    /// Those of the command. An answer is given once; later calls get `None`.
    pub fn poll(&mut self) -> Result<Option<T>, Error> {
        match self.pending.take() {
            Some(Pending::Done(answer)) => Ok(Some((self.read)(answer))),
            Some(Pending::Appending(ticket, after)) => match ticket.poll() {
                None => {
                    self.pending = Some(Pending::Appending(ticket, after));
                    Ok(None)
                }
                Some(appended) => {
                    let answer = self.outcome(appended, after)?;
                    if answer.is_none() {
                        self.submit()?;
                    }
                    Ok(answer.map(self.read))
                }
            },
            None => Ok(None),
        }
    }

    /// Plans the write anew and hands it to the log.
    fn submit(&mut self) -> Result<(), Error> {
        let inner = &self.history.inner;
        self.pending = Some(match plan(inner, &self.write)? {
            Plan::Done(answer) => Pending::Done(answer),
            Plan::Append(commit, after) => Pending::Appending(inner.store.log().append_later(commit)?, after),
        });
        Ok(())
    }

    /// `None`: somebody wrote in between, and the command has to look again.
    fn outcome(
        &mut self,
        appended: Result<Appended, LogError>,
        after: Option<After>,
    ) -> Result<Option<Answer>, Error> {
        match appended {
            Ok(appended) => self.answer(&appended, after).map(Some),
            Err(LogError::Conflict { .. } | LogError::Misfit { .. }) if self.conflicts < CONFLICTS_MAX => {
                self.conflicts += 1;
                // Those that were faster are let finish; a crowd is spread a little.
                if self.conflicts > 8 {
                    std::thread::sleep(Duration::from_micros(u64::from(self.conflicts.min(50)) * 20));
                }
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn answer(&self, appended: &Appended, after: Option<After>) -> Result<Answer, Error> {
        let inner = &self.history.inner;
        if appended.repeated {
            let key = self.write.key.as_deref().unwrap_or_default();
            let answer = answer_of_key(inner, key, &self.write.command)?;
            return Ok(answer.unwrap_or(Answer::Nothing));
        }
        let Some(After { stream, revision, state }) = after else { return Ok(Answer::Nothing) };
        let in_turn = appended.streams.first().is_some_and(|(_, at)| *at == revision);
        let state = match stream {
            Some(stream) if !in_turn => {
                // Somebody else wrote before it: the answer is the session with both.
                let mut reader = inner.store.log().reader()?;
                crate::states::load(&mut reader, stream, appended.last)?
            }
            Some(stream) => {
                inner.states.keep(inner.store.log().id(), stream, revision, Arc::clone(&state));
                state
            }
            None => state,
        };
        Ok(Answer::session(&state))
    }
}

impl<T> std::fmt::Debug for Ticket<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ticket").field("write", &self.write).finish_non_exhaustive()
    }
}
