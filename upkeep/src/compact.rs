//! The file, made as small as what it holds, and what was removed carried out of it.

use std::time::{Duration, Instant};

use retold_core::raw::{FIRST_DICTIONARY, Packer, Unpacker, dictionary, optimize, unpack_body};
use retold_core::{Error, Log, OnProgress, Position, Progress, TEXT_BYTES_MAX, Unit};
use rusqlite::Connection;

/// Free pages that go in one transaction, so that writers wait for milliseconds.
const PAGES_A_STEP: u32 = 1000;
/// Bodies that are packed again in one transaction.
const BODIES_A_STEP: u32 = 2000;

/// How long writers are held up at a time while the WAL is emptied, and how long they are let in between.
const EMPTY_WAIT: Duration = Duration::from_millis(20);
const EMPTY_PAUSE: Duration = Duration::from_millis(30);

const COMPACT: &str = "compact the store";
const REPACK: &str = "pack bodies again";

/// What compacting did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Compacted {
    /// The size of the store with its WAL before, in bytes.
    pub bytes_before: u64,
    /// And after.
    pub bytes_after: u64,
}

/// Gives free pages back to the file system, in small steps, looks over SQLite's statistics, and carries the WAL over
/// into the file, which is then empty. Writers and readers go on meanwhile. `progress` gets the pages that
/// are given back.
///
/// # Errors
/// [`Error::Busy`] where another process reads an old state of the store for longer than the timeout: the WAL stays
/// until the next time. [`Error::Stopped`] where `progress` said so. Otherwise where the store cannot be written.
pub fn compact(log: &Log, progress: impl OnProgress) -> Result<Compacted, Error> {
    let bytes_before = bytes(log);
    let connection = log.open_writer()?;
    let act = Error::sqlite(COMPACT);
    let mut most_free = 0;
    loop {
        let free: i64 = connection.query_row("pragma freelist_count", [], |row| row.get(0)).map_err(&act)?;
        let free = free.unsigned_abs();
        most_free = free.max(most_free);
        progress.advance(COMPACT, Progress::new(Unit::Pages, most_free - free, most_free))?;
        if free == 0 {
            break;
        }
        vacuum_step(&connection).map_err(&act)?;
    }
    optimize(&connection).map_err(&act)?;
    empty_wal(log, &connection)?;
    Ok(Compacted { bytes_before, bytes_after: bytes(log) })
}

/// Writes the whole file again, so that nothing is left in it of what rows once held. Needs room for a second copy,
/// and holds every writer up meanwhile.
///
/// # Errors
/// [`Error::Busy`] where another process uses the store for longer than the timeout; otherwise where the store cannot
/// be written.
pub fn vacuum(log: &Log) -> Result<(), Error> {
    let connection = log.open_writer()?;
    connection.execute_batch("vacuum").map_err(Error::sqlite(COMPACT))?;
    empty_wal(log, &connection)
}

/// Carries the WAL over and empties its file; <https://sqlite.org/pragma.html#pragma_wal_checkpoint>.
fn empty_wal(log: &Log, connection: &Connection) -> Result<(), Error> {
    let act = Error::sqlite(COMPACT);
    let begun = Instant::now();
    // While SQLite waits for readers of an old state it lets no writer in: many short waits instead of a long one.
    connection.busy_timeout(EMPTY_WAIT).map_err(&act)?;
    loop {
        let carried = |mode: &str| connection.query_row(mode, [], |row| row.get::<_, bool>(0));
        carried("pragma wal_checkpoint(passive)").map_err(&act)?;
        match carried("pragma wal_checkpoint(truncate)").map_err(&act) {
            Ok(false) => return Ok(()),
            Ok(true) | Err(Error::Busy { .. }) => {}
            Err(other) => return Err(other),
        }
        if begun.elapsed() >= log.raw().busy_timeout() {
            return Err(Error::Busy { act: COMPACT });
        }
        std::thread::sleep(EMPTY_PAUSE);
    }
}

