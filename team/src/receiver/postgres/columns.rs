//! A shipment as the columns of arrays that the functions of the server take.

use ::postgres::types::Type;

use super::Typed;
use crate::receiver::shipment::{Level, Shipment, Why};
use crate::receiver::{Error, LogNumber};

/// How many parameters a shipment is.
const PARAMETERS: usize = 39;

/// Returns the call of a function that takes a shipment.
pub(super) fn call(function: &str, settles: bool) -> String {
    let count = if settles { PARAMETERS + 1 } else { PARAMETERS };
    let marks: Vec<String> = (1..=count).map(|number| format!("${number}")).collect();
    format!("select answer, reason, head, head_hash, ingest from retold.{function}({})", marks.join(", "))
}

/// The columns, borrowed where the bytes are.
#[derive(Default)]
pub(super) struct Columns<'s> {
    tenant: i64,
    log: i32,
    first: i64,
    last: i64,
    previous: &'s [u8],
    last_hash: &'s [u8],
    level: i16,
    whole: bool,
    stream_keys: Vec<&'s [u8]>,
    stream_workspaces: Vec<Option<&'s [u8]>>,
    stream_sessions: Vec<Option<&'s [u8]>>,
    stream_ordinals: Vec<Option<i64>>,
    positions: Vec<i64>,
    streams: Vec<i32>,
    revisions: Vec<i64>,
    types: Vec<i32>,
    versions: Vec<i32>,
    commits: Vec<i64>,
    recorded: Vec<i64>,
    occurred: Vec<i64>,
    hashes: Vec<&'s [u8]>,
    body_commits: Vec<&'s [u8]>,
    metas: Vec<Option<&'s [u8]>>,
    meta_digests: Vec<Option<&'s [u8]>>,
    codecs: Vec<Option<i16>>,
    salts: Vec<Option<&'s [u8]>>,
    bodies: Vec<Option<&'s [u8]>>,
    ref_positions: Vec<i64>,
    ref_hashes: Vec<&'s [u8]>,
    text_hashes: Vec<&'s [u8]>,
    text_codecs: Vec<i16>,
    text_sizes: Vec<i64>,
    texts: Vec<&'s [u8]>,
    absent_first: Vec<i64>,
    absent_last: Vec<i64>,
    absent_hash: Vec<&'s [u8]>,
    gone_positions: Vec<i64>,
    gone_by: Vec<i64>,
    gone_why: Vec<i16>,
}

impl<'s> Columns<'s> {
    pub(super) fn of(log: LogNumber, shipment: &'s Shipment) -> Result<Self, Error> {
        let mut columns = Self {
            tenant: log.tenant,
            log: log.log,
            first: number(shipment.first)?,
            last: number(shipment.last)?,
            previous: &shipment.previous[..],
            last_hash: &shipment.last_hash[..],
            level: Level::number(shipment.level),
            whole: shipment.whole,
            ..Self::default()
        };
        for stream in &shipment.streams {
            let name = stream.name.as_ref();
            columns.stream_keys.push(&stream.key[..]);
            columns.stream_workspaces.push(name.map(|(workspace, ..)| workspace.as_bytes()));
            columns.stream_sessions.push(name.map(|(_, session, _)| session.as_bytes()));
            columns.stream_ordinals.push(name.map(|(.., ordinal)| i64::from(*ordinal)));
        }
        for event in &shipment.events {
            columns.positions.push(number(event.position)?);
            // Arrays count from 1.
            columns.streams.push(i32::try_from(u64::from(event.stream) + 1).map_err(|_| too_large())?);
            columns.revisions.push(number(event.revision)?);
            columns.types.push(event.kind.into());
            columns.versions.push(event.schema_version.into());
            columns.commits.push(number(event.commit_first)?);
            columns.recorded.push(event.recorded_at);
            columns.occurred.push(event.occurred_at);
            columns.hashes.push(&event.hash[..]);
            columns.body_commits.push(&event.body_commit[..]);
            columns.metas.push(event.meta.as_ref().map(|meta| meta.as_slice()));
            columns.meta_digests.push(event.meta_digest.as_ref().map(|digest| &digest[..]));
            let body = event.body.as_ref();
            columns.codecs.push(body.map(|body| body.codec.into()));
            columns.salts.push(body.map(|body| &body.salt[..]));
            columns.bodies.push(body.map(|body| body.bytes.as_slice()));
            for text in body.iter().flat_map(|body| &body.texts) {
                columns.ref_positions.push(number(event.position)?);
                columns.ref_hashes.push(&text[..]);
            }
        }
        for text in &shipment.texts {
            columns.text_hashes.push(&text.hash[..]);
            columns.text_codecs.push(text.codec.into());
            columns.text_sizes.push(number(text.size)?);
            columns.texts.push(&text.bytes);
        }
        for absent in &shipment.absent {
            columns.absent_first.push(number(absent.first)?);
            columns.absent_last.push(number(absent.last)?);
            columns.absent_hash.push(&absent.hash[..]);
        }
        for gone in &shipment.gone {
            columns.gone_positions.push(number(gone.position)?);
            columns.gone_by.push(number(gone.by)?);
            columns.gone_why.push(match gone.why {
                Why::Redacted => 0,
                Why::Pruned => 1,
            });
        }
        Ok(columns)
    }

