//! A new generation of the read models, built beside the one that is read, and put in its place.

use retold_core::{Decoder, Error as LogError, Head, Limit, Log, Page, Position};
use rusqlite::{Connection, TransactionBehavior};

use super::catch_up::{Names, head_of, take_in};
use super::checkpoint::{Checkpoint, prepare_tables};
use crate::Error;
use crate::builtin::{Builtin, Generation, NAME, TABLES, VERSION};
use crate::error::sqlite;

/// How far a rebuild is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The last position taken in.
    pub position: Position,
    /// The end of the log when the rebuild looked last.
    pub head: Position,
}

const REBUILD: &str = "rebuild the read models";

/// Builds a new generation and flips to it. Interrupted, the next call goes on where this one was.
pub(crate) fn rebuild(log: &Log, progress: &mut dyn FnMut(Progress) -> bool) -> Result<Option<Head>, Error> {
    let mut connection = log.open_writer()?;
    let mut at = begin(&mut connection)?;
    let mut builtin = Builtin::new(Generation::Next);
    let mut names = Names::default();
    let pages = Pages::read(log, at.head.position);
    for page in &pages {
        let page = page?;
        let Some(last) = page.events.last() else { break };
        let head = head_of(last);
        let tx =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sqlite(REBUILD))?;
        if Checkpoint::read(&tx, Generation::Next)? != Some(at) {
            return Err(Error::RebuildUnderWay);
        }
        for event in &page.events {
            take_in(&tx, &mut builtin, &mut names, event)?;
        }
        builtin.flush(&tx)?;
        builtin.trim();
        at.head = head;
        at.write(&tx, Generation::Next)?;
        tx.commit().map_err(sqlite(REBUILD))?;
        let end = log.reader()?.head()?.position;
        if !progress(Progress { position: head.position, head: end }) {
            return Ok(None);
        }
    }
    let head = flip(&mut connection, at, &mut builtin)?;
    drop_old(&mut connection)?;
    Ok(Some(head))
}

/// Finds the generation that was being built, or begins one.
fn begin(connection: &mut Connection) -> Result<Checkpoint, Error> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sqlite(REBUILD))?;
    let live = prepare_tables(&tx)?;
    let building = Checkpoint::read(&tx, Generation::Next)?;
    let at = match building {
        Some(building) if building.version == VERSION && building.is_of(&tx)? => building,
        _ => {
            drop_tables(&tx, "_next")?;
            Generation::Next.create_tables(&tx).map_err(sqlite(REBUILD))?;
            let start = Checkpoint::start(live.generation + 1);
            start.write(&tx, Generation::Next)?;
            start
        }
    };
    tx.commit().map_err(sqlite(REBUILD))?;
    Ok(at)
}

/// Takes in what came meanwhile, and puts the new tables in the old ones' place: readers see one or the other.
fn flip(connection: &mut Connection, at: Checkpoint, builtin: &mut Builtin) -> Result<Head, Error> {
    let act = sqlite(REBUILD);
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&act)?;
    if Checkpoint::read(&tx, Generation::Next)? != Some(at) {
        return Err(Error::RebuildUnderWay);
    }
    let (mut names, mut decoder) = (Names::default(), Decoder::default());
    let mut head = at.head;
    loop {
        let page = decoder.events_after(&tx, head.position, Limit::default())?;
        for event in &page.events {
            take_in(&tx, builtin, &mut names, event)?;
            head = head_of(event);
        }
        if !page.more {
            break;
        }
    }
    builtin.flush(&tx)?;
    Generation::Next.create_indexes(&tx, at.generation).map_err(&act)?;
    drop_tables(&tx, "_old")?;
    for (table, _) in TABLES {
        let next = Generation::Next.table(table);
        tx.execute_batch(&format!(
            "alter table {table} rename to {table}_old; alter table {next} rename to {table};"
        ))
        .map_err(&act)?;
    }
    Checkpoint { head, ..at }.write(&tx, Generation::Live)?;
    tx.execute("delete from projection where name = ?1 and building = 1", [NAME]).map_err(&act)?;
    tx.commit().map_err(&act)?;
    Ok(head)
}

/// The old tables go a table at a time, so that no writer waits for long.
fn drop_old(connection: &mut Connection) -> Result<(), Error> {
    for (table, _) in TABLES {
        connection.execute_batch(&format!("drop table if exists {table}_old")).map_err(sqlite(REBUILD))?;
    }
    Ok(())
}

fn drop_tables(connection: &Connection, suffix: &str) -> Result<(), Error> {
    TABLES
        .iter()
        .try_for_each(|(table, _)| connection.execute_batch(&format!("drop table if exists {table}{suffix}")))
        .map_err(sqlite(REBUILD))
}

/// Pages of the log, read and decoded on a thread of their own.
struct Pages(crossbeam_channel::Receiver<Result<Page, LogError>>);

/// Pages that wait for the writer.
const PAGES_AHEAD: usize = 2;

impl Pages {
    fn read(log: &Log, mut after: Position) -> Self {
        let (sender, receiver) = crossbeam_channel::bounded(PAGES_AHEAD);
        let log = log.clone();
        std::thread::spawn(move || {
            loop {
                let page = log.reader().and_then(|mut reader| reader.events_after(after, Limit::default()));
                let next = page.as_ref().ok().and_then(|page| page.events.last()).map(|last| last.position);
                // A writer that has gone away wants no more pages.
                if sender.send(page).is_err() {
                    return;
                }
                match next {
                    Some(position) => after = position,
                    None => return,
                }
            }
        });
        Self(receiver)
    }
}

impl Iterator for &Pages {
    type Item = Result<Page, LogError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.recv().ok()
    }
}
