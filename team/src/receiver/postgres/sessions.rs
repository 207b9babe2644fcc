//! Sessions that a PostgreSQL keeps, read by their index: for the roles that may read the tables.

use std::collections::HashMap;

use ::postgres::Client;
use serde_bytes::ByteBuf;

use super::contents::{bytes, damaged, event_of, position};
use crate::receiver::shipment::{Erased, Hash, Text, Why};
use crate::receiver::{Error, KeptSession, KeptStream, LogNumber};

const SESSIONS: &str = "select s.tenant, s.log, s.stream_key, w.key, s.session_id, s.ordinal, k.revision
from retold.stream s join retold.workspace w on w.tenant = s.tenant and w.workspace = s.workspace
join lateral (
    select e.revision from retold.event e where e.tenant = s.tenant and e.stream = s.stream order by e.revision desc limit 1
) k on true
where length(s.session_id) > 0 and substring(s.session_id for length($1)) = $1 order by s.tenant, s.log, s.stream";

const EVENTS: &str = "select e.position, e.revision, e.type, e.schema_version, e.commit_first, e.recorded_at, e.occurred_at, e.hash,
    e.body_commit, e.meta, e.meta_digest, s.stream_key, null::bytea, null::bytea, null::bigint, b.codec, b.salt, b.body,
    coalesce(
        (select p.hash from retold.event p where p.tenant = e.tenant and p.log = e.log and p.position = e.position - 1),
        (select a.hash_at_last from retold.absent a where a.tenant = e.tenant and a.log = e.log and a.last = e.position - 1)
    )
from retold.stream s join retold.event e on e.tenant = s.tenant and e.stream = s.stream
left join retold.body b on b.tenant = e.tenant and b.log = e.log and b.position = e.position
where s.tenant = $1 and s.log = $2 and s.stream_key = $3 and e.revision > $4 order by e.revision limit $5";

const TEXTS: &str = "select r.position, b.hash, b.codec, b.size, b.bytes from retold.blob_ref r
join retold.blob b on b.tenant = r.tenant and b.log = r.log and b.hash = r.hash
where r.tenant = $1 and r.log = $2 and r.position = any($3) order by r.position, r.hash";

const GONE: &str = "select g.position, g.by_position, g.why from retold.stream s
join retold.event e on e.tenant = s.tenant and e.stream = s.stream
join retold.gone g on g.tenant = e.tenant and g.log = e.log and g.position = e.position
where s.tenant = $1 and s.log = $2 and s.stream_key = $3 order by g.position";

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
    for row in transaction.query(TEXTS, &[&log.tenant, &log.log, &positions])? {
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