    /// Returns them in the order of the functions' parameters.
    pub(super) fn parameters(&self) -> Vec<Typed<'_>> {
        vec![
            (&self.tenant, Type::INT8),
            (&self.log, Type::INT4),
            (&self.first, Type::INT8),
            (&self.last, Type::INT8),
            (&self.previous, Type::BYTEA),
            (&self.last_hash, Type::BYTEA),
            (&self.level, Type::INT2),
            (&self.whole, Type::BOOL),
            (&self.stream_keys, Type::BYTEA_ARRAY),
            (&self.stream_workspaces, Type::BYTEA_ARRAY),
            (&self.stream_sessions, Type::BYTEA_ARRAY),
            (&self.stream_ordinals, Type::INT8_ARRAY),
            (&self.positions, Type::INT8_ARRAY),
            (&self.streams, Type::INT4_ARRAY),
            (&self.revisions, Type::INT8_ARRAY),
            (&self.types, Type::INT4_ARRAY),
            (&self.versions, Type::INT4_ARRAY),
            (&self.commits, Type::INT8_ARRAY),
            (&self.recorded, Type::INT8_ARRAY),
            (&self.occurred, Type::INT8_ARRAY),
            (&self.hashes, Type::BYTEA_ARRAY),
            (&self.body_commits, Type::BYTEA_ARRAY),
            (&self.metas, Type::BYTEA_ARRAY),
            (&self.meta_digests, Type::BYTEA_ARRAY),
            (&self.codecs, Type::INT2_ARRAY),
            (&self.salts, Type::BYTEA_ARRAY),
            (&self.bodies, Type::BYTEA_ARRAY),
            (&self.ref_positions, Type::INT8_ARRAY),
            (&self.ref_hashes, Type::BYTEA_ARRAY),
            (&self.text_hashes, Type::BYTEA_ARRAY),
            (&self.text_codecs, Type::INT2_ARRAY),
            (&self.text_sizes, Type::INT8_ARRAY),
            (&self.texts, Type::BYTEA_ARRAY),
            (&self.absent_first, Type::INT8_ARRAY),
            (&self.absent_last, Type::INT8_ARRAY),
            (&self.absent_hash, Type::BYTEA_ARRAY),
            (&self.gone_positions, Type::INT8_ARRAY),
            (&self.gone_by, Type::INT8_ARRAY),
            (&self.gone_why, Type::INT2_ARRAY),
        ]
    }
}

fn number(number: u64) -> Result<i64, Error> {
    i64::try_from(number).map_err(|_| too_large())
}

fn too_large() -> Error {
    Error::Target("a number of the log is too large for PostgreSQL".to_owned())
}
