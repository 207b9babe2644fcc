//! A write's turn: its key, its plan, and where the plan does not hold, the decision.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::batch::{Models, Outcome, WriteBatch};
use super::decide::{Decide, Decided, Decision, Turn};
use super::heads::LogTail;
use super::key::{self, IdempotencyKey, KeyUse};
use super::read::Reader;
use crate::{Error, Position};

const APPEND: &str = "append";

impl WriteBatch<'_> {
    /// The outer error ends the transaction; the inner one is this caller's alone, and nothing was written for it.
    pub(super) fn write_one(
        &mut self,
        turn: &mut Turn,
        tail: &mut LogTail,
        inline: &mut Models,
    ) -> Result<Outcome, Error> {
        if let Some(key) = &turn.key {
            match self.repeated(key)? {
                Ok(None) => {}
                Ok(Some(repeated)) => return Ok(Ok(Decided::Repeated(repeated))),
                Err(refused) => return Ok(Err(refused)),
            }
        }
        let key = turn.key.as_ref();
        let planned = match &turn.planned {
            Some(planned) => Some(self.append(planned, turn.as_of, key, tail, inline)?),
            None => None,
        };
        match (planned, &mut turn.decide) {
            (Some(Ok(appended)), _) => Ok(Ok(Decided::Appended { appended, as_planned: true })),
            // Whatever is wrong with a plan may be so because it was planned on something older.
            (_, Some(decide)) => self.decide(decide, key, tail, inline),
            (Some(Err(refused)), None) => Ok(Err(refused)),
            (None, None) => Ok(Err(Error::Malformed { reason: "there is nothing to append" })),
        }
    }

    /// Decides a write as of all that is before it in this transaction, and writes what it comes to.
    fn decide(
        &mut self,
        decide: &mut Decide,
        key: Option<&IdempotencyKey>,
        tail: &mut LogTail,
        inline: &mut Models,
    ) -> Result<Outcome, Error> {
        if let Some(inline) = inline {
            // Whoever decides looks at the read models.
            inline.flush(&self.writer.own.connection, tail.head)?;
        }
        let decision = match self.ask(decide)? {
            Ok(decision) => decision,
            Err(refused) => return Ok(Err(refused)),
        };
        let commit = match decision {
            Decision::Append(commit) => commit,
            Decision::Refuse => return Ok(Ok(Decided::Refused)),
            Decision::Nothing { of } => {
                let head = tail.head.position;
                if let Some(key) = key {
                    key::keep(&self.writer.own.connection, key, (Position::ZERO, head), of)
                        .map_err(Error::sqlite(APPEND))?;
                }
                return Ok(Ok(Decided::Nothing { head }));
            }
        };
        let prepared = match self.writer.prepare(commit)? {
            Ok(prepared) => prepared,
            Err(refused) => return Ok(Err(refused)),
        };
        let appended = self.append(&prepared, None, key, tail, inline)?;
        Ok(appended.map(|appended| Decided::Appended { appended, as_planned: false }))
    }

    /// Has a write decided. What it reads through is the writer's own connection, which writes nothing meanwhile.
    fn ask(&mut self, decide: &mut Decide) -> Result<Result<Decision, Error>, Error> {
        self.run("pragma query_only = on")?;
        let own = &mut self.writer.own;
        let decided = catch_unwind(AssertUnwindSafe(|| decide(&mut Reader::inside(own))));
        if self.writer.own.connection.is_autocommit() {
            return Err(Error::Damaged {
                act: "decide a write",
                found: "the transaction was ended from inside".to_owned(),
            });
        }
        self.run("pragma query_only = off")?;
        Ok(decided.unwrap_or_else(|panic| {
            let said = panic.downcast_ref::<&str>().map(|said| (*said).to_owned());
            let said = said.or_else(|| panic.downcast_ref::<String>().cloned());
            Err(Error::Panicked { act: "decide a write", said: said.unwrap_or_default() })
        }))
    }

    /// Looks whether the key was used; the inner error is that of whoever uses it for another write.
    fn repeated(&self, key: &IdempotencyKey) -> Result<Result<Option<KeyUse>, Error>, Error> {
        let connection = &self.writer.own.connection;
        match KeyUse::find(connection, &key.text) {
            Ok(Some(found)) if !found.is_for(key) => found.reused(connection, &key.text).map(Err),
            Err(Error::Damaged { act, found }) => Ok(Err(Error::Damaged { act, found })),
            found => found.map(Ok),
        }
    }
}
