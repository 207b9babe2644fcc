//! What earlier imports left in the store: which text a source last had, and what could not be read.

use std::collections::{BTreeMap, HashSet};

use retold_core::{Digest, Log, Position, Reader, Revision, SessionState, StreamId, StreamName};
use rusqlite::{Connection, OptionalExtension, params};

use super::import::DryRun;
use crate::Error;
use crate::error::sqlite;

/// What a source last had for a session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) digest: [u8; 32],
    pub(super) ordinal: u32,
    pub(super) place: f64,
}

/// Of which session a record is: the `nth` of an id in a source, from 1.
#[derive(Clone, Debug)]
pub(super) struct RecordKey {
    pub(super) source: String,
    pub(super) session_id: String,
    pub(super) nth: u32,
}

/// A record to be kept, unless another importer has kept one since.
#[derive(Clone, Debug)]
pub(super) struct NewRecord {
    pub(super) key: RecordKey,
    pub(super) record: Record,
    /// The digest that the record had when it was read.
    pub(super) before: Option<[u8; 32]>,
}

/// A session of a file, to be found in the log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) workspace: &'a str,
    pub(super) home: &'a str,
    pub(super) session_id: &'a str,
    pub(super) nth: u32,
    /// What its record is called by.
    pub(super) source: &'a str,
    /// The record that it was before.
    pub(super) ordinal: Option<u32>,
}

