//! The same rows into the same tables by PostgreSQL alone.

use std::collections::{HashMap, HashSet};

use postgres::binary_copy::BinaryCopyInWriter;
use postgres::types::{ToSql, Type};
use postgres::{Client, Statement, Transaction};
use retold_team::receiver::{Hash, Shipment, ShippedEvent};

use crate::Outcome;

const EVENT: [(&str, Type); 13] = [
    ("tenant", Type::INT8),
    ("log", Type::INT4),
    ("position", Type::INT8),
    ("stream", Type::INT8),
    ("revision", Type::INT8),
    ("type", Type::INT4),
    ("schema_version", Type::INT4),
    ("commit_first", Type::INT8),
    ("recorded_at", Type::INT8),
    ("occurred_at", Type::INT8),
    ("hash", Type::BYTEA),
    ("body_commit", Type::BYTEA),
    ("meta", Type::BYTEA),
];
const BODY: [(&str, Type); 6] = [
    ("tenant", Type::INT8),
    ("log", Type::INT4),
    ("position", Type::INT8),
    ("codec", Type::INT2),
    ("salt", Type::BYTEA),
    ("body", Type::BYTEA),
];
const BLOB: [(&str, Type); 6] = [
    ("tenant", Type::INT8),
    ("log", Type::INT4),
    ("hash", Type::BYTEA),
    ("codec", Type::INT2),
    ("size", Type::INT8),
    ("bytes", Type::BYTEA),
];
const BLOB_REF: [(&str, Type); 4] =
    [("tenant", Type::INT8), ("log", Type::INT4), ("position", Type::INT8), ("hash", Type::BYTEA)];

/// Writes the rows of a log.
pub(super) struct Bare {
    client: Client,
    put: Statement,
    log: i32,
    streams: HashMap<Hash, i64>,
    texts: HashSet<Hash>,
}

impl Bare {
    pub(super) fn of(mut client: Client, log: i32) -> Outcome<Self> {
        let marks: Vec<String> = (1..=15).map(|number| format!("${number}")).collect();
        let put = client.prepare(&format!("select bare.put({})", marks.join(", ")))?;
        Ok(Self { client, put, log, streams: HashMap::new(), texts: HashSet::new() })
    }

    /// Returns the numbers of a shipment's streams.
    fn streams(&mut self, shipment: &Shipment) -> Vec<i64> {
        let first = i64::from(self.log) << 32;
        let mut number = |key: &Hash| {
            let next = first.saturating_add_unsigned(self.streams.len() as u64 + 1);
            *self.streams.entry(*key).or_insert(next)
        };
        shipment.streams.iter().map(|stream| number(&stream.key)).collect()
    }

    /// Copies a shipment: four tables, one transaction.
    pub(super) fn copy(&mut self, shipment: &Shipment) -> Outcome<()> {
        let (log, streams) = (self.log, self.streams(shipment));
        let mut transaction = self.client.transaction()?;
        let mut copy = copying(&mut transaction, "event", &EVENT)?;
        for event in &shipment.events {
            let [at, revision, first] =
                [event.position, event.revision, event.commit_first].map(u64::cast_signed);
            let (kind, version) = (i32::from(event.kind), i32::from(event.schema_version));
            let (hash, commit) = (event.hash.as_slice(), event.body_commit.as_slice());
            let meta = event.meta.as_ref().map(|meta| meta.as_slice());
            let cells: [&(dyn ToSql + Sync); 13] = [
                &1_i64,
                &log,
                &at,
                &streams[event.stream as usize],
                &revision,
                &kind,
                &version,
                &first,
                &event.recorded_at,
                &event.occurred_at,
                &hash,
                &commit,
                &meta,
            ];
            copy.write(&cells)?;
        }
        copy.finish()?;
        let mut copy = copying(&mut transaction, "body", &BODY)?;
        for event in &shipment.events {
            let Some(body) = &event.body else { continue };
            let (at, codec) = (event.position.cast_signed(), i16::from(body.codec));
            copy.write(&[&1_i64, &log, &at, &codec, &body.salt.as_slice(), &body.bytes.as_slice()])?;
        }
        copy.finish()?;
        let mut copy = copying(&mut transaction, "blob", &BLOB)?;
        for text in &shipment.texts {
            if self.texts.insert(text.hash) {
                let (codec, size) = (i16::from(text.codec), text.size.cast_signed());
                copy.write(&[&1_i64, &log, &text.hash.as_slice(), &codec, &size, &text.bytes.as_slice()])?;
            }
        }
        copy.finish()?;
        let mut copy = copying(&mut transaction, "blob_ref", &BLOB_REF)?;
        for event in &shipment.events {
            for text in event.body.iter().flat_map(|body| &body.texts) {
                copy.write(&[&1_i64, &log, &event.position.cast_signed(), &text.as_slice()])?;
            }
        }
        copy.finish()?;
        Ok(transaction.commit()?)
    }

    /// Puts a shipment's events and bodies into their tables, with a number of a sequence: one call.
    pub(super) fn put(&mut self, shipment: &Shipment) -> Outcome<()> {
        let of_shipment = self.streams(shipment);
        let events = &shipment.events;
        let large = |of: fn(&ShippedEvent) -> i64| events.iter().map(of).collect::<Vec<_>>();
        let small = |of: fn(&ShippedEvent) -> i32| events.iter().map(of).collect::<Vec<_>>();
        let bytes = |of: fn(&ShippedEvent) -> Option<&[u8]>| events.iter().map(of).collect::<Vec<_>>();
        let streams: Vec<i64> = events.iter().map(|event| of_shipment[event.stream as usize]).collect();
        let codecs: Vec<Option<i16>> =
            events.iter().map(|event| event.body.as_ref().map(|body| body.codec.into())).collect();
        let cells: [&(dyn ToSql + Sync); 15] = [
            &self.log,
            &large(|event| event.position.cast_signed()),
            &streams,
            &large(|event| event.revision.cast_signed()),
            &small(|event| event.kind.into()),
            &small(|event| event.schema_version.into()),
            &large(|event| event.commit_first.cast_signed()),
            &large(|event| event.recorded_at),
            &large(|event| event.occurred_at),
            &bytes(|event| Some(event.hash.as_slice())),
            &bytes(|event| Some(event.body_commit.as_slice())),
            &bytes(|event| event.meta.as_ref().map(|meta| meta.as_slice())),
            &codecs,
            &bytes(|event| event.body.as_ref().map(|body| body.salt.as_slice())),
            &bytes(|event| event.body.as_ref().map(|body| body.bytes.as_slice())),
        ];
        self.client.query_one(&self.put, &cells)?;
        Ok(())
    }
}

fn copying<'t>(
    transaction: &'t mut Transaction<'_>,
    table: &str,
    columns: &[(&str, Type)],
) -> Outcome<BinaryCopyInWriter<'t>> {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let types: Vec<Type> = columns.iter().map(|(_, of)| of.clone()).collect();
    let copy = transaction.copy_in(&format!("copy bare.{table} ({}) from stdin binary", names.join(", ")))?;
    Ok(BinaryCopyInWriter::new(copy, &types))
}
