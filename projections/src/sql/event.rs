//! What an event's row holds packed, as functions of SQL: its body, its commit's meta, its times.

use jiff::Timestamp;
use parking_lot::Mutex;
use retold_core::{Decoder, Error, Meta, Position};
use rusqlite::functions::Context;
use rusqlite::types::Value;
use rusqlite::{Connection, Result};

use super::json::readable;
use super::text::{FLAGS, refusal};

/// Adds the functions that the view `events` is made of. `reader` is asked for dictionaries: a function may not use the
/// connection it is called on.
pub(super) fn add_functions(connection: &Connection, reader: Connection) -> Result<()> {
    let bodies = Mutex::new((reader, Decoder::default()));
    connection.create_scalar_function("retold_body", 5, FLAGS, move |context: &Context<'_>| {
        let (reader, decoder) = &mut *bodies.lock();
        body(reader, decoder, context)
    })?;
    connection.create_scalar_function("retold_meta", 3, FLAGS, meta)?;
    connection.create_scalar_function("retold_time", 1, FLAGS, |context: &Context<'_>| {
        let micros: Option<i64> = context.get(0)?;
        Ok(micros.and_then(|micros| Timestamp::from_microsecond(micros).ok()).map(rfc_3339))
    })
}

/// Always six digits of fraction: texts of one length sort as the times they stand for.
fn rfc_3339(instant: Timestamp) -> String {
    format!("{instant:.6}")
}

/// `retold_body(position, type, schema_version, codec, body)`: the body as JSON that SQLite reads, upcast; null once it is redacted.
fn body(reader: &Connection, decoder: &mut Decoder, context: &Context<'_>) -> Result<Option<String>> {
    let bytes = context.get_raw(4).as_blob_or_null()?;
    let event = decoder
        .body(reader, context.get(0)?, context.get(1)?, context.get(2)?, context.get(3)?, bytes)
        .map_err(refusal)?;
    let json = event.map(|event| serde_json::to_string(&event)).transpose();
    let json = json.map_err(|error| rusqlite::Error::UserFunctionError(error.into()))?;
    Ok(json.map(readable))
}

/// `retold_meta(position, meta, part)`: what a commit says of itself; null where it says nothing.
fn meta(context: &Context<'_>) -> Result<Value> {
    let position: Option<Position> = context.get(0)?;
    let (Some(position), Some(bytes)) = (position, context.get_raw(1).as_blob_or_null()?) else {
        return Ok(Value::Null);
    };
    let meta = Meta::of_bytes(bytes, position).map_err(refusal)?;
    let source = meta.source.as_ref();
    let value = match context.get_raw(2).as_str()? {
        "origin" => Some(Value::from(meta.origin.name().to_owned())),
        "operation" => meta.operation.as_ref().map(|operation| operation.id.to_string().into()),
        "command" => meta.operation.as_ref().map(|operation| operation.kind.clone().into()),
        "file" => source.map(|source| source.file.clone().into()),
        "offset" => source.map(|source| number(source.offset)).transpose()?,
        "length" => source.map(|source| number(source.length)).transpose()?,
        _ => None,
    };
    Ok(value.unwrap_or(Value::Null))
}

/// Numbers of a meta are the writer's: they may be larger than SQLite's integers.
fn number(number: u64) -> Result<Value> {
    let fits = i64::try_from(number).map(Value::from);
    fits.map_err(|_| {
        refusal(Error::Damaged { act: "read the log", found: format!("a meta names byte {number}") })
    })
}