/// What the log has for a session of a file.
#[derive(Debug)]
pub(super) struct Match {
    /// The session's record; `None` where the session is new.
    pub(super) live: Option<Live>,
    /// The ordinal that a new record of its id would get.
    pub(super) next_ordinal: u32,
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

/// Returns what a source last had for a session.
pub(super) fn record(log: &Log, key: &RecordKey) -> Result<Option<Record>, Error> {
    let reader = log.reader()?;
    read_record(reader.connection(), key).map_err(sqlite(READ))
}

pub(super) fn read_record(connection: &Connection, key: &RecordKey) -> rusqlite::Result<Option<Record>> {
    let RecordKey { source, session_id, nth } = key;
    connection
        .prepare_cached(include_str!("../../sql/record.sql"))?
        .query_row((source, session_id, nth), |row| {
            Ok(Record { digest: row.get(0)?, ordinal: row.get(1)?, place: row.get(2)? })
        })
        .optional()
}

/// Writes a record, where it is still the one that was read. Another importer's, which is newer, stays.
pub(super) fn write_record(connection: &Connection, new: &NewRecord) -> rusqlite::Result<()> {
    let NewRecord { key: RecordKey { source, session_id, nth }, record, before } = new;
    connection
        .prepare_cached(include_str!("../../sql/claim_record.sql"))?
        .execute(params![source, session_id, nth, record.digest, record.ordinal, record.place, before])
        .map(drop)
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

/// Finds the record that a session of a file stands for: the one it was before; otherwise, among those that are kept in the
/// same legacy file, are not deleted and are not the record of another session of the source, the one in its turn.
pub(super) fn find(log: Option<&Log>, dry_run: &DryRun, wanted: &Wanted<'_>) -> Result<Match, Error> {
    let Wanted { workspace, home, session_id, nth, ordinal, .. } = *wanted;
    let rehearsed = dry_run.records(workspace, session_id);
    let mut streams = ordinals(log, workspace, session_id)?;
    for &ordinal in rehearsed.keys() {
        streams.entry(ordinal).or_insert(None);
    }
    let next_ordinal = streams.keys().next_back().map_or(1, |last| last.saturating_add(1));
    let claims = match (log, ordinal) {
        (Some(log), None) if !streams.is_empty() => claims(log, wanted)?,
        _ => BTreeMap::new(),
    };
    // Those of an earlier turn that have a record are not counted again.
    let mut left = nth - u32::try_from(claims.range(..nth).count()).unwrap_or(nth - 1).min(nth - 1);
    let claimed: HashSet<u32> = claims.into_values().collect();
    for (candidate, stream) in streams {
        let is_other = ordinal.is_some_and(|ordinal| ordinal != candidate);
        if is_other || claimed.contains(&candidate) {
            continue;
        }
        let name = StreamName::session(workspace, session_id, candidate);
        let live = match (rehearsed.get(&candidate), stream, log) {
            (Some(session), ..) => {
                let state = session.state()?;
                let place = state.records.place.unwrap_or_default();
                Live { name, revision: Revision::ZERO, place, state }
            }
            (None, Some(stream), Some(log)) => match read(log, stream, name)? {
                Some(live) => live,
                None => continue,
            },
            (None, ..) => continue,
        };
        let same_file = live.state.records.home.as_deref().unwrap_or(workspace) == home;
        if ordinal.is_none() && (live.state.records.deleted || !same_file) {
            continue;
        }
        left -= 1;
        if ordinal.is_some() || left == 0 {
            return Ok(Match { live: Some(live), next_ordinal });
        }
    }
    Ok(Match { live: None, next_ordinal })
}

/// Returns the records that other sessions of this id have in the source: the turn of each, and its ordinal.
fn claims(log: &Log, wanted: &Wanted<'_>) -> Result<BTreeMap<u32, u32>, Error> {
    let reader = log.reader()?;
    let mut statement =
        reader.connection().prepare_cached(include_str!("../../sql/claims.sql")).map_err(sqlite(READ))?;
    let rows = statement
        .query_map((wanted.source, wanted.session_id, wanted.nth), |row| Ok((row.get(0)?, row.get(1)?)));
    rows.and_then(Iterator::collect).map_err(sqlite(READ))
}

/// Where a live session is in its list, and its revision, at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    pub(super) place: f64,
    pub(super) revision: Revision,
}

/// Reads where sessions are now, all at one moment; `None` for one that is deleted or was never there.
pub(super) fn standings(log: &Log, names: &[StreamName]) -> Result<Vec<Option<Standing>>, Error> {
    let mut reader = log.reader()?;
    reader.begin()?;
    let head = reader.head()?;
    names
        .iter()
        .map(|name| {
            let Some(stream) = reader.stream(name)? else { return Ok(None) };
            let revision = reader.revision(stream)?;
            let Some(state) = reader.state(stream, head.position)?.filter(|state| !state.records.deleted)
            else {
                return Ok(None);
            };
            let place = state.records.place.or(first_place(&reader, stream)?);
            Ok(place.map(|place| Standing { place, revision }))
        })
        .collect()
}

/// Reads a session, its revision and its place at one moment.
fn read(log: &Log, stream: StreamId, name: StreamName) -> Result<Option<Live>, Error> {
    let mut reader = log.reader()?;
    reader.begin()?;
    let revision = reader.revision(stream)?;
    let head = reader.head()?;
    let Some(mut state) = reader.state(stream, head.position)? else { return Ok(None) };
    reader.resolve(&mut state.session)?;
    let place = match state.records.place {
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

/// Keeps records, all or none, each where it is still the one that was read.
pub(super) fn keep(connection: &mut Connection, records: &[NewRecord]) -> Result<(), Error> {
    let act = sqlite(KEEP);
    let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(&act)?;
    records.iter().try_for_each(|new| write_record(&tx, new)).map_err(&act)?;
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

/// Returns whether a piece of these bytes from this source was imported after all, was dismissed, or has gone from the file
/// with its session there whole.
pub(super) fn is_settled(log: &Log, source: &str, digest: [u8; 32]) -> Result<bool, Error> {
    const ACT: &str = "read the quarantine";
    let reader = log.reader()?;
    let mut statement =
        reader.connection().prepare_cached(include_str!("../../sql/is_settled.sql")).map_err(sqlite(ACT))?;
    statement.exists((source, digest)).map_err(sqlite(ACT))
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
