//! Sessions that a PostgreSQL keeps, read by its functions: what whoever asks may read whole.

use std::collections::HashMap;

use ::postgres::types::Type;
use ::postgres::{Client, Row};
use serde_bytes::ByteBuf;

use super::Typed;
use super::contents::{body_of, bytes, codec_of, damaged, event_of, position};
use crate::receiver::shipment::{Erased, Hash, Text, Why};
use crate::receiver::{Edition, Error, KeptSession, KeptStream, LogNumber};

const SESSIONS: &str = "select tenant, log, stream_key, workspace_key, session_id, ordinal, revision, hash, changes from retold.sessions_2($1)";

/// Events, the texts that they refer to, and what was erased of the whole stream: one question, so all of it is of one moment. The columns
/// are those of an event; a text has its size, hash, codec and bytes where a revision, a hash and a body are, and what was erased has by
/// what and why where a revision and a codec are.
const STREAM: &str = "with w as (
    select sum(z.size) over (order by z.revision rows between unbounded preceding and 1 preceding) as before
    from retold.stream_sizes_1($1, $2, $3, $4, $5) z
),
n as materialized (select count(*) as found, count(*) filter (where coalesce(w.before, 0) < $6) as fit from w),
e as materialized (select * from retold.stream_1($1, $2, $3, $4, (select n.fit from n)))
select e.position, e.revision, e.type, e.schema_version, e.commit_first, e.recorded_at, e.occurred_at, e.hash, e.body_commit, e.meta, e.meta_digest,
    e.codec, e.salt, e.body, e.previous, 0 as part,
    (select n.found from n)
from e
union all
select t.position, t.size, 0, 0, 0, 0, 0, t.hash, null, null, null, t.codec, null, t.bytes, null, 1, null
from retold.stream_texts_1($1, $2, $3, (select array_agg(e.position) from e)) t
union all
select g.position, g.by_position, 0, 0, 0, 0, 0, null, null, null, null, g.why, null, null, null, 2, null
from retold.stream_gone_1($1, $2, $3) g
order by part desc, revision";

/// Where the part is, and of an event how many there are.
const PART: usize = 15;
const COUNT: usize = 16;
/// What a page weighs, about: it ends with the event that reaches it.
const PAGE_BYTES: i64 = 16 << 20;

pub(super) fn sessions(client: &mut Client, id: &str) -> Result<Vec<KeptSession>, Error> {
    client.query_typed(SESSIONS, &[(&id.as_bytes(), Type::BYTEA)])?.iter().map(session_of).collect()
}

/// A session with what answers about it are sealed by, where its log has something.
pub(super) fn with_secret(row: &Row) -> Result<(KeptSession, Option<Hash>), Error> {
    Ok((session_of(row)?, row.get::<_, Option<&[u8]>>(9).map(bytes).transpose()?))
}

fn session_of(row: &Row) -> Result<KeptSession, Error> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| damaged("a name"));
    let ordinal = u32::try_from(row.get::<_, i64>(5)).map_err(|_| damaged("a name"))?;
    Ok(KeptSession {
        log: LogNumber { tenant: row.get(0), log: row.get(1) },
        key: bytes(row.get(2))?,
        name: (text(row.get(3))?, text(row.get(4))?, ordinal),
        revision: position(row, 6)?,
        edition: Some(Edition { hash: bytes(row.get(7))?, changes: position(row, 8)? }),
    })
}

pub(super) fn stream(
    client: &mut Client,
    log: LogNumber,
    key: &Hash,
    after: u64,
    limit: u32,
) -> Result<KeptStream, Error> {
    let (key, after, limit) = (key.as_slice(), after.cast_signed(), i64::from(limit));
    let asked: [Typed<'_>; 6] = [
        (&log.tenant, Type::INT8),
        (&log.log, Type::INT4),
        (&key, Type::BYTEA),
        (&after, Type::INT8),
        (&limit, Type::INT8),
        (&PAGE_BYTES, Type::INT8),
    ];
    let mut found = KeptStream::default();
    let mut count: i64 = 0;
    let mut referred: HashMap<u64, Vec<Hash>> = HashMap::new();
    // The texts come before the events that refer to them.
    for row in client.query_typed(STREAM, &asked)? {
        let at = position(&row, 0)?;
        match row.get::<_, i32>(PART) {
            0 => {
                let body = body_of(&row, 11, referred.remove(&at).unwrap_or_default())?;
                let event = event_of(&row, at, body)?;
                let previous: Option<&[u8]> = row.get(14);
                found.events.push((event, previous.map(bytes).transpose()?));
                count = row.get(COUNT);
            }
            1 => {
                let hash = bytes(row.get(7))?;
                referred.entry(at).or_default().push(hash);
                found.texts.push(Text {
                    hash,
                    codec: codec_of(&row, 11)?,
                    size: position(&row, 1)?,
                    bytes: ByteBuf::from(row.get::<_, &[u8]>(13)),
                });
            }
            _ => {
                let why = if row.get::<_, i16>(11) == 0 { Why::Redacted } else { Why::Pruned };
                found.gone.push(Erased { position: at, by: position(&row, 1)?, why });
            }
        }
    }
    found.more = count == limit || found.events.len() < usize::try_from(count).unwrap_or_default();
    Ok(found)
}
