//! What a PostgreSQL keeps, read back: for the roles that may read the tables.

use std::collections::{BTreeSet, HashMap};

use ::postgres::Row;
use ::postgres::types::Type;
use retold_core::LogId;
use serde_bytes::{ByteArray, ByteBuf};

use super::{Postgres, Typed, head_of, sessions};
use crate::receiver::shipment::{Absent, Body, Erased, Hash, ShippedEvent, StreamNames, Text, Why};
use crate::receiver::{Contents, Error, KeptLog, KeptRange, KeptSession, KeptStream, LogNumber};

const LOGS: &str =
    "select tenant, log, log_id, head, head_hash, parent, parent_until, parent_hash from retold.logs_1()";

/// What belongs to events is asked for apart: of a join PostgreSQL may know nothing yet, and begin at the wrong end.
const EVENTS: &str = "select e.position, e.revision, e.type, e.schema_version, e.commit_first, e.recorded_at, e.occurred_at, e.hash,
    e.body_commit, e.meta, e.meta_digest, e.stream
from retold.event e where e.tenant = $1 and e.log = $2 and e.position between $3 and $4 order by e.position";

const STREAMS: &str = "select s.stream, s.stream_key, w.key, s.session_id, s.ordinal
from retold.stream s left join retold.workspace w on w.tenant = s.tenant and w.workspace = s.workspace
where s.tenant = $1 and s.stream = any ($2)";

const BODIES: &str = "select b.position, b.codec, b.salt, b.body from retold.body b
where b.tenant = $1 and b.log = $2 and b.position between $3 and $4";

const REFERENCES: &str = "select r.position, r.hash from retold.blob_ref r
where r.tenant = $1 and r.log = $2 and r.position between $3 and $4 order by r.position, r.hash";

const TEXTS: &str = "select b.hash, b.codec, b.size, b.bytes from retold.blob b where b.tenant = $1 and b.log = $2 and b.hash = any ($3)";

const ABSENT: &str = "select first, last, hash_at_last from retold.absent
where tenant = $1 and log = $2 and last >= $3 and first <= $4 order by first";

const GONE: &str = "select position, by_position, why from retold.gone
where tenant = $1 and log = $2 and position between $3 and $4 order by position";

impl Contents for Postgres {
    fn logs(&mut self) -> Result<Vec<KeptLog>, Error> {
        let rows = self.client.query_typed(LOGS, &[])?;
        rows.iter().map(log_of).collect()
    }

