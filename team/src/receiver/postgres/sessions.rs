//! Sessions that a PostgreSQL keeps, read by its functions: what whoever asks may read whole.

use std::collections::HashMap;

use ::postgres::Client;
use serde_bytes::ByteBuf;

use super::contents::{bytes, damaged, event_of, position};
use crate::receiver::shipment::{Erased, Hash, Text, Why};
use crate::receiver::{Error, KeptSession, KeptStream, LogNumber};

const SESSIONS: &str =
    "select tenant, log, stream_key, workspace_key, session_id, ordinal, revision from retold.sessions_1($1)";

const EVENTS: &str = "select e.position, e.revision, e.type, e.schema_version, e.commit_first, e.recorded_at, e.occurred_at, e.hash,
    e.body_commit, e.meta, e.meta_digest, $3::bytea, null::bytea, null::bytea, null::bigint, e.codec, e.salt, e.body, e.previous
from retold.stream_1($1, $2, $3, $4, $5) e order by e.revision";

const TEXTS: &str =
    "select t.position, t.hash, t.codec, t.size, t.bytes from retold.stream_texts_1($1, $2, $3, $4) t";

const GONE: &str = "select g.position, g.by_position, g.why from retold.stream_gone_1($1, $2, $3) g";

pub(super) fn sessions(client: &mut Client, id: &str) -> Result<Vec<KeptSession>, Error> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| damaged("a name"));
    let rows = client.query(SESSIONS, &[&id.as_bytes()])?;
    let session = |row: &::postgres::Row| {
        let ordinal = u32::try_from(row.get::<_, i64>(5)).map_err(|_| damaged("a name"))?;
        Ok(KeptSession {
            log: LogNumber { tenant: row.get(0), log: row.get(1) },
            key: bytes(row.get(2))?,
            name: (text(row.get(3))?, text(row.get(4))?, ordinal),
            revision: position(row, 6)?,
        })
    };
    rows.iter().map(session).collect()
}

pub(super) fn stream(
    client: &mut Client,
    log: LogNumber,
    key: &Hash,
    after: u64,
    limit: u32,
) -> Result<KeptStream, Error> {
    let mut found = KeptStream::default();
    // Events and what belongs to them are of one moment.
    let mut transaction = client
        .build_transaction()
        .read_only(true)
        .isolation_level(::postgres::IsolationLevel::RepeatableRead)
        .start()?;
    let (key, after, limit) = (key.as_slice(), after.cast_signed(), i64::from(limit));
    let rows = transaction.query(EVENTS, &[&log.tenant, &log.log, &key, &after, &limit])?;
    let positions: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    let mut referred: HashMap<u64, Vec<Hash>> = HashMap::new();
    for row in transaction.query(TEXTS, &[&log.tenant, &log.log, &key, &positions])? {
        let hash = bytes(row.get(1))?;
        referred.entry(position(&row, 0)?).or_default().push(hash);
        let codec: i16 = row.get(2);
        found.texts.push(Text {
            hash,
            codec: u8::try_from(codec).map_err(|_| damaged("a codec"))?,
            size: position(&row, 3)?,
            bytes: ByteBuf::from(row.get::<_, &[u8]>(4)),
        });
    }
    for row in &rows {
        let at = position(row, 0)?;
        let (event, _) = event_of(row, at, referred.remove(&at).unwrap_or_default())?;
        let previous: Option<&[u8]> = row.get(18);
        found.events.push((event, previous.map(bytes).transpose()?));
    }
    for row in transaction.query(GONE, &[&log.tenant, &log.log, &key])? {
        let why: i16 = row.get(2);
        let why = if why == 0 { Why::Redacted } else { Why::Pruned };
        found.gone.push(Erased { position: position(&row, 0)?, by: position(&row, 1)?, why });
    }
    Ok(found)
}