/// Packs every body and text that was packed with a dictionary of the store's own again, with the one that stores begin with, and
/// removes the dictionary. No hash changes. Writers go on meanwhile; a process that still packs with the dictionary has one
/// commit refused ([`Error::Malformed`]), and packs with another then.
///
/// `progress` gets the last position that was packed again; where it stops, the next call goes on from there.
///
/// # Errors
/// [`Error::Stopped`] where `progress` said so; otherwise where the store cannot be read or written.
pub fn forget_dictionary(log: &Log, number: u32, progress: impl OnProgress) -> Result<(), Error> {
    if number <= FIRST_DICTIONARY {
        return Ok(());
    }
    let mut connection = log.open_writer()?;
    let act = Error::sqlite(REPACK);
    let [old, first] = [number, FIRST_DICTIONARY].map(|number| dictionary(&connection, number));
    let (Some(old), Some(first)) = (old.map_err(&act)?, first.map_err(&act)?) else { return Ok(()) };
    let end = log.reader()?.head()?.position.get();
    connection.execute(include_str!("../sql/insert_repack.sql"), [number]).map_err(&act)?;
    // From here on this process packs with the first one.
    log.raw().pack_with(FIRST_DICTIONARY, &first);
    let unusable = |error: std::io::Error| Error::Damaged { act: REPACK, found: error.to_string() };
    let mut packer = Packer::new(FIRST_DICTIONARY, &first).map_err(unusable)?;
    let mut unpacker = Unpacker::default();
    unpacker.learn(number, &old).map_err(unusable)?;
    // Where to go on in each table; `None` once it is through, until both are.
    let (mut bodies, mut texts) = (Some(Position::ZERO), Some(0));
    let mut at = Position::ZERO;
    loop {
        let tx =
            connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(&act)?;
        let is_of_all = (bodies, texts) == (Some(Position::ZERO), Some(0));
        if let Some(after) = bodies {
            bodies = repack_step(&tx, number, after, &mut packer, &mut unpacker)?;
        }
        if let Some(after) = texts {
            texts = repack_texts(&tx, number, after, &mut packer, &mut unpacker)?;
        }
        let is_through = bodies.is_none() && texts.is_none();
        if is_through && is_of_all {
            // Nothing is packed with it, and in this transaction nobody else writes.
            tx.execute(include_str!("../sql/delete_dictionary.sql"), [number]).map_err(&act)?;
            return tx.commit().map_err(&act);
        }
        tx.commit().map_err(&act)?;
        at = bodies.unwrap_or(at);
        if is_through {
            // It begins again, for what came meanwhile.
            (bodies, texts) = (Some(Position::ZERO), Some(0));
        }
        progress.advance(REPACK, Progress::new(Unit::Events, at.get(), end))?;
    }
}

/// Returns the dictionaries that are on their way out and still there: a [`forget_dictionary`]
/// was interrupted.
///
/// # Errors
/// Where the store cannot be read.
pub fn unfinished_dictionaries(log: &Log) -> Result<Vec<u32>, Error> {
    let reader = log.reader()?;
    let mut statement = reader
        .connection()
        .prepare(include_str!("../sql/unfinished_dictionaries.sql"))
        .map_err(Error::sqlite(REPACK))?;
    statement.query_map([], |row| row.get(0)).and_then(Iterator::collect).map_err(Error::sqlite(REPACK))
}

fn vacuum_step(connection: &Connection) -> rusqlite::Result<()> {
    // Each row that it gives is a page that went.
    let mut statement = connection.prepare(&format!("pragma incremental_vacuum({PAGES_A_STEP})"))?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

/// Packs some bodies after `after` again; returns the last position of them, `None` where there was none.
fn repack_step(
    connection: &Connection,
    number: u32,
    after: Position,
    packer: &mut Packer,
    unpacker: &mut Unpacker,
) -> Result<Option<Position>, Error> {
    let act = Error::sqlite(REPACK);
    let mut select = connection.prepare_cached(include_str!("../sql/bodies_of_codec.sql")).map_err(&act)?;
    let bodies: Vec<(Position, Vec<u8>)> = select
        .query_map((number, after, BODIES_A_STEP), |row| Ok((row.get(0)?, row.get(1)?)))
        .and_then(Iterator::collect)
        .map_err(&act)?;
    let mut update = connection.prepare_cached(include_str!("../sql/repack_body.sql")).map_err(&act)?;
    let mut buffer = Vec::new();
    for (position, packed) in &bodies {
        let plain = unpack_body(connection, unpacker, (*position, number), packed, &mut buffer)?;
        let packed = packer.pack(plain);
        update.execute((position, packed.codec, packed.bytes)).map_err(&act)?;
    }
    Ok(bodies.last().map(|(position, _)| *position))
}

/// Packs some texts after number `after` again; returns the last number of them, `None` where there was none.
fn repack_texts(
    connection: &Connection,
    number: u32,
    after: i64,
    packer: &mut Packer,
    unpacker: &mut Unpacker,
) -> Result<Option<i64>, Error> {
    let act = Error::sqlite(REPACK);
    let mut select = connection.prepare_cached(include_str!("../sql/texts_of_codec.sql")).map_err(&act)?;
    let texts: Vec<(i64, Vec<u8>)> = select
        .query_map((number, after, BODIES_A_STEP), |row| Ok((row.get(0)?, row.get(1)?)))
        .and_then(Iterator::collect)
        .map_err(&act)?;
    let mut update = connection.prepare_cached(include_str!("../sql/repack_text.sql")).map_err(&act)?;
    let mut buffer = Vec::new();
    for (text, packed) in &texts {
        let plain = unpacker.unpack(number, packed, TEXT_BYTES_MAX, &mut buffer).map_err(|error| {
            Error::Damaged { act: REPACK, found: format!("the text in row {text} of blob: {error}") }
        })?;
        let packed = packer.pack(plain);
        update.execute((text, packed.codec, packed.bytes)).map_err(&act)?;
    }
    Ok(texts.last().map(|(number, _)| *number))
}

/// The size of a store with its WAL.
fn bytes(log: &Log) -> u64 {
    let mut wal = log.path().as_os_str().to_owned();
    wal.push("-wal");
    let size = |path: &std::path::Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    size(log.path()) + size(wal.as_ref())
}
