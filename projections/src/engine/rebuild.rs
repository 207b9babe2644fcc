//! A new generation of the read models, built beside the one that is read, and put in its place.

use retold_core::{Head, Log, OnProgress};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::applier::{Applied, Applier};
use super::checkpoint::{Checkpoint, forget_skips, prepare_tables};
use super::host::Host as _;
use super::leftovers::{drop_next, drop_old};
use super::projection::Refusal;
use super::store_host::Tables;
use crate::Error;
use crate::builtin::{Builtin, Generation, NAME, TABLES, VERSION, complete_tables};
use crate::error::sqlite;

pub(super) const REBUILD: &str = "rebuild the read models";

/// What the rebuild's connection may keep in memory: the tables grow at many places at once.
const CACHE_KIB: i32 = 64 * 1024;
/// Pages in the WAL before a step also carries them over into the file: the same pages are written again and again.
const WAL_PAGES_MAX: u32 = 16 * 1024;

/// Builds a new generation and flips to it. Interrupted, the next call goes on where this one was. `seen` is called once
/// readers see the new rows; after it the old ones are dropped, in short steps.
pub(crate) fn rebuild(
    log: &Log,
    progress: &dyn OnProgress,
    seen: impl FnOnce(Head),
) -> Result<Option<Head>, Error> {
    let mut rebuild = Rebuild::begin(log)?;
    if !rebuild.fill(progress)? {
        return Ok(None);
    }
    let head = rebuild.flip()?;
    seen(head);
    drop_old(&mut rebuild.connection)?;
    Ok(Some(head))
}

struct Rebuild<'a> {
    log: &'a Log,
    connection: Connection,
    /// How far the new generation is.
    at: Checkpoint,
    applier: Applier<Builtin>,
}

impl<'a> Rebuild<'a> {
    /// Finds the generation that was being built, or begins one.
    fn begin(log: &'a Log) -> Result<Self, Error> {
        let mut connection = log.open_writer()?;
        // Power loss may take the last steps back, in order: the next call does them again.
        connection.pragma_update(None, "synchronous", "normal").map_err(sqlite(REBUILD))?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB).map_err(sqlite(REBUILD))?;
        connection.pragma_update(None, "wal_autocheckpoint", WAL_PAGES_MAX).map_err(sqlite(REBUILD))?;
        drop_old(&mut connection)?;
        let tx = begin_immediate(&mut connection)?;
        let live = prepare_tables(&tx)?;
        let at = match Checkpoint::read(&tx, Generation::Next)? {
            Some(building) if building.version == VERSION && building.is_of(&tx)? => {
                complete_tables(&tx, Generation::Next).map_err(sqlite(REBUILD))?;
                building
            }
            _ => {
                drop_next(&tx, live)?;
                forget_skips(&tx, Generation::Next)?;
                Generation::Next.create_tables(&tx).map_err(sqlite(REBUILD))?;
                let start = Checkpoint::start(live.generation + 1);
                start.write(&tx, Generation::Next)?;
                start
            }
        };
        tx.commit().map_err(sqlite(REBUILD))?;
        let builtin = Builtin::numbered(Generation::Next, at.generation);
        Ok(Self { log, connection, at, applier: Applier::of(Box::new(builtin)) })
    }

    /// Fills the tables, a transaction for each page and for each index; false where `progress` said to stop.
    fn fill(&mut self, progress: &dyn OnProgress) -> Result<bool, Error> {
        let host = Tables { connection: &self.connection, generation: Generation::Next, checkpoint: self.at };
        match self.applier.fill(self.log, &host, self.at.head, progress) {
            Ok((applied, head)) => {
                self.at.head = head;
                Ok(applied == Applied::All)
            }
            // Whatever became of tables that another process has put in place meanwhile.
            Err(error) => match Checkpoint::read(&self.connection, Generation::Next)? {
                Some(at) if at.generation == self.at.generation => Err(error),
                _ => Err(Error::RebuildUnderWay),
            },
        }
    }

    /// Takes in what came meanwhile, and puts the new tables in the old ones' place: readers see one or the other.
    fn flip(&mut self) -> Result<Head, Error> {
        let act = sqlite(REBUILD);
        let host = Tables { connection: &self.connection, generation: Generation::Next, checkpoint: self.at };
        let (tx, step) = (&self.connection, host.begin(self.at.head).map_err(Refusal::into_error)?);
        let head = self.applier.catch_up_within(tx, self.at.head).map_err(Refusal::into_error)?;
        for (table, _) in TABLES {
            let next = Generation::Next.table(table);
            tx.execute_batch(&format!(
                "alter table {table} rename to {table}_old; alter table {next} rename to {table};"
            ))
            .map_err(&act)?;
        }
        Checkpoint { head, ..self.at }.write(tx, Generation::Live)?;
        Checkpoint::forget(tx, Generation::Next)?;
        forget_skips(tx, Generation::Live)?;
        tx.execute(include_str!("../../sql/flip_skips.sql"), [NAME]).map_err(&act)?;
        step.commit().map_err(&act)?;
        Ok(head)
    }
}

pub(super) fn begin_immediate(connection: &mut Connection) -> Result<Transaction<'_>, Error> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sqlite(REBUILD))
}
