//! What earlier imports left in the store: which text a source last had, and what could not be read.

use std::collections::BTreeMap;

use retold_core::{Digest, Log, Position, Reader, Revision, SessionState, StreamId, StreamName};
use rusqlite::{Connection, OptionalExtension, params};

use super::import::Rehearsal;
use crate::Error;
use crate::error::sqlite;

/// What a source last had for a session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) digest: [u8; 32],
    pub(super) ordinal: u32,
    pub(super) place: f64,
}

/// A record to be kept.
#[derive(Clone, Debug)]
pub(super) struct NewRecord {
    pub(super) source: String,
    pub(super) session_id: String,
    pub(super) nth: u32,
    pub(super) record: Record,
}

/// A session of a file, to be found in the log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) workspace: &'a str,
    pub(super) home: &'a str,
    pub(super) session_id: &'a str,
    pub(super) nth: u32,
    /// The record that it was before.
    pub(super) ordinal: Option<u32>,
}

/// A live session record, with the state it is in, at one moment.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) name: StreamName,
    pub(super) revision: Revision,
    pub(super) place: f64,
    pub(super) state: SessionState,
}

const READ: &str = "read what was imported before";
const KEEP: &str = "keep what was imported";

/// Returns what `source` last had for the `nth` session of this id.
pub(super) fn record(log: &Log, source: &str, session_id: &str, nth: u32) -> Result<Option<Record>, Error> {
    let reader = log.reader()?;
    let mut statement =
        reader.connection().prepare_cached(include_str!("../../sql/record.sql")).map_err(sqlite(READ))?;
    statement
        .query_row((source, session_id, nth), |row| {
            Ok(Record { digest: row.get(0)?, ordinal: row.get(1)?, place: row.get(2)? })
        })
        .optional()
        .map_err(sqlite(READ))
}

/// Whether neither the source nor the workspace was ever met.
pub(super) fn is_new(log: &Log, source: &str, workspace: &str) -> Result<bool, Error> {
    let reader = log.reader()?;
    let met: bool = reader
        .connection()
        .query_row(include_str!("../../sql/is_met.sql"), (source, workspace), |row| row.get(0))
        .map_err(sqlite(READ))?;
    Ok(!met)
}

/// Returns how many sessions `source` had when it was last read.
pub(super) fn records_of(log: &Log, source: &str) -> Result<u64, Error> {
    let reader = log.reader()?;
    let count: i64 = reader
        .connection()
        .query_row(include_str!("../../sql/records_of_source.sql"), [source], |row| row.get(0))
        .map_err(sqlite(READ))?;
    Ok(count.unsigned_abs())
}

