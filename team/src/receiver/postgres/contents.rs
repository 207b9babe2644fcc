//! What a PostgreSQL keeps of the logs that whoever asks may read whole, read back.

use std::collections::HashMap;

use ::postgres::Row;
use ::postgres::error::SqlState;
use ::postgres::types::Type;
use retold_core::{Head, LogId};
use serde_bytes::{ByteArray, ByteBuf};

use super::{Postgres, Typed, head_of, sessions};
use crate::receiver::shipment::{Absent, Body, Erased, Hash, ShippedEvent, StreamNames, Text, Why};
use crate::receiver::{Contents, Error, KeptLog, KeptRange, KeptSession, KeptStream, LogNumber};

const LOGS: &str = "select tenant, log, log_id, head, head_hash, parent, parent_until, parent_hash from retold.whole_logs_1()";

const READ_LOGS: &str = "select tenant, log, log_id, head, head_hash, parent, parent_until, parent_hash from retold.read_logs_1()";

const EVENTS: &str = "select * from retold.range_events_1($1, $2, $3, $4)";

const TEXTS: &str = "select * from retold.range_texts_1($1, $2, $3, $4)";

const ABSENT: &str = "select * from retold.range_absent_1($1, $2, $3, $4)";

const GONE: &str = "select * from retold.range_gone_1($1, $2, $3, $4)";

impl Contents for Postgres {
    fn logs(&mut self) -> Result<Vec<KeptLog>, Error> {
        let rows = self.client.query_typed(LOGS, &[])?;
        rows.iter().map(log_of).collect()
    }

    fn read_logs(&mut self) -> Result<Vec<KeptLog>, Error> {
        let rows = self.client.query_typed(READ_LOGS, &[])?;
        rows.iter().map(log_of).collect()
    }

    fn range(&mut self, log: LogNumber, first: u64, last: u64) -> Result<KeptRange, Error> {
        let mut found = KeptRange::default();
        let (first, last) = (first.cast_signed(), last.min(i64::MAX.cast_unsigned()).cast_signed());
        let mut transaction = self.client.build_transaction().read_only(true).start()?;
        // Events and what belongs to them are of one moment.
        transaction.batch_execute("set transaction isolation level repeatable read")?;
        let which: [Typed<'_>; 4] =
            [(&log.tenant, Type::INT8), (&log.log, Type::INT4), (&first, Type::INT8), (&last, Type::INT8)];
        let mut referred: HashMap<u64, Vec<Hash>> = HashMap::new();
        for row in transaction.query_typed(TEXTS, &which)? {
            if row.get::<_, Option<&[u8]>>(1).is_some() {
                let text = text_of(&row, 1)?;
                referred.entry(position(&row, 0)?).or_default().push(text.hash);
                found.texts.push(text);
            }
        }
        for row in transaction.query_typed(EVENTS, &which)? {
            let at = position(&row, 0)?;
            let body = body_of(&row, 15, referred.remove(&at).unwrap_or_default())?;
            found.events.push((event_of(&row, at, body)?, names_of(&row, 11)?));
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

    fn note_verified(&mut self, log: LogNumber, head: Head) -> Result<(), Error> {
        let noted = self.client.query_typed_one(
            "select retold.verified_1($1, $2, $3, $4)",
            &[
                (&log.tenant, Type::INT8),
                (&log.log, Type::INT4),
                (&head.position.get().cast_signed(), Type::INT8),
                (&head.hash.as_bytes().as_slice(), Type::BYTEA),
            ],
        );
        match noted {
            Ok(_) => Ok(()),
            // Who reads no more than their own logs notes nothing.
            Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => Ok(()),
            Err(error) => Err(error.into()),
        }
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

/// The names of a stream, whose key is in a column, and the rest after it.
fn names_of(row: &Row, key: usize) -> Result<StreamNames, Error> {
    let text = |at: usize| -> Result<Option<String>, Error> {
        let bytes: Option<&[u8]> = row.get(at);
        bytes.map(|bytes| String::from_utf8(bytes.to_vec()).map_err(|_| damaged("a name"))).transpose()
    };
    let ordinal: Option<i64> = row.get(key + 3);
    let ordinal = ordinal.and_then(|ordinal| u32::try_from(ordinal).ok());
    let name = text(key + 1)?.zip(text(key + 2)?).zip(ordinal);
    let name = name.map(|((workspace, session), ordinal)| (workspace, session, ordinal));
    Ok(StreamNames { key: bytes(row.get(key))?, name })
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