    fn range(&mut self, log: LogNumber, first: u64, last: u64) -> Result<KeptRange, Error> {
        let mut found = KeptRange::default();
        let (first, last) = (first.cast_signed(), last.min(i64::MAX.cast_unsigned()).cast_signed());
        let mut transaction = self.client.build_transaction().read_only(true).start()?;
        // Events and what belongs to them are of one moment.
        transaction.batch_execute("set transaction isolation level repeatable read")?;
        let (tenant, number) = ((&log.tenant as _, Type::INT8), (&log.log as _, Type::INT4));
        let which: [Typed<'_>; 4] = [tenant, number, (&first, Type::INT8), (&last, Type::INT8)];
        let mut referred: HashMap<u64, Vec<Hash>> = HashMap::new();
        let mut hashes: BTreeSet<[u8; 32]> = BTreeSet::new();
        for row in transaction.query_typed(REFERENCES, &which)? {
            let hash = bytes(row.get(1))?;
            hashes.insert(*hash);
            referred.entry(position(&row, 0)?).or_default().push(hash);
        }
        let hashes: Vec<&[u8]> = hashes.iter().map(<[u8; 32]>::as_slice).collect();
        let these: [Typed<'_>; 3] =
            [(&log.tenant, Type::INT8), (&log.log, Type::INT4), (&hashes, Type::BYTEA_ARRAY)];
        for row in transaction.query_typed(TEXTS, &these)? {
            found.texts.push(text_of(&row, 0)?);
        }
        let mut bodies = HashMap::new();
        for row in transaction.query_typed(BODIES, &which)? {
            let at = position(&row, 0)?;
            let texts = referred.remove(&at).unwrap_or_default();
            bodies.insert(at, body_of(&row, 1, texts)?);
        }
        let rows = transaction.query_typed(EVENTS, &which)?;
        let streams: BTreeSet<i64> = rows.iter().map(|row| row.get(11)).collect();
        let streams: Vec<i64> = streams.into_iter().collect();
        let mut names = HashMap::new();
        let these: [Typed<'_>; 2] = [(&log.tenant, Type::INT8), (&streams, Type::INT8_ARRAY)];
        for row in transaction.query_typed(STREAMS, &these)? {
            names.insert(row.get::<_, i64>(0), names_of(&row)?);
        }
        for row in rows {
            let at = position(&row, 0)?;
            let body = bodies.remove(&at).flatten();
            let stream =
                names.get(&row.get::<_, i64>(11)).ok_or_else(|| damaged("the stream of an event"))?;
            found.events.push((event_of(&row, at, body)?, stream.clone()));
        }
        for row in transaction.query_typed(ABSENT, &which)? {
            found.absent.push(Absent {
                first: position(&row, 0)?,
                last: position(&row, 1)?,
                hash: bytes(row.get(2))?,
            });
        }
        for row in transaction.query_typed(GONE, &which)? {
            let why: i16 = row.get(2);
            let why = if why == 0 { Why::Redacted } else { Why::Pruned };
            found.gone.push(Erased { position: position(&row, 0)?, by: position(&row, 1)?, why });
        }
        Ok(found)
    }

    fn sessions(&mut self, id: &str) -> Result<Vec<KeptSession>, Error> {
        sessions::sessions(&mut self.client, id)
    }

    fn stream(&mut self, log: LogNumber, key: &Hash, after: u64, limit: u32) -> Result<KeptStream, Error> {
        sessions::stream(&mut self.client, log, key, after, limit)
    }
}

fn log_of(row: &Row) -> Result<KeptLog, Error> {
    let tenant = row.get(0);
    let id: [u8; 16] = row.get::<_, &[u8]>(2).try_into().map_err(|_| damaged("a log's id"))?;
    let parent: Option<i32> = row.get(5);
    let hash: Option<&[u8]> = row.get(7);
    let parent = match parent.zip(hash) {
        Some((log, hash)) => Some((LogNumber { tenant, log }, head_of(row.get(6), hash)?)),
        None => None,
    };
    Ok(KeptLog {
        number: LogNumber { tenant, log: row.get(1) },
        id: LogId::from_bytes(id),
        parent,
        head: head_of(row.get(3), row.get(4))?,
    })
}

/// An event, whose columns come first.
pub(super) fn event_of(row: &Row, position: u64, body: Option<Body>) -> Result<ShippedEvent, Error> {
    let small = |at: usize| u16::try_from(row.get::<_, i32>(at)).map_err(|_| damaged("a type"));
    let number = |at: usize| self::position(row, at);
    Ok(ShippedEvent {
        position,
        stream: 0,
        revision: number(1)?,
        kind: small(2)?,
        schema_version: small(3)?,
        commit_first: number(4)?,
        recorded_at: row.get(5),
        occurred_at: row.get(6),
        hash: bytes(row.get(7))?,
        body_commit: bytes(row.get(8))?,
        meta: row.get::<_, Option<&[u8]>>(9).map(ByteBuf::from),
        meta_digest: row.get::<_, Option<&[u8]>>(10).map(bytes).transpose()?,
        body,
    })
}

/// A body, whose codec, salt and bytes are from a column on.
pub(super) fn body_of(row: &Row, at: usize, texts: Vec<Hash>) -> Result<Option<Body>, Error> {
    let Some(body) = row.get::<_, Option<&[u8]>>(at + 2) else { return Ok(None) };
    Ok(Some(Body {
        codec: codec_of(row, at)?,
        salt: ByteArray::new(row.get::<_, &[u8]>(at + 1).try_into().map_err(|_| damaged("a salt"))?),
        bytes: ByteBuf::from(body),
        texts,
    }))
}

/// A text, whose hash, codec, size and bytes are from a column on.
fn text_of(row: &Row, at: usize) -> Result<Text, Error> {
    Ok(Text {
        hash: bytes(row.get(at))?,
        codec: codec_of(row, at + 1)?,
        size: position(row, at + 2)?,
        bytes: ByteBuf::from(row.get::<_, &[u8]>(at + 3)),
    })
}

pub(super) fn codec_of(row: &Row, at: usize) -> Result<u8, Error> {
    u8::try_from(row.get::<_, i16>(at)).map_err(|_| damaged("a codec"))
}

/// The names of a stream, after its number.
fn names_of(row: &Row) -> Result<StreamNames, Error> {
    let text = |at: usize| -> Result<Option<String>, Error> {
        let bytes: Option<&[u8]> = row.get(at);
        bytes.map(|bytes| String::from_utf8(bytes.to_vec()).map_err(|_| damaged("a name"))).transpose()
    };
    let ordinal: Option<i64> = row.get(4);
    let ordinal = ordinal.and_then(|ordinal| u32::try_from(ordinal).ok());
    let name = text(2)?.zip(text(3)?).zip(ordinal);
    let name = name.map(|((workspace, session), ordinal)| (workspace, session, ordinal));
    Ok(StreamNames { key: bytes(row.get(1))?, name })
}

pub(super) fn position(row: &Row, at: usize) -> Result<u64, Error> {
    u64::try_from(row.get::<_, i64>(at)).map_err(|_| damaged("a number"))
}

pub(super) fn bytes(bytes: &[u8]) -> Result<Hash, Error> {
    bytes.try_into().map(ByteArray::new).map_err(|_| damaged("a hash"))
}

pub(super) fn damaged(what: &str) -> Error {
    Error::Damaged(format!("{what} of it is none"))
}
