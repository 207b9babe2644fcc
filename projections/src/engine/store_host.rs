//! The tables of the store as a host, and the read models in them inside the append's own transaction.

use retold_core::{Error, Head, Inline, Log, Position, Refused, StagedPart};
use rusqlite::Connection;

use super::applier::Applier;
use super::checkpoint::{Checkpoint, prepare_tables};
use super::host::{Host, Step, StepKind};
use super::projection::Refusal;
use crate::builtin::{Builtin, Generation, NAME, VERSION, skip};

/// One generation of the read models' tables in the store, from a checkpoint on.
pub(super) struct Tables<'c> {
    pub(super) connection: &'c Connection,
    pub(super) generation: Generation,
    pub(super) checkpoint: Checkpoint,
}

impl Host for Tables<'_> {
    fn connection(&self) -> &Connection {
        self.connection
    }

    /// Other writers wait for each page.
    fn begin(&self, at: Head) -> Result<Step<'_>, Refusal> {
        let step = Step::begin(self.connection, StepKind::Immediate)?;
        let expected = Checkpoint { head: at, ..self.checkpoint };
        match Checkpoint::read(self.connection, self.generation)? == Some(expected) {
            true => Ok(step),
            false => Err(crate::Error::RebuildUnderWay.into()),
        }
    }

    fn advance(&self, head: Head) -> Result<(), Refusal> {
        Ok(Checkpoint { head, ..self.checkpoint }.write(self.connection, self.generation)?)
    }

    fn skip(&self, position: Position, reason: &str) -> Result<(), Refusal> {
        skip(self.connection, self.generation, position, reason)?;
        Ok(())
    }

    fn unusable(&self, reason: String) -> crate::Error {
        crate::Error::Unusable { name: NAME.to_owned(), reason }
    }
}

/// Keeps the read models with the log.
pub(crate) struct StoreHost {
    applier: Applier<Builtin>,
    /// Where the read models and the memory of them are; `None` where that has to be looked up.
    at: Option<Checkpoint>,
    data_version: Option<i64>,
}

impl StoreHost {
    pub(crate) fn new() -> Self {
        let applier = Applier::of(Box::new(Builtin::new(Generation::Live)));
        Self { applier, at: None, data_version: None }
    }

    /// Returns a checkpoint that may be continued from, or says why there is none.
    fn usable(connection: &Connection) -> Result<Checkpoint, Error> {
        let checkpoint = prepare_tables(connection)?;
        let reason = if checkpoint.version > VERSION {
            format!("a newer release made them, version {}", checkpoint.version)
        } else if checkpoint.version < VERSION {
            format!("an older release made them, version {}: rebuild them", checkpoint.version)
        } else if !checkpoint.is_of(connection)? {
            format!(
                "they diverged: position {} is another event in this log: rebuild them",
                checkpoint.head.position
            )
        } else {
            return Ok(checkpoint);
        };
        Err(Error::Inline { reason })
    }
}

impl Inline for StoreHost {
    fn begin(&mut self, transaction: &Connection, head: Head) -> Result<(), Error> {
        let data_version = data_version(transaction)?;
        let untouched = self.data_version.replace(data_version) == Some(data_version);
        if untouched && self.at.is_some_and(|at| at.head == head) {
            return Ok(());
        }
        // Another connection has written: an append, or a rebuild that put other tables in place.
        let checkpoint = Self::usable(transaction)?;
        if self.at == Some(checkpoint) && checkpoint.head == head {
            return Ok(());
        }
        self.abandon();
        self.applier.catch_up_within(transaction, checkpoint.head).map_err(Refusal::into_log)?;
        self.at = Some(Checkpoint { head, ..checkpoint });
        Ok(())
    }

    fn stage(&mut self, transaction: &Connection, parts: &[StagedPart<'_>]) -> Result<(), Refused> {
        self.applier.projection().stage(transaction, parts)
    }

    fn flush(&mut self, transaction: &Connection, head: Head) -> Result<(), Error> {
        self.applier.flush(transaction).map_err(Refusal::into_log)?;
        let at = self.at.as_mut().expect("a transaction begins before it is flushed");
        if at.head != head {
            at.head = head;
            at.write(transaction, Generation::Live)?;
        }
        Ok(())
    }

    fn abandon(&mut self) {
        self.applier.forget();
        self.at = None;
    }
}

/// Brings the read models to the end of the log, a transaction for each page.
pub(crate) fn catch_up_log(log: &Log) -> Result<(), crate::Error> {
    let (connection, act) = (log.open_writer()?, crate::error::sqlite("catch up the read models"));
    loop {
        let step = Step::begin(&connection, StepKind::Immediate).map_err(&act)?;
        let checkpoint = StoreHost::usable(&connection)?;
        step.commit().map_err(&act)?;
        let host = Tables { connection: &connection, generation: Generation::Live, checkpoint };
        let mut applier = Applier::of(Box::new(Builtin::new(Generation::Live)));
        match applier.run(log, &host, checkpoint.head, &|_| true) {
            // Another process has moved them on: it may be at the end already.
            Err(crate::Error::RebuildUnderWay) => {}
            done => return done.map(drop),
        }
    }
}

/// Moves when another connection has committed: <https://sqlite.org/pragma.html#pragma_data_version>.
fn data_version(connection: &Connection) -> Result<i64, Error> {
    connection
        .prepare_cached("pragma data_version")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .map_err(Error::sqlite("look for other writers"))
}
