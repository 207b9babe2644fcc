//! What a verification cannot do without: every event and blob read, unpacked and hashed on all cores, and nothing compared.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use retold_core::hash::{Header, body_commit, meta_digest};
use retold_core::raw::{Stored, Unpacker, learn};
use retold_core::{BODY_BYTES_MAX, EventHash, LogId, TEXT_BYTES_MAX};
use retold_projections::Store;
use rusqlite::Connection;

use crate::timing::per_second;
use crate::{Failure, Outcome};

const EVENTS_A_PART: i64 = 16 * 1024;
const BLOBS_A_PART: i64 = 1024;

/// Returns the events a second.
pub(crate) fn read_unpack_hash(store: &Store, events: usize) -> Outcome<f64> {
    let start = Instant::now();
    let (next_event, next_blob) = (AtomicI64::new(1), AtomicI64::new(1));
    let read = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..retold_core::cores()).map(|_| scope.spawn(|| part(store, &next_event, &next_blob))).collect();
        let mut read = 0;
        for thread in threads {
            read += thread.join().map_err(|_| Failure::from("a reading thread panicked"))??;
        }
        Ok::<usize, Failure>(read)
    })?;
    match read == events {
        true => Ok(per_second(events, start.elapsed())),
        false => Err(format!("verify: read {read} of {events} events").into()),
    }
}

fn part(store: &Store, next_event: &AtomicI64, next_blob: &AtomicI64) -> Outcome<usize> {
    let reader = store.log().reader()?;
    let connection = reader.connection();
    let (id, last_event): (LogId, i64) = (reader.log_id()?, last(connection, "position", "event")?);
    let last_blob = last(connection, "id", "blob")?;
    let (mut unpacker, mut buffer) = (Unpacker::default(), Vec::new());
    let mut of_events = connection.prepare(include_str!("../../../../sql/all_of_events.sql"))?;
    let mut read = 0;
    loop {
        let from = next_event.fetch_add(EVENTS_A_PART, Ordering::Relaxed);
        if from > last_event {
            break;
        }
        let mut rows = of_events.query((from, from + EVENTS_A_PART - 1))?;
        while let Some(row) = rows.next()? {
            let stored = Stored::read(row)?;
            let (Some(packed), Some(salt)) = (stored.body, stored.salt) else {
                return Err("verify: a body is gone".into());
            };
            learn(connection, &mut unpacker, stored.codec)?;
            let body = unpacker.unpack(stored.codec, packed, BODY_BYTES_MAX, &mut buffer)?;
            let header = Header {
                log: id,
                position: row.get::<_, i64>(0)?.cast_unsigned(),
                stream_key: &[7; 32],
                revision: stored.revision.get(),
                kind: stored.kind,
                schema_version: stored.schema_version,
                commit_first: stored.commit_first.get(),
                recorded_at: stored.recorded_at,
                occurred_at: stored.occurred_at,
                meta_digest: &meta_digest(stored.meta),
                body_commit: &body_commit(&salt, body),
                previous: stored.hash,
                previous_in_stream: EventHash::ZERO,
            };
            std::hint::black_box(header.hash());
            read += 1;
        }
    }
    let mut of_blobs = connection.prepare(include_str!("../../../../sql/all_of_blobs.sql"))?;
    loop {
        let from = next_blob.fetch_add(BLOBS_A_PART, Ordering::Relaxed);
        if from > last_blob {
            return Ok(read);
        }
        let mut rows = of_blobs.query((from, from + BLOBS_A_PART - 1))?;
        while let Some(row) = rows.next()? {
            let codec = row.get(0)?;
            learn(connection, &mut unpacker, codec)?;
            let text = unpacker.unpack(codec, row.get_ref(1)?.as_blob()?, TEXT_BYTES_MAX, &mut buffer)?;
            std::hint::black_box(blake3::hash(text));
        }
    }
}

fn last(connection: &Connection, column: &str, table: &str) -> Outcome<i64> {
    let sql = format!("select coalesce(max({column}), 0) from {table}");
    Ok(connection.query_row(&sql, [], |row| row.get(0))?)
}