/// Returns the sessions that `source` ever had: each id, which of it, and the ordinal of its record.
pub(super) fn sessions_of(log: &Log, source: &str) -> Result<Vec<(String, u32, u32)>, Error> {
    let reader = log.reader()?;
    let mut statement = reader
        .connection()
        .prepare_cached(include_str!("../../sql/sessions_of_source.sql"))
        .map_err(sqlite(READ))?;
    let rows = statement.query_map([source], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    rows.and_then(Iterator::collect).map_err(sqlite(READ))
}

/// Finds the record that a session of a file stands for: the one it was before, or the `nth` of those that are kept in
/// the same legacy file and not deleted.
pub(super) fn live(
    log: Option<&Log>,
    rehearsal: &Rehearsal,
    wanted: &Wanted<'_>,
) -> Result<Option<Live>, Error> {
    let Wanted { workspace, home, session_id, nth, ordinal } = *wanted;
    let rehearsed = rehearsal.records(workspace, session_id);
    let mut streams = ordinals(log, workspace, session_id)?;
    for &ordinal in rehearsed.keys() {
        streams.entry(ordinal).or_insert(None);
    }
    let mut met = 0;
    for (candidate, stream) in streams {
        if ordinal.is_some_and(|ordinal| ordinal != candidate) {
            continue;
        }
        let name = StreamName::session(workspace, session_id, candidate);
        let live = match (rehearsed.get(&candidate), stream, log) {
            (Some(session), ..) => {
                let state = session.state()?;
                let place = state.place.unwrap_or_default();
                Live { name, revision: Revision::ZERO, place, state }
            }
            (None, Some(stream), Some(log)) => match read(log, stream, name)? {
                Some(live) => live,
                None => continue,
            },
            (None, ..) => continue,
        };
        let same_file = live.state.home.as_deref().unwrap_or(workspace) == home;
        if ordinal.is_none() && (live.state.deleted || !same_file) {
            continue;
        }
        met += 1;
        if ordinal.is_some() || met == nth {
            return Ok(Some(live));
        }
    }
    Ok(None)
}

/// Returns the ordinal that a new record of `session_id` would get.
pub(super) fn next_ordinal(
    log: Option<&Log>,
    rehearsal: &Rehearsal,
    workspace: &str,
    session_id: &str,
) -> Result<u32, Error> {
    let known = ordinals(log, workspace, session_id)?;
    let last = known.into_keys().chain(rehearsal.records(workspace, session_id).into_keys()).max();
    Ok(last.unwrap_or(0) + 1)
}

/// Reads where a session stands now, and that it is not deleted.
pub(super) fn place(log: &Log, name: &StreamName) -> Result<Option<f64>, Error> {
    let mut reader = log.reader()?;
    let Some(stream) = reader.stream(name)? else { return Ok(None) };
    let head = reader.head()?;
    let Some(state) = reader.state(stream, head.position)?.filter(|state| !state.deleted) else {
        return Ok(None);
    };
    Ok(state.place.or(first_place(&reader, stream)?))
}

/// Reads a session, its revision and its place at one moment.
fn read(log: &Log, stream: StreamId, name: StreamName) -> Result<Option<Live>, Error> {
    let mut reader = log.reader()?;
    reader.begin()?;
    let revision = reader.revision(stream)?;
    let head = reader.head()?;
    let Some(mut state) = reader.state(stream, head.position)? else { return Ok(None) };
    reader.resolve(&mut state.session)?;
    let place = match state.place {
        Some(place) => place,
        None => first_place(&reader, stream)?.unwrap_or_default(),
    };
    Ok(Some(Live { name, revision, place, state }))
}

fn first_place(reader: &Reader<'_>, stream: StreamId) -> Result<Option<f64>, Error> {
    let first = Revision::new(1).expect("1 is a revision");
    Ok(reader.position_of(stream, first)?.map(place_of))
}

fn ordinals(
    log: Option<&Log>,
    workspace: &str,
    session_id: &str,
) -> Result<BTreeMap<u32, Option<StreamId>>, Error> {
    let Some(log) = log else { return Ok(BTreeMap::new()) };
    let reader = log.reader()?;
    let mut statement =
        reader.connection().prepare_cached(include_str!("../../sql/ordinals.sql")).map_err(sqlite(READ))?;
    let rows = statement.query_map((workspace, session_id), |row| Ok((row.get(0)?, row.get(1)?)));
    rows.and_then(Iterator::collect).map_err(sqlite(READ))
}

/// The place of a session that was never moved: its first event's position.
#[allow(clippy::cast_precision_loss, reason = "exact up to 2^53 events")]
pub(super) fn place_of(first: Position) -> f64 {
    first.get() as f64
}

/// Keeps records, all or none.
pub(super) fn keep(connection: &mut Connection, records: &[NewRecord]) -> Result<(), Error> {
    let act = sqlite(KEEP);
    let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(&act)?;
    {
        let mut statement = tx.prepare_cached(include_str!("../../sql/upsert_record.sql")).map_err(&act)?;
        for NewRecord { source, session_id, nth, record } in records {
            statement
                .execute(params![source, session_id, nth, record.digest, record.ordinal, record.place])
                .map_err(&act)?;
        }
    }
    tx.commit().map_err(act)
}

/// A piece to be put into the quarantine.
#[derive(Debug)]
pub(super) struct Unreadable<'a> {
    pub(super) source: &'a str,
    pub(super) source_hash: Digest,
    pub(super) workspace: &'a str,
    pub(super) home: &'a str,
    pub(super) offset: u64,
    pub(super) reason: &'a str,
    pub(super) raw: &'a [u8],
}

/// Keeps a piece with its raw bytes; the same bytes at the same place of the same source are kept once.
pub(super) fn quarantine(connection: &Connection, piece: &Unreadable<'_>) -> Result<(), Error> {
    let act = sqlite("quarantine a record");
    let raw = zstd::bulk::compress(piece.raw, 3)
        .map_err(Error::io("compress a piece of", piece.source.as_ref()))?;
    let now = retold_core::time::to_micros(jiff::Timestamp::now());
    connection
        .prepare_cached(include_str!("../../sql/insert_quarantine.sql"))
        .and_then(|mut statement| {
            statement.execute(params![
                piece.source,
                piece.source_hash.0,
                piece.workspace,
                piece.home,
                piece.offset.cast_signed(),
                piece.raw.len().cast_signed() as i64,
                piece.reason,
                now,
                blake3::hash(piece.raw).as_bytes(),
                raw,
            ])
        })
        .map(drop)
        .map_err(act)
}
